/* SPDX-License-Identifier: Apache-2.0 */
/* Meters in tests: registered, and said to be things as the door writes them down. A failing helper fails the
 * test. */
#ifndef FIRPATH_TESTS_METER_KIT_H
#define FIRPATH_TESTS_METER_KIT_H

#include "fleet_kit.h"

#include <inttypes.h>

#include "core/meter.h"
#include "store/store_entry.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"

#define HUB "00-DB-00-00-00-00-00-01"
#define GPF "00-DB-00-00-00-00-00-02"
#define ESME "00-DB-00-00-00-00-00-03"
#define GSME "00-DB-00-00-00-00-00-04"
#define PPMID "00-DB-00-00-00-00-00-05"
#define IHD "00-DB-00-00-00-00-00-06"
#define USER UINT64_C(0x90B3D51F30010000)
#define KIT_HEAD "eui,type,hub,identity\n"
#define HUB_MODEL "1086:54000100" /* of kit_hub() */

static inline uint64_t eui_of(const char *text)
{
	uint64_t eui;

	ck_assert_msg(duis_eui_parse(text, &eui), "%s", text);
	return eui;
}

static inline struct meter_counts meters_put(struct kit *k, struct scope scope, const char *csv)
{
	struct actor who = kit_who(k);
	struct meter_counts n;
	struct err e = { 0 };

	ck_assert_msg(!meter_import(k->db, scope, kit_snap(k), &who, FLEET_CSV, csv, strlen(csv), &n, &e),
		      "%s at %s:%d", e.msg, e.where, (int)e.line);
	return n;
}

static inline struct store_meter meter_of(struct kit *k, int64_t sees, const char *eui)
{
	struct store_meter v[2];
	struct err e;
	size_t n;

	ck_ok(store_meter_own(k->db, sees, eui_of(eui), v, &n, &e));
	ck_assert_msg(n == 1, "%zu meters %s", n, eui);
	return v[0];
}
#define METER(eui) meter_of(&k, SEES_UNOWNED, eui)

static inline int64_t audits(struct kit *k)
{
	int64_t rows, bad;
	char head[65];
	struct err e;

	ck_ok(audit_verify(k->db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
	return rows;
}

/* "word" of the gate of a meter to an entry (0 = any), as plans ask. */
static inline const char *gate_to(struct kit *k, const char *eui, int64_t to, const struct meter_gate_ctx *c,
				  char text[400])
{
	struct han_answer a;
	struct err e = { 0 };

	ck_assert_msg(
	    !meter_gate(k->db, kit_snap(k), meter_of(k, SEES_UNOWNED, eui).device_id, to, k->now, c, &a, &e),
	    "%s", e.msg);
	snprintf(text, 400, "%s: %s", han_gate_text[a.gate], a.text);
	return han_gate_text[a.gate];
}
#define GATE(eui) gate_to(&k, eui, 0, &METER_GATE_PLAN, says)

static inline void user_put(struct kit *k, int64_t org)
{
	TX(tx);
	struct err e;

	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(store_dcc_user_put(k->db, USER + (uint64_t)org, org, &e));
	ck_ok(tx_keep(&tx, &e));
}

/* A hub's entry with a GBCS version: HUB_MODEL:0000NN00. Gives its store id. */
static inline int64_t kit_hub(struct kit *k, int number, int version, const char *gbcs)
{
	struct store_model m = {
		.scheme = "cpl", .manufacturer = "1086", .model = "5400", .hardware = "0100"
	};
	struct store_entry s = {
		.ord = number, .scheme = "cpl", .cpa_until = -1, .bytes = -1, .seconds = -1, .restarts = -1
	};
	struct actor who = kit_who(k);
	char public_id[8], firmware[9];
	TX(tx);
	struct err e;
	int64_t rev;

	snprintf(public_id, sizeof public_id, "%06d", number);
	snprintf(firmware, sizeof firmware, "%08X", (unsigned)version * 0x100);
	s.public_id = public_id;
	s.version = firmware;
	s.text[CPL_NUMBER] = public_id;
	s.text[CPL_STATUS] = "Current";
	s.text[CPL_TYPE] = "Communications Hub";
	s.text[CPL_GBCS] = gbcs;
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "test", &rev, &e));
	ck_ok(store_model_put(k->db, &m, &s.model_id, &e));
	ck_ok(store_entry_add(k->db, &s, &s.id, &e));
	ck_ok(store_state_open(k->db, &s, rev, &e));
	ck_ok(tx_keep(&tx, &e));
	return s.id;
}

/* An answer to 8.2, applied as the door does. */
static inline struct meter_learned inventory(struct kit *k, const char *asked, const struct duis_device *v,
					     size_t n)
{
	TX(tx);
	const struct snapshot *s = kit_snap(k);
	struct meter_inventory in = { meter_of(k, SEES_UNOWNED, asked).device_id, v, n, k->now };
	struct meter_learned l;
	struct err e = { 0 };

	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_assert_msg(!meter_inventory_apply(k->db, s, &in, &l, &e), "%s", e.msg);
	ck_ok(tx_keep(&tx, &e));
	return l;
}

static inline int64_t version_told(struct kit *k, const char *eui, uint32_t version, int64_t hint)
{
	TX(tx);
	const struct snapshot *s = kit_snap(k);
	int64_t entry;
	struct err e;

	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(meter_version_apply(k->db, s, meter_of(k, SEES_UNOWNED, eui).device_id, version, hint, k->now,
				  &entry, &e));
	ck_ok(tx_keep(&tx, &e));
	return entry;
}

/* The answer, or "CODE: text" of a refusal. */
static inline const char *command(struct kit *k, struct scope scope, const char *eui, const char *word,
				  char text[400])
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = kit_who(k);
	struct err e = { 0 };
	STR(out, KIB);

	snprintf(text, 400, "{\"command\":\"%s\"}", word);
	ck_ok(json_parse(text, strlen(text), &j, &e));
	if (meter_command(k->db, scope, &who, eui, j, &out, &e))
		snprintf(text, 400, "%.40s: %.300s", err_info(e.code)->code, e.msg);
	else
		snprintf(text, 400, "%s", str_c(&out));
	return text;
}

#endif
