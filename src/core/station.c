/* SPDX-License-Identifier: Apache-2.0 */
/* Registration of stations, and their end. */
#include "core/station.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/station_p.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"
#include "store/store_turn.h"

char *station_subject(int64_t site_id, char buf[STATION_SUBJECT])
{
	snprintf(buf, STATION_SUBJECT, "station/%" PRId64, site_id);
	return buf;
}

int station_load(struct db *db, struct scope scope, const char *identity, struct store_station *ret,
		 struct err *e)
{
	bool got;

	if (store_station_get(db, scope.sees, identity, &got, ret, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no station '%.64s'", identity);
}

/* What the audit row says: everything but secrets. */
static void told(const struct store_station *st, bool secret, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "station", st->identity);
	jw_kint(&w, "profile", st->profile);
	jw_kstr(&w, "vendor", st->vendor);
	jw_kstr(&w, "model", st->model);
	jw_kstr(&w, "serial", st->serial);
	jw_kstr(&w, "area", st->area);
	jw_kstr(&w, "timezone", st->timezone);
	jw_kstr(&w, "windows", st->windows);
	jw_kstr(&w, "rejected_rule", st->rejected_rule);
	jw_kstr(&w, "version_rule", st->version_rule);
	jw_kstr(&w, "controller", st->controller);
	if (secret)
		jw_kstr(&w, "password", "set");
	jw_end(&w);
}

/* Its site and its one device. A place where something else lives becomes no station. */
static int station_make(struct db *db, struct scope scope, const struct actor *who, struct store_station *st,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	int64_t strangers;
	bool got;

	if (store_site_put(db, scope.owner, st->identity, who->now, &st->site_id, e) ||
	    db_one(db, SQL_STATION_STRANGERS, ARGS(VINT(st->site_id)), &got, &strangers, e) ||
	    store_device_get(db, sees_owner(scope.owner), st->identity, &r, &d, &got, e))
		return (int)e->code;
	if (strangers || (got && (strcmp(d.adapter, "ocpp") != 0 || strcmp(d.site, st->identity) != 0)))
		return err_set(e, ERR_CONFLICT, "there is a device or site '%s' that is no station",
			       st->identity);
	if (store_station_add(db, st, e))
		return (int)e->code;
	if (got) /* it was a station before */
		return OK;
	d = (struct store_device){ .name = st->identity,
				   .adapter = "ocpp",
				   .scheme = "ocpp",
				   .manufacturer = *st->vendor ? st->vendor : NULL,
				   .model = *st->model ? st->model : NULL,
				   .hardware = STATION_DEFAULT,
				   .told_by = "nobody",
				   .entry_why = "not-reported",
				   .added_at = who->now,
				   .org_id = scope.owner };
	return store_device_add(db, &d, st->site_id, e);
}

static int controller_find(struct db *db, struct scope scope, struct store_station *st, const char *identity,
			   struct err *e)
{
	struct store_station c;

	st->controller_id = 0;
	str_copy(st->controller, sizeof st->controller, identity);
	if (!*identity)
		return OK;
	if (!strcmp(identity, st->identity)) {
		err_set(e, ERR_JSON_FIELD, "a station is not its own local controller");
		return err_at(e, "/controller", 0, 0);
	}
	if (station_load(db, scope, identity, &c, e))
		return err_at(e, "/controller", 0, 0);
	st->controller_id = c.site_id;
	return OK;
}

/* Puts what the item says into st. What the station said itself about its make stands above the operator's
 * word. */
static int item_apply(struct db *db, struct scope scope, struct rnd *rnd, const struct station_item *it,
		      struct store_station *st, bool *ret_secret, struct err *e)
{
	*ret_secret =
	    it->secret_len && (it->generated || !*st->secret ||
			       !station_secret_ok(st->salt, st->secret, it->secret, it->secret_len));
	if (*ret_secret)
		station_secret_hash(rnd, it->secret, it->secret_len, st->salt, st->secret);
	st->profile = it->profile;
	if (st->boots == 0) {
		str_copy(st->vendor, sizeof st->vendor, it->vendor);
		str_copy(st->model, sizeof st->model, it->model);
	}
	if (strcmp(it->serial, st->serial) != 0 || !*st->cert_serial)
		str_copy(st->cert_serial, sizeof st->cert_serial, it->serial);
	str_copy(st->serial, sizeof st->serial, it->serial);
	str_copy(st->area, sizeof st->area, it->area);
	str_copy(st->timezone, sizeof st->timezone, it->timezone);
	str_copy(st->windows, sizeof st->windows, it->windows);
	str_copy(st->rejected_rule, sizeof st->rejected_rule, it->rejected_rule);
	str_copy(st->version_rule, sizeof st->version_rule, it->version_rule);
	return controller_find(db, scope, st, it->controller, e);
}

static bool same_words(const struct store_station *a, const struct store_station *b)
{
	return a->profile == b->profile && a->controller_id == b->controller_id &&
	       !strcmp(a->area, b->area) && !strcmp(a->timezone, b->timezone) &&
	       !strcmp(a->windows, b->windows) && !strcmp(a->rejected_rule, b->rejected_rule) &&
	       !strcmp(a->version_rule, b->version_rule) && !strcmp(a->vendor, b->vendor) &&
	       !strcmp(a->model, b->model) && !strcmp(a->serial, b->serial) &&
	       !strcmp(a->cert_serial, b->cert_serial);
}

static void secret_tell(const struct station_item *it, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "identity", it->identity);
	jw_kstr(&w, *it->key ? "key" : "password", *it->key ? it->key : it->password);
	jw_end(&w);
}

