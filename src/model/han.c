/* SPDX-License-Identifier: Apache-2.0 */
#include "model/han.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const han_class_text[HAN_CLASSES + 1] = {
	[HAN_ESME] = "ESME",     [HAN_GSME] = "GSME",   [HAN_GPF] = "GPF", [HAN_CHF] = "CHF",
	[HAN_HCALCS] = "HCALCS", [HAN_PPMID] = "PPMID", [HAN_IHD] = "IHD", [HAN_CAD] = "CAD",
};

const char *const han_gate_text[HAN_GATES + 1] = {
	[HAN_OPEN] = "open",
	[HAN_HUB_IS_DCCS] = "pushed-by-dcc",
	[HAN_NO_OTA] = "no-ota",
	[HAN_SMETS1] = "smets1",
	[HAN_AUTHORITY] = "authority-lost",
	[HAN_QUARANTINE] = "quarantine",
	[HAN_NO_USER] = "no-dcc-user",
	[HAN_NO_RULE] = "hub-unknown",
	[HAN_USER_HELD] = "user-held",
	[HAN_STALE] = "not-now:inventory",
	[HAN_STATUS] = "not-commissioned",
	[HAN_NO_HUB] = "hub-unknown",
	[HAN_HUB] = "hub-firmware",
	[HAN_FIRST] = "not-now:han-first",
	[HAN_OTHER] = "not-now:han",
	[HAN_WINDOW] = "not-now:window",
};

enum han_class han_class_named(const char *text)
{
	int i = 0;

	while (i < HAN_CLASSES && (!text || strcmp(han_class_text[i], text) != 0))
		i++;
	return (enum han_class)i;
}

/* ---- GBCS versions ---- */

/* One number of a version, and the place behind it and its dot; NULL: no number is there. */
static const char *number_take(const char *p, unsigned long *ret)
{
	int digits = 0;

	for (*ret = 0; *p >= '0' && *p <= '9'; p++, digits++)
		*ret = *ret * 10 + (unsigned long)(*p - '0');
	if (!digits || digits > 9)
		return NULL;
	if (*p == '.')
		return p[1] >= '0' && p[1] <= '9' ? p + 1 : NULL;
	return p;
}

/* The list writes "GBCS Version 4.1", and some rows have blanks behind it. */
static const char *version_begin(const char *text)
{
	static const char prefix[] = "GBCS Version ";

	return !strncmp(text, prefix, sizeof prefix - 1) ? text + sizeof prefix - 1 : text;
}

static bool at_end(const char *p)
{
	return p[strspn(p, " ")] == 0;
}

int han_gbcs_compare(const char *a, const char *b, bool *ret_ok)
{
	int answer = 0;

	a = version_begin(a);
	b = version_begin(b);
	*ret_ok = !at_end(a) && !at_end(b);
	while (*ret_ok && !(at_end(a) && at_end(b))) {
		unsigned long x = 0, y = 0;

		/* "4" is "4.0". */
		a = at_end(a) ? a : number_take(a, &x);
		b = at_end(b) ? b : number_take(b, &y);
		*ret_ok = a && b;
		if (!answer && x != y)
			answer = x < y ? -1 : 1;
	}
	return *ret_ok ? answer : 0;
}

/* ---- the judgement ---- */

/* Always true, so that it ends whoever asks. */
static bool __attribute__((format(printf, 3, 4)))
shut(struct han_answer *a, enum han_gate g, const char *f, ...)
{
	va_list ap;

	a->gate = g;
	va_start(ap, f);
	vsnprintf(a->text, sizeof a->text, f, ap);
	va_end(ap);
	return true;
}

static bool is_hub(enum han_class c)
{
	return c == HAN_CHF || c == HAN_GPF;
}

static bool carried_by_hub(enum han_class c)
{
	return c == HAN_PPMID || c == HAN_HCALCS;
}

static const struct han_device *the_device(const struct han_ask *ask)
{
	return &ask->device[ask->which];
}

static bool need_applies(const struct han_ask *ask, const struct han_need *n)
{
	return (n->applies_class < 0 || n->applies_class == (int)the_device(ask)->class) &&
	       (n->applies_id == 0 || n->applies_id == ask->to_id);
}

