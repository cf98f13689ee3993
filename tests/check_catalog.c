/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots from the store, over every engine: revisions seen, times past, threads. */
#include "stores.h"
#include "testing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/parse.h"
#include "core/catalog.h"
#include "core/lookup.h"
#include "store/store_catalog.h"
#include "store/store_entry.h"
#include "store/store_feed.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"

#define HASH "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

/* A clock that tests move. */
struct hands {
	atomic_llong wall, mono;
};

static int64_t hands_wall(void *ctx)
{
	return atomic_load(&((struct hands *)ctx)->wall);
}
static int64_t hands_mono(void *ctx)
{
	return atomic_load(&((struct hands *)ctx)->mono);
}
#define HANDS(name)                                                                                          \
	struct hands name = { 0 };                                                                           \
	const struct clock name##_clock = { hands_wall, hands_mono, &name }

static int64_t date_of(const char *text)
{
	struct err e;
	int64_t ms = 0;

	ck_ok(parse_time(text, &ms, &e));
	return ms;
}

/* One change of the catalogue under way. */
struct change {
	struct db *db;
	struct tx tx;
	int64_t rev;
};

static struct change change_begin(struct db *db, const char *at)
{
	struct actor who = { "admin", "a test", date_of(at) };
	struct change c = { .db = db };
	struct err e;

	ck_ok(tx_begin(&c.tx, db, true, &e));
	ck_ok(ledger_advance(db, &who, "test", &c.rev, &e));
	return c;
}

static void change_end(struct change *c)
{
	struct err e;

	ck_ok(tx_keep(&c->tx, &e));
}

static void fill_entry(struct store_entry *s, char public_id[8], char version[12], int number)
{
	snprintf(public_id, 8, "%06d", number);
	snprintf(version, 12, "%08X", (unsigned)number);
	*s = (struct store_entry){ .ord = number,
				   .scheme = "cpl",
				   .public_id = public_id,
				   .version = version,
				   .cpa_until = -1,
				   .bytes = -1,
				   .seconds = -1,
				   .restarts = -1 };
	s->text[CPL_NUMBER] = public_id;
	s->text[CPL_STATUS] = "Current";
	s->text[CPL_SMETS] = "SMETS V2.0  ";
}

static int64_t add_entry(struct change *c, int number)
{
	struct store_model m = {
		.scheme = "cpl", .manufacturer = "118F", .model = "0001", .hardware = "0002"
	};
	struct store_entry s;
	char public_id[8], version[12];
	struct err e;

	fill_entry(&s, public_id, version, number);
	ck_ok(store_model_put(c->db, &m, &s.model_id, &e));
	ck_ok(store_entry_add(c->db, &s, &s.id, &e));
	ck_ok(store_state_open(c->db, &s, c->rev, &e));
	return s.id;
}

/* A new state of an entry: Removed, with a hash and a certificate. */
static void remove_entry(struct change *c, int64_t id, int number)
{
	struct store_model m = {
		.scheme = "cpl", .manufacturer = "118F", .model = "0001", .hardware = "0002"
	};
	struct store_entry s;
	char public_id[8], version[12];
	struct err e;

	fill_entry(&s, public_id, version, number);
	s.id = id;
	s.removed = true;
	s.text[CPL_STATUS] = "Removed";
	s.hash = HASH;
	s.cpa_kind = 'E';
	s.cpa_until = date_of("2027-01-01");
	ck_ok(store_model_put(c->db, &m, &s.model_id, &e));
	ck_ok(store_state_close(c->db, id, c->rev, &e));
	ck_ok(store_state_open(c->db, &s, c->rev, &e));
}

static int64_t say(struct change *c, int64_t entry, const char *kind, const int64_t *bases, size_t n)
{
	struct store_statement s = { .entry_id = entry,
				     .kind = kind,
				     .source = "secas",
				     .author = "a test",
				     .stated_on = -1,
				     .confirmed_on = date_of("2024-05-01"),
				     .excerpt = "page 4" };
	int64_t id;
	struct err e;

	ck_ok(store_statement_add(c->db, &s, bases, n, c->rev, &id, &e));
	return id;
}

