/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/iec.h"

#include <string.h>

#include "agent/iec_remote.h"
#include "base/mem.h"
#include "base/parse.h"

static enum permit_word say_yes(void *ctx, enum permit_what what, const char **ret_why)
{
	(void)ctx;
	(void)what;
	(void)ret_why;
	return PERMIT_YES;
}

static enum permit_word say_no(void *ctx, enum permit_what what, const char **ret_why)
{
	(void)ctx;
	*ret_why = what == PERMIT_UPDATE ? "the application does not permit an update now"
					 : "the application does not permit a restart now";
	return PERMIT_NO;
}

static enum permit_word say_nothing(void *ctx, enum permit_what what, const char **ret_why)
{
	(void)ctx;
	(void)what;
	(void)ret_why;
	return PERMIT_WAIT;
}

static struct iec_state stopped(void *ctx)
{
	(void)ctx;
	return (struct iec_state){ BBUM_IEC_STOPPED, false };
}

/* ---- simulated: the word comes with the answer to a poll (F15) ---- */

struct simulated {
	enum bbum_permit word; /* the newest since the question */
};

static void simulated_ask(void *ctx, enum permit_what what)
{
	struct simulated *s = ctx;

	(void)what;
	s->word = BBUM_PERMIT_NONE;
}

static enum permit_word simulated_look(void *ctx, enum permit_what what, const char **ret_why)
{
	const struct simulated *s = ctx;

	if (what == PERMIT_RESTART || s->word == BBUM_PERMIT_ACCEPT)
		return PERMIT_YES;
	if (s->word == BBUM_PERMIT_REJECT) {
		*ret_why = "the simulated application does not permit an update";
		return PERMIT_NO;
	}
	return PERMIT_WAIT;
}

static void simulated_hear(void *ctx, enum bbum_permit word)
{
	((struct simulated *)ctx)->word = word;
}

static const struct iec simulated = {
	.ask = simulated_ask, .look = simulated_look, .hear = simulated_hear, .end = free, .own = true
};

int iec_parse(const char *text, const char *name, int64_t limit_ms, struct iec *ret, struct err *e)
{
	struct iec p = { .look = say_yes };

	if (!strcmp(text, "deny")) {
		p.look = say_no;
	} else if (!strncmp(text, "timeout:", 8)) {
		p.look = say_nothing;
		if (parse_duration(text + 8, &limit_ms, e))
			return err_wrap(e, "iec");
	} else if (!strcmp(text, "stopped")) {
		p.look = say_nothing;
		p.state = stopped;
	} else if (!strcmp(text, "simulated")) {
		p = simulated;
		p.ctx = mem_zalloc(sizeof(struct simulated));
	} else if (!strncmp(text, "command:", 8)) {
		if (iec_command(text + 8, name, &p, e))
			return (int)e->code;
	} else if (!strncmp(text, "http://", 7)) {
		if (iec_http(text, name, &p, e))
			return (int)e->code;
	} else if (strcmp(text, "always") != 0) {
		return err_set(e, ERR_USAGE,
			       "an application is always, deny, timeout:DURATION, stopped, simulated, "
			       "command:PROGRAM or http://127.0.0.1:PORT/, not '%.60s'",
			       text);
	}
	p.limit_ms = limit_ms;
	*ret = p;
	return OK;
}

void iec_done(struct iec *p)
{
	if (p->end)
		p->end(p->ctx);
	memset(p, 0, sizeof *p);
}
