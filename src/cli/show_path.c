/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

/* Codes of answers, and what they mean to a reader. */
struct meaning {
	const char *code, *text;
};
static const struct meaning warnings[] = {
	{ "cpl-stale", "the Central Products List in this catalogue is old, or was not checked lately" },
	{ "statement-overdue", "a hop was not confirmed in time: check the release notes first" },
	{ "statement-disputed", "a hop is disputed and not settled: check the release notes first" },
	{ "prefer-unknown", "the wish could not be followed: figures are missing, so the fewest hops count" },
	{ "different-model", "start and target are different hardware" },
	{ "fragment-not-last", "the target is only a part of a release" },
	{ "target-renewal-passed", "the CPA renewal date of the target has passed" },
	{ "start-removed", "the device runs an entry that is Removed from the list" },
	{ "start-blocked", "the device runs an entry that is blocked" },
	{ "start-cpa-expired", "the device runs an entry whose CPA certificate has expired" },
	{ "notes-only", "nobody stated this: check the release notes" },
	{ "downgrade", "this hop leads to an entry earlier in the list" },
	{ "cpa-renewal-passed", "the CPA renewal date of this entry has passed" },
	{ "removed-hop", "this entry is Removed from the list" },
	{ "no-hash", "the list has no image hash: it cannot be pushed" },
	{ "fragment", "a part of a release: the next hop must follow at once" },
	{ "inferred", "inferred from other data, not stated by the manufacturer" },
	{ "never-confirmed", "nobody has confirmed this since it was stated" },
	{ NULL, NULL },
};
static const struct meaning whys[] = {
	{ "removed", "the target is Removed from the list" },
	{ "cpa-expired", "the CPA certificate of the target has expired" },
	{ "blocked", "the target is blocked" },
	{ "unknown", "nobody stated how the target may be reached" },
	{ "no-edge", "no stated upgrade leads there" },
	{ NULL, NULL },
};
static const struct meaning obstacles[] = {
	{ "removed", "were not Removed" },
	{ "cpa-expired", "had a standing CPA certificate" },
	{ "blocked", "were not blocked" },
	{ "unknown", "had a path statement that allows any predecessor" },
	{ "blocked-edge", "were not blocked from there" },
	{ NULL, NULL },
};
static const struct meaning reasons[] = {
	{ "direct", "This upgrade is stated: it may be made in one hop." },
	{ "same", "The device runs that entry already." },
	{ "hops-needed", "Not in one hop. These hops lead there:" },
	{ NULL, NULL },
};

static const char *meaning_of(const struct meaning *m, const char *code)
{
	for (; m->code; m++)
		if (strcmp(m->code, code) == 0)
			return m->text;
	return NULL;
}

static void show_warnings(struct page *p, int indent, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const char *code = json_text(json_at(list, i)),
			   *text = code ? meaning_of(warnings, code) : NULL;

		str_addf(&p->text, "%*s", indent, "");
		page_tone(p, TONE_WARN, "warning");
		str_add(&p->text, "       ");
		page_value(p, code);
		page_line(p, "%s%s", text ? ": " : "", text ? text : "");
	}
}

static void show_side(struct page *p, const char *name, const struct json *side)
{
	char id[200];

	if (!side)
		return;
	page_termf(p, 2, name, "%s  %s  %s%s%s", txt(side, "entry"), identity_text(side, id, sizeof id),
		   has(side, "status") ? txt(side, "status") : "-", *txt(side, "device_type") ? ", " : "",
		   txt(side, "device_type"));
}

static void show_hop(struct page *p, const struct json *hop, const char *base_identity)
{
	const struct json *fragment = json_get(hop, "fragment");
	char id[200], head[600];

	snprintf(head, sizeof head, "%" PRId64 ". %s (%s) -> %s (%s)", num(hop, "n"), txt(hop, "base"),
		 base_identity, txt(hop, "entry"), identity_text(hop, id, sizeof id));
	page_line(p, "%s", "");
	page_tone(p, TONE_STRONG, head);
	page_line(p, "%s", "");
	if (fragment)
		page_termf(p, 3, "fragment", "%" PRId64 " of %" PRId64, num(fragment, "number"),
			   num(fragment, "of"));
	page_term(p, 3, "image hash", has(hop, "hash") ? txt(hop, "hash") : "none in the list");
	show_statement(p, 3, json_get(hop, "statement"));
	show_warnings(p, 3, json_get(hop, "warnings"));
}

