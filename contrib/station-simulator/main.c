/* SPDX-License-Identifier: Apache-2.0 */
/* Options, the loop, the end. See sim.h and firpath-station --help. */
#include "sim.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/parse.h"

enum option_id {
	O_SERVER = 256,
	O_COUNT,
	O_IDENTITY,
	O_PASSWORD,
	O_PASSWORD_FILE,
	O_PROTOCOL,
	O_VENDOR,
	O_MODEL,
	O_VERSION,
	O_COMPONENTS,
	O_COMPONENTS_FILE,
	O_BEHAVE,
	O_FAIL_SHARE,
	O_SEED,
	O_SPEED,
	O_FETCH,
	O_ROOTS,
	O_IMAGES,
	O_TLS_CA,
	O_CERT,
	O_KEY,
	O_DEFLATE,
	O_STATUS,
	O_STATE,
	O_CONTROL,
	O_HEARTBEAT,
	O_TX_TIME,
	O_CONNECT_RATE,
	O_TRACE,
	O_WORDS,
	O_HELP
};

static const struct option options[] = {
	{ "server", 1, NULL, O_SERVER },
	{ "count", 1, NULL, O_COUNT },
	{ "identity", 1, NULL, O_IDENTITY },
	{ "password", 1, NULL, O_PASSWORD },
	{ "password-file", 1, NULL, O_PASSWORD_FILE },
	{ "protocol", 1, NULL, O_PROTOCOL },
	{ "vendor", 1, NULL, O_VENDOR },
	{ "model", 1, NULL, O_MODEL },
	{ "version", 1, NULL, O_VERSION },
	{ "components", 1, NULL, O_COMPONENTS },
	{ "components-file", 1, NULL, O_COMPONENTS_FILE },
	{ "behave", 1, NULL, O_BEHAVE },
	{ "fail-share", 1, NULL, O_FAIL_SHARE },
	{ "seed", 1, NULL, O_SEED },
	{ "speed", 1, NULL, O_SPEED },
	{ "fetch", 1, NULL, O_FETCH },
	{ "roots", 1, NULL, O_ROOTS },
	{ "images", 1, NULL, O_IMAGES },
	{ "tls-ca", 1, NULL, O_TLS_CA },
	{ "cert", 1, NULL, O_CERT },
	{ "key", 1, NULL, O_KEY },
	{ "deflate", 0, NULL, O_DEFLATE },
	{ "status-file", 1, NULL, O_STATUS },
	{ "state-file", 1, NULL, O_STATE },
	{ "control", 0, NULL, O_CONTROL },
	{ "heartbeat", 1, NULL, O_HEARTBEAT },
	{ "tx-time", 1, NULL, O_TX_TIME },
	{ "connect-rate", 1, NULL, O_CONNECT_RATE },
	{ "trace", 0, NULL, O_TRACE },
	{ "list-behaviours", 0, NULL, O_WORDS },
	{ "help", 0, NULL, O_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "firpath-station: plays charging stations (OCPP 1.6, 2.0.1, 2.1), 1 to 15,000 in one process.\n"
    "\n"
    "  --server URL          ws:// or wss:// address of the server; the identity is appended\n"
    "  --count N             stations (1)\n"
    "  --identity FORMAT     their names; %d or %05d is the number from 0 on (CS%05d)\n"
    "  --password TEXT       the same for all;  --password-file FILE: a line for each, in order\n"
    "                        in 1.6 a text of hex digits is sent as the bytes it means\n"
    "  --protocol LIST       ocpp1.6, ocpp2.0.1 (default), ocpp2.1; several with commas are offered in this "
    "order\n"
    "  --vendor --model      what BootNotification says (Example, One)\n"
    "  --version TEXT        firmware that runs at first (1.0)\n"
    "  --components LIST     Main=1.0,Metrology=2.1:regulated ...: answers GetFirmwareComponents\n"
    "  --components-file F   JSON list of FirmwareComponentType: more about each component\n"
    "  --behave [WHICH:]WORD,WORD@N...  see --list-behaviours; WHICH is 7, 3-9 or 5%; @2 = only its second "
    "update.\n"
    "                        May be given several times.\n"
    "  --fail-share 1%       this share fails each update, in one of five ways\n"
    "  --seed N --speed X    the same run again; times of a job divided by X\n"
    "  --fetch yes|no        really download images (HTTP, HTTPS, ranges), check digest, and signature with "
    "--roots\n"
    "  --roots FILE          PEM: who signs firmware\n"
    "  --images FILE         lines SHA256 COMPONENT VERSION: what an image is, when its address holds the "
    "digest\n"
    "  --tls-ca --cert --key FILE   wss://: whom to trust; security profile 3: the station's own (%d as in "
    "--identity)\n"
    "  --deflate             offer permessage-deflate\n"
    "  --status-file FILE    JSON lines: what happened; --state-file FILE: what survives kill -9\n"
    "  --trace               all messages stand in the status file\n"
    "  --control             takes lines on standard input: tx-start NAME, tx-end NAME, reserve NAME, "
    "release NAME,\n"
    "                        drop NAME, offline NAME, online NAME, reboot NAME, counts, end\n"
    "  --heartbeat 5m        interval when the server names none; --tx-time 2s: transactions of behaviours\n"
    "  --connect-rate N      new connections per second (500)\n";

int64_t sim_mono(void)
{
	return clock_mono(clock_system());
}

int64_t sim_wall(void)
{
	return clock_wall(clock_system());
}

static bool wrong(const char *what, const char *arg)
{
	fprintf(stderr, "firpath-station: %s: %s\n", what, arg);
	return false;
}

static bool number(const char *what, const char *arg, int64_t min, int64_t max, int64_t *ret)
{
	struct err e;

	if (parse_i64(arg, min, max, ret, &e))
		return wrong(what, e.msg);
	return true;
}

static bool images_read(struct sim *s, const char *path)
{
	STR(text, (size_t)16 << 20);
	struct err e;
	char *line, *at;

	if (file_read(path, &text, &e))
		return wrong("--images", e.msg);
	at = text.p;
	while (at && (line = strsep(&at, "\n"))) {
		struct image i = { 0 };

		if (sscanf(line, "%64s %50s %50s", i.sha, i.name, i.version) == 3)
			vec_push(&s->images, i);
	}
	return true;
}

static bool passwords_read(struct sim *s, const char *path)
{
	STR(text, (size_t)16 << 20);
	struct err e;
	char *line, *at;

	if (file_read(path, &text, &e))
		return wrong("--password-file", e.msg);
	at = text.p;
	while (at && (line = strsep(&at, "\n")))
		if (*line)
			vec_push(&s->passwords, mem_strdup(line));
	return true;
}

static bool documents_read(struct sim *s, const char *path)
{
	STR(text, (size_t)16 << 20);
	struct err e;

	if (file_read(path, &text, &e) || json_parse(text.p ? text.p : "", text.len, &s->component_docs, &e))
		return wrong("--components-file", e.msg);
	return json_kind(s->component_docs) == JSON_ARRAY || wrong("--components-file", "a list is expected");
}

static bool duration(const char *what, const char *arg, int64_t *ret)
{
	struct err e;

	return !parse_duration(arg, ret, &e) || wrong(what, e.msg);
}

static bool words_list(void)
{
	for (int i = 0; i < WORDS; i++)
		printf("%-28s %s\n", word_text[i], word_what[i]);
	exit(0);
}

static bool behave_add(struct sim *s, const char *arg)
{
	char why[200];

	return rule_add(s, arg, why, sizeof why) || wrong("--behave", why);
}

static bool share_add(struct sim *s, const char *arg)
{
	struct rule r = { .from = 0, .until = INT_MAX, .any_failure = true };
	char *end;
	double share = strtod(arg, &end);

	if (end == arg || *end != '%' || share < 0 || share > 100)
		return wrong("--fail-share wants a share like 1%", arg);
	r.share = (int)(share * 100 + 0.5);
	vec_push(&s->rules, r);
	return true;
}

static bool option_numbers(struct sim *s, int id, const char *arg)
{
	int64_t n;

	switch (id) {
	case O_COUNT:
		if (!number("--count", arg, 1, 60000, &n))
			return false;
		s->count = (int)n;
		return true;
	case O_SEED:
		if (!number("--seed", arg, 0, INT64_MAX, &n))
			return false;
		s->seed = (uint64_t)n;
		return true;
	case O_SPEED:
		s->speed = strtod(arg, NULL);
		return s->speed > 0 || wrong("--speed", "more than 0 is expected");
	case O_CONNECT_RATE:
		return number("--connect-rate", arg, 1, 100000, &s->connect_rate);
	case O_HEARTBEAT:
		return duration("--heartbeat", arg, &s->heartbeat_ms);
	case O_TX_TIME:
		return duration("--tx-time", arg, &s->tx_ms);
	default:
		return false;
	}
}

/* Options that are a text and nothing more. */
static const char **option_text(struct sim *s, int id, const char **state)
{
	switch (id) {
	case O_SERVER:
		return &s->server;
	case O_IDENTITY:
		return &s->identity;
	case O_PASSWORD:
		return &s->password;
	case O_PROTOCOL:
		return &s->protocol;
	case O_VENDOR:
		return &s->vendor;
	case O_MODEL:
		return &s->model;
	case O_VERSION:
		return &s->first_version;
	case O_COMPONENTS:
		return &s->components;
	case O_ROOTS:
		return &s->roots;
	case O_TLS_CA:
		return &s->tls_ca;
	case O_CERT:
		return &s->cert;
	case O_KEY:
		return &s->key;
	case O_STATE:
		return state;
	default:
		return NULL;
	}
}

static bool option_take(struct sim *s, int id, const char *arg, const char **state)
{
	const char **text = option_text(s, id, state);

	if (text) {
		*text = arg;
		return true;
	}
	switch (id) {
	case O_PASSWORD_FILE:
		return passwords_read(s, arg);
	case O_COMPONENTS_FILE:
		return documents_read(s, arg);
	case O_BEHAVE:
		return behave_add(s, arg);
	case O_FAIL_SHARE:
		return share_add(s, arg);
	case O_FETCH:
		return parse_bool(arg, &s->fetch) || wrong("--fetch", "yes or no");
	case O_IMAGES:
		return images_read(s, arg);
	case O_DEFLATE:
		s->deflate = true;
		return true;
	case O_TRACE:
		s->trace = true;
		return true;
	case O_STATUS:
		s->status = fopen(arg, "ae");
		return s->status || wrong("--status-file", strerror(errno));
	case O_CONTROL:
		s->control = STDIN_FILENO;
		return true;
	case O_WORDS:
		return words_list();
	case O_HELP:
		fputs(help, stdout);
		exit(0);
	default:
		return option_numbers(s, id, arg);
	}
}

/* ws://host:port/path */
static bool server_split(struct sim *s)
{
	const char *at = s->server, *end, *colon;

	if (!at)
		return wrong("--server", "an address is wanted");
	s->tls = !strncmp(at, "wss://", 6);
	if (!s->tls && strncmp(at, "ws://", 5) != 0)
		return wrong("--server wants ws:// or wss://", at);
	at += s->tls ? 6 : 5;
	end = at + strcspn(at, "/");
	s->authority = mem_strndup(at, (size_t)(end - at));
	s->path = mem_strdup(*end ? end : "/");
	while (strlen(s->path) && s->path[strlen(s->path) - 1] == '/')
		s->path[strlen(s->path) - 1] = '\0';
	if (*at == '[') {
		const char *close = strchr(at, ']');

		if (!close || close > end)
			return wrong("--server", "the ] is missing");
		s->host = mem_strndup(at + 1, (size_t)(close - at - 1));
		colon = close[1] == ':' ? close + 1 : NULL;
	} else {
		colon = memchr(at, ':', (size_t)(end - at));
		s->host = mem_strndup(at, (size_t)((colon ? colon : end) - at));
	}
	s->port =
	    colon ? mem_strndup(colon + 1, (size_t)(end - colon - 1)) : mem_strdup(s->tls ? "443" : "80");
	return true;
}

static void stations_make(struct sim *s)
{
	s->station = mem_array((size_t)s->count, sizeof *s->station);
	s->by_identity = map_new();
	for (int i = 0; i < s->count; i++) {
		struct station *st = &s->station[i];
		char name[200];

		st->index = i;
		st->fd = -1;
		st->interval_ms = s->heartbeat_ms;
		str_init(&st->in, TEXT_MAX);
		str_init(&st->out, TEXT_MAX);
		str_init(&st->message, TEXT_MAX);
		st->flash = &s->flash[i];
		if (!st->flash->magic)
			flash_fresh(s, st->flash);
		st->flash->booted = false; /* the power came back */
		identity_of(s, i, name, sizeof name);
		map_put(s->by_identity, name, st);
		due_at(s, st, D_CONNECT, (int64_t)i * 1000 / s->connect_rate, 0, 0, NULL);
	}
}

static void counts_print(const struct sim *s, FILE *f)
{
	fprintf(f,
		"{\"connected\":%lld,\"connects\":%lld,\"refused\":%lld,\"boots\":%lld,\"jobs\":%lld,"
		"\"ended\":%lld,\"violations\":%lld,"
		"\"in\":%lld,\"out\":%lld,\"heartbeats\":%lld,\"heartbeat_ms_max\":%lld}\n",
		(long long)s->connected, (long long)s->connects, (long long)s->refused, (long long)s->boots,
		(long long)s->jobs, (long long)s->ended, (long long)s->violations, (long long)s->messages_in,
		(long long)s->messages_out, (long long)s->heartbeats, (long long)s->rtt_ms_max);
	fflush(f);
}

static void control_read(struct sim *s)
{
	char buf[4096], *end;
	ssize_t n = read(s->control, buf, sizeof buf);

	if (n <= 0) {
		if (n == 0)
			s->stop = true; /* who controlled us is gone */
		return;
	}
	str_addn(&s->control_in, buf, (size_t)n);
	while (s->control_in.len && (end = memchr(s->control_in.p, '\n', s->control_in.len))) {
		size_t len = (size_t)(end - s->control_in.p);
		char *line = mem_strndup(s->control_in.p, len);

		memmove(s->control_in.p, end + 1, s->control_in.len - len - 1);
		s->control_in.len -= len + 1;
		if (!strcmp(line, "counts"))
			counts_print(s, stdout);
		else if (!strcmp(line, "end"))
			s->stop = true;
		else
			control_line(s, line);
		mem_free(line);
	}
}

/* Tags of what is no station in epoll. */
enum { TAG_SIGNAL = -1, TAG_CONTROL = -2, TAG_FETCH = -3 };

static void watch(struct sim *s, int fd, int tag)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = (uint64_t)(int64_t)tag };

	if (fd >= 0 && epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) && tag == TAG_CONTROL)
		fprintf(stderr, "firpath-station: --control: %s\n", strerror(errno));
}

