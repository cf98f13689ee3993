/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "cli/show.h"

static enum tone state_tone(const char *state)
{
	if (strcmp(state, "done") == 0 || strcmp(state, "running") == 0)
		return TONE_GOOD;
	return strcmp(state, "halted") == 0 || strcmp(state, "failed") == 0 || strcmp(state, "refused") == 0
		   ? TONE_BAD
		   : TONE_WARN;
}

void show_campaigns(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "campaigns");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no campaign.");
		return;
	}
	table_init(&t, 8);
	table_row(&t, "campaign", "state", "target", "devices", "done", "active", "failed", "created", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *k = json_at(list, i), *n = json_get(k, "counts");

		table_cell(&t, txt(k, "name"));
		table_cell(&t, txt(k, "state"));
		table_cell(&t, txt(k, "target"));
		table_cellf(&t, "%" PRId64, num(n, "total"));
		table_cellf(&t, "%" PRId64, num(n, "done"));
		table_cellf(&t, "%" PRId64, num(n, "active"));
		table_cellf(&t, "%" PRId64, num(n, "failed") + num(n, "refused"));
		table_cell(&t, txt(k, "created_at"));
	}
	table_print(&t, p, true);
}

/* Whether the plan still stands, and what becomes of it if not. */
static void show_plan_now(struct page *p, const struct json *now)
{
	const struct json *hops = json_get(now, "hops");
	const char *state = txt(now, "state"), *then = txt(now, "then");
	bool fallen = !strcmp(state, "fallen");
	STR(line, 4 * 1024);
	STR(ids, 4 * 1024);

	if (!*state || !strcmp(state, "stands"))
		return;
	if (fallen)
		str_addf(&line, "stands no more: step %s -> %s (%s)", txt(now, "from"), txt(now, "to"),
			 txt(now, "reason"));
	else
		str_addf(&line, "paths changed; now it would be %s",
			 json_len(hops) ? words(hops, &ids) : "no path");
	str_addf(&line, ". At their next step, walks %s%s.", fallen ? "that have it still before them " : "",
		 !strcmp(then, "held")      ? "are held for your decision"
		 : !strcmp(then, "goes-on") ? "go on as planned"
					    : "are planned anew");
	page_term(p, 2, "  now", str_c(&line));
}

static void show_plan(struct page *p, const struct json *plan)
{
	const struct json *hops = json_get(plan, "hops");
	STR(line, 4 * 1024);

	str_add(&line, txt(plan, "start"));
	for (size_t i = 0; i < json_len(hops); i++)
		str_addf(&line, " -> %s", json_text(json_at(hops, i)) ? json_text(json_at(hops, i)) : "?");
	if (*txt(plan, "reason"))
		str_addf(&line, "  %s%s%s", txt(plan, "reason"), *txt(plan, "detail") ? ": " : "",
			 txt(plan, "detail"));
	page_term(p, 2, "plan", str_c(&line));
	show_plan_now(p, json_get(plan, "now"));
}

static void show_wave(struct page *p, const struct json *v)
{
	page_termf(p, 2, "wave",
		   "%" PRId64 ", to %" PRId64 " %%: %s; %" PRId64 " done, %" PRId64 " active, %" PRId64
		   " queued, %" PRId64 " failed or held (at most %" PRId64 " %%)%s%s",
		   num(v, "wave"), num(v, "share"), txt(v, "state"), num(v, "done"), num(v, "active"),
		   num(v, "queued"), num(v, "failed") + num(v, "held"), num(v, "failures"),
		   *txt(v, "next_at") ? "; the next from " : "", txt(v, "next_at"));
}

