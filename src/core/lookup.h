/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path question as users ask it, and its answer as api.md section 4 fixes it. One writer makes the JSON
 * for HTTP, CLI and pages, from fragments rendered when the snapshot was built, so that an answer is little
 * more than memcpy. The same question (from, to, day, preferences) at the same revision gives the same bytes:
 * without `at` the asked moment is the start of the current UTC day.
 */
#ifndef FIRPATH_CORE_LOOKUP_H
#define FIRPATH_CORE_LOOKUP_H

#include "base/json.h"
#include "base/str.h"
#include "core/catalog.h"
#include "model/path.h"

/* A question as text, from a query string, a CSV row or the command line. NULL = not given. */
struct ask {
	const char *from, *to; /* mandatory; to may be "latest" */
	const char
	    *at; /* RFC 3339 date or time: CPA dates are judged then (the caller chooses the snapshot) */
	const char *prefer;        /* hops, time, bytes, restarts */
	const char *allow_removed; /* "hop" */
};

/* The moment whose catalogue an `at` asks for, for catalog_as_at: a date means the end of that day, so that
 * it shows what was changed on it. ERR_INVALID. */
int lookup_moment(const char *at, int64_t *ret, struct err *e) MUST_USE;
/* Entries that an identity as text fits ("latest" is none): how many, at most max of them in ret, in
 * catalogue order. ERR_IDENTITY; ERR_NOT_FOUND when there is none. */
int lookup_nodes(const struct snapshot *s, const char *text, uint32_t *ret, size_t max, size_t *ret_n,
		 struct err *e) MUST_USE;
/* Public id of a model, 'MMMM:TTTTVVRR' or 'scheme:manufacturer/model/hardware', and back (as users write it;
 * NODE_NONE when there is none). Those of scheme ocpp are percent-encoded as ident.h says. */
#define MODEL_ID_MAX ENTRY_NAME_SIZE
char *model_id_text(const struct graph_model *m, char buf[MODEL_ID_MAX]);
uint32_t lookup_model(const struct snapshot *s, const char *id);

#define CANDIDATES_MAX 32
struct answer {
	const struct snapshot *snap; /* borrowed */
	struct path_question q;
	enum { ANSWER_PATH, ANSWER_ALREADY, ANSWER_NONE, ANSWER_AMBIGUOUS } result;
	const char *side; /* ambiguous: "from" or "to" */
	uint32_t candidates[CANDIDATES_MAX];
	size_t ncandidates;
	struct path path; /* in the scratch given to lookup_ask */
	int64_t today;    /* start of the current UTC day */
};
extern const char *const answer_result_text[];

/* ERR_IDENTITY (bad syntax), ERR_NOT_FOUND (fits nothing; the sentence names it), ERR_INVALID (bad at,
 * prefer, ...). Ambiguity is an answer. now: the current time. */
int lookup_ask(const struct snapshot *snap, const struct ask *ask, int64_t now, struct path_scratch *scratch,
	       struct answer *ret, struct err *e) MUST_USE;
void answer_json(const struct answer *a,
		 struct str *out); /* section 4 of the API, one object, newline at the end */
#define CPL_STALE_ISSUED_DAYS 42   /* WARN_CPL_STALE: the CPL that stands was issued longer ago than this */
#define CPL_STALE_CHECKED_MS                                                                                 \
	(36 * INT64_C(3600000)) /* ... or no CPL was read with success for longer (T04) */
/* The first by the day, the second by the millisecond: validators of answers hold this bit beside the day. */
bool cpl_is_stale(const struct cpl_info *cpl, int64_t at);
enum verdict { VERDICT_ALLOWED, VERDICT_NOT_DIRECT, VERDICT_FORBIDDEN, VERDICT_UNKNOWN, VERDICT_AMBIGUOUS };
extern const char *const verdict_text[];
enum verdict answer_verdict(const struct answer *a);
void answer_check_json(const struct answer *a, struct str *out); /* verdict, reason, hops, ... */
/* Who can help: contacts of the target, of the start or of the candidates; an array, often empty. */
void answer_help_json(const struct answer *a, struct jw *w);
int answer_http(const struct answer *a); /* 200 or 300 */
int answer_exit(const struct answer *a); /* 0, 3 or 5 */

/* Bulk: one line per question, the columns of api.md section 2. */
#define BULK_CSV_HEADER "device,from,to,result,hops,next,why,furthest,alternatives,warnings,candidates\r\n"
/* e_or_null: the row could not be asked; result is "error" and why the stable code. */
void answer_bulk_csv(const char *device, const struct ask *ask, const struct answer *a,
		     const struct err *e_or_null, struct str *out);
void answer_bulk_ndjson(const char *device, const struct ask *ask, const struct answer *a,
			const struct err *e_or_null, struct str *out);

/* Pieces that entry and model routes and pages share. */
/* Identity, status, hash, statements with their freshness at a moment, blocks, cpa, excerpts, contacts. */
void entry_json(const struct snapshot *s, uint32_t node, int64_t at, struct jw *w);
void entry_identity_json(const struct snapshot *s, uint32_t node,
			 struct jw *w); /* the short object of from/to/candidates */
void model_json(const struct snapshot *s, uint32_t model, struct jw *w); /* counts and identity */
/* Nodes, edges, statements of one model, with their freshness at a moment. */
void graph_json(const struct snapshot *s, uint32_t model, int64_t at, struct str *out);
void graph_cincinnati_json(const struct snapshot *s, uint32_t model,
			   struct str *out); /* nodes, edges by index, conditionalEdges for blocks */
/* {"findings":[...],"counts":{"error":n,...},"codes":{"cycle":n,...},"revision":n,"as_at"}. starts: what
 * registered devices run (core/needs.h), for the findings that depend on it; NULL = leave them out. */
struct needs;
void lint_json(const struct snapshot *s, const struct needs *starts, int64_t at, struct str *out);
#define NOTICE_TEXT "Path information supports, and does not replace, the manufacturer's release notes."

/* Search: q is looked for in every field (part of it, any case), and as an identity; the others compare their
 * own field as users write it (colons, case, lost zeros; hash: its beginning; device type: a part). Filters
 * NULL = any. Node indexes by scheme and ord, after the node after_node (NODE_NONE = from the start). */
struct entry_filter {
	const char *q, *manufacturer, *model, *hardware, *version, *hash, *device_type, *status;
};
size_t lookup_entries(const struct snapshot *s, const struct entry_filter *f, uint32_t after_node,
		      uint32_t *ret, size_t max);

#endif