static void loop(struct sim *s)
{
	struct epoll_event ev[256];

	while (!s->stop) {
		int64_t wait = due_next(s);
		int n = epoll_wait(s->epoll, ev, 256, wait < 0 ? 1000 : wait > 1000 ? 1000 : (int)wait);

		s->now = sim_mono();
		for (int i = 0; i < n; i++) {
			int64_t tag = (int64_t)ev[i].data.u64;

			if (tag == TAG_SIGNAL)
				s->stop = true;
			else if (tag == TAG_CONTROL)
				control_read(s);
			else if (tag == TAG_FETCH)
				fetch_done(s);
			else
				net_ready(s, &s->station[tag], ev[i].events);
		}
		due_run(s);
		if (s->status)
			fflush(s->status);
	}
}

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

static void end(struct sim *s)
{
	fetch_end(s);
	for (int i = 0; i < s->count; i++) {
		struct station *st = &s->station[i];

		if (st->stage != S_OFF)
			net_drop(s, st, "end", -1);
	}
	net_end(s);
	counts_print(s, stderr);
	if (s->status)
		fclose(s->status);
}

int main(int argc, char **argv)
{
	struct sim s = { .identity = "CS%05d",
			 .protocol = "ocpp2.0.1",
			 .vendor = "Example",
			 .model = "One",
			 .first_version = "1.0",
			 .count = 1,
			 .speed = 1,
			 .heartbeat_ms = 300000,
			 .tx_ms = 2000,
			 .connect_rate = 500,
			 .control = -1,
			 .seed = 1 };
	const char *state = NULL;
	struct rlimit files;
	int id;

	str_init(&s.control_in, 65536);
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (id == '?' || !option_take(&s, id, optarg, &state))
			return 2;
	if (optind < argc)
		return !wrong("no such argument", argv[optind]) + 1;
	if (!server_split(&s))
		return 2;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	s.rnd = rnd_seeded(s.seed);
	s.now = sim_mono();
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	watch(&s, signals(), TAG_SIGNAL);
	watch(&s, s.control, TAG_CONTROL);
	if (!flash_open(&s, state) || !net_start(&s) || !fetch_start(&s))
		return 1;
	watch(&s, fetch_fd(&s), TAG_FETCH);
	stations_make(&s);
	printf("ready\n");
	fflush(stdout);
	loop(&s);
	end(&s);
	return 0;
}
