/* SPDX-License-Identifier: Apache-2.0 */
#include "pages_seed.h"

#include "base/mem.h"
#include "base/parse.h"
#include "store/store_entry.h"
#include "store/store_feed.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"
#include "testing.h"

#define HASH "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define MARKUP "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"

static const struct seed_entry {
	int id, model; /* model: index into models */
	const char *version, *status, *hash, *cpa, *descriptor, *smets;
} entries[] = {
	{ 1, 0, "00040500", "Current", NULL, NULL, "", "SMETS V2.0" },
	{ 2, 0, "00040700", "Current", HASH, NULL, "", "SMETS V2.0" },
	{ 3, 0, "000407FF", "Current", HASH, NULL, "fragment 1 of 2 of 4.8.0; Single Band (2.4 GHz)",
	  "SMETS V2.0" },
	{ 4, 0, "00040800", "Current", HASH, NULL, "fragment 2 of 2 of 4.8.0; Single Band (2.4 GHz)",
	  "SMETS V2.0" },
	{ 5, 0, "00040900", "Removed", HASH, NULL, "", "SMETS V2.0" },
	{ 6, 0, "00041001", "Current", HASH, "E", "", "SMETS V2.0" },
	{ 7, 0, "00040A01", "Current", HASH, "R", "", "SMETS V2.0" },
	{ 8, 0, "00050000", "Current", HASH, NULL, "", "SMETS V3.1" },
	{ 9, 0, "00050400", "Current", HASH, NULL, "", "SMETS V4.2" },
	{ 10, 0, "00050500", "Current", HASH, NULL, "", "SMETS V4.2" },
	{ 11, 0, "00060000", "Current", HASH, NULL, "", "SMETS V5.1" },
	{ 12, 0, "00060100", "Current", HASH, NULL, "", "SMETS V5.1" },
	{ 20, 1, "00000100", "Current", HASH, NULL, "", "SMETS V3.1" },
	{ 21, 1, "00000100", "Current", HASH, NULL, "", "SMETS V4.2" },
	{ 22, 1, "00000200", "Current", NULL, NULL, "", "SMETS V4.2" },
};

static const struct store_model models[] = { { 0, "cpl", "118F", "0000", "0000" },
					     { 0, "cpl", "10AA", "5731", "0100" } };

static const struct seed_statement {
	int entry;
	const char *kind;
	int bases[3]; /* ends with 0 */
	const char *source, *author, *stated, *confirmed, *excerpt, *reference;
} statements[] = {
	{ 1,
	  "none",
	  { 0 },
	  "manufacturer",
	  "Example Meters",
	  "2023-01-01",
	  "2023-02-01",
	  "First release.",
	  "RN-1" },
	{ 2,
	  "bases",
	  { 1, 0 },
	  "manufacturer",
	  "Example Meters",
	  "2023-02-01",
	  "2023-03-01",
	  "Over 4.5.",
	  "RN-2" },
	{ 3,
	  "bases",
	  { 2, 0 },
	  "manufacturer",
	  "Example Meters",
	  "2023-03-01",
	  "2023-04-01",
	  "Fragment 1, then fragment 2 at once.",
	  "https://www.example.org/notes/4.8.0" },
	{ 4,
	  "bases",
	  { 3, 0 },
	  "manufacturer",
	  "Example Meters",
	  "2023-03-01",
	  "2023-04-01",
	  "Right after fragment 1.",
	  "https://www.example.org/notes/4.8.0" },
	{ 5, "bases", { 4, 0 }, "secas", "Example", "2023-04-01", NULL, NULL, NULL },
	{ 6, "bases", { 4, 0 }, "manufacturer", "Example Meters", "2023-04-01", NULL, NULL, NULL },
	{ 7,
	  "bases",
	  { 4, 0 },
	  "manufacturer",
	  MARKUP,
	  "2023-05-01",
	  "2023-06-01",
	  MARKUP,
	  "javascript:alert(3)" },
	{ 7, "floor", { 0 }, "manufacturer", "Example Meters", "2023-05-01", NULL, NULL, NULL },
	{ 8, "any", { 0 }, "supplier", "Example Supply", "2023-06-01", NULL, "From any version.", NULL },
	{ 9, "bases", { 7, 8, 0 }, "manufacturer", "Example Meters", "2023-07-01", "2023-08-01", NULL, NULL },
	{ 9,
	  "block",
	  { 7, 0 },
	  "secas",
	  "Example Desk",
	  "2023-09-01",
	  NULL,
	  "Loses the clock. " MARKUP,
	  "https://www.example.org/advice/7" },
	{ 10, "bases", { 9, 0 }, "inferred", "firpath", NULL, NULL, NULL, NULL },
	{ 11, "bases", { 10, 0 }, "manufacturer", "Example Meters", "2023-10-01", "2023-10-02", NULL, NULL },
	{ 10, "block", { 0 }, "secas", "Example Desk", "2024-01-01", NULL, "Withdrawn.", "ADV-10" },
	{ 20, "none", { 0 }, "manufacturer", "Example Gas", "2023-01-01", NULL, NULL, NULL },
	{ 21, "none", { 0 }, "manufacturer", "Example Gas", "2023-01-01", NULL, NULL, NULL },
	{ 22, "bases", { 20, 0 }, "manufacturer", "Example Gas", "2023-02-01", "2023-03-01", NULL, NULL },
};

