/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/history.h"
#include "core/import_review.h"
#include "store/store_feed.h"

const char *const import_state_text[] = { "applied", "unchanged", "held", "accepted", "rejected", "dry-run" };

struct import_report *import_report_new(void)
{
	struct import_report *r = mem_zalloc(sizeof *r);

	str_init(&r->json, IMPORT_REPORT_MAX + 64 * KIB);
	return r;
}

void import_report_free(struct import_report *r)
{
	if (r)
		str_done(&r->json);
	mem_free(r);
}

int import_report_exit(const struct import_report *r)
{
	switch (r->state) {
	case IMPORT_HELD:
		return 4;
	case IMPORT_UNCHANGED:
		return 2;
	case IMPORT_DRY_RUN:
		return r->gated ? 4 : r->changes ? 0 : 2;
	case IMPORT_APPLIED:
	case IMPORT_ACCEPTED:
	case IMPORT_REJECTED:
	default:
		return 0;
	}
}

void problems_add(struct problems *p, const struct err *e)
{
	if (!p)
		return;
	if (p->n < IMPORT_PROBLEMS_MAX)
		p->v[p->n++] = *e;
	p->total++;
}

void problems_json(const struct problems *p, struct jw *w)
{
	jw_arr(w);
	for (size_t i = 0; i < p->n; i++) {
		const struct err *e = &p->v[i];

		jw_obj(w);
		if (e->line)
			jw_kint(w, "line", e->line);
		if (e->col)
			jw_kint(w, "column", e->col);
		if (*e->where)
			jw_kstr(w, "where", e->where);
		jw_kstr(w, "code", err_info(e->code)->code);
		jw_kstr(w, "detail", e->msg);
		jw_end(w);
	}
	jw_arr_end(w);
}

static void write_head(struct jw *w, const struct feed_row *f, const char *audit)
{
	jw_key(w, "import");
	if (f->id)
		jw_int(w, f->id);
	else
		jw_null(w);
	jw_kstr(w, "feed", f->feed);
	jw_kstr(w, "state", f->state);
	jw_ktime(w, "at", f->at);
	jw_kstr(w, "who", f->who);
	jw_key(w, "file");
	jw_obj(w);
	jw_kstr(w, "name", f->file_name);
	jw_kstr(w, "sha256", f->file_hash);
	jw_kint(w, "rows", f->rows);
	jw_end(w);
	jw_key(w, "revision");
	if (f->revision)
		jw_int(w, f->revision);
	else
		jw_null(w);
	if (audit)
		jw_kstr(w, "audit", *audit ? audit : NULL);
}

void report_hash(const char *report, char ret[SHA256_HEX])
{
	uint8_t h[SHA256_LEN];

	sha256_of(report, strlen(report), h);
	hex_text(h, sizeof h, ret);
}

/* An open object with the head, then the story without its braces. */
static struct jw begin_record(struct str *out, const struct feed_row *f, const char *audit, const char *story)
{
	STR(report, IMPORT_REPORT_MAX + 2);
	struct jw w = jw_start(out);
	char hash[SHA256_HEX];

	jw_obj(&w);
	write_head(&w, f, audit);
	if (*story) {
		str_addf(&report, "{");
		str_add(&report, story);
		str_addc(&report, '}');
		report_hash(str_c(&report), hash);
		jw_kstr(&w, "report_sha256", hash);
		str_addc(out, ',');
		str_add(out, story);
	}
	return w;
}

static void end_record(struct jw *w)
{
	jw_end(w);
	str_addc(w->out, '\n');
}

void report_finish(struct import_report *r, const struct feed_row *f, const char *story)
{
	struct feed_row head = *f;
	struct jw w;

	head.id = r->id;
	head.state = import_state_text[r->state];
	head.revision = r->revision;
	w = begin_record(&r->json, &head, r->audit, story);
	end_record(&w);
}

/* What the audit row says about it. */
static void write_after(struct str *out, const struct import_report *r, const struct feed_row *f)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kint(&w, "import", r->id);
	jw_kstr(&w, "state", f->state);
	jw_kstr(&w, "sha256", f->file_hash);
	if (f->version_text)
		jw_kstr(&w, "version", f->version_text);
	jw_kint(&w, "rows", r->rows);
	jw_kint(&w, "added", r->added);
	jw_kint(&w, "removed", r->removed);
	jw_kint(&w, "restored", r->restored);
	jw_kint(&w, "edited", r->edited);
	jw_kint(&w, "filled", r->filled);
	jw_kint(&w, "vanished", r->vanished);
	jw_kbool(&w, "past_a_gate", r->gated && r->revision);
	jw_end(&w);
}

int report_record(struct db *db, struct import_report *r, struct feed_row *f, const char *story,
		  const struct actor *who, bool close_held, struct err *e)
{
	STR(stored, IMPORT_REPORT_MAX + 2);
	STR(after, 4 * KIB);
	char subject[64], action[32];

	f->state = import_state_text[r->state];
	f->revision = r->revision;
	str_addc(&stored, '{');
	str_add(&stored, story);
	str_addc(&stored, '}');
	f->report = stored.p;
	if (close_held ? store_feed_close(db, r->id, f->state, r->revision, f->report, e)
		       : store_feed_add(db, f, &r->id, e))
		return err_wrap(e, "recording the import");
	write_after(&after, r, f);
	snprintf(action, sizeof action, "import-%s%s", f->feed, r->state == IMPORT_REJECTED ? "-reject" : "");
	if (f->version)
		snprintf(subject, sizeof subject, "%s/%s", f->feed, f->version);
	else
		snprintf(subject, sizeof subject, "import/%" PRId64, r->id);
	return audit_add(db, who, action, subject, NULL, str_c(&after), r->revision, r->audit, e);
}

/* The stored story without its braces; "" when there is none. */
static const char *story_of(const char *report, struct str *buf)
{
	size_t n = report ? strlen(report) : 0;

	if (n > 2)
		str_addn(buf, report + 1, n - 2);
	return str_c(buf);
}

int import_get(struct db *db, int64_t id, bool nameless, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	STR(story, IMPORT_REPORT_MAX);
	char feed[16], state[16];
	struct feed_row f;
	struct jw w;
	bool got;

	if (store_feed_get(db, id, &r, e) || store_feed_next(r, &f, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no import %" PRId64, id);
	f.who = history_name(f.who, nameless);
	w = begin_record(out, &f, NULL, story_of(f.report, &story));
	str_copy(feed, sizeof feed, f.feed);
	str_copy(state, sizeof state, f.state);
	rows_done(MOVE(r)); /* f is gone with it */
	if (import_decisions_json(db, id, feed, state, nameless, &w, e))
		return e->code;
	end_record(&w);
	return OK;
}

int import_list(struct db *db, int64_t before, int limit, bool nameless, struct str *out, int64_t *ret_next,
		struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct feed_row f;
	int64_t last = 0;
	int n = 0;
	bool got;

	if (limit < 1 || limit > 500)
		return err_set(e, ERR_INVALID, "the limit is %d; it must be from 1 to 500", limit);
	if (store_feed_list(db, before, limit + 1, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "imports");
	jw_arr(&w);
	for (;; n++) {
		if (store_feed_next(r, &f, &got, e))
			return e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		f.who = history_name(f.who, nameless);
		write_head(&w, &f, NULL);
		if (f.version_text)
			jw_kstr(&w, "version", f.version_text);
		jw_end(&w);
		last = f.id;
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
	*ret_next = got ? last : 0;
	return OK;
}
