/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet_kit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "model/cpl.h"
#include "store/store_entry.h"
#include "store/store_feed.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"
#include "store/store_turn.h"

static int64_t kit_time(void *ctx)
{
	return ((struct kit *)ctx)->now;
}

struct actor kit_who(const struct kit *k)
{
	return (struct actor){ "tester", "a test", k->now };
}

const struct snapshot *kit_snap(struct kit *k)
{
	struct err e;

	ck_ok(catalog_refresh(k->catalog, &e));
	return catalog_current(k->view);
}

struct campaign_ctx kit_ctx(struct kit *k)
{
	return (struct campaign_ctx){ k->db, kit_snap(k), k->images, CPL_STALE_BLOCKS_MS, SCOPE_ALL, NULL };
}

/* ---- catalogue ---- */

static void version_text(int n, char buf[12])
{
	snprintf(buf, 12, "%08X", (unsigned)n * 0x100);
}

const char *kit_identity(int n, char buf[32])
{
	char version[12];

	version_text(n, version);
	snprintf(buf, 32, "%s:%s", KIT_MODEL, version);
	return buf;
}

/* The image of entry n is a short text; it is stored under its hash. */
static void image_store(struct kit *k, int n, char hash[SHA256_HEX])
{
	char text[40], path[400];
	uint8_t raw[SHA256_LEN];
	struct err e;

	snprintf(text, sizeof text, "image of entry %d", n);
	sha256_of(text, strlen(text), raw);
	hex_text(raw, sizeof raw, hash);
	snprintf(path, sizeof path, "%s/%s", k->images, hash);
	ck_ok(file_replace(path, text, strlen(text), &e));
}

static int64_t entry_put(struct kit *k, int64_t rev, int number, int version_of, const char *hash_or_null,
			 const char *descriptor)
{
	struct store_model m = {
		.scheme = "cpl", .manufacturer = "118F", .model = "0001", .hardware = "0002"
	};
	char public_id[12], version[12], hash[SHA256_HEX];
	struct store_entry s = { .ord = number,
				 .scheme = "cpl",
				 .public_id = public_id,
				 .version = version,
				 .hash = hash,
				 .cpa_until = -1,
				 .bytes = -1,
				 .seconds = -1,
				 .restarts = -1 };
	struct err e;

	snprintf(public_id, sizeof public_id, "%06d", number);
	version_text(version_of, version);
	image_store(k, number, hash);
	if (hash_or_null)
		s.hash = *hash_or_null ? hash_or_null : NULL;
	s.text[CPL_NUMBER] = public_id;
	s.text[CPL_STATUS] = "Current";
	s.text[CPL_DESCRIPTOR] = descriptor;
	ck_ok(store_model_put(k->db, &m, &s.model_id, &e));
	ck_ok(store_entry_add(k->db, &s, &s.id, &e));
	ck_ok(store_state_open(k->db, &s, rev, &e));
	return s.id;
}

static void say(struct kit *k, int64_t rev, int64_t entry, const char *kind, const int64_t *bases, size_t n)
{
	struct store_statement s = { .entry_id = entry,
				     .kind = kind,
				     .source = "secas",
				     .author = "a test",
				     .stated_on = -1,
				     .confirmed_on = -1,
				     .excerpt = "because",
				     .reference = "page 4" };
	int64_t id;
	struct err e;

	ck_ok(store_statement_add(k->db, &s, bases, n, rev, &id, &e));
}

static void feed_put(struct kit *k, int64_t rev)
{
	struct feed_row f = { .feed = "cpl",
			      .at = k->now,
			      .who = "tester",
			      .file_name = "cpl.csv",
			      .file_hash = "0000000000000000000000000000000000000000000000000000000000000000",
			      .state = "applied",
			      .version_text = "2.051",
			      .version = "2.051",
			      .issued_on = k->now,
			      .rows = KIT_ENTRIES,
			      .revision = rev,
			      .report = "{}" };
	int64_t id;
	struct err e;

	ck_ok(store_feed_add(k->db, &f, &id, &e));
}

