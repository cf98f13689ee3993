/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail of installations: per station and component a chain of records, each hashed together with
 * the hash of the one before (the paper's audit-trail hash). Who keeps a copy can prove later what ran when,
 * with nothing but the copy.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/canon.h"
#include "base/map.h"
#include "base/parse.h"
#include "core/station_p.h"

#define RECORD_MAX (8 * KIB)
#define LINE_MAX_BYTES (32 * KIB)
static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* The one place that says what a hash of the chain is made of. */
static bool link_hash(const char *prev, const char *record, char ret[SHA256_HEX])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t bytes[SHA256_LEN];

	if (!parse_hex_bytes(prev, strlen(prev), bytes, sizeof bytes))
		return false;
	sha256_add(h, bytes, sizeof bytes);
	sha256_add(h, record, strlen(record));
	sha256_end(h, bytes);
	hex_text(bytes, sizeof bytes, ret);
	return true;
}

static int record_write(const struct station_install *i, const char *from, struct str *out, struct err *e)
{
	STR(plain, RECORD_MAX);
	OWN(json_free) struct json *j = NULL;
	struct jw w = jw_start(&plain);

	jw_obj(&w);
	jw_kstr(&w, "station", i->station);
	jw_kstr(&w, "component", i->component);
	jw_kstr(&w, "from", from);
	jw_kstr(&w, "to", i->to);
	jw_kstr(&w, "hash", i->hash);
	jw_ktime(&w, "at", i->at);
	jw_key(&w, "job");
	if (i->job_id > 0)
		jw_int(&w, i->job_id);
	else
		jw_null(&w);
	jw_kstr(&w, "evidence", i->evidence);
	jw_end(&w);
	if (json_parse(str_c(&plain), plain.len, &j, e))
		return (int)e->code;
	return canon_json(j, NULL, out, e);
}

int station_install_add(struct db *db, int64_t site_id, const struct station_install *i, bool *ret_added,
			char ret_hash[SHA256_HEX], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	OWN(json_free) struct json *last = NULL;
	struct store_install old = { .n = 0 }, new = { .site_id = site_id, .component = i->component };
	char prev[SHA256_HEX], hash[SHA256_HEX];
	STR(record, RECORD_MAX);
	const char *from = NULL;
	bool got;

	if (store_install_last(db, site_id, i->component, &r, e) || store_install_next(r, &old, &got, e) ||
	    (got && json_parse(old.record, strlen(old.record), &last, e)))
		return (int)e->code;
	from = json_text(json_get(last, "to"));
	str_copy(prev, sizeof prev, got ? old.hash : zeros);
	new.n = got ? old.n + 1 : 1;
	*ret_added = false;
	str_copy(ret_hash, SHA256_HEX, got ? old.hash : "");
	if (from && i->to ? !strcmp(from, i->to) : from == i->to)
		return OK;
	if (record_write(i, from, &record, e))
		return (int)e->code;
	if (!link_hash(prev, str_c(&record), hash))
		return err_set(e, ERR_STORE, "the chain of installations of site %" PRId64 " is damaged",
			       site_id);
	new.record = str_c(&record);
	new.prev_hash = prev;
	new.hash = hash;
	rows_done(MOVE(r));
	if (store_install_add(db, &new, e))
		return (int)e->code;
	*ret_added = true;
	str_copy(ret_hash, SHA256_HEX, hash);
	return OK;
}

void station_install_members(const char *station, const struct store_install *i, struct jw *w)
{
	jw_kstr(w, "station", station);
	jw_kstr(w, "component", i->component);
	jw_kint(w, "n", i->n);
	jw_kstr(w, "record", i->record);
	jw_kstr(w, "prev_hash", i->prev_hash);
	jw_kstr(w, "hash", i->hash);
}