static void add_feed(struct change *c, const char *state, int64_t at, const char *version, const char *issued)
{
	struct feed_row f = { .feed = "cpl",
			      .at = at,
			      .who = "admin",
			      .file_name = "cpl.csv",
			      .file_hash = HASH,
			      .state = state,
			      .version_text = version,
			      .version = version,
			      .issued_on = date_of(issued),
			      .rows = 1,
			      .revision = strcmp(state, "applied") ? 0 : c->rev,
			      .report = "{}" };
	int64_t id;
	struct err e;

	ck_ok(store_feed_add(c->db, &f, &id, &e));
}

/* Revision 1: entries 1 -> 2 -> 3. */
static void first_revision(struct db *db, int64_t id[3])
{
	struct change c = change_begin(db, "2026-01-01T10:00:00Z");

	for (int i = 0; i < 3; i++)
		id[i] = add_entry(&c, i + 1);
	say(&c, id[1], "bases", &id[0], 1);
	say(&c, id[2], "bases", &id[1], 1);
	add_feed(&c, "applied", date_of("2026-01-01T10:00:00Z"), "2.051", "2025-12-30");
	change_end(&c);
}

static size_t hops(const struct snapshot *s, const char *from, const char *to)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	struct answer a;
	struct err e;

	ck_ok(lookup_ask(s, &(struct ask){ .from = from, .to = to }, date_of("2026-01-02"), scratch, &a, &e));
	return a.result == ANSWER_PATH ? a.path.nhops : 0;
}

START_TEST(an_empty_store_is_an_empty_catalogue)
{
	char dsn[STORE_DSN_MAX];
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL;
	const struct snapshot *s;
	HANDS(hands);
	struct err e;

	ck_ok(catalog_new(fresh_store_dsn(_i, dsn), &hands_clock, &c, &e));
	v = catalog_view_new(c);
	s = catalog_current(v);
	ck_assert_int_eq(s->revision, 0);
	ck_assert_uint_eq(graph_nodes(s->graph), 0);
	ck_assert_str_eq(s->cpl.version, "");
	ck_assert_int_eq(s->cpl.issued_on, -1);
	ck_assert_int_eq(s->cpl.checked_at, -1);
	ck_ok(catalog_as_at(v, date_of("2020-01-01"), &s, &e));
	ck_assert_int_eq(s->revision, 0);
}
END_TEST

START_TEST(a_snapshot_holds_what_the_store_says)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(snapshot_free) struct snapshot *s = NULL;
	const struct graph_node *n;
	int64_t id[3];
	struct change c;
	struct err e;

	first_revision(db, id);
	c = change_begin(db, "2026-02-01");
	remove_entry(&c, id[1], 2);
	say(&c, id[2], "floor", NULL, 0);
	say(&c, id[2], "block", &id[1], 1);
	change_end(&c);
	ck_ok(snapshot_load(db, 0, &s, &e));
	ck_assert_int_eq(s->revision, 2);
	ck_assert_int_eq(s->revision_at, date_of("2026-02-01"));
	ck_assert_str_eq(s->cpl.version, "2.051");
	ck_assert_int_eq(s->cpl.issued_on, date_of("2025-12-30"));
	ck_assert_int_eq(s->cpl.checked_at, date_of("2026-01-01T10:00:00Z"));
	n = graph_node(s->graph, graph_find_entry(s->graph, "cpl", "000002"));
	ck_assert(n->removed);
	ck_assert_str_eq(n->hash, HASH);
	ck_assert_int_eq(n->cpa_kind, 'E');
	ck_assert_int_eq(n->cpa_until, date_of("2027-01-01"));
	ck_assert_str_eq(n->path->author, "a test");
	ck_assert_int_eq(n->path->source, SOURCE_SECAS);
	ck_assert_int_eq(n->path->stated_on, -1);
	ck_assert_int_eq(n->path->confirmed_on, date_of("2024-05-01"));
	ck_assert_str_eq(n->path->excerpt, "page 4");
	ck_assert_ptr_null(n->path->reference);
	n = graph_node(s->graph, graph_find_entry(s->graph, "cpl", "000003"));
	ck_assert(n->floor && !n->removed && !n->hash && !n->cpa_kind);
	ck_assert_ptr_nonnull(graph_edge(s->graph, graph_in_edges(s->graph, n)[0])->block);
	ck_assert_int_eq(n->cost[0], -1);
}
END_TEST

