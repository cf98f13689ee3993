/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a file of installation chains, and, cut at its first line end, as a version rule and the text
 * that it reads. What is read by a rule is never empty and never longer than what was read; a chain that is
 * good stays good, and is broken by the loss of its first line.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/station.h"
#include "model/version_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void chain(const char *text, size_t size)
{
	struct station_chain_result r, again;
	const char *next;
	struct err e;

	if (station_chain_verify(text, size, &r, &e)) {
		need(e.code == ERR_INVALID);
		return;
	}
	need(!r.bad == !*r.why && r.bad <= r.lines + (int64_t)size);
	next = memchr(text, '\n', size);
	if (r.bad || r.lines < 2 || !next)
		return;
	/* Behind the first line either another chain begins, or the loss is seen. */
	if (!station_chain_verify(next + 1, size - (size_t)(next + 1 - text), &again, &e))
		need(again.bad ? again.lines == 0 : again.lines == r.lines - 1 || again.lines == r.lines);
}

static void rule(char *text)
{
	char *value = strchr(text, '\n');
	struct version_rule_found f = { .n = -1 };
	struct err e;

	if (!value)
		return;
	*value++ = 0;
	if (version_rule_check(text, &e)) {
		need(e.code == ERR_INVALID && *e.msg && !version_rule_apply(text, value, &f));
		return;
	}
	if (!version_rule_apply(text, value, &f)) {
		need(f.n == -1);
		return;
	}
	need(f.n > 0 && f.n <= VERSION_RULE_NAMES);
	for (int i = 0; i < f.n; i++) {
		need(*f.v[i].name && *f.v[i].version && strstr(value, f.v[i].version) &&
		     strstr(text, f.v[i].name));
		for (int k = 0; k < i; k++)
			need(strcmp(f.v[i].name, f.v[k].name) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	chain((const char *)data, size);
	rule(text);
	free(text);
	return 0;
}