static void show_hops(struct page *p, const struct json *a)
{
	const struct json *hops = json_get(a, "hops"), *before = json_get(a, "from");
	char id[200];

	for (size_t i = 0; i < json_len(hops); i++) {
		show_hop(p, json_at(hops, i), identity_text(before, id, sizeof id));
		before = json_at(hops, i);
	}
}

static void show_end(struct page *p, const struct json *a)
{
	page_line(p, "%s", "");
	show_warnings(p, 0, json_get(a, "warnings"));
	show_state_of_catalogue(p, a);
	if (*txt(a, "notice"))
		page_wrap(p, 0, txt(a, "notice"));
}

static void show_found(struct page *p, const struct json *a)
{
	const struct json *from = json_get(a, "from"), *to = json_get(a, "to");
	int64_t n = (int64_t)json_len(json_get(a, "hops")), others = num(a, "alternatives");
	char head[300];

	snprintf(head, sizeof head, "Path from %s to %s: %" PRId64 " %s", txt(from, "entry"),
		 txt(to, "entry"), n, plural(n, "hop", "hops"));
	page_tone(p, TONE_GOOD, head);
	page_line(p, "%s", "");
	show_side(p, "from", from);
	show_side(p, "to", to);
	show_hops(p, a);
	if (has(a, "oldest_confirmed_on"))
		page_line(p, "\nThe oldest confirmation that this rests on is of %s.",
			  txt(a, "oldest_confirmed_on"));
	if (others > 0)
		page_line(p, "\n%" PRId64 "%s other %s as good.", others, others >= 99 ? " or more" : "",
			  plural(others, "path is", "paths are"));
}

static void show_obstacles(struct page *p, const struct json *list)
{
	if (!json_len(list))
		return;
	page_line(p, "A path would open if");
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *o = json_at(list, i);
		const char *text = meaning_of(obstacles, txt(o, "kind"));

		page_line(p, "  - %s%s%s %s%s%s", txt(o, "entry"), *txt(o, "base") ? " from " : "",
			  txt(o, "base"), text ? text : txt(o, "kind"), *txt(o, "message") ? ": " : "",
			  txt(o, "message"));
		if (*txt(o, "reference"))
			page_line(p, "    see %s", txt(o, "reference"));
	}
}

static void show_none(struct page *p, const struct json *a)
{
	const char *why = txt(a, "why"), *text = meaning_of(whys, why);
	const struct json *from = json_get(a, "from"), *to = json_get(a, "to");

	show_side(p, "from", from);
	show_side(p, "to", to);
	page_line(p, "%s", "");
	if (*txt(a, "next"))
		page_wrap(p, 0, txt(a, "next"));
	else if (text)
		page_line(p, "Why: %s.", text);
	if (has(a, "furthest"))
		page_line(p, "The furthest entry that can be reached is %s.", txt(a, "furthest"));
	show_obstacles(p, json_get(a, "would_open"));
	show_contacts(p, 0, json_get(a, "help"));
}

static void show_none_head(struct page *p, const struct json *a)
{
	const struct json *from = json_get(a, "from"), *to = json_get(a, "to");
	char head[300];

	snprintf(head, sizeof head, "No path from %s to %s: %s", txt(from, "entry"),
		 to ? txt(to, "entry") : "any newer entry", txt(a, "why"));
	page_tone(p, TONE_BAD, head);
	page_line(p, "%s", "");
}

static bool any_differs(const struct json *candidates, const char *column)
{
	for (size_t i = 0; i < json_len(candidates); i++) {
		const struct json *d = json_get(json_at(candidates, i), "differs");

		for (size_t k = 0; k < json_len(d); k++)
			if (json_text(json_at(d, k)) && strcmp(json_text(json_at(d, k)), column) == 0)
				return true;
	}
	return false;
}

