/* SPDX-License-Identifier: Apache-2.0 */
/* The chart of a site as a picture: what site_step() did from every pair of state and wait, with every verb,
 * with devices that accept or reject, install or fail, and with timers that run out. */
#ifndef FIRPATH_TESTS_SITE_CHART_H
#define FIRPATH_TESTS_SITE_CHART_H

#include "base/str.h"
#include "site_ways.h"

#define PAIRS (SITE_STATES * SITE_WAITS)

struct chart {
	unsigned by[PAIRS][PAIRS]; /* bit: a verb, or what follows */
};
enum { BY_STATUS = SITE_VERBS, BY_TIMER, BY_ACTIVATION };

static inline int pair_of(enum site_state s, enum site_wait w)
{
	return (int)s * SITE_WAITS + (int)w;
}

static inline void chart_seen(void *ctx, const struct kit *k, const struct site_in *in, enum site_state was,
			      enum site_wait waited)
{
	struct chart *c = ctx;
	const int from = pair_of(was, waited), to = pair_of(k->s.state, k->s.wait);
	const int by = in->kind == SITE_IN_STATUS      ? BY_STATUS
		       : in->kind == SITE_IN_TIMER     ? BY_TIMER
		       : in->kind == SITE_IN_ACTIVATED ? BY_ACTIVATION
		       : in->kind == SITE_IN_VERB      ? (int)in->verb
						       : -1;

	/* Every state goes to Stopped by stop, to Entry Operation by a start of the service, to Error. */
	if (by >= 0 && from != to && by != SITE_DO_STOP)
		c->by[from][to] |= 1u << by;
}

static inline void chart_draw(struct chart *c)
{
	for (size_t i = 0; i < WAYS; i++)
		for (int v = -1; v < SITE_VERBS; v++)
			for (int how = 0; how < 4; how++) {
				struct kit k;

				come(&k, i);
				k.seen = chart_seen;
				k.ctx = c;
				k.word[1] = how & 1 ? BBUM_ANSWER_REJECTED : BBUM_ANSWER_ACCEPTED;
				k.end[1] = how & 2 ? SIM_INSTALL_FAILS : SIM_INSTALLS;
				if (v >= 0 && v != SITE_DO_STOP)
					kit_verb(&k, (enum site_verb)v);
				kit_run(&k, true);
			}
}

static inline void chart_print(struct str *out)
{
	static struct chart c;
	static const char *const also[] = { "statuses", "timer", "activation" };

	memset(&c, 0, sizeof c);
	chart_draw(&c);
	str_add(out, "digraph site {\n\tlabel=\"Configuration Manager, a site of several devices\\n"
		     "from every state: stop leads to stopped, a start of the service to entry-operation, a "
		     "fatal error to error\"\n\tnode [shape=box]\n");
	for (int p = 0; p < PAIRS; p++)
		if (site_pair_exists((enum site_state)(p / SITE_WAITS), (enum site_wait)(p % SITE_WAITS)))
			str_addf(out, "\tp%d [label=\"%s\\n%s\"]\n", p, site_state_text[p / SITE_WAITS],
				 site_wait_text[p % SITE_WAITS]);
	for (int from = 0; from < PAIRS; from++)
		for (int to = 0; to < PAIRS; to++) {
			const char *sep = "";

			if (!c.by[from][to])
				continue;
			str_addf(out, "\tp%d -> p%d [label=\"", from, to);
			for (int by = 0; by <= BY_ACTIVATION; by++)
				if (c.by[from][to] >> by & 1) {
					str_addf(out, "%s%s", sep,
						 by < SITE_VERBS ? site_verb_text[by]
								 : also[by - SITE_VERBS]);
					sep = ", ";
				}
			str_add(out, "\"]\n");
		}
	str_add(out, "}\n");
}

#endif