START_TEST(texts_of_the_list_are_shown_without_the_blanks_around_them)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(snapshot_free) struct snapshot *s = NULL;
	STR(out, 4096);
	struct jw w = jw_start(&out);
	int64_t id[3];
	struct err e;

	first_revision(db, id);
	ck_ok(snapshot_load(db, 0, &s, &e));
	entry_identity_json(s, 0, &w);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"smets\":\"SMETS V2.0\"}"));
}
END_TEST

START_TEST(what_another_process_wrote_is_seen_within_a_second)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL, *other = NULL;
	HANDS(hands);
	int64_t id[3];
	struct err e;

	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	v = catalog_view_new(c);
	other = catalog_view_new(c);
	ck_assert_int_eq(catalog_current(v)->revision, 0);
	first_revision(db, id);
	ck_assert_int_eq(catalog_current(v)->revision, 0);
	atomic_store(&hands.mono, 999);
	ck_assert_int_eq(catalog_current(v)->revision, 0);
	atomic_store(&hands.mono, 1000);
	ck_assert_int_eq(catalog_current(v)->revision, 1);
	ck_assert_int_eq(catalog_current(other)->revision, 1);
	ck_assert_uint_eq(hops(catalog_current(v), "1", "3"), 2);
}
END_TEST

START_TEST(own_writes_are_seen_at_once_and_old_references_stay_good)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL, *slow = NULL;
	const struct snapshot *held;
	HANDS(hands);
	struct change change;
	int64_t id[3];
	struct err e;

	first_revision(db, id);
	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	v = catalog_view_new(c);
	slow = catalog_view_new(c);
	held = catalog_current(slow);
	change = change_begin(db, "2026-03-01");
	remove_entry(&change, id[1], 2);
	change_end(&change);
	ck_ok(catalog_refresh(c, &e));
	ck_assert_uint_eq(hops(catalog_current(v), "1", "3"), 0);
	ck_assert_uint_eq(hops(held, "1", "3"), 2);
	ck_assert_int_eq(catalog_current(slow)->revision, 2);
}
END_TEST

START_TEST(a_file_that_changes_nothing_still_counts_as_looked_at)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL;
	HANDS(hands);
	struct change change = { .db = db };
	int64_t id[3];
	struct err e;

	first_revision(db, id);
	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	v = catalog_view_new(c);
	ck_ok(tx_begin(&change.tx, db, true, &e));
	add_feed(&change, "unchanged", date_of("2026-05-01"), "2.052", "2026-04-30");
	add_feed(&change, "held", date_of("2026-05-02"), "2.053", "2026-05-01");
	change_end(&change);
	ck_ok(catalog_refresh(c, &e));
	ck_assert_int_eq(catalog_current(v)->revision, 1);
	ck_assert_int_eq(catalog_current(v)->cpl.checked_at, date_of("2026-05-01"));
	ck_assert_str_eq(catalog_current(v)->cpl.version, "2.052");
}
END_TEST

