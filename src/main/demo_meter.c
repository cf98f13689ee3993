/* SPDX-License-Identifier: Apache-2.0 */
/* What a demonstration has of meters: two home area networks of the sample supplier, a statement about hubs,
 * and what was said with a meter. No DCC is there, so nothing is pushed to them. */
#include <string.h>

#include "core/meter.h"
#include "core/people.h"
#include "main/demo.h"

#define OWNER "Sample Supplier"
#define ESME UINT64_C(0x00DB00000000A001)
#define USER UINT64_C(0x90B3D51F30010000)

/* The hub of the first is old, so its PPMID has to wait; the hub of the second can carry everything. */
static const char meters[] =
    "eui,type,hub,identity,mpxn,status,variant,han_variant,smets\n"
    "00-DB-00-00-00-00-A0-00,CHF,00-DB-00-00-00-00-A0-00,F0A3:54011F52:000A0200,,Commissioned,,Single "
    "Band,SMETS2\n"
    "00-DB-00-00-00-00-A0-01,ESME,00-DB-00-00-00-00-A0-00,F0A1:00010101:00010000,1000000000017,Commissioned,"
    "A,,SMETS2\n"
    "00-DB-00-00-00-00-A0-02,GSME,00-DB-00-00-00-00-A0-00,F0A2:00110200:0A020000,1000000018,Commissioned,,,"
    "SMETS2\n"
    "00-DB-00-00-00-00-A0-03,PPMID,00-DB-00-00-00-00-A0-00,F0A4:00200100:80040000,,Commissioned,,,SMETS2\n"
    "00-DB-00-00-00-00-B0-00,CHF,00-DB-00-00-00-00-B0-00,F0A3:54011F52:000A0300,,Commissioned,,Single "
    "Band,SMETS2\n"
    "00-DB-00-00-00-00-B0-01,ESME,00-DB-00-00-00-00-B0-00,F0A1:00010101:00010200,1000000000025,Suspended,A,,"
    "SMETS2\n"
    "00-DB-00-00-00-00-B0-03,PPMID,00-DB-00-00-00-00-B0-00,F0A4:00200100:80040000,,Commissioned,,,SMETS2\n"
    "00-DB-00-00-00-00-B0-04,HCALCS,00-DB-00-00-00-00-B0-00,F0A3:60010100:00000100,,Commissioned,,,SMETS2\n"
    "00-DB-00-00-00-00-B0-05,IHD,00-DB-00-00-00-00-B0-00,,,Commissioned,,,\n"
    "00-DB-00-00-00-00-C0-01,ESME,,F0A1:00010101:00010200,1000000000033,Commissioned,A,,SMETS1\n";

/* clang-format off */
static const struct {
	const char *name, *body;
} rules[] = {
	{ "ppmid-hub", "{\"applies_class\":\"PPMID\",\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"A sample: release note of the hub's maker\"}" },
	{ "hcalcs-hub", "{\"applies_class\":\"HCALCS\",\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"A sample: release note of the hub's maker\"}" },
};
static const struct {
	int64_t ago;
	const char *way, *what, *code, *detail;
} said[] = {
	{ 7200000, "out", "8.2", "", "Its inventory was asked for." },
	{ 7198000, "in", "8.2", "I0", "The inventory names four devices of its HAN." },
	{ 3600000, "out", "11.2", "", "It was asked which firmware it runs." },
	{ 3598000, "in", "11.2", "I99", "The DCC took the request; that is no answer of the meter." },
	{ 3540000, "in", "11.2", "I0", "It runs 00010000." },
};
/* clang-format on */

static int story_fill(struct db *db, int64_t org_id, int64_t now, struct err *e)
{
	struct store_meter m;
	size_t n;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || store_dcc_user_put(db, USER, org_id, e) ||
	    store_meter_of_eui(db, ESME, 1, &m, &n, e))
		return e->code;
	for (size_t i = 0; n && i < sizeof said / sizeof *said; i++) {
		const struct store_meter_event v = { .device_id = m.device_id,
						     .at = now - said[i].ago,
						     .way = said[i].way,
						     .what = said[i].what,
						     .ref = now - said[i].ago,
						     .code = said[i].code,
						     .detail = said[i].detail };

		if (store_meter_event_add(db, &v, e))
			return e->code;
	}
	return tx_keep(&tx, e);
}

int demo_meter_fill(struct db *db, struct catalog *catalog, int64_t now, struct err *e)
{
	OWN(catalog_view_free) struct catalog_view *view = catalog_view_new(catalog);
	const struct snapshot *s = catalog_current(view);
	struct actor who = { "demo", "the demonstration", now };
	struct meter_counts counts;
	struct scope scope;
	struct org org;
	bool made;

	if (org_find(db, OWNER, &org, e))
		return e->code;
	scope = (struct scope){ org.id, org.id };
	if (meter_import(db, scope, s, &who, FLEET_CSV, meters, sizeof meters - 1, &counts, e))
		return err_wrap(e, "the sample meters");
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		OWN(json_free) struct json *body = NULL;

		if (json_parse(rules[i].body, strlen(rules[i].body), &body, e) ||
		    han_rule_put(db, s, &who, rules[i].name, body, &made, e))
			return err_wrap(e, "the sample rule %s", rules[i].name);
	}
	return story_fill(db, org.id, now, e);
}