/* CHF and GPF share their firmware: what is known of either is known of the hub, and the CHF counts first. */
static const struct han_device *hub_of(const struct han_ask *ask)
{
	const struct han_device *hub = NULL;

	for (size_t i = 0; i < ask->ndevices; i++) {
		const struct han_device *d = &ask->device[i];

		if (i != ask->which && is_hub(d->class) && d->entry_id != 0 &&
		    (!hub || (d->class == HAN_CHF && hub->class != HAN_CHF)))
			hub = d;
	}
	return hub;
}

static bool need_met(const struct han_need *n, const struct han_device *d)
{
	bool ok = false;

	for (size_t i = 0; i < n->nids; i++)
		if (d->entry_id != 0 && d->entry_id == n->needs_ids[i])
			return true;
	return *n->needs_gbcs && *d->gbcs && han_gbcs_compare(d->gbcs, n->needs_gbcs, &ok) >= 0 && ok;
}

/* "GBCS 4.0 or later, or one of the entries that the rule lists" */
static const char *need_text(const struct han_need *n, char *buf, size_t size)
{
	const char *gbcs = version_begin(n->needs_gbcs);

	if (*gbcs && n->nids)
		snprintf(buf, size, "GBCS %.16s or later, or an entry that the rule lists", gbcs);
	else if (*gbcs)
		snprintf(buf, size, "GBCS %.16s or later", gbcs);
	else
		snprintf(buf, size, "an entry that the rule lists");
	return buf;
}

static const char *runs_text(const struct han_device *d, char *buf, size_t size)
{
	const char *gbcs = version_begin(d->gbcs);

	if (!*d->entry)
		snprintf(buf, size, "it runs nobody knows what");
	else if (*gbcs)
		snprintf(buf, size, "it runs entry %.16s (GBCS %.*s)", d->entry, (int)strcspn(gbcs, " "),
			 gbcs);
	else
		snprintf(buf, size, "it runs entry %.16s", d->entry);
	return buf;
}

static bool need_shuts(struct han_answer *a, const struct han_need *n, const struct han_device *d)
{
	char needs[80], runs[64];

	return shut(a, is_hub(d->class) ? HAN_HUB : HAN_FIRST,
		    "The %s must be upgraded first%s: %s and needs %s. Rule '%.40s', says %.80s.",
		    is_hub(d->class) ? "hub" : han_class_text[d->class],
		    is_hub(d->class) ? " (by the DCC)" : "", runs_text(d, runs, sizeof runs),
		    need_text(n, needs, sizeof needs), n->name, n->source);
}

/* Needs that the hub must meet. */
static bool hub_shuts(const struct han_ask *ask, struct han_answer *a)
{
	const struct han_device *hub = hub_of(ask);

	for (size_t i = 0; i < ask->nneeds; i++) {
		const struct han_need *n = &ask->need[i];

		if (!need_applies(ask, n) || !is_hub(n->needs_class))
			continue;
		if (!hub)
			return shut(
			    a, HAN_NO_HUB,
			    "What the hub of this HAN runs is not known, and rule '%.40s' asks for it "
			    "(says %.120s). Read the inventory.",
			    n->name, n->source);
		if (!need_met(n, hub))
			return need_shuts(a, n, hub);
	}
	return false;
}

/* Needs that other devices must meet. */
static bool others_shut(const struct han_ask *ask, struct han_answer *a)
{
	for (size_t i = 0; i < ask->nneeds; i++) {
		const struct han_need *n = &ask->need[i];
		size_t seen = 0;

		if (!need_applies(ask, n) || is_hub(n->needs_class))
			continue;
		for (size_t k = 0; k < ask->ndevices; k++) {
			const struct han_device *d = &ask->device[k];

			if (k == ask->which || d->class != n->needs_class)
				continue;
			seen++;
			if (!need_met(n, d))
				return need_shuts(a, n, d);
		}
		if (!seen)
			return shut(a, HAN_FIRST,
				    "Rule '%.40s' asks for a certain firmware of the %s, and this HAN is not "
				    "known to have one (says %.120s).",
				    n->name, han_class_text[n->needs_class], n->source);
	}
	return false;
}