static void catalogue_fill(struct kit *k)
{
	struct actor who = kit_who(k);
	TX(tx);
	int64_t rev;
	struct err e;

	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "test", &rev, &e));
	for (int n = 1; n <= KIT_ENTRIES; n++)
		k->entry[n] = entry_put(k, rev, n, n, NULL, NULL);
	say(k, rev, k->entry[1], "none", NULL, 0);
	for (int n = 2; n <= KIT_ENTRIES; n++)
		say(k, rev, k->entry[n], "bases", &k->entry[n - 1], 1);
	feed_put(k, rev);
	ck_ok(tx_keep(&tx, &e));
}

static void standing_close(struct kit *k, int64_t entry, int64_t rev)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_statement s;
	int64_t id = 0;
	struct err e;
	bool got = true;

	ck_ok(store_statement_list(k->db, 0, &r, &e));
	while (got) {
		ck_ok(store_statement_next(r, &s, &got, &e));
		if (got && s.entry_id == entry && (!strcmp(s.kind, "bases") || !strcmp(s.kind, "none")))
			id = s.id;
	}
	if (id)
		ck_ok(store_statement_close(k->db, id, rev, &e));
}

void kit_bases(struct kit *k, int n, const int *bases, int n_bases)
{
	struct actor who = kit_who(k);
	int64_t ids[KIT_ENTRIES];
	TX(tx);
	int64_t rev;
	struct err e;

	for (int i = 0; i < n_bases; i++)
		ids[i] = k->entry[bases[i]];
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "bases", &rev, &e));
	standing_close(k, k->entry[n], rev);
	say(k, rev, k->entry[n], n_bases ? "bases" : "none", ids, (size_t)n_bases);
	ck_ok(tx_keep(&tx, &e));
}

void kit_block(struct kit *k, int n, int base)
{
	struct actor who = kit_who(k);
	TX(tx);
	int64_t rev;
	struct err e;

	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "block", &rev, &e));
	say(k, rev, k->entry[n], "block", base ? &k->entry[base] : NULL, base != 0);
	ck_ok(tx_keep(&tx, &e));
}

void kit_state_put(struct kit *k, int n, bool removed, char cpa_kind, int64_t cpa_until)
{
	struct store_model m = {
		.scheme = "cpl", .manufacturer = "118F", .model = "0001", .hardware = "0002"
	};
	struct actor who = kit_who(k);
	char public_id[12], version[12], hash[SHA256_HEX];
	struct store_entry s = { .id = k->entry[n],
				 .ord = n,
				 .scheme = "cpl",
				 .public_id = public_id,
				 .version = version,
				 .hash = hash,
				 .removed = removed,
				 .cpa_kind = cpa_kind,
				 .cpa_until = cpa_until,
				 .bytes = -1,
				 .seconds = -1,
				 .restarts = -1 };
	TX(tx);
	int64_t rev;
	struct err e;

	snprintf(public_id, sizeof public_id, "%06d", n);
	version_text(n, version);
	image_store(k, n, hash);
	s.text[CPL_NUMBER] = public_id;
	s.text[CPL_STATUS] = removed ? "Removed" : "Current";
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "test", &rev, &e));
	ck_ok(store_model_put(k->db, &m, &s.model_id, &e));
	ck_ok(store_state_close(k->db, s.id, rev, &e));
	ck_ok(store_state_open(k->db, &s, rev, &e));
	ck_ok(tx_keep(&tx, &e));
}

void kit_entry(struct kit *k, int number, int twin_of, int base, const char *hash, const char *descriptor)
{
	struct actor who = kit_who(k);
	TX(tx);
	int64_t rev, id;
	struct err e;

	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(ledger_advance(k->db, &who, "test", &rev, &e));
	id = entry_put(k, rev, number, twin_of ? twin_of : number, hash, descriptor);
	if (base)
		say(k, rev, id, "bases", &k->entry[base], 1);
	ck_ok(tx_keep(&tx, &e));
	if (number <= KIT_ENTRIES)
		k->entry[number] = id;
}

void kit_twin(struct kit *k, int number, int n)
{
	char hash[SHA256_HEX];

	image_store(k, n, hash);
	kit_entry(k, number, n, 0, hash, NULL);
}

int64_t kit_entry_id(struct kit *k, int number)
{
	const struct snapshot *s = kit_snap(k);
	char public_id[12];
	uint32_t node;

	snprintf(public_id, sizeof public_id, "%06d", number);
	node = graph_find_entry(s->graph, "cpl", public_id);
	ck_assert_uint_ne(node, NODE_NONE);
	return graph_node(s->graph, node)->entry_id;
}

