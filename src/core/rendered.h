/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a snapshot knows as ready JSON, for core/ alone: made once per revision, so that an answer is a
 * handful of memcpy. Immutable after rendered_new.
 */
#ifndef FIRPATH_CORE_RENDERED_H
#define FIRPATH_CORE_RENDERED_H

#include "base/json.h"
#include "core/catalog.h"
#include "model/freshness.h"
#include "model/path.h"

struct piece {
	const char *p; /* in the arena of struct rendered */
	uint32_t n;
};

/* A node's texts, one after the other at p. */
struct node_text {
	const char *p;
	uint32_t identity; /* bytes of the object of from, to and candidates */
	uint32_t hop;   /* then: bytes of the members of a hop, from "entry" into "statement", which is left
			   open behind "freshness": as the day decides that */
	int64_t renews; /* [R] date, INT64_MAX when there is none */
	uint32_t id;    /* bytes of the Entry ID as a JSON string, within the identity */
	uint32_t warnings;          /* enum hop_warning, those that depend on the entry alone */
	struct freshness_span span; /* of the path statement */
	int32_t confirmed;          /* day of its confirmation, DAY_NONE = never */
};
#define NODE_TEXT_ID 9 /* where that is: behind {"entry": */

#define NODE_TEXT_DATE 12 /* bytes behind the hop: its day of confirmation, quoted */

#define HOP_WARNINGS_ALL 128 /* combinations of enum hop_warning */

struct rendered {
	struct arena *arena;              /* owned; everything else lies in it */
	const struct node_text *node;     /* per node */
	const struct piece *hop_warnings; /* per combination: array */
	struct piece tail;                /* ,"revision":57,"as_at":" */
	struct piece cpl;                 /* "cpl":{"version":...,"issued":...,"age_days": */
	const uint32_t *by_ord;           /* nodes by scheme, then ord */
	const uint32_t *place;            /* node -> its index in by_ord */
};

struct rendered *rendered_new(const struct graph *g, const struct dossier *d, int64_t revision,
			      const struct cpl_info *cpl);
void rendered_free(struct rendered *r);
DEFINE_OWN(struct rendered, rendered_free)

/* Text as written in a feed without the blanks around it; NULL stays NULL. */
void jw_ktrim(struct jw *w, const char *name, const char *s);
/* A statement as hops show it, with its freshness at a moment; the bases too when asked for (as Entry IDs).
 */
void statement_json(const struct snapshot *s, const struct statement_row *st, bool with_bases, int64_t at,
		    struct jw *w);

/* {"kind","until","passed"} or null. */
void cpa_json(const struct graph_node *n, int64_t at, struct jw *w);

static inline void piece_add(struct str *out, const struct piece *p)
{
	str_addn(out, p->p, p->n);
}

#endif