int station_chain(struct db *db, struct scope scope, const char *identity, struct str *out, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct store_station st;
	struct store_install i;
	bool got;

	if (tx_begin(&tx, db, false, e) || station_load(db, scope, identity, &st, e) ||
	    store_install_list(db, st.site_id, &r, e))
		return (int)e->code;
	for (;;) {
		struct jw w = jw_start(out);

		if (store_install_next(r, &i, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(&w);
		station_install_members(st.identity, &i, &w);
		jw_end(&w);
		str_addc(out, '\n');
	}
	return out->over ? err_set(e, ERR_TOO_LARGE, "the chain of station '%s' is too long for one answer",
				   st.identity)
			 : OK;
}

/* ---- checking, from the text alone ---- */

/* Where the walk over the lines stands. */
struct walk {
	char station[STATION_IDENTITY_SIZE], component[56], hash[SHA256_HEX], to[56];
	bool gone; /* the last record took it away, or there is none */
	int64_t n;
	struct map *seen; /* borrowed: "STATION COMPONENT" of the chains that began */
};

static bool same_or_none(const char *text, const struct walk *w)
{
	return w->gone ? !text : text && !strcmp(text, w->to);
}

/* A chain has one place in the text, else somebody could put a second one behind it. */
static bool chain_begins(struct map *seen, const char *station, const char *component)
{
	char key[160];

	snprintf(key, sizeof key, "%.48s %.100s", station, component); /* identities hold no blank */
	if (map_get(seen, key))
		return false;
	map_put(seen, key, seen);
	return true;
}

/* What is wrong with this line after what came before; NULL = nothing. */
static const char *line_fault(const struct json *j, const struct json *record, const char *text,
			      struct walk *w)
{
	const char *station = json_text(json_get(j, "station")),
		   *component = json_text(json_get(j, "component")),
		   *prev = json_text(json_get(j, "prev_hash")), *hash = json_text(json_get(j, "hash")),
		   *to = json_text(json_get(record, "to"));
	int64_t n = json_int(json_get(j, "n"), 0);
	const char *rs = json_text(json_get(record, "station")),
		   *rc = json_text(json_get(record, "component"));
	char made[SHA256_HEX];

	if (!station || !component || !prev || !hash || n <= 0)
		return "a member is missing";
	if (!rs || !rc || strcmp(rs, station) != 0 || strcmp(rc, component) != 0)
		return "the record is of another station or component";
	if (strcmp(station, w->station) != 0 || strcmp(component, w->component) != 0) {
		if (!chain_begins(w->seen, station, component))
			return "its chain began further up already";
		*w = (struct walk){ .gone = true, .seen = w->seen };
		str_copy(w->hash, sizeof w->hash, zeros);
		str_copy(w->station, sizeof w->station, station);
		str_copy(w->component, sizeof w->component, component);
	}
	if (n != w->n + 1)
		return "a line is missing before it, or it stands twice";
	if (strcmp(prev, w->hash) != 0)
		return "it does not follow the line before";
	if (!link_hash(prev, text, made) || strcmp(made, hash) != 0)
		return "its hash is not that of its record";
	if (!same_or_none(json_text(json_get(record, "from")), w))
		return "it begins with another version than the line before ended with";
	w->n = n;
	w->gone = !to;
	str_copy(w->to, sizeof w->to, to ? to : "");
	str_copy(w->hash, sizeof w->hash, hash);
	return NULL;
}

static const char *line_check(const char *s, size_t len, struct walk *w)
{
	OWN(json_free) struct json *j = NULL, *record = NULL;
	const char *text;
	struct err e;

	if (len > LINE_MAX_BYTES || json_parse(s, len, &j, &e))
		return "it is no JSON object";
	text = json_text(json_get(j, "record"));
	if (!text || json_parse(text, strlen(text), &record, &e))
		return "it has no record";
	return line_fault(j, record, text, w);
}

int station_chain_verify(const char *text, size_t len, struct station_chain_result *ret, struct err *e)
{
	struct station_chain_result out = { 0 };
	OWN(map_free) struct map *seen = map_new();
	struct walk w = { .gone = true, .seen = seen };
	const char *p = text, *end = text + len;

	for (int64_t line = 1; p < end && !out.bad; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *from = p, *why;
		size_t n = parse_trim(&from, (size_t)((nl ? nl : end) - p));

		p = nl ? nl + 1 : end;
		if (!n)
			continue;
		why = line_check(from, n, &w);
		if (why) {
			out.bad = line;
			str_copy(out.why, sizeof out.why, why);
		} else {
			out.lines++;
		}
	}
	if (!out.lines && !out.bad)
		return err_set(e, ERR_INVALID, "there is no line of a chain in it");
	*ret = out;
	return OK;
}