void kit_image_store(struct kit *k, int number)
{
	char hash[SHA256_HEX];

	image_store(k, number, hash);
}

void kit_image_drop(struct kit *k, int number)
{
	char hash[SHA256_HEX], path[400];

	image_store(k, number, hash);
	snprintf(path, sizeof path, "%s/%s", k->images, hash);
	ck_assert_int_eq(unlink(path), 0);
}

/* ---- the world ---- */

void kit_runner(struct kit *k, struct db *db)
{
	struct runner_init init = { .dsn = k->dsn,
				    .db = db,
				    .catalog = k->catalog,
				    .clock = &k->clock,
				    .rnd = rnd_seeded(rnd_u64(&k->rnd)),
				    .image_dir = k->images,
				    .set = k->set,
				    .site = k->site,
				    .vcs = k->vcs,
				    .inventory_age = k->inventory_age,
				    .fake_world = k->world };
	struct err e;

	ck_ok(runner_new(&init, &k->runner, &e));
}

static void open_with(struct kit *k, int engine, uint64_t seed, bool real)
{
	struct err e;

	memset(k, 0, sizeof *k);
	k->now = real ? clock_wall(clock_system()) : KIT_START;
	k->clock = real ? *clock_system() : (struct clock){ kit_time, kit_time, k };
	k->rnd = rnd_seeded(seed);
	k->set = runner_settings_default();
	k->set.retry_wait = real ? 50 : 1000;
	fresh_store_dsn(engine, k->dsn);
	snprintf(k->images, sizeof k->images, "%s/images-%d", stores_dir(), (int)getpid());
	ck_ok(file_mkdirs(k->images, &e));
	k->db = open_store(k->dsn);
	catalogue_fill(k);
	ck_ok(catalog_new(k->dsn, &k->clock, &k->catalog, &e));
	k->view = catalog_view_new(k->catalog);
	k->world = fake_world_new(rnd_seeded(seed + 1));
	kit_runner(k, NULL);
}

void kit_open(struct kit *k, int engine, uint64_t seed)
{
	open_with(k, engine, seed, false);
}

void kit_open_real(struct kit *k, int engine, uint64_t seed)
{
	open_with(k, engine, seed, true);
}

void kit_done(struct kit *k)
{
	runner_free(k->runner);
	fake_world_free(k->world);
	catalog_view_free(k->view);
	catalog_free(k->catalog);
	db_close(k->db);
}

void kit_crash(struct kit *k)
{
	struct err e;

	runner_free(k->runner);
	k->runner = NULL;
	kit_runner(k, NULL);
	ck_ok(runner_recover(k->runner, &e));
}

void kit_import(struct kit *k, const char *csv)
{
	struct actor who = kit_who(k);
	struct fleet_counts counts;
	struct err e;

	ck_ok(fleet_import(k->db, SCOPE_ALL, kit_snap(k), &who, FLEET_CSV, csv, strlen(csv), &counts, &e));
}

int64_t kit_fake(struct kit *k, const char *name, int n, const char *how)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	char csv[400], id[32];
	struct err e;
	bool got;

	kit_identity(n, id);
	snprintf(csv, sizeof csv, "name,adapter,address,identity\n%s,fake,at=%s;%s,%s\n", name, id, how, id);
	kit_import(k, csv);
	ck_ok(store_device_get(k->db, SEES_ALL, name, &r, &d, &got, &e));
	ck_assert(got);
	return d.id;
}

int64_t kit_campaign(struct kit *k, const char *prefix, int n, int max_active, int stop_after)
{
	struct campaign_ctx c = kit_ctx(k);
	struct actor who = kit_who(k);
	char body[400], target[16] = "latest";
	int64_t id;
	struct err e;

	if (n)
		snprintf(target, sizeof target, "%06d", n);
	snprintf(body, sizeof body,
		 "{\"name\":\"to %s from %" PRIu64
		 "\",\"target\":\"%s\",\"members\":{\"filter\":{\"prefix\":\"%s\"}},"
		 "\"max_active\":%d,\"stop_after\":%d}",
		 target, rnd_u64(&k->rnd), target, prefix, max_active, stop_after);
	ck_ok(campaign_create(&c, &who, NULL, body, strlen(body), &id, &e));
	return id;
}