enum put { PUT_ADDED, PUT_CHANGED, PUT_SAME };

/* One station inside the caller's transaction. */
static int station_put(struct db *db, struct scope scope, const struct actor *who, struct rnd *rnd,
		       const struct json *item, enum put *ret, struct str *secret, struct err *e)
{
	struct store_station st = { .profile = 1, .added_at = who->now, .org_id = scope.owner }, was;
	struct station_item it;
	char subject[STATION_SUBJECT], identity[STATION_IDENTITY_SIZE];
	STR(before, 4 * KIB);
	STR(after, 4 * KIB);
	int64_t site;
	bool got, taken, fresh_secret;

	str_copy(st.timezone, sizeof st.timezone, "UTC");
	str_copy(st.rejected_rule, sizeof st.rejected_rule, "newest");
	if (station_item_identity(item, identity, e) ||
	    store_station_get(db, scope.sees, identity, &got, &was, e) ||
	    (!got && store_station_site(db, identity, &taken, &site, e)))
		return (int)e->code;
	if (!got && taken)
		return err_set(
		    e, ERR_CONFLICT,
		    "the identity '%s' is taken: it names one station among all owners, because the "
		    "address of a station names nothing else",
		    identity);
	if (got)
		st = was;
	str_copy(st.identity, sizeof st.identity, identity);
	if (station_item_read(item, &st, rnd, &it, e) ||
	    item_apply(db, scope, rnd, &it, &st, &fresh_secret, e))
		return (int)e->code;
	*ret = !got ? PUT_ADDED : fresh_secret || !same_words(&st, &was) ? PUT_CHANGED : PUT_SAME;
	if (*ret == PUT_SAME)
		return OK;
	if (it.generated && !secret)
		return err_set(e, ERR_INVALID, "a password can be generated only where it can be shown");
	if (got)
		told(&was, false, &before);
	told(&st, fresh_secret, &after);
	if (store_station_change(db, &st.change, e) ||
	    (got ? store_station_edit(db, &st, e) || store_turn_again(db, st.site_id, who->now, e)
		 : station_make(db, scope, who, &st, e)) ||
	    audit_add(db, who, got ? "station-change" : "station-register",
		      station_subject(st.site_id, subject), got ? str_c(&before) : NULL, str_c(&after), 0,
		      NULL, e))
		return (int)e->code;
	if (it.generated)
		secret_tell(&it, secret);
	return OK;
}

int station_add(struct db *db, struct scope scope, const struct actor *who, struct rnd *rnd,
		const struct json *item, bool *ret_made, struct str *secret, struct err *e)
{
	TX(tx);
	enum put what;

	if (tx_begin(&tx, db, true, e) || station_put(db, scope, who, rnd, item, &what, secret, e))
		return (int)e->code;
	if (what != PUT_SAME && tx_keep(&tx, e))
		return (int)e->code;
	*ret_made = what == PUT_ADDED;
	return OK;
}

static int line_put(struct db *db, struct scope scope, const struct actor *who, struct rnd *rnd,
		    const char *s, size_t n, struct station_counts *c, struct str *secrets, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	size_t before = secrets ? secrets->len : 0;
	enum put what;

	if (json_parse(s, n, &j, e) || station_put(db, scope, who, rnd, j, &what, secrets, e))
		return (int)e->code;
	if (secrets && secrets->len > before)
		str_addc(secrets, '\n');
	c->rows++;
	c->added += what == PUT_ADDED;
	c->changed += what == PUT_CHANGED;
	c->unchanged += what == PUT_SAME;
	if (c->rows > STATION_ITEMS_MAX)
		return err_set(e, ERR_TOO_LARGE, "a list may have %d stations", STATION_ITEMS_MAX);
	return OK;
}

int station_import(struct db *db, struct scope scope, const struct actor *who, struct rnd *rnd,
		   const char *text, size_t len, struct station_counts *ret, struct str *secrets,
		   struct err *e)
{
	TX(tx);
	struct station_counts c = { 0 };
	const char *p = text, *end = text + len;