static int64_t date(const char *text)
{
	int64_t ms = -1;
	struct err e;

	if (text)
		ck_ok(parse_time(text, &ms, &e));
	return ms;
}

static int64_t key_of(struct db *db, int id)
{
	char public_id[16];
	int64_t key = 0;
	struct err e;
	bool got;

	snprintf(public_id, sizeof public_id, "%06d", id);
	ck_ok(store_entry_find(db, "cpl", public_id, &got, &key, &e));
	ck_assert(got);
	return key;
}

static void put_entry(struct db *db, const struct seed_entry *s, int64_t revision)
{
	const struct store_model *m = &models[s->model];
	char public_id[16];
	struct store_entry row = { .ord = s->id,
				   .scheme = "cpl",
				   .public_id = public_id,
				   .removed = s->status[0] == 'R',
				   .version = s->version,
				   .hash = s->hash,
				   .cpa_until = -1,
				   .bytes = -1,
				   .seconds = -1,
				   .restarts = -1 };
	struct err e;

	snprintf(public_id, sizeof public_id, "%06d", s->id);
	if (s->cpa) {
		row.cpa_kind = s->cpa[0];
		row.cpa_until = date("2025-06-30");
	}
	for (int c = 0; c < CPL_COLS; c++)
		row.text[c] = "";
	row.text[CPL_NUMBER] = public_id;
	row.text[CPL_STATUS] = s->status;
	row.text[CPL_TYPE] = s->model ? "Gas Smart Meter" : "Single Element Electricity Metering Equipment";
	row.text[CPL_MANUFACTURER] = m->manufacturer;
	row.text[CPL_MODEL] = m->model;
	row.text[CPL_FIRMWARE] = s->version;
	row.text[CPL_SMETS] = s->smets;
	row.text[CPL_GBCS] = "GBCS Version 2.0";
	row.text[CPL_DESCRIPTOR] = s->descriptor;
	ck_ok(store_model_put(db, m, &row.model_id, &e));
	ck_ok(store_entry_add(db, &row, &row.id, &e));
	ck_ok(store_state_open(db, &row, revision, &e));
}

static void put_statement(struct db *db, const struct seed_statement *s, int64_t revision)
{
	struct store_statement row = { .entry_id = key_of(db, s->entry),
				       .kind = s->kind,
				       .source = s->source,
				       .author = s->author,
				       .stated_on = date(s->stated),
				       .confirmed_on = date(s->confirmed),
				       .excerpt = s->excerpt,
				       .reference = s->reference };
	int64_t bases[3], id;
	struct err e;
	size_t n = 0;

	for (; s->bases[n]; n++)
		bases[n] = key_of(db, s->bases[n]);
	ck_ok(store_statement_add(db, &row, bases, n, revision, &id, &e));
}

void seed_catalogue(struct db *db)
{
	struct actor who = { "import", "first <b>import</b>", SEED_NOW - MS_PER_DAY };
	struct feed_row feed = { .feed = "cpl",
				 .at = SEED_NOW - MS_PER_DAY,
				 .who = "import",
				 .file_name = "seed.csv",
				 .file_hash = HASH,
				 .state = "applied",
				 .version_text = "Version 9.001 Issued on 01-11-2026",
				 .version = "9.001",
				 .issued_on = SEED_NOW - 19 * MS_PER_DAY,
				 .rows = 15,
				 .revision = 1,
				 .report = "{}" };
	int64_t revision, id;
	struct err e;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(ledger_advance(db, &who, "import-cpl", &revision, &e));
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		put_entry(db, &entries[i], revision);
	ck_ok(store_feed_add(db, &feed, &id, &e));
	ck_ok(ledger_advance(db, &who, "import-statements", &revision, &e));
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
		put_statement(db, &statements[i], revision);
	ck_ok(audit_add(db, &who, "seed", "catalogue", NULL, NULL, revision, NULL, &e));
	ck_ok(tx_keep(&tx, &e));
}