static bool hub_rule_known(const struct han_ask *ask)
{
	for (size_t i = 0; i < ask->nneeds; i++)
		if (need_applies(ask, &ask->need[i]) && is_hub(ask->need[i].needs_class))
			return true;
	return false;
}

/* What is never ours. */
static bool kind_shuts(const struct han_ask *ask, struct han_answer *a)
{
	const struct han_device *d = the_device(ask);

	if (is_hub(d->class))
		return shut(a, HAN_HUB_IS_DCCS,
			    "It is part of the hub (CHF and GPF are one unit), and the DCC upgrades hubs.");
	if (d->class == HAN_IHD || d->class == HAN_CAD)
		return shut(a, HAN_NO_OTA, "No service request of the DCC upgrades the firmware of %s.",
			    d->class == HAN_IHD ? "an IHD" : "a CAD");
	if (d->smets1)
		return shut(a, HAN_SMETS1,
			    "It is a SMETS1 device; its firmware is not upgraded by GBCS images.");
	return ask->authority_lost &&
	       shut(a, HAN_AUTHORITY,
		    "Authority over it is gone (change of supplier). Its supplier now upgrades it.");
}

/* What people must end. */
static bool people_shut(const struct han_ask *ask, struct han_answer *a)
{
	enum han_class c = the_device(ask)->class;

	if (*ask->quarantine)
		return shut(a, HAN_QUARANTINE, "It is in quarantine until somebody releases it: %.240s",
			    ask->quarantine);
	if (!ask->has_user)
		return shut(a, HAN_NO_USER,
			    "Nobody may speak to the DCC for it: the file dcc_users has no user for the "
			    "organisation that has it.");
	if (carried_by_hub(c) && !hub_rule_known(ask))
		return shut(a, HAN_NO_RULE,
			    "No rule says which hub firmware can carry an update of a %s. Add one with its "
			    "source (firpath han rule).",
			    han_class_text[c]);
	return *ask->user_held &&
	       shut(a, HAN_USER_HELD,
		    "The DCC holds requests of its user until somebody releases them: %.220s",
		    ask->user_held);
}

static bool status_lets(const char *status)
{
	/* Suspended: its firmware is what must change. Not said: the DCC will say. */
	static const char *const list[] = { "", "Commissioned", "Suspended", "Recovered", NULL };

	for (int i = 0; list[i]; i++)
		if (!strcmp(status, list[i]))
			return true;
	return false;
}

/* What the inventory says. */
static bool inventory_shuts(const struct han_ask *ask, struct han_answer *a)
{
	const char *status = the_device(ask)->status;

	if (!ask->fresh)
		return shut(a, HAN_STALE, "Its inventory is older than allowed; it is read before anything.");
	if (!status_lets(status))
		return shut(a, HAN_STATUS,
			    "The inventory says %.40s of it; only commissioned devices are "
			    "upgraded.",
			    status);
	return hub_shuts(ask, a) || others_shut(ask, a);
}

static int64_t utc(void *zone, int64_t ms)
{
	(void)zone;
	(void)ms;
	return 0;
}

static bool time_shuts(const struct han_ask *ask, struct han_answer *a)
{
	int64_t until = -1;
	bool open =
	    !ask->windows || windows_open(ask->windows, ask->tz ? ask->tz : utc, ask->zone, ask->now, &until);

	if (ask->other_active)
		return shut(a, HAN_OTHER, "Another device of its HAN is under way; one at a time.");
	a->opens_at = until;
	return !open && shut(a, HAN_WINDOW, "It may be activated in its windows only, and none is open now.");
}

void han_judge(const struct han_ask *ask, struct han_answer *ret)
{
	struct han_answer a = { .gate = HAN_OPEN, .opens_at = -1 };

	if (!kind_shuts(ask, &a) && !people_shut(ask, &a) && !inventory_shuts(ask, &a) &&
	    !time_shuts(ask, &a))
		shut(&a, HAN_OPEN, "It can be upgraded now.");
	*ret = a;
}
