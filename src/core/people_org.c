/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/vec.h"
#include "core/fleet_util.h"
#include "core/people_util.h"

const char *const org_kinds[] = {
	"supplier", "manufacturer", "secas", "ssc", "cpo", "operator", "other", NULL
};

int person_name_check(const char *what, const char *name, struct err *e)
{
	size_t n = strlen(name);
	const char *p = name;
	bool ok = n && n <= PERSON_MAX && parse_utf8_ok(name, n) && parse_trim(&p, n) == n;

	for (p = name; ok && *p; p++)
		ok = (unsigned char)*p >= ' ' && *p != 0x7f;
	return ok ? OK
		  : err_set(e, ERR_INVALID, "%s has 1 to %d bytes on one line, without blanks at its ends",
			    what, PERSON_MAX);
}

void org_from(const struct store_org *s, struct org *ret)
{
	*ret = (struct org){ .id = s->id, .rev = s->rev, .added_at = s->added_at };
	str_copy(ret->name, sizeof ret->name, s->name);
	str_copy(ret->kind, sizeof ret->kind, s->kind);
	str_copy(ret->codes, sizeof ret->codes, s->codes);
}

static int kind_check(const char *kind, struct err *e)
{
	const char *near;

	for (size_t i = 0; org_kinds[i]; i++)
		if (!strcmp(org_kinds[i], kind))
			return OK;
	near = parse_nearest(kind, org_kinds);
	return err_set(e, ERR_INVALID,
		       "an organisation is a supplier, manufacturer, secas, ssc, cpo, operator or other, not "
		       "'%.20s'%s%s%s",
		       kind, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int code_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Any case and order, commas too -> upper case, sorted, each once. */
static int codes_normal(const char *in, char out[CODES_MAX + 1], struct err *e)
{
	VEC(uint64_t) codes = { 0 };
	size_t len = 0;
	int rc = OK;

	for (in += strspn(in, " ,"); !rc && *in; in += strspn(in, " ,")) {
		size_t n = strcspn(in, " ,");
		uint64_t v;

		if (n != 4 || !parse_hex(in, n, &v))
			rc = err_set(e, ERR_INVALID, "a manufacturer code has 4 hex digits, not '%.*s'",
				     (int)(n < 20 ? n : 20), in);
		else
			vec_push(&codes, v);
		in += n;
	}
	if (codes.n)
		qsort(codes.v, codes.n, sizeof *codes.v, code_compare);
	out[0] = '\0';
	for (size_t i = 0; !rc && i < codes.n; i++) {
		if (i && codes.v[i] == codes.v[i - 1])
			continue;
		if (len + 5 > CODES_MAX)
			rc = err_set(e, ERR_TOO_LARGE, "an organisation has at most %d manufacturer codes",
				     (CODES_MAX + 1) / 5);
		else
			len += (size_t)snprintf(out + len, CODES_MAX + 1 - len, "%s%04" PRIX64,
						len ? " " : "", codes.v[i]);
	}
	vec_done(&codes);
	return rc;
}

static int org_judge(const struct org *in, struct org *ret, struct err *e)
{
	*ret = *in;
	return person_name_check("an organisation's name", in->name, e) || kind_check(in->kind, e) ||
		       codes_normal(in->codes, ret->codes, e)
		   ? (int)e->code
		   : OK;
}

static int org_audit(struct db *db, const struct actor *who, const char *action, const struct org *before,
		     const struct org *after, struct err *e)
{
	STR(was, PEOPLE_JSON_MAX);
	STR(is, PEOPLE_JSON_MAX);
	struct jw w = jw_start(&is);
	char subject[48];

	org_json(after, &w);
	if (before) {
		w = jw_start(&was);
		org_json(before, &w);
	}
	snprintf(subject, sizeof subject, "organisation/%" PRId64, after->id);
	return audit_add(db, who, action, subject, before ? str_c(&was) : NULL, str_c(&is), 0, NULL, e);
}

static int org_look(struct db *db, int64_t id, const char *name, struct org *ret, bool *ret_got,
		    struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_org s;

	if (store_org_get(db, id, name, &r, &s, ret_got, e))
		return e->code;
	if (*ret_got)
		org_from(&s, ret);
	return OK;
}

int org_get(struct db *db, int64_t id, struct org *ret, struct err *e)
{
	bool got;

	if (org_look(db, id, NULL, ret, &got, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no organisation %" PRId64, id);
}

int org_find(struct db *db, const char *name, struct org *ret, struct err *e)
{
	bool got;

	if (org_look(db, 0, name, ret, &got, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no organisation '%.80s'", name);
}

int org_add(struct db *db, const struct actor *who, const struct org *in, struct org *ret, struct err *e)
{
	TX(tx);
	struct org o;
	bool added, got;

	if (org_judge(in, &o, e) || tx_begin(&tx, db, true, e) ||
	    store_org_add(
		db,
		&(struct store_org){ .name = o.name, .kind = o.kind, .codes = o.codes, .added_at = who->now },
		&added, e))
		return e->code;
	if (!added)
		return err_set(e, ERR_CONFLICT, "there is an organisation '%s' already", o.name);
	if (org_look(db, 0, in->name, &o, &got, e) || org_audit(db, who, "org-add", NULL, &o, e) ||
	    tx_keep(&tx, e))
		return e->code;
	*ret = o;
	return OK;
}

int org_change(struct db *db, const struct actor *who, const struct org *in, int64_t rev, struct org *ret,
	       struct err *e)
{
	TX(tx);
	struct org o, was, other;
	bool got;

	if (org_judge(in, &o, e) || tx_begin(&tx, db, true, e) || org_get(db, in->id, &was, e) ||
	    org_look(db, 0, o.name, &other, &got, e))
		return e->code;
	if (rev && rev != was.rev)
		return err_set(e, ERR_STALE, "organisation '%s' has changed since you read it", was.name);
	if (got && other.id != o.id)
		return err_set(e, ERR_CONFLICT, "there is an organisation '%s' already", o.name);
	if (!strcmp(o.name, was.name) && !strcmp(o.kind, was.kind) && !strcmp(o.codes, was.codes)) {
		*ret = was;
		return OK; /* nothing to keep */
	}
	if (store_org_change(
		db, &(struct store_org){ .id = o.id, .name = o.name, .kind = o.kind, .codes = o.codes }, e) ||
	    org_get(db, in->id, &o, e) || org_audit(db, who, "org-change", &was, &o, e) || tx_keep(&tx, e))
		return e->code;
	*ret = o;
	return OK;
}

void org_json(const struct org *o, struct jw *w)
{
	jw_obj(w);
	jw_kint(w, "id", o->id);
	jw_kstr(w, "name", o->name);
	jw_kstr(w, "kind", o->kind);
	jw_kwords(w, "codes", o->codes);
	jw_kint(w, "rev", o->rev);
	jw_ktime(w, "added_at", o->added_at);
	jw_end(w);
}

int orgs_json(struct db *db, int64_t only, const char *cursor, int64_t limit, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t after, last = 0, n = 0;
	struct store_org s;
	struct org o;
	bool got;

	if (cursor_read(cursor, 0, &after, e) || store_org_page(db, after, only, limit + 1, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "organisations");
	jw_arr(&w);
	for (;;) {
		if (store_org_next(r, &s, &got, e))
			return e->code;
		if (!got || n++ == limit)
			break;
		org_from(&s, &o);
		org_json(&o, &w);
		last = o.id;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
