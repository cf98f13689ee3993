/* SPDX-License-Identifier: Apache-2.0 */
/* What a home area network allows: a second, naive judgement agrees over random networks, each gate by name,
 * and what the sentences say. */
#include "testing.h"

#include "base/file.h"
#include "base/rnd.h"
#include "base/str.h"
#include "model/han.h"

/* ---- the naive judgement: every gate that is shut, and the first of them ---- */

static int gbcs_number(const char *text)
{
	int major = 0, minor = 0;

	if (!strncmp(text, "GBCS Version ", 13))
		text += 13;
	ck_assert_int_ge(sscanf(text, "%d.%d", &major, &minor), 1);
	return major * 1000 + minor;
}

static bool naive_met(const struct han_need *n, const struct han_device *d)
{
	if (*n->needs_gbcs && *d->gbcs && gbcs_number(d->gbcs) >= gbcs_number(n->needs_gbcs))
		return true;
	for (size_t i = 0; i < n->nids; i++)
		if (d->entry_id && n->needs_ids[i] == d->entry_id)
			return true;
	return false;
}

/* CHF, else GPF, of which it is known what they run; -1: none. */
static int naive_hub(const struct han_ask *a)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < a->ndevices; i++)
			if (i != a->which && a->device[i].entry_id &&
			    a->device[i].class == (pass ? HAN_GPF : HAN_CHF))
				return (int)i;
	return -1;
}

static void naive_need(const struct han_ask *a, const struct han_need *n, bool *shut, bool *hub_rule)
{
	const struct han_device *d = &a->device[a->which];
	int hub = naive_hub(a), met = 0, unmet = 0;

	if ((n->applies_class != -1 && n->applies_class != (int)d->class) ||
	    (n->applies_id && n->applies_id != a->to_id))
		return;
	if (n->needs_class == HAN_CHF || n->needs_class == HAN_GPF) {
		*hub_rule = true;
		if (hub < 0)
			shut[HAN_NO_HUB] = true;
		else if (!naive_met(n, &a->device[hub]))
			shut[HAN_HUB] = true;
		return;
	}
	for (size_t i = 0; i < a->ndevices; i++)
		if (i != a->which && a->device[i].class == n->needs_class)
			*(naive_met(n, &a->device[i]) ? &met : &unmet) += 1;
	if (unmet || !met)
		shut[HAN_FIRST] = true;
}

static enum han_gate naive(const struct han_ask *a)
{
	const struct han_device *d = &a->device[a->which];
	bool shut[HAN_GATES] = { false }, hub_rule = false;
	int64_t until;

	for (size_t i = 0; i < a->nneeds; i++)
		naive_need(a, &a->need[i], shut, &hub_rule);
	shut[HAN_HUB_IS_DCCS] = d->class == HAN_CHF || d->class == HAN_GPF;
	shut[HAN_NO_OTA] = d->class == HAN_IHD || d->class == HAN_CAD;
	shut[HAN_SMETS1] = d->smets1;
	shut[HAN_AUTHORITY] = a->authority_lost;
	shut[HAN_QUARANTINE] = *a->quarantine != 0;
	shut[HAN_NO_USER] = !a->has_user;
	shut[HAN_NO_RULE] = !hub_rule && (d->class == HAN_PPMID || d->class == HAN_HCALCS);
	shut[HAN_USER_HELD] = *a->user_held != 0;
	shut[HAN_STALE] = !a->fresh;
	shut[HAN_STATUS] = *d->status && strcmp(d->status, "Commissioned") &&
			   strcmp(d->status, "Suspended") && strcmp(d->status, "Recovered");
	shut[HAN_OTHER] = a->other_active;
	shut[HAN_WINDOW] = a->windows && !windows_open(a->windows, a->tz, a->zone, a->now, &until);
	for (int g = HAN_HUB_IS_DCCS; g < HAN_GATES; g++)
		if (shut[g])
			return (enum han_gate)g;
	return HAN_OPEN;
}

/* ---- random networks ---- */

