/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/iec_remote.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

#define CALL_LIMIT_MS 5000
#define LOOK_MS 20     /* how often a call under way is looked at */
#define STATUS_MS 1000 /* how often the application is asked whether it runs */
#define NOT_YET_MS 200 /* how long after a "not yet" it is asked again */
#define SILENT_MAX 3   /* calls in a row without an answer, before nothing is known of it */

const char *const iec_ask_text[IEC_ASKS + 1] = {
	[IEC_STATUS] = "status",
	[IEC_PERMIT_UPDATE] = "permit-update",
	[IEC_PERMIT_RESTART] = "permit-restart",
	[IEC_WITHDRAW] = "withdraw",
	[IEC_VERSIONS] = "versions",
};

void iec_phrase(const char *text, char ret[IEC_WHY_MAX])
{
	size_t n = text ? strlen(text) : 0, len;

	ret[0] = '\0';
	for (size_t at = 0, to = 0; at < n; at += len, to += len) {
		len = parse_utf8_len(text + at, n - at);
		if (!len || to + len >= IEC_WHY_MAX)
			return;
		memcpy(ret + to, text + at, len);
		if ((unsigned char)ret[to] < ' ')
			ret[to] = ' ';
		ret[to + len] = '\0';
	}
}

struct remote {
	struct iec_line line;
	char name[65];       /* of the device */
	struct str versions; /* the newest, to be sent */
	bool versions_again; /* they were not heard */
	struct str body;     /* of the call under way */
	unsigned todo;       /* bit per enum iec_ask */
	bool busy;
	enum iec_ask ask;   /* the call under way */
	int64_t begun, now; /* monotonic ms */
	int64_t status_at;  /* when it is asked again */
	int64_t again_at;   /* the permission, after a "not yet" */
	int64_t silent;     /* calls in a row that came to nothing */
	struct iec_state state;
	enum iec_ask asked;    /* the permission that is looked for; IEC_STATUS = none */
	enum permit_word word; /* its answer */
	char why[IEC_WHY_MAX];
};

static void remote_ask(void *ctx, enum permit_what what)
{
	struct remote *r = ctx;

	r->asked = what == PERMIT_UPDATE ? IEC_PERMIT_UPDATE : IEC_PERMIT_RESTART;
	r->word = PERMIT_WAIT;
	r->again_at = 0;
	r->todo |= 1u << r->asked;
	r->todo &= ~(1u << IEC_WITHDRAW);
}

static enum permit_word remote_look(void *ctx, enum permit_what what, const char **ret_why)
{
	const struct remote *r = ctx;

	(void)what;
	if (r->word == PERMIT_NO)
		*ret_why = *r->why ? r->why : "the application says no";
	return r->word;
}

static void remote_withdraw(void *ctx, enum permit_what what)
{
	struct remote *r = ctx;

	(void)what;
	if (r->busy && (r->ask == IEC_PERMIT_UPDATE || r->ask == IEC_PERMIT_RESTART)) {
		r->line.drop(r->line.ctx); /* nobody wants its answer, and others wait behind it */
		r->busy = false;
	}
	r->todo &= ~(1u << IEC_PERMIT_UPDATE | 1u << IEC_PERMIT_RESTART);
	r->todo |= 1u << IEC_WITHDRAW;
	r->asked = IEC_STATUS;
	r->word = PERMIT_WAIT;
}

static struct iec_state remote_state(void *ctx)
{
	return ((const struct remote *)ctx)->state;
}

static void remote_versions(void *ctx, const char *json, size_t len)
{
	struct remote *r = ctx;

	str_clear(&r->versions);
	str_addn(&r->versions, json, len);
	r->todo |= 1u << IEC_VERSIONS;
}