START_TEST(the_catalogue_of_any_time_can_be_asked)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL;
	const struct snapshot *s;
	HANDS(hands);
	struct change change;
	int64_t id[3];
	struct err e;

	first_revision(db, id);
	for (int i = 0; i < 12; i++) { /* more than are kept in memory */
		change = change_begin(db, "2026-02-01");
		add_entry(&change, 10 + i);
		add_feed(&change, "applied", date_of("2026-02-01") + i, "2.060", "2026-01-31");
		change_end(&change);
	}
	change = change_begin(db, "2026-03-01");
	remove_entry(&change, id[1], 2);
	change_end(&change);
	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	v = catalog_view_new(c);

	for (int round = 0; round < 3; round++) {
		ck_ok(catalog_as_at(v, date_of("2026-01-15"), &s, &e));
		ck_assert_int_eq(s->revision, 1);
		ck_assert_uint_eq(graph_nodes(s->graph), 3);
		ck_assert_uint_eq(hops(s, "1", "3"), 2);
		ck_assert_str_eq(s->cpl.version, "2.051");
		ck_assert_int_eq(s->cpl.checked_at, date_of("2026-01-01T10:00:00Z"));
		ck_ok(catalog_as_at(v, date_of("2026-02-15"), &s, &e));
		ck_assert_int_eq(s->revision, 13);
		ck_assert_uint_eq(graph_nodes(s->graph), 15);
		ck_assert_str_eq(s->cpl.version, "2.060");
		ck_ok(catalog_as_at(v, date_of("2028-01-01"), &s, &e));
		ck_assert_int_eq(s->revision, 14);
		ck_assert_uint_eq(hops(s, "1", "3"), 0);
	}
	ck_assert_int_eq(catalog_as_at(v, date_of("2026-01-01T09:59:59Z"), &s, &e), ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.msg, "2026-01-01T09:59:59Z"));
	for (int64_t rev = 1; rev <= 14; rev++) { /* each again, through the small cache and back */
		OWN(snapshot_free) struct snapshot *past = NULL;

		ck_ok(snapshot_load(db, rev, &past, &e));
		ck_assert_int_eq(past->revision, rev);
		ck_assert_uint_eq(graph_nodes(past->graph), rev == 1 ? 3 : rev < 14 ? (size_t)rev + 2 : 15);
	}
}
END_TEST

START_TEST(many_past_times_share_a_small_cache)
{
	char dsn[STORE_DSN_MAX], day[32];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL;
	const struct snapshot *s;
	HANDS(hands);
	struct err e;

	for (int i = 0; i < 20; i++) {
		struct change change;

		snprintf(day, sizeof day, "2026-01-%02d", i + 1);
		change = change_begin(db, day);
		add_entry(&change, i + 1);
		change_end(&change);
	}
	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	v = catalog_view_new(c);
	for (int i = 0; i < 200; i++) {
		int n = i * 7 % 20 + 1;

		snprintf(day, sizeof day, "2026-01-%02dT12:00:00Z", n);
		ck_ok(catalog_as_at(v, date_of(day), &s, &e));
		ck_assert_int_eq(s->revision, n);
		ck_assert_uint_eq(graph_nodes(s->graph), (size_t)n);
	}
}
END_TEST

START_TEST(a_store_that_fails_leaves_the_last_snapshot_answering)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	OWN(catalog_view_free) struct catalog_view *v = NULL;
	HANDS(hands);
	int64_t id[3];
	struct err e;

	first_revision(db, id);
	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	v = catalog_view_new(c);
	ck_assert(!catalog_failing(c, &e));
	ck_ok(db->ops->script(db, "ALTER TABLE feed_import RENAME TO lost", &e));
	atomic_store(&hands.mono, 5000);
	ck_assert_uint_eq(hops(catalog_current(v), "1", "3"), 2);
	ck_assert(catalog_failing(c, &e));
	ck_assert_int_ne(catalog_refresh(c, &e), OK);
	ck_assert_uint_eq(hops(catalog_current(v), "1", "3"), 2);
	ck_ok(db->ops->script(db, "ALTER TABLE lost RENAME TO feed_import", &e));
	atomic_store(&hands.mono, 10000);
	ck_assert_int_eq(catalog_current(v)->revision, 1);
	ck_assert(!catalog_failing(c, &e));
}
END_TEST

