/* SPDX-License-Identifier: Apache-2.0 */
/* Stations in tests: registered, and saying things as the door writes them down. A failing helper fails the
 * test. */
#ifndef FIRPATH_TESTS_STATION_KIT_H
#define FIRPATH_TESTS_STATION_KIT_H

#include "fleet_kit.h"

#include <inttypes.h>

#include "core/station.h"
#include "model/ident.h"
#include "store/store_entry.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"

static inline bool add_try(struct kit *k, struct scope scope, const char *text, bool *made,
			   struct str *secret, struct err *ret)
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = kit_who(k);
	struct err e;

	ck_ok(json_parse(text, strlen(text), &j, &e));
	return station_add(k->db, scope, &who, &k->rnd, j, made, secret, ret) == OK;
}

static inline void add(struct kit *k, const char *text)
{
	struct err e = { 0 };
	bool made;

	ck_assert_msg(add_try(k, SCOPE_ALL, text, &made, NULL, &e), "%s", e.msg);
}

static inline void add_refused(struct kit *k, const char *text, enum err_code code, const char *where)
{
	struct err e = { 0 };
	bool made;

	ck_assert_msg(!add_try(k, SCOPE_ALL, text, &made, NULL, &e), "%s was taken", text);
	ck_assert_msg(e.code == code && !strcmp(e.where, where), "%s: %s at '%s': %s", text,
		      err_info(e.code)->code, e.where, e.msg);
}

static inline struct store_station station(struct kit *k, const char *identity)
{
	struct store_station st;
	struct err e;
	bool got;

	ck_ok(store_station_get(k->db, SEES_ALL, identity, &got, &st, &e));
	ck_assert_msg(got, "no station %s", identity);
	return st;
}

/* "version/why/hardware" of a device; "none" when there is none. */
static inline const char *device(struct kit *k, const char *name, char buf[200])
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	struct err e;
	bool got;

	ck_ok(store_device_get(k->db, SEES_ALL, name, &r, &d, &got, &e));
	if (!got)
		return "none";
	snprintf(buf, 200, "%s/%s/%s/%s", d.version ? d.version : "-", d.entry_why, d.hardware, d.told_by);
	return buf;
}
#define DEVICE(name) device(&k, name, text)

static inline int64_t audits(struct kit *k)
{
	int64_t rows, bad;
	char head[65];
	struct err e;

	ck_ok(audit_verify(k->db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
	return rows;
}

/* What a station said, in a transaction as the door has one. */
static inline struct station_change says(struct kit *k, const char *identity,
					 const struct station_component_in *v, size_t n)
{
	TX(tx);
	struct station_said said = { .site_id = station(k, identity).site_id,
				     .source = STATION_COMPONENTS,
				     .v = v,
				     .n = n,
				     .now = k->now,
				     .job_id = 7,
				     .evidence = "GetFirmwareComponents" };
	const struct snapshot *s = kit_snap(k);
	struct station_change c;
	struct err e;

	k->now += 1000;
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(station_components_set(k->db, s, &said, &c, &e));
	ck_ok(tx_keep(&tx, &e));
	return c;
}
#define SAYS(identity, ...)                                                                                  \
	says(&k, identity, (const struct station_component_in[]){ __VA_ARGS__ },                             \
	     sizeof((const struct station_component_in[]){ __VA_ARGS__ }) /                                  \
		 sizeof(struct station_component_in))

static inline struct station_change boots(struct kit *k, const char *identity, const char *version)
{
	TX(tx);
	const struct snapshot *s = kit_snap(k);
	struct station_change c;
	struct err e;

	k->now += 1000;
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(station_version_said(k->db, s, station(k, identity).site_id, STATION_BOOT, version, 0,
				   "BootNotification", k->now, &c, &e));
	ck_ok(tx_keep(&tx, &e));
	return c;
}

/* The list with history as "name version source open/closed; ...". */
static inline char *history(struct kit *k, const char *identity, char buf[800])
{
	OWN(json_free) struct json *j = NULL;
	struct component_filter f = { .history = true };
	STR(out, MIB);
	const struct json *list;
	struct err e;

	ck_ok(station_components_json(k->db, SCOPE_ALL, kit_snap(k), identity, &f, NULL, 100, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	list = json_get(j, "components");
	*buf = 0;
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = json_at(list, i);

		snprintf(buf + strlen(buf), 800 - strlen(buf), "%s%s %s %s%s", i ? "; " : "",
			 json_text(json_get(c, "name")), json_text(json_get(c, "version")),
			 json_text(json_get(c, "source")), json_text(json_get(c, "until")) ? " ended" : "");
	}
	return buf;
}

/* A catalogue entry of a component's version; gives its store id. */
static inline int64_t kit_release(struct kit *k, const char *component, const char *version, const char *hash)
{
	struct store_model m = { .scheme = "ocpp", .manufacturer = "V", .model = "M", .hardware = component };
	struct store_entry s = { .ord = 1,
				 .scheme = "ocpp",
				 .version = version,
				 .hash = hash,
				 .cpa_until = -1,
				 .bytes = -1,
				 .seconds = -1,
				 .restarts = -1 };
	struct actor who = kit_who(k);
	char public_id[PUBLIC_ID_SIZE];
	TX(tx);
	struct err e;
	int64_t rev;

	ck_assert(ident_ocpp_text("V", "M", component, version, public_id));
	s.public_id = public_id;
	s.text[CPL_NUMBER] = public_id;
	s.text[CPL_STATUS] = "Current";
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "test", &rev, &e));
	ck_ok(store_model_put(k->db, &m, &s.model_id, &e));
	ck_ok(store_entry_add(k->db, &s, &s.id, &e));
	ck_ok(store_state_open(k->db, &s, rev, &e));
	ck_ok(tx_keep(&tx, &e));
	return s.id;
}

#endif