struct net {
	struct han_device device[HAN_DEVICES_MAX];
	struct han_need need[4];
	int64_t ids[4][3];
	struct windows windows;
	struct han_ask ask;
};

static int64_t utc(void *zone, int64_t ms)
{
	(void)zone;
	(void)ms;
	return 0;
}

static void net_random(struct net *n, struct rnd *r)
{
	static const char *const gbcs[] = {
		"", "1.1", "2.0", "GBCS Version 3.2", "4.0", "GBCS Version 4.1 ", "1.10", "4"
	};
	static const char *const status[] = { "Commissioned", "Commissioned", "Suspended", "",
					      "Pending",      "Recovered",    "Withdrawn" };
	const size_t ng = sizeof gbcs / sizeof *gbcs, ns = sizeof status / sizeof *status;
	struct err e;

	memset(n, 0, sizeof *n);
	ck_ok(windows_parse("mo-fr 01:00-05:00", &n->windows, &e));
	n->ask = (struct han_ask){ .device = n->device,
				   .ndevices = 1 + rnd_below(r, 6),
				   .to_id = 1 + (int64_t)rnd_below(r, 3),
				   .need = n->need,
				   .nneeds = rnd_below(r, 5),
				   .authority_lost = rnd_below(r, 16) == 0,
				   .quarantine = rnd_below(r, 16) ? "" : "it said another hash",
				   .user_held = rnd_below(r, 16) ? "" : "over its threshold",
				   .has_user = rnd_below(r, 16) != 0,
				   .fresh = rnd_below(r, 12) != 0,
				   .other_active = rnd_below(r, 8) == 0,
				   .windows = rnd_below(r, 2) ? &n->windows : NULL,
				   .tz = utc,
				   .now = (int64_t)rnd_below(r, 14 * 24) * 3600000 };
	n->ask.which = rnd_below(r, n->ask.ndevices);
	for (size_t i = 0; i < n->ask.ndevices; i++) {
		int64_t entry = (int64_t)rnd_below(r, 5);

		n->device[i] = (struct han_device){ .class = (enum han_class)rnd_below(r, HAN_CLASSES),
						    .entry_id = entry,
						    .entry = entry ? "000123" : "",
						    .gbcs = entry ? gbcs[rnd_below(r, ng)] : "",
						    .status = status[rnd_below(r, ns)],
						    .smets1 = rnd_below(r, 16) == 0 };
	}
	for (size_t i = 0; i < n->ask.nneeds; i++) {
		for (int k = 0; k < 3; k++)
			n->ids[i][k] = 1 + (int64_t)rnd_below(r, 4);
		n->need[i] = (struct han_need){
			.name = "rule",
			.source = "release note",
			.applies_class = (int)rnd_below(r, HAN_CLASSES + 1) - 1,
			.applies_id = (int64_t)rnd_below(r, 4),
			.needs_class = rnd_below(r, 2) ? HAN_CHF : (enum han_class)rnd_below(r, HAN_CLASSES),
			.needs_gbcs = gbcs[rnd_below(r, ng)],
			.needs_ids = n->ids[i],
			.nids = rnd_below(r, 3)
		};
	}
}

START_TEST(a_second_judgement_agrees_over_random_networks_and_rules)
{
	struct rnd r = rnd_seeded(20);
	int64_t seen[HAN_GATES] = { 0 };
	struct net n;

	for (int i = 0; i < 60000; i++) {
		struct han_answer a;
		enum han_gate want;

		net_random(&n, &r);
		want = naive(&n.ask);
		han_judge(&n.ask, &a);
		ck_assert_msg(a.gate == want, "network %d: %s (%s), not %s", i, han_gate_text[a.gate], a.text,
			      han_gate_text[want]);
		ck_assert(*a.text && strlen(a.text) < sizeof a.text - 1);
		ck_assert(a.gate == HAN_OPEN || a.gate == HAN_WINDOW || a.opens_at == -1);
		seen[a.gate]++;
	}
	for (int g = 0; g < HAN_GATES; g++)
		ck_assert_msg(seen[g] > 20, "%s was seen %d times", han_gate_text[g], (int)seen[g]);
}
END_TEST

