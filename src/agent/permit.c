/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/permit.h"

#include <string.h>

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

int permit_parse(const char *text, int64_t limit_ms, struct permit *ret, struct err *e)
{
	struct permit p = { .look = say_yes, .limit_ms = limit_ms };

	if (!strcmp(text, "deny")) {
		p.look = say_no;
	} else if (!strncmp(text, "timeout:", 8)) {
		p.look = say_nothing;
		if (parse_duration(text + 8, &p.limit_ms, e))
			return err_wrap(e, "permission");
	} else if (strcmp(text, "always") != 0) {
		return err_set(e, ERR_USAGE, "a permission is always, deny or timeout:DURATION, not '%.40s'",
			       text);
	}
	*ret = p;
	return OK;
}
