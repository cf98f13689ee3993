/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/fault.h"

#include <string.h>

#include "base/parse.h"
#include "base/str.h"

const char *const fault_what_text[FAULT_WHATS + 1] = {
	[FAULT_NONE] = "none", [FAULT_FAIL] = "fail",     [FAULT_STALL] = "stall",
	[FAULT_LIE] = "lie",   [FAULT_VANISH] = "vanish", [FAULT_CORRUPT] = "corrupt",
};

const char *const fault_where_text[FAULT_WHERES + 1] = {
	[FAULT_AT_DOWNLOAD] = "download", [FAULT_AT_VERIFY] = "verify", [FAULT_AT_INSTALL] = "install",
	[FAULT_AT_RESTART] = "restart",   [FAULT_AT_REPORT] = "report",
};

static int word_of(const char *word, const char *const *words, int first)
{
	for (int i = first; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

/* One "what@where[:count]". */
static int fault_add(struct faults *f, char *one, struct err *e)
{
	char *at = strchr(one, '@'), *colon = strchr(one, ':');
	int64_t count = -1;
	int what, where;

	if (colon)
		*colon++ = '\0';
	if (!at || (colon && parse_i64(colon, 1, INT64_C(1000000), &count, e)))
		return err_set(e, ERR_USAGE, "a fault is WHAT@WHERE or WHAT@WHERE:COUNT, not '%s'", one);
	*at++ = '\0';
	what = word_of(one, fault_what_text, FAULT_FAIL);
	if (what < 0)
		return err_set(e, ERR_USAGE,
			       "there is no fault '%s'; there are fail, stall, lie, vanish and corrupt", one);
	where = word_of(at, fault_where_text, 0);
	if (where < 0)
		return err_set(e, ERR_USAGE,
			       "there is no place '%s' for a fault; there are download, verify, install, "
			       "restart and report",
			       at);
	if (f->n == FAULTS_MAX)
		return err_set(e, ERR_USAGE, "more than %d faults", FAULTS_MAX);
	f->v[f->n].what = (enum fault_what)what;
	f->v[f->n].where = (enum fault_where)where;
	f->v[f->n++].count = count;
	return OK;
}

int faults_parse(const char *text, struct faults *ret, struct err *e)
{
	struct faults f = { .n = 0 };
	char one[64];

	while (*text) {
		size_t n = strcspn(text, ",");

		if (!str_copyn(one, sizeof one, text, n))
			return err_set(e, ERR_USAGE, "a fault is WHAT@WHERE or WHAT@WHERE:COUNT");
		if (fault_add(&f, one, e))
			return (int)e->code;
		text += n;
		text += *text == ',';
	}
	*ret = f;
	return OK;
}

enum fault_what fault_at(const struct faults *f, enum fault_where where, int64_t used[FAULTS_MAX])
{
	for (int i = 0; i < f->n; i++)
		if (f->v[i].where == where && (f->v[i].count < 0 || used[i] < f->v[i].count)) {
			used[i] += f->v[i].count >= 0;
			return f->v[i].what;
		}
	return FAULT_NONE;
}