/* ---- one network ---- */

/* A dual fuel HAN with an old hub; `which` is to be moved to entry 9. */
static struct han_answer judged(size_t which, const struct han_need *need, size_t nneeds,
				const char *hub_gbcs)
{
	const struct han_device device[] = {
		{ HAN_ESME, 1, "000401", "GBCS Version 4.0", "Commissioned", false },
		{ HAN_CHF, 2, "000402", hub_gbcs, "Commissioned", false },
		{ HAN_GPF, 2, "000402", hub_gbcs, "Commissioned", false },
		{ HAN_PPMID, 4, "000404", "GBCS Version 2.1", "Commissioned", false },
		{ HAN_HCALCS, 5, "000405", "GBCS Version 3.2", "Suspended", false },
		{ HAN_IHD, 0, "", "", "Commissioned", false },
		{ HAN_GSME, 7, "000407", "GBCS Version 0.0", "Commissioned", true },
	};
	struct han_ask ask = { .device = device,
			       .ndevices = sizeof device / sizeof *device,
			       .which = which,
			       .to_id = 9,
			       .need = need,
			       .nneeds = nneeds,
			       .quarantine = "",
			       .user_held = "",
			       .has_user = true,
			       .fresh = true };
	struct han_answer a;

	han_judge(&ask, &a);
	return a;
}

#define SAYS(a, want, words)                                                                                 \
	do {                                                                                                 \
		ck_assert_str_eq(han_gate_text[(a).gate], want);                                             \
		ck_assert_msg(strstr((a).text, words), "'%s' does not say '%s'", (a).text, words);           \
	} while (0)

static const struct han_need hub_4 = {
	"ppmid-ota", "GBCS 4.0 release note", HAN_PPMID, 0, HAN_CHF, "4.0", NULL, 0
};

START_TEST(feature_21_a_PPMID_needs_a_hub_that_can_carry_it_and_the_sentence_names_both)
{
	struct han_answer a = judged(3, NULL, 0, "GBCS Version 3.2");

	SAYS(a, "hub-unknown", "which hub firmware can carry an update of a PPMID");
	a = judged(3, &hub_4, 1, "GBCS Version 3.2");
	ck_assert_str_eq(a.text,
			 "The hub must be upgraded first (by the DCC): it runs entry 000402 (GBCS 3.2) and "
			 "needs GBCS 4.0 or later. Rule 'ppmid-ota', says GBCS 4.0 release note.");
	ck_assert_str_eq(han_gate_text[a.gate], "hub-firmware");
	SAYS(judged(3, &hub_4, 1, "GBCS Version 4.1"), "open", "can be upgraded now");
	SAYS(judged(3, &hub_4, 1, "GBCS Version 10.0"), "open", "can be upgraded now");
	SAYS(judged(4, &hub_4, 1, "GBCS Version 4.1"), "hub-unknown", "of a HCALCS");
	SAYS(judged(0, &hub_4, 1, "GBCS Version 3.2"), "open", "");
}
END_TEST

START_TEST(feature_21_the_hub_is_one_unit_of_the_DCC_and_other_kinds_are_refused_with_their_reason)
{
	SAYS(judged(1, NULL, 0, ""), "pushed-by-dcc", "CHF and GPF are one unit");
	SAYS(judged(2, NULL, 0, ""), "pushed-by-dcc", "the DCC upgrades");
	SAYS(judged(5, NULL, 0, ""), "no-ota", "an IHD");
	SAYS(judged(6, NULL, 0, ""), "smets1", "SMETS1");
}
END_TEST

START_TEST(another_device_of_the_HAN_may_have_to_come_first_and_then_it_only_waits)
{
	const int64_t ids[] = { 31, 32 };
	const struct han_need esme = { "meter-first", "letter of the maker", -1, 9, HAN_ESME, "", ids, 2 };
	struct han_answer a = judged(4, &esme, 1, "GBCS Version 4.1");

	SAYS(a, "hub-unknown", ""); /* a rule of another device says nothing about the hub */
	a = judged(3, (struct han_need[]){ hub_4, esme }, 2, "GBCS Version 4.1");
	ck_assert_str_eq(a.text,
			 "The ESME must be upgraded first: it runs entry 000401 (GBCS 4.0) and needs an "
			 "entry that the rule lists. Rule 'meter-first', says letter of the maker.");
	ck_assert_int_eq(a.gate, HAN_FIRST);
}
END_TEST