void show_campaign(struct page *p, const struct json *a)
{
	static const char *const phases[] = { "queued", "active",  "held",   "done",
					      "failed", "refused", "stopped" };
	const struct json *n = json_get(a, "counts"), *plans = json_get(a, "plans");
	STR(counts, 512);

	page_tone(p, TONE_STRONG, "Campaign ");
	page_tone(p, TONE_STRONG, txt(a, "name"));
	str_add(&p->text, ": ");
	page_tone(p, state_tone(txt(a, "state")), txt(a, "state"));
	page_line(p, "%s%s", *txt(a, "reason") ? ", " : "", txt(a, "reason"));
	page_term(p, 2, "target", txt(a, "target"));
	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
		if (num(n, phases[i]))
			str_addf(&counts, ", %" PRId64 " %s", num(n, phases[i]), phases[i]);
	page_termf(p, 2, "devices", "%" PRId64 "%s; %" PRId64 " %s done", num(n, "total"), str_c(&counts),
		   num(n, "hops"), plural(num(n, "hops"), "hop", "hops"));
	page_termf(p, 2, "pace", "at most %" PRId64 " at once, halts after %" PRId64 " %s",
		   num(a, "max_active"), num(a, "stop_after"),
		   plural(num(a, "stop_after"), "failure", "failures"));
	for (size_t i = 0; i < json_len(json_get(a, "waves")); i++)
		show_wave(p, json_at(json_get(a, "waves"), i));
	page_termf(p, 2, "wishes", "prefer %s%s", txt(a, "prefer"),
		   *txt(a, "allow_removed") ? ", Removed entries may be hops" : "");
	page_termf(p, 2, "on change", "%s%s", txt(a, "on_change"),
		   json_bool(json_get(a, "allow_downgrade"), false) ? ", stated downgrades may be walked"
								    : "");
	if (*txt(a, "organisation"))
		page_term(p, 2, "belongs to", txt(a, "organisation"));
	page_termf(p, 2, "planned at", "catalogue revision %" PRId64, num(a, "revision"));
	page_termf(p, 2, "created", "%s by %s", txt(a, "created_at"), txt(a, "created_by"));
	if (*txt(a, "started_at"))
		page_term(p, 2, "started", txt(a, "started_at"));
	if (*txt(a, "ended_at"))
		page_term(p, 2, "ended", txt(a, "ended_at"));
	for (size_t i = 0; i < json_len(plans); i++)
		show_plan(p, json_at(plans, i));
	if (strcmp(txt(a, "state"), "draft") == 0)
		page_line(p, "\nNothing moves yet: firpath campaign start %s", txt(a, "name"));
}

/* ", installed after 0.5 s": how long after `from` something was; nothing when it was not. */
static void add_after(struct str *line, const char *what, const char *from, const char *to)
{
	struct err e;
	int64_t a, b, ms;

	if (!*to)
		return;
	if (!*from || parse_time(from, &a, &e) || parse_time(to, &b, &e)) {
		str_addf(line, ", %s %s", what, to);
		return;
	}
	ms = b > a ? b - a : 0;
	if (ms < 60000)
		str_addf(line, ", %s after %" PRId64 ".%" PRId64 " s", what, ms / 1000, ms % 1000 / 100);
	else
		str_addf(line, ", %s after %" PRId64 " min %" PRId64 " s", what, ms / 60000, ms / 1000 % 60);
}

static void show_story_hop(struct page *p, const struct json *h)
{
	const char *asked = txt(h, "requested_at");
	STR(line, 512);

	str_addf(&line, "    %" PRId64 ". %s -> %s", num(h, "n"), txt(h, "from"), txt(h, "to"));
	if (*asked)
		str_addf(&line, "  asked %.19sZ", asked);
	add_after(&line, "installed", asked, txt(h, "installed_at"));
	add_after(&line, "proven", asked, txt(h, "done_at"));
	if (!*txt(h, "done_at"))
		str_add(&line, ", not done");
	if (num(h, "tries") > 1)
		str_addf(&line, ", %" PRId64 " tries", num(h, "tries"));
	page_line(p, "%s", str_c(&line));
}

void show_story(struct page *p, const struct json *s)
{
	const struct json *hops = json_get(s, "hops");

	page_tone(p, TONE_STRONG, txt(s, "device"));
	str_add(&p->text, "  ");
	page_tone(p, state_tone(txt(s, "phase")), txt(s, "phase"));
	page_line(p, "%s%s  %s -> %s, %" PRId64 " %s", *txt(s, "reason") ? ": " : "", txt(s, "reason"),
		  *txt(s, "start") ? txt(s, "start") : "?", *txt(s, "entry") ? txt(s, "entry") : "?",
		  num(s, "hops_done"), plural(num(s, "hops_done"), "hop", "hops"));
	if (*txt(s, "detail"))
		page_line(p, "    %s", txt(s, "detail"));
	for (size_t i = 0; i < json_len(hops); i++)
		show_story_hop(p, json_at(hops, i));
}