	if (len > STATION_IMPORT_MAX)
		return err_set(e, ERR_TOO_LARGE, "a list of stations may have %zu MiB",
			       STATION_IMPORT_MAX >> 20);
	if (tx_begin(&tx, db, true, e))
		return (int)e->code;
	for (int64_t line = 1; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *from = p;
		size_t n = parse_trim(&from, (size_t)((nl ? nl : end) - p));

		if (n && line_put(db, scope, who, rnd, from, n, &c, secrets, e))
			return err_at(e, NULL, line, 0);
		p = nl ? nl + 1 : end;
	}
	if (!c.rows)
		return err_set(e, ERR_INVALID, "the list of stations is empty");
	if (secrets && secrets->over)
		return err_set(e, ERR_TOO_LARGE, "too many passwords were to be generated at once");
	if (c.added + c.changed && tx_keep(&tx, e))
		return (int)e->code;
	*ret = c;
	return OK;
}

/* ---- the end ---- */

/* Where its chains ended, so that what was kept elsewhere can still be checked. */
static int chains_told(struct db *db, const struct store_station *st, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_install i;
	char component[56] = "", hash[SHA256_HEX] = "";
	bool got;

	if (store_install_list(db, st->site_id, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "station", st->identity);
	jw_key(&w, "chain");
	jw_arr(&w);
	for (;;) {
		if (store_install_next(r, &i, &got, e))
			return (int)e->code;
		if (*hash && (!got || strcmp(i.component, component) != 0)) {
			jw_obj(&w);
			jw_kstr(&w, "component", component);
			jw_kstr(&w, "hash", hash);
			jw_end(&w);
		}
		if (!got)
			break;
		str_copy(component, sizeof component, i.component);
		str_copy(hash, sizeof hash, i.hash);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

static int leave_check(struct db *db, const struct store_station *st, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t busy;
	bool got;

	if (*st->node)
		return err_set(e, ERR_CONFLICT, "station '%s' is connected; take it out of service first",
			       st->identity);
	if (db_one(db, SQL_STATION_UNDER_WAY, ARGS(VINT(st->site_id)), &got, &busy, e))
		return (int)e->code;
	if (busy)
		return err_set(e, ERR_CONFLICT,
			       "station '%s' has %" PRId64 " walk(s) or job(s) under way; stop them first",
			       st->identity, busy);
	if (db_run(db, SQL_STATION_SERVED, ARGS(VINT(st->site_id)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	if (got)
		return err_set(e, ERR_CONFLICT, "station '%s' is the local controller of '%s'", st->identity,
			       rows_text(r, 0));
	return OK;
}

int station_remove(struct db *db, struct scope scope, const struct actor *who, const char *identity,
		   struct err *e)
{
	TX(tx);
	char subject[STATION_SUBJECT];
	struct store_station st;
	STR(before, 64 * KIB);
	int64_t change;

	if (tx_begin(&tx, db, true, e) || station_load(db, scope, identity, &st, e) ||
	    leave_check(db, &st, e) || chains_told(db, &st, &before, e) ||
	    store_station_change(db, &change, e) || store_station_remove(db, &st, change, who->now, e) ||
	    audit_add(db, who, "station-remove", station_subject(st.site_id, subject), str_c(&before), NULL,
		      0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

/* ---- quarantine ---- */

int station_quarantine(struct db *db, int64_t site_id, const char *why, int64_t now, struct err *e)
{
	struct actor who = { "orchestrator", "", now };
	char subject[STATION_SUBJECT], text[257];
	STR(after, 4 * KIB);
	struct jw w = jw_start(&after);
	struct store_station st;
	bool got;

	if (store_station_of_site(db, site_id, &got, &st, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "site %" PRId64 " is no station", site_id);
	str_copyn(text, sizeof text, why, parse_utf8_cut(why, sizeof text - 1));
	if (!strcmp(text, st.quarantine))
		return OK;
	jw_obj(&w);
	jw_kstr(&w, "station", st.identity);
	jw_kstr(&w, "quarantine", text);
	jw_end(&w);
	if (store_station_quarantine(db, site_id, text, e) ||
	    audit_add(db, &who, "station-quarantine", station_subject(site_id, subject), NULL, str_c(&after),
		      0, NULL, e))
		return (int)e->code;
	return OK;
}

int station_quarantine_release(struct db *db, struct scope scope, const struct actor *who,
			       const char *identity, struct err *e)
{
	TX(tx);
	char subject[STATION_SUBJECT];
	struct store_station st;
	STR(before, 4 * KIB);
	struct jw w = jw_start(&before);

	if (tx_begin(&tx, db, true, e) || station_load(db, scope, identity, &st, e))
		return (int)e->code;
	if (!*st.quarantine)
		return err_set(e, ERR_CONFLICT, "station '%s' is not in quarantine", st.identity);
	jw_obj(&w);
	jw_kstr(&w, "station", st.identity);
	jw_kstr(&w, "quarantine", st.quarantine);
	jw_end(&w);
	if (store_station_quarantine(db, st.site_id, "", e) ||
	    store_turn_again(db, st.site_id, who->now, e) ||
	    audit_add(db, who, "station-release", station_subject(st.site_id, subject), str_c(&before),
		      "{\"quarantine\":\"\"}", 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}