static void candidate_cell(struct table *t, const struct json *c, const char *column)
{
	const struct json *cpa = json_get(c, "cpa");

	if (strcmp(column, "cpa") == 0)
		table_cellf(t, "%s%s%s", txt(cpa, "kind"), cpa ? " " : "", txt(cpa, "until"));
	else if (strcmp(column, "hash") == 0)
		table_cellf(t, "%.12s%s", txt(c, column), *txt(c, column) ? "..." : "");
	else
		table_cell(t, txt(c, column));
}

static void show_ambiguous(struct page *p, const struct json *a)
{
	static const char *const columns[] = { "entry", "status", "device_type", "smets",
					       "gbcs",  "hash",   "descriptor",  "cpa" };
	const struct json *list = json_get(a, "candidates");
	const char *shown[8];
	int n = 0;
	OWN(table_done) struct table t = { 0 };
	char head[200], id[200];

	snprintf(head, sizeof head, "Ambiguous: %zu entries are %s (%s)", json_len(list),
		 identity_text(json_at(list, 0), id, sizeof id), txt(a, "side"));
	page_tone(p, TONE_WARN, head);
	page_line(p, "%s", "");
	for (size_t i = 0; i < 8; i++)
		if (i == 0 || any_differs(list, columns[i]))
			shown[n++] = columns[i];
	table_init(&t, n);
	for (int i = 0; i < n; i++)
		table_cell(&t, shown[i]);
	for (size_t i = 0; i < json_len(list); i++)
		for (int k = 0; k < n; k++)
			candidate_cell(&t, json_at(list, i), shown[k]);
	page_line(p, "%s", "");
	table_print(&t, p, true);
	page_line(p, "\nChoose one of them and ask again with its Entry ID.");
	show_contacts(p, 0, json_get(a, "help"));
}

void show_path(struct page *p, const struct json *a)
{
	const char *result = txt(a, "result");

	if (strcmp(result, "path") == 0) {
		show_found(p, a);
	} else if (strcmp(result, "already") == 0) {
		page_tone(p, TONE_GOOD, "Nothing to do: the device runs the target already.");
		page_line(p, "%s", "");
		show_side(p, "runs", json_get(a, "from"));
	} else if (strcmp(result, "none") == 0) {
		show_none_head(p, a);
		show_none(p, a);
	} else {
		show_ambiguous(p, a);
	}
	show_end(p, a);
}

void show_check(struct page *p, const struct json *a)
{
	const char *verdict = txt(a, "verdict"), *reason = meaning_of(reasons, txt(a, "reason"));
	bool allowed = strcmp(verdict, "allowed") == 0, none = strcmp(txt(a, "result"), "none") == 0;
	char head[300];

	if (strcmp(verdict, "ambiguous") == 0) {
		show_ambiguous(p, a);
		show_end(p, a);
		return;
	}
	snprintf(head, sizeof head, "%s: %s -> %s%s%s", verdict, txt(json_get(a, "from"), "entry"),
		 has(a, "to") ? txt(json_get(a, "to"), "entry") : "latest",
		 none && strcmp(txt(a, "why"), verdict) ? ", " : "",
		 none && strcmp(txt(a, "why"), verdict) ? txt(a, "why") : "");
	page_tone(p, allowed ? TONE_GOOD : TONE_BAD, head);
	page_line(p, "%s", "");
	if (none) {
		show_none(p, a);
	} else {
		if (reason)
			page_line(p, "%s", reason);
		show_hops(p, a);
	}
	show_end(p, a);
}

int show_path_exit(const struct json *a)
{
	const char *result = txt(a, "result");

	if (strcmp(result, "path") == 0 || strcmp(result, "already") == 0)
		return 0;
	if (strcmp(result, "none") == 0)
		return err_info(ERR_NO_PATH)->exit;
	return err_info(strcmp(result, "ambiguous") == 0 ? ERR_AMBIGUOUS : ERR_REMOTE)->exit;
}

int show_check_exit(const struct json *a)
{
	const char *verdict = txt(a, "verdict");

	if (strcmp(verdict, "allowed") == 0)
		return 0;
	if (strcmp(verdict, "ambiguous") == 0)
		return err_info(ERR_AMBIGUOUS)->exit;
	return err_info(strcmp(verdict, "unknown") == 0 ? ERR_NO_PATH : ERR_DENIED)->exit;
}