#define READERS 4
#define CHANGES 25

struct reader {
	struct catalog *catalog;
	struct hands *hands;
	atomic_bool *stop;
	int64_t seen, past;
};

/* Looks up without pause; revisions must never go back, and every snapshot must be whole. */
static void *read_on(void *ctx)
{
	struct reader *r = ctx;
	struct catalog_view *v = catalog_view_new(r->catalog);
	struct path_scratch *scratch = path_scratch_new();
	int64_t last = 0;

	while (!atomic_load(r->stop)) {
		const struct snapshot *s;
		struct answer a;
		struct err e;

		atomic_fetch_add(&r->hands->mono, 100);
		s = catalog_current(v);
		if (s->revision < last || graph_nodes(s->graph) != (size_t)s->revision + 2)
			break;
		last = s->revision;
		if (lookup_ask(s, &(struct ask){ .from = "1", .to = "3" }, 0, scratch, &a, &e) ||
		    a.result != ANSWER_PATH || a.path.nhops != 2)
			break;
		if (catalog_as_at(v, date_of("2026-01-01T12:00:00Z"), &s, &e) || s->revision != 1)
			break;
		r->past++;
	}
	r->seen = atomic_load(r->stop) ? last : -1;
	catalog_view_free(v);
	path_scratch_free(scratch);
	return NULL;
}

START_TEST(threads_see_whole_snapshots_while_the_catalogue_changes)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	OWN(catalog_free) struct catalog *c = NULL;
	struct reader r[READERS];
	pthread_t thread[READERS];
	atomic_bool stop = false;
	HANDS(hands);
	int64_t id[3];
	struct err e;

	first_revision(db, id);
	ck_ok(catalog_new(dsn, &hands_clock, &c, &e));
	for (int i = 0; i < READERS; i++) {
		r[i] = (struct reader){ .catalog = c, .hands = &hands, .stop = &stop };
		ck_assert_int_eq(pthread_create(&thread[i], NULL, read_on, &r[i]), 0);
	}
	for (int i = 0; i < CHANGES; i++) {
		struct change change = change_begin(db, "2026-02-01");

		add_entry(&change, 100 + i);
		change_end(&change);
		ck_ok(catalog_refresh(c, &e));
	}
	atomic_store(&stop, true);
	for (int i = 0; i < READERS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert_int_ge(r[i].seen, 0);
		ck_assert_int_gt(r[i].past, 0);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("catalog");
	TCase *tc = tcase_create("catalog");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, an_empty_store_is_an_empty_catalogue, 0, STORES);
	tcase_add_loop_test(tc, a_snapshot_holds_what_the_store_says, 0, STORES);
	tcase_add_loop_test(tc, texts_of_the_list_are_shown_without_the_blanks_around_them, 0, STORES);
	tcase_add_loop_test(tc, what_another_process_wrote_is_seen_within_a_second, 0, STORES);
	tcase_add_loop_test(tc, own_writes_are_seen_at_once_and_old_references_stay_good, 0, STORES);
	tcase_add_loop_test(tc, a_file_that_changes_nothing_still_counts_as_looked_at, 0, STORES);
	tcase_add_loop_test(tc, the_catalogue_of_any_time_can_be_asked, 0, STORES);
	tcase_add_loop_test(tc, many_past_times_share_a_small_cache, 0, STORES);
	tcase_add_loop_test(tc, a_store_that_fails_leaves_the_last_snapshot_answering, 0, STORES);
	tcase_add_loop_test(tc, threads_see_whole_snapshots_while_the_catalogue_changes, 0, STORES);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
