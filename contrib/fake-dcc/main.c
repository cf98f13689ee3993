/* SPDX-License-Identifier: Apache-2.0 */
/* Start, loop, end. See fake.h and firpath-fakedcc --help. */
#include "fake.h"

#include <getopt.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char help[] =
    "firpath-fakedcc [--list-faults] FILE: plays the DCC and the meters behind it.\n"
    "\n"
    "Lines of FILE (# begins a comment; _ in a value is a blank):\n"
    "  dcc EUI cert=PEM key=PEM [forger=PEM]      who signs answers and alerts; forger signs forged ones\n"
    "  listen 127.0.0.1:0    control 127.0.0.1:0  services D, S, T; orders and counts of tests (JSON)\n"
    "  schema 5.4            authority-code E4    schemaVersion; what a user is told of another's device\n"
    "  user EUI roles=IS,GS xml=PEM [command=PEM] url=http://HOST:PORT/PATH\n"
    "  model NAME kind=ESME manufacturer=1081 model=00A10102 firmware=00010000 [variant=A band=Single_Band "
    "smets=5.0]\n"
    "  firmware MODEL 00010000 gbcs=2.0 [hub=4.0] GBCS version that a firmware declares; what a hub must "
    "have to carry it\n"
    "  hop MODEL 00010000 00010100                what may be installed over what; anything else bricks\n"
    "  han EUI COUNT MODEL,MODEL... user=EUI [status=Commissioned firmware=00010000]\n"
    "                                             so many home area networks; EUIs are given one after "
    "another\n"
    "  delay-answer, delay-deliver, delay-verify, delay-command, delay-read, delay-install, jitter MS\n"
    "  parallel N            connections to each user (8)\n"
    "  log FOLDER            every document as a file;  journal: keep what was asked for each device\n"
    "  version-alert         8F43 after an activation;  strict: requests to the DCC may not overtake each "
    "other\n"
    "\n"
    "Prints `ready SERVICES CONTROL` when it serves. The control port:\n"
    "  GET /totals, GET /meters/EUI, GET /faults\n"
    "  POST /faults {\"word\": \"outcome-lost\", \"euis\": [...] or \"rate\": 0.01 or neither (whole "
    "requests), \"times\": 1, \"arg\": 0}\n"
    "  POST /do {\"do\": \"churn\", \"eui\": ..., \"user\": ...} and others: see control.c\n";

static int signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void defaults(struct world *w)
{
	memcpy(w->schema, "5.4", 4);
	memcpy(w->authority_code, "E4", 3);
	w->parallel = 8;
	w->delay_deliver = w->delay_verify = w->delay_command = w->delay_read = w->delay_install = 5;
	w->random = (uint64_t)now_ms();
	w->nimages = 2; /* NO_IMAGE, BROKEN_IMAGE */
	w->image = grow(NULL, &w->cimages, 2, sizeof *w->image);
	memset(w->image, 0, 2 * sizeof *w->image);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
}

static void loop(struct world *w)
{
	while (!w->stop) {
		int64_t ms = events_run(w);

		net_late(w);
		net_pump(w);
		net_wait(w, ms < 0 || ms > 20 ? 20 : ms);
	}
}

static int run(const char *path)
{
	struct world *w = need(calloc(1, sizeof *w));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };
	char listen[64] = "127.0.0.1:0", control[64] = "127.0.0.1:0", at[64], control_at[64];

	defaults(w);
	xmlInitParser();
	if (!config_read(w, path, listen, control))
		return 1;
	epoll_ctl(w->epoll, EPOLL_CTL_ADD, signals(), &ev);
	if (!net_listen(w, listen, false, at, sizeof at) ||
	    !net_listen(w, control, true, control_at, sizeof control_at))
		return 1;
	printf("ready %s %s\n", at, control_at);
	fflush(stdout);
	loop(w);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "list-faults", 0, NULL, 'l' },
						 { "help", 0, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	int id;

	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (id == '?')
			return 2;
		if (id == 'h')
			fputs(help, stdout);
		else
			for (int i = 0; i < WORD_COUNT; i++)
				printf("%-22s %s\n", word_text[i], word_what[i]);
		return 0;
	}
	if (optind + 1 != argc) {
		fputs("firpath-fakedcc: one file is wanted; see --help\n", stderr);
		return 2;
	}
	return run(argv[optind]);
}
