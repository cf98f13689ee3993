/* SPDX-License-Identifier: Apache-2.0 */
/* Following a campaign: a bar with rate and remaining time on a terminal, lines otherwise. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"

#define PATIENCE_MS 60000 /* how long a service may be away before we give up */

struct watch {
	struct call *c;
	char url[600];
	bool drawn;      /* a bar stands on the terminal's last line */
	char last[512];  /* the line written last */
	int64_t away_at; /* since when the service does not answer; -1 = it does */
};

static void sleep_ms(int64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void put_duration(struct str *out, int64_t s)
{
	if (s < 120)
		str_addf(out, "%" PRId64 " s", s);
	else if (s < 7200)
		str_addf(out, "%" PRId64 " min", (s + 59) / 60);
	else
		str_addf(out, "%" PRId64 " h %02" PRId64 " min", s / 3600, s % 3600 / 60);
}

static int64_t ended(const struct json *p)
{
	return num(p, "done") + num(p, "failed") + num(p, "refused") + num(p, "stopped");
}

/* "running  12 of 50 done, 4 active, 1 failed  36/h, 12 min left" */
static void put_counts(struct str *out, const struct json *p)
{
	static const char *const more[] = { "active", "queued", "held", "failed", "refused", "stopped" };

	str_addf(out, "%s  %" PRId64 " of %" PRId64 " done", txt(p, "state"), num(p, "done"),
		 num(p, "total"));
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (num(p, more[i]))
			str_addf(out, ", %" PRId64 " %s", num(p, more[i]), more[i]);
	str_addf(out, "  %" PRId64 " %s", num(p, "hops"), plural(num(p, "hops"), "hop", "hops"));
	if (has(p, "rate_per_hour") && num(p, "rate_per_hour") > 0)
		str_addf(out, "  %" PRId64 "/h", num(p, "rate_per_hour"));
	if (has(p, "eta_s")) {
		str_add(out, ", ");
		put_duration(out, num(p, "eta_s"));
		str_add(out, " left");
	}
}

static void put_bar(struct str *out, const struct json *p, int width)
{
	int64_t total = num(p, "total"), n = total ? ended(p) * width / total : width;

	str_addc(out, '[');
	for (int i = 0; i < width; i++)
		str_addc(out, i < n ? '#' : '-');
	str_addf(out, "] %3" PRId64 " %%  ", total ? ended(p) * 100 / total : 100);
}

/* One look, drawn. */
static void draw(struct watch *w, const struct json *p)
{
	FILE *out = w->c->env->out;
	bool terminal = w->c->page.width > 0;
	STR(line, 400);
	STR(counts, 300);

	put_counts(&counts, p);
	if (terminal) {
		int room = w->c->page.width - (int)counts.len - 10;

		if (room >= 8)
			put_bar(&line, p, room < 40 ? room : 40);
	}
	str_add(&line, str_c(&counts));
	if (strcmp(str_c(&line), w->last) == 0)
		return;
	str_copy(w->last, sizeof w->last, str_c(&line));
	if (terminal)
		fprintf(out, "%s%.*s\033[K", w->drawn ? "\r" : "", w->c->page.width - 1, str_c(&line));
	else
		fprintf(out, "%s\n", str_c(&line));
	w->drawn = terminal;
	fflush(out);
}

static void end_bar(struct watch *w)
{
	if (w->drawn)
		fputc('\n', w->c->env->out);
	w->drawn = false;
}

static bool may_come_back(enum err_code code)
{
	return code == ERR_UNAVAILABLE || code == ERR_REMOTE || code == ERR_TIMEOUT || code == ERR_BUSY ||
	       code == ERR_RATE;
}

/* One look; *ret_over when nothing more will happen by itself. */
static int look(struct watch *w, bool *ret_over, struct err *e)
{
	OWN(json_free) struct json *p = NULL;
	STR(answer, 64 * KIB);
	struct client *client;
	const char *state;

	*ret_over = false;
	if (call_client(w->c, &client, e))
		return (int)e->code;
	if (client_get(client, w->url, &answer, e)) {
		int64_t now = clock_mono(w->c->env->clock);

		if (!may_come_back(e->code) || (w->away_at >= 0 && now - w->away_at > PATIENCE_MS))
			return (int)e->code;
		if (w->away_at < 0) {
			end_bar(w);
			call_say(w->c, "%s; waiting for it", e->msg);
			w->away_at = now;
		}
		return OK;
	}
	w->away_at = -1;
	if (json_parse(str_c(&answer), answer.len, &p, e))
		return err_wrap(e, "the answer is not JSON");
	if (w->c->json) {
		if (strcmp(w->last, str_c(&answer)) != 0 && call_write(w->c, str_c(&answer), answer.len, e))
			return (int)e->code;
		str_copy(w->last, sizeof w->last, str_c(&answer));
		fflush(w->c->env->out);
	} else {
		draw(w, p);
	}
	if (ferror(w->c->env->out))
		return call_unwritten(e);
	state = txt(p, "state");
	*ret_over = strcmp(state, "done") == 0 || strcmp(state, "halted") == 0 ||
		    (strcmp(state, "stopped") == 0 && !num(p, "active"));
	if (*ret_over) {
		end_bar(w);
		if (*txt(p, "reason") && !w->c->json)
			page_line(&w->c->page, "%s", txt(p, "reason"));
		w->c->exit = strcmp(state, "done") != 0 || num(p, "failed") || num(p, "refused") ? 1 : 0;
	}
	return OK;
}

int cmd_campaign_watch(struct call *c, struct err *e)
{
	struct watch w = { .c = c, .away_at = -1 };
	int64_t interval = 1000;
	STR(url, sizeof w.url - 1);
	bool over = false;

	if (call_has(c, "interval") && parse_duration(call_opt(c, "interval"), &interval, e)) {
		e->code = ERR_USAGE;
		return err_wrap(e, "--interval");
	}
	if (interval < 50)
		interval = 50;
	str_add(&url, "/v1/campaigns");
	url_segment(&url, c->arg[0]);
	str_add(&url, "/progress");
	if (url.over)
		return err_set(e, ERR_USAGE, "the name of the campaign is too long");
	str_copy(w.url, sizeof w.url, str_c(&url));
	for (;;) {
		if (look(&w, &over, e)) {
			end_bar(&w);
			return (int)e->code;
		}
		if (over)
			return OK;
		sleep_ms(interval);
	}
}