static void heard(struct remote *r, enum iec_word word, const char *why)
{
	if (word == IEC_NOTHING) {
		r->silent++;
		if (r->silent >= SILENT_MAX)
			r->state = (struct iec_state){ BBUM_IEC_UNKNOWN, r->state.safe };
		/* What was not heard is said again when something is heard; an old withdrawal is not worth
		 * it. */
		if (r->ask == IEC_VERSIONS)
			r->versions_again = true;
		if (r->ask == r->asked)
			r->again_at = r->now + NOT_YET_MS;
		return;
	}
	r->silent = 0;
	if (r->versions_again)
		r->todo |= 1u << IEC_VERSIONS;
	r->versions_again = false;
	if (r->ask == IEC_STATUS) {
		r->state.runs = word == IEC_NO ? BBUM_IEC_STOPPED : BBUM_IEC_RUNNING;
		r->state.safe = word == IEC_SAFE;
	}
	if (r->ask != r->asked || (r->ask != IEC_PERMIT_UPDATE && r->ask != IEC_PERMIT_RESTART))
		return; /* also what was asked before a withdrawal */
	if (word == IEC_YES)
		r->word = PERMIT_YES;
	else if (word == IEC_NO || word == IEC_SAFE)
		r->word = PERMIT_NO;
	else
		r->again_at = r->now + NOT_YET_MS;
	str_copy(r->why, sizeof r->why, why);
}

static void body_make(struct remote *r, enum iec_ask ask)
{
	struct jw w = jw_start(&r->body);

	str_clear(&r->body);
	if (ask == IEC_VERSIONS) {
		str_addn(&r->body, r->versions.p, r->versions.len);
		return;
	}
	jw_obj(&w);
	jw_kstr(&w, "device", r->name);
	jw_kstr(&w, "ask", iec_ask_text[ask]);
	jw_end(&w);
}

/* The next call, permissions first; IEC_ASKS = none is due. */
static enum iec_ask next_ask(struct remote *r)
{
	static const enum iec_ask order[] = { IEC_WITHDRAW, IEC_PERMIT_UPDATE, IEC_PERMIT_RESTART,
					      IEC_VERSIONS };

	if (r->asked != IEC_STATUS && r->word == PERMIT_WAIT && r->again_at && r->now >= r->again_at) {
		r->again_at = 0;
		r->todo |= 1u << r->asked;
	}
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (r->todo & 1u << order[i])
			return order[i];
	return r->now >= r->status_at ? IEC_STATUS : IEC_ASKS;
}

static void call_next(struct remote *r)
{
	enum iec_ask ask = next_ask(r);

	if (ask == IEC_ASKS)
		return;
	r->todo &= ~(1u << ask);
	if (ask == IEC_STATUS)
		r->status_at = r->now + STATUS_MS;
	body_make(r, ask);
	r->ask = ask;
	r->begun = r->now;
	r->busy = r->line.begin(r->line.ctx, ask, str_c(&r->body), r->body.len);
	if (!r->busy)
		heard(r, IEC_NOTHING, "");
}

static int64_t remote_tick(void *ctx, int64_t now)
{
	struct remote *r = ctx;
	char why[IEC_WHY_MAX] = "";
	enum iec_word word = IEC_NOTHING;
	int64_t due;

	r->now = now;
	if (r->busy && (r->line.over(r->line.ctx, &word, why) || now - r->begun > CALL_LIMIT_MS)) {
		if (now - r->begun > CALL_LIMIT_MS)
			r->line.drop(r->line.ctx);
		r->busy = false;
		heard(r, word, why);
	}
	if (!r->busy)
		call_next(r);
	due = r->busy || r->todo ? now + LOOK_MS : r->status_at;
	if (r->asked != IEC_STATUS && r->word == PERMIT_WAIT && due > now + LOOK_MS)
		due = now + LOOK_MS;
	return due;
}

static void remote_end(void *ctx)
{
	struct remote *r = ctx;

	if (r->busy)
		r->line.drop(r->line.ctx);
	r->line.end(r->line.ctx);
	str_done(&r->versions);
	str_done(&r->body);
	free(r);
}

void iec_remote(const struct iec_line *line, const char *name, struct iec *ret)
{
	struct remote *r = mem_zalloc(sizeof *r);

	r->line = *line;
	str_copy(r->name, sizeof r->name, name);
	str_init(&r->versions, 16 * KIB);
	str_init(&r->body, 16 * KIB);
	*ret = (struct iec){ .ask = remote_ask,
			     .look = remote_look,
			     .withdraw = remote_withdraw,
			     .state = remote_state,
			     .versions = remote_versions,
			     .tick = remote_tick,
			     .end = remote_end,
			     .ctx = r,
			     .own = true };
}