int64_t kit_asked(struct kit *k, struct scope scope, const char *body)
{
	struct campaign_ctx c = kit_ctx(k);
	struct actor who = kit_who(k);
	int64_t id;
	struct err e;

	c.scope = scope;
	ck_ok(campaign_create(&c, &who, NULL, body, strlen(body), &id, &e));
	ck_ok(campaign_start(&c, &who, id, &e));
	return id;
}

int64_t kit_started(struct kit *k, const char *prefix, int n, int max_active, int stop_after)
{
	int64_t id = kit_campaign(k, prefix, n, max_active, stop_after);
	struct campaign_ctx c = kit_ctx(k);
	struct actor who = kit_who(k);
	struct err e;

	ck_ok(campaign_start(&c, &who, id, &e));
	runner_wake(k->runner);
	return id;
}

struct store_campaign kit_state(struct kit *k, int64_t campaign)
{
	struct store_campaign c;
	struct err e;
	bool got;

	ck_ok(store_campaign_get(k->db, campaign, &got, &c, NULL, &e));
	ck_assert(got);
	return c;
}

const char *kit_phase(struct kit *k, int64_t campaign, const char *device, char buf[80])
{
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got = true;

	ck_ok(store_member_page(k->db, campaign, NULL, 0, 100000, &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		ck_assert_msg(got, "%s is no member", device);
		if (!strcmp(rows_text(r, 1), device))
			break;
	}
	snprintf(buf, 80, "%s%s%s", rows_text(r, 2), *rows_text(r, 3) ? ":" : "", rows_text(r, 3));
	return buf;
}

void kit_round(struct kit *k, int64_t ms)
{
	int64_t moves;
	struct err e;

	k->now += ms;
	ck_ok(runner_round(k->runner, 0, &moves, &e));
}

int kit_run(struct kit *k, int64_t campaign, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct store_campaign c = kit_state(k, campaign);

		if (c.ended_at >= 0 || c.state == CAMPAIGN_HALTED || c.state == CAMPAIGN_PAUSED)
			return i;
		kit_round(k, 250);
	}
	return rounds;
}

void kit_walked(struct kit *k, int64_t device, int from, int to)
{
	char want[12];
	int at = from;

	for (size_t i = 0; i < fake_effects(k->world); i++) {
		const struct fake_effect *fx = fake_effect_at(k->world, i);

		if (fx->device_id != device)
			continue;
		version_text(at, want);
		ck_assert_str_eq(fx->from, want);
		version_text(++at, want);
		ck_assert_str_eq(fx->to, want);
	}
	ck_assert_int_eq(at, to);
	version_text(to, want);
	if (at != from)
		ck_assert_str_eq(fake_version(k->world, device), want);
}

static void waves_consistent(struct kit *k, const struct store_campaign *c)
{
	int64_t kept[20][PHASES], counted[PHASES];
	struct err e;
	TX(tx); /* dropped */

	for (int i = 0; i < 20; i++)
		ck_ok(store_wave_count(k->db, c->id, i + 1, kept[i], &e));
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(store_wave_recount(k->db, c->id, &e));
	for (int i = 0; i < 20; i++) {
		ck_ok(store_wave_count(k->db, c->id, i + 1, counted, &e));
		ck_assert_msg(!memcmp(kept[i], counted, sizeof counted), "wave %d is miscounted", i + 1);
	}
}

void kit_consistent(struct kit *k, int64_t campaign)
{
	struct store_campaign kept = kit_state(k, campaign), counted = kept;
	int64_t rows, bad;
	char head[65];
	struct err e;

	ck_ok(store_campaign_count(k->db, &counted, &e));
	for (int p = 0; p < PHASES; p++)
		ck_assert_msg(kept.n[p] == counted.n[p], "%s: %" PRId64 " kept, %" PRId64 " there",
			      cycle_phase_text[p], kept.n[p], counted.n[p]);
	ck_assert_int_eq(kept.n_total, counted.n_total);
	waves_consistent(k, &kept);
	ck_ok(audit_verify(k->db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
}
