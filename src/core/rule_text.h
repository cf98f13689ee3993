/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sentence about paths as release notes write it, read as explicit statements (rollout-servers 5 no. 18):
 *
 *   rule    := clause { ";" clause }
 *   clause  := "below" X "go" via  |  "from" X "to" Y [ "only" ] via
 *   via     := ( "via" | "through" ) V { ( "then" | "," ) V }
 *   X, Y, V := an Entry ID, or a version as the model's entries write it
 *
 * Words in any case, blanks between. Entries are chosen by their place in the catalogue order of the model;
 * version text is never ordered. A version that several entries of the model have is refused with the
 * candidates; the Entry ID decides.
 *
 *   "below X go via V": the entries before both X and V become bases of V. Every entry behind V that is X or
 *     behind X and now has one of them as a base has V as its base instead; X itself gets the base V in any
 *     case (when it lies behind V). With several V each gets the one before as its base, and the last one
 *     leads on.
 *   "from X to Y only via V1 then V2": V1 gets the base X, V2 the base V1, Y the base V2; the step X -> Y
 *     goes. Without "only" it stays.
 *
 * What an entry's statement says besides stays: of `any` the edges that it makes now are written out. The
 * result is a list of entries with their whole new list of bases: shown before anything is saved.
 */
#ifndef FIRPATH_CORE_RULE_TEXT_H
#define FIRPATH_CORE_RULE_TEXT_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/graph.h"

#define RULE_TEXT_MAX 1000

/* One statement that a rule makes: kind bases for a node, with all of its bases. */
struct rule_statement {
	uint32_t node;
	const uint32_t *bases; /* arena; nodes in catalogue order */
	size_t nbases;
	const char *why; /* arena; a sentence */
};
struct rule {
	struct arena *arena; /* owned */
	VEC(struct rule_statement) v;
};
void rule_init(struct rule *r);
void rule_done(struct rule *r);
DEFINE_OWN_VAL(struct rule, rule_done)
/* ERR_RULE with the column of the word (e->col) that is not understood, ambiguous or not of this model. */
int rule_read(const struct graph *g, uint32_t model, const char *text, struct rule *r,
	      struct err *e) MUST_USE;

#endif