START_TEST(every_gate_has_a_word)
{
	for (int g = 0; g < HAN_GATES; g++)
		ck_assert(*han_gate_text[g]);
	ck_assert(!han_gate_text[HAN_GATES]);
}
END_TEST

START_TEST(the_documentation_explains_every_gate)
{
	STR(doc, 1 << 20);
	struct err e;

	ck_ok(file_read(SRCDIR "/doc/meters.md", &doc, &e));
	for (int g = HAN_OPEN + 1; g < HAN_GATES; g++) {
		char word[40];

		snprintf(word, sizeof word, "\n| `%s` | ", han_gate_text[g]);
		ck_assert_msg(strstr(str_c(&doc), word) != NULL, "doc/meters.md does not explain %s",
			      han_gate_text[g]);
	}
}
END_TEST

START_TEST(trap_GBCS_versions_are_numbers_and_not_text)
{
	static const struct {
		const char *a, *b;
		int order;
	} v[] = { { "4.2", "3.2", 1 },
		  { "1.10", "1.9", 1 },
		  { "4", "4.0", 0 },
		  { "4.0", "4", 0 },
		  { "4.0.1", "4", 1 },
		  { "10.0", "9.9", 1 },
		  { "GBCS Version 1.1  ", "1.1", 0 },
		  { "GBCS Version 3.2", "GBCS Version 4.0", -1 },
		  { "04.1", "4.1", 0 } };
	static const char *const bad[] = { "",
					   " ",
					   "x",
					   "4.",
					   ".4",
					   "4..1",
					   "4.x",
					   "4 1",
					   "GBCS Version ",
					   "GBCS version 4.0",
					   "-1",
					   "9999999999.1",
					   NULL };
	bool ok;

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		ck_assert_int_eq(han_gbcs_compare(v[i].a, v[i].b, &ok), v[i].order);
		ck_assert(ok);
		ck_assert_int_eq(han_gbcs_compare(v[i].b, v[i].a, &ok), -v[i].order);
	}
	for (int i = 0; bad[i]; i++) {
		ck_assert_int_eq(han_gbcs_compare(bad[i], "4.0", &ok), 0);
		ck_assert_msg(!ok, "'%s' is taken", bad[i]);
		ck_assert_int_eq(han_gbcs_compare("4.0", bad[i], &ok), 0);
		ck_assert(!ok);
	}
	/* A version that is none fulfils nothing. */
	SAYS(judged(3, &hub_4, 1, "soon"), "hub-firmware", "");
}
END_TEST

START_TEST(classes_are_found_by_name_and_unknown_ones_are_not)
{
	for (int c = 0; c < HAN_CLASSES; c++)
		ck_assert_int_eq(han_class_named(han_class_text[c]), c);
	ck_assert_int_eq(han_class_named("esme"), HAN_CLASSES);
	ck_assert_int_eq(han_class_named(""), HAN_CLASSES);
	ck_assert_int_eq(han_class_named(NULL), HAN_CLASSES);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_second_judgement_agrees_over_random_networks_and_rules,
		feature_21_a_PPMID_needs_a_hub_that_can_carry_it_and_the_sentence_names_both,
		feature_21_the_hub_is_one_unit_of_the_DCC_and_other_kinds_are_refused_with_their_reason,
		another_device_of_the_HAN_may_have_to_come_first_and_then_it_only_waits,
		every_gate_has_a_word,
		the_documentation_explains_every_gate,
		trap_GBCS_versions_are_numbers_and_not_text,
		classes_are_found_by_name_and_unknown_ones_are_not,
	};

	return RUN_TESTS("han", all);
}
