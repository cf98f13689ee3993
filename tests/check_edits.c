/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits under load and chance: impact against an independent comparison, random edits by random people (T06),
 * two at once, the security lane. Both engines. FIRPATH_EDITS=N: so many random edits.
 */
#include "edit_kit.h"

#include <inttypes.h>
#include <pthread.h>

#include "base/json.h"
#include "base/rnd.h"
#include "model/lint.h"

static struct err e;

/* ---- impact ---- */

/* A random item for entry n of the first model (1-10). */
static void random_item(struct rnd *r, int n, struct str *out)
{
	static const char *const kinds[] = { "bases", "bases", "bases", "any", "none", "block", "block" };
	const char *kind = kinds[rnd_below(r, 7)];

	str_addf(out, "{\"entry\":\"%06d\",\"kind\":\"%s\"", n, kind);
	if (!strcmp(kind, "bases") || (!strcmp(kind, "block") && rnd_below(r, 2))) {
		unsigned set = 1 + (unsigned)rnd_below(r, 1023);
		const char *comma = "";

		set &= ~(1U << (n - 1));
		if (!set)
			set = n == 1 ? 2 : 1;
		str_add(out, ",\"bases\":[");
		for (int b = 1; b <= 10; b++)
			if (set >> (b - 1) & 1) {
				str_addf(out, "%s\"%06d\"", comma, b);
				comma = ",";
			}
		str_add(out, "]");
	}
	str_add(out, "}");
}

struct seen {
	int64_t change[5], total, stranded, unstranded;
};
static const char *const change_names[] = { "appears", "vanishes", "longer", "shorter", "changes" };

static bool ask(const struct snapshot *s, struct path_scratch *scratch, int from, int to, int64_t at,
		struct path *ret, uint32_t hops[16])
{
	struct path_question q = { .from = edit_node(s, from), .to = edit_node(s, to), .at = at };

	path_find(s->graph, &q, scratch, ret);
	for (uint32_t i = 0; ret->result == PATH_FOUND && i < ret->nhops; i++)
		hops[i] = (uint32_t)strtoul(graph_node(s->graph, ret->nodes[i])->public_id, NULL, 10);
	return ret->result == PATH_FOUND;
}

static int newest_allowed(const struct snapshot *s, int64_t at)
{
	for (int n = 10; n >= 1; n--)
		if (path_may_be_target(graph_node(s->graph, edit_node(s, n)), at))
			return n;
	return 0;
}

/* By the public question alone, over two whole snapshots. */
static struct seen compare(const struct snapshot *a, const struct snapshot *b, int64_t at)
{
	OWN(path_scratch_free) struct path_scratch *sa = path_scratch_new(), *sb = path_scratch_new();
	struct seen seen = { .total = 0 };
	uint32_t ha[16], hb[16];
	struct path pa, pb;

	for (int from = 1; from <= 10; from++) {
		int na = newest_allowed(a, at), nb = newest_allowed(b, at);
		bool ra = na && (na == from || ask(a, sa, from, na, at, &pa, ha));
		bool rb = nb && (nb == from || ask(b, sb, from, nb, at, &pb, hb));

		seen.stranded += ra && !rb;
		seen.unstranded += !ra && rb;
		for (int to = 1; to <= 10; to++) {
			bool was, is;
			int k = -1;

			if (to == from)
				continue;
			was = ask(a, sa, from, to, at, &pa, ha);
			is = ask(b, sb, from, to, at, &pb, hb);
			if (!was && is)
				k = 0;
			else if (was && !is)
				k = 1;
			else if (was && is && pa.nhops != pb.nhops)
				k = pa.nhops < pb.nhops ? 2 : 3;
			else if (was && is && memcmp(ha, hb, pa.nhops * sizeof *ha) != 0)
				k = 4;
			if (k >= 0) {
				seen.change[k]++;
				seen.total++;
			}
		}
	}
	return seen;
}

static int64_t number(const struct json *j, const char *a, const char *b)
{
	return json_int(json_get(json_get(j, a), b), -1);
}

START_TEST(the_impact_is_what_an_independent_comparison_finds_after_it_was_done)
{
	OWN(edit_kit_done) struct edit_kit k;
	struct rnd r;
	int done = 0;

	r = rnd_seeded(4711 + (uint64_t)_i);
	edit_kit_open(&k, _i);
	for (int round = 0; round < (_i == STORE_SQLITE ? 80 : 25); round++) {
		OWN(snapshot_free) struct snapshot *before = NULL;
		OWN(json_free) struct json *j = NULL;
		STR(items, MIB);
		STR(told, MIB);
		struct seen want;
		int64_t id, rev = 0;
		unsigned n = 1 + (unsigned)rnd_below(&r, 3), first = 1 + (unsigned)rnd_below(&r, 8);

		for (unsigned i = 0; i < n; i++) {
			str_add(&items, i ? "," : "");
			random_item(&r, (int)(first + i), &items);
		}
		if (edit_try(&k, &k.editor, str_c(&items), &e)) {
			ck_assert_msg(e.code == ERR_INVALID || e.code == ERR_LINT, "%s", e.msg);
			continue;
		}
		id = k.last;
		ck_ok(snapshot_load(k.db, 0, &before, &e));
		edit_impact(&k, &k.approver, id, &told);
		ck_ok(json_parse(str_c(&told), told.len, &j, &e));
		ck_ok(edit_approve(&k, &k.approver, id, NULL, &rev, &e));
		want = compare(before, edit_snap(&k), k.now);
		for (int c = 0; c < 5; c++)
			ck_assert_msg(number(j, "pairs", change_names[c]) == want.change[c],
				      "round %d %s: told %" PRId64 ", found %" PRId64 "\n%s", round,
				      change_names[c], number(j, "pairs", change_names[c]), want.change[c],
				      str_c(&items));
		ck_assert_int_eq(number(j, "pairs", "total"), want.total);
		ck_assert_int_eq(number(j, "stranded", "total"), want.stranded);
		ck_assert_int_eq(number(j, "unstranded", "total"), want.unstranded);
		done++;
	}
	ck_assert_int_ge(done, _i == STORE_SQLITE ? 30 : 10);
}
END_TEST

/* ---- T06 ---- */

#define OPEN_MAX 400
struct shadow {
	unsigned path[26]; /* entry -> set of bases 1-10 (bit 0 = entry 1), 0 = no statement */
	unsigned blocks;   /* entries that are blocked whole */
	struct {
		int64_t id;
		const struct principal *author;
		int entry;
		unsigned set; /* 0 = withdraw */
	} open[OPEN_MAX];
	int nopen;
};

static void lint_errors(const struct lint_finding *f, void *ctx)
{
	*(int *)ctx += !strcmp(lint_infos[f->kind].level, "error");
}

/* What can be read is exactly what was approved by somebody else, and no invariant is broken. */
static void look(struct edit_kit *k, const struct shadow *s)
{
	const struct snapshot *snap = edit_snap(k);
	int errors = 0;

	for (int to = 1; to <= 25; to++)
		for (int from = 1; from <= 25; from++) {
			bool want = from <= 10 && s->path[to] >> (from - 1) & 1;

			ck_assert_msg(edit_has(k, from, to) == want, "edge %d -> %d: %s", from, to,
				      want ? "is missing" : "nobody approved it");
		}
	for (int n = 1; n <= 25; n++)
		ck_assert((graph_node(snap->graph, edit_node(snap, n))->block != NULL) ==
			  (s->blocks >> n & 1));
	lint_graph(snap->graph, k->now, lint_errors, &errors);
	ck_assert_int_eq(errors, 0);
}

static void propose_random(struct edit_kit *k, struct shadow *s, struct rnd *r, const struct principal *who)
{
	int entry = 1 + (int)rnd_below(r, 12); /* of two models: bases of 11 and 12 would cross models */
	unsigned set = (unsigned)rnd_below(r, 1024);
	const char *comma = "";
	STR(item, 4 * KIB);
	int rc;

	if (set && rnd_below(r, 6)) {
		str_addf(&item, "{\"entry\":\"%06d\",\"kind\":\"bases\",\"bases\":[", entry);
		for (int b = 1; b <= 10; b++)
			if (set >> (b - 1) & 1) {
				str_addf(&item, "%s\"%06d\"", comma, b);
				comma = ",";
			}
		str_add(&item, "]}");
	} else {
		set = 0;
		str_addf(&item, "{\"op\":\"withdraw\",\"entry\":\"%06d\"}", entry);
	}
	rc = edit_try(k, who, str_c(&item), &e);
	if (set && (entry > 10 || set >> (entry - 1) & 1))
		ck_assert_int_ne(rc, OK); /* another model, or itself */
	if (!set && !s->path[entry])
		ck_assert_int_ne(rc, OK);
	if (who == &k->supplier || who == &k->foreign || who == &k->auditor || who == &k->ssc ||
	    who == &k->approver)
		ck_assert_int_eq(rc, rc == ERR_IMPORT ? ERR_IMPORT : ERR_DENIED);
	if (rc || s->nopen == OPEN_MAX)
		return;
	s->open[s->nopen].id = k->last;
	s->open[s->nopen].author = who;
	s->open[s->nopen].entry = entry;
	s->open[s->nopen++].set = set;
}

static void decide_random(struct edit_kit *k, struct shadow *s, struct rnd *r, const struct principal *who)
{
	int i = (int)rnd_below(r, (uint64_t)s->nopen);
	bool right = !rnd_below(r, 4) ? false : true; /* the right hash? */
	int64_t rev = 0;
	int rc = edit_approve(k, who, s->open[i].id, right ? NULL : "ABCD", &rev, &e);

	if (!rc) {
		ck_assert(right && rev);
		ck_assert(who->roles & ROLE_APPROVER);
		ck_assert_int_ne(who->account_id, s->open[i].author->account_id);
		s->path[s->open[i].entry] = s->open[i].set;
	}
	if (!rc || !rnd_below(r, 3)) {
		if (rc) {
			struct edit x = edit_as(k, s->open[i].author);

			(void)!proposal_end(&x, s->open[i].id, 0, PROPOSAL_END_WITHDRAW, "enough", &e);
		}
		s->open[i] = s->open[--s->nopen];
	}
}

static void block_random(struct edit_kit *k, struct shadow *s, struct rnd *r, const struct principal *who)
{
	struct edit x = edit_as(k, who);
	int entry = 1 + (int)rnd_below(r, 10);
	int64_t id = 0, rev;
	char body[200];
	int rc;

	snprintf(body, sizeof body, "{\"entry\":\"%06d\",\"message\":\"m\",\"reason\":\"r\"}", entry);
	rc = block_add(&x, body, strlen(body), &id, &rev, &e);
	if (!rc) {
		ck_assert(who->roles & (ROLE_EDITOR | ROLE_APPROVER | ROLE_SSC));
		s->blocks |= 1U << entry;
		x = edit_as(k, &k->editor2); /* may lift its own only */
		rc = block_decide(&x, id, false, "lift", &rev, &e);
		ck_assert(!rc == (who == &k->editor2));
		x = edit_as(k, who == &k->ssc ? &k->approver : &k->ssc);
		if (rc && rnd_below(r, 2))
			ck_ok(block_decide(&x, id, false, "lift", &rev, &e));
		else if (rc)
			return;
		s->blocks &= ~(1U << entry);
	}
}

START_TEST(t06_random_edits_by_random_people_never_show_what_nobody_else_approved)
{
	OWN(edit_kit_done) struct edit_kit k;
	const struct principal *const people[] = { &k.editor,  &k.editor2, &k.approver, &k.approver2,
						   &k.ssc,     &k.auditor, &k.maker,    &k.colleague,
						   &k.foreign, &k.supplier };
	const char *env = getenv("FIRPATH_EDITS");
	int64_t edits = env ? strtoll(env, NULL, 10) : _i == STORE_SQLITE ? 2000 : 400, looked = 0;
	struct shadow *s = mem_zalloc(sizeof *s);
	struct rnd r;

	r = rnd_seeded(6 + (uint64_t)_i);
	edit_kit_open(&k, _i);
	for (int64_t n = 0; n < edits; n++) {
		const struct principal *who = people[rnd_below(&r, 10)];
		int64_t head = edit_head(&k);

		if (!s->nopen || rnd_below(&r, 5) < 3)
			propose_random(&k, s, &r, who);
		else if (rnd_below(&r, 20))
			decide_random(&k, s, &r, who);
		else
			block_random(&k, s, &r, who);
		if (edit_head(&k) != head || n % 100 == 0) {
			look(&k, s);
			looked++;
		}
	}
	ck_assert_int_gt(looked, edits / 25);
	free(s);
}
END_TEST

/* ---- two at once ---- */

struct racer {
	struct edit_kit *k;
	const struct principal *who;
	int64_t id;
	char hash[SHA256_HEX];
	bool change; /* changes it instead of approving it */
	int rc;
	int64_t rev;
	pthread_barrier_t *go;
};

static void *race(void *arg)
{
	struct racer *a = arg;
	struct err err;
	OWN(db_close) struct db *db = open_store(a->k->dsn);
	OWN(snapshot_free) struct snapshot *snap = NULL;
	struct edit x = { .db = db, .who = a->who, .now = a->k->now };
	static const char body[] =
	    "{\"title\":\"t\",\"reason\":\"r\",\"items\":[{\"entry\":\"000004\",\"kind\":"
	    "\"bases\",\"bases\":\"000001\"}]}";

	if (snapshot_load(db, 0, &snap, &err))
		return NULL;
	x.snap = snap;
	pthread_barrier_wait(a->go);
	a->rc = a->change ? proposal_change(&x, a->id, 1, body, strlen(body), &err)
			  : proposal_approve(&x, a->id, 0, a->hash, "", &a->rev, &err);
	return NULL;
}

static void run_race(struct racer a[2])
{
	pthread_barrier_t go;
	pthread_t t[2];

	pthread_barrier_init(&go, NULL, 2);
	for (int i = 0; i < 2; i++) {
		a[i].go = &go;
		a[i].rc = -1;
		ck_assert_int_eq(pthread_create(&t[i], NULL, race, &a[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	pthread_barrier_destroy(&go);
}

START_TEST(of_two_approvals_at_once_one_counts)
{
	OWN(edit_kit_done) struct edit_kit k;

	edit_kit_open(&k, _i);
	for (int n = 0; n < 12; n++) {
		char item[120];
		int64_t head = edit_head(&k), id;
		struct racer a[2] = { { .k = &k, .who = &k.approver }, { .k = &k, .who = &k.approver2 } };

		snprintf(item, sizeof item, "{\"entry\":\"000004\",\"kind\":\"bases\",\"bases\":\"%06d\"}",
			 n % 3 + 1);
		id = edit_propose(&k, &k.editor, item);
		for (int i = 0; i < 2; i++) {
			a[i].id = id;
			edit_hash(&k, id, a[i].hash);
		}
		run_race(a);
		ck_assert_msg((a[0].rc == OK) + (a[1].rc == OK) == 1, "%d %d", a[0].rc, a[1].rc);
		ck_assert_int_eq(edit_head(&k), head + 1);
		ck_assert_str_eq(edit_state(&k, id), "published");
	}
}
END_TEST

START_TEST(an_edit_and_an_approval_at_once_never_publish_what_was_not_looked_at)
{
	OWN(edit_kit_done) struct edit_kit k;
	int published = 0;

	edit_kit_open(&k, _i);
	for (int n = 0; n < 12; n++) {
		char item[160];
		int64_t id;
		struct racer a[2] = { { .k = &k, .who = &k.approver },
				      { .k = &k, .who = &k.editor, .change = true } };

		snprintf(item, sizeof item,
			 "{\"entry\":\"000004\",\"kind\":\"bases\",\"bases\":\"000002\",\"excerpt\":\"%d\"}",
			 n);
		id = a[0].id = a[1].id = edit_propose(&k, &k.editor, item);
		edit_hash(&k, id, a[0].hash);
		run_race(a);
		if (a[0].rc == OK) {
			char now[SHA256_HEX];

			edit_hash(&k, id, now);
			ck_assert_str_eq(now, a[0].hash);
			ck_assert(a[1].rc != OK);
			ck_assert(!edit_has(&k, 1, 4));
			published++;
		} else {
			struct edit x = edit_as(&k, &k.editor);

			ck_assert_str_ne(edit_state(&k, id), "published");
			ck_ok(proposal_end(&x, id, 0, PROPOSAL_END_WITHDRAW, "next", &e));
		}
		ck_assert_msg(a[0].rc == OK || a[0].rc == ERR_OTHER_CONTENT || a[0].rc == ERR_BUSY, "%d",
			      a[0].rc);
	}
	printf("%d of 12 approvals were first\n", published);
}
END_TEST

/* ---- the security lane ---- */

START_TEST(a_block_stands_at_once_and_a_second_person_ratifies_or_lifts_it)
{
	OWN(edit_kit_done) struct edit_kit k;
	static const char body[] =
	    "{\"entry\":\"000003\",\"bases\":[\"000001\"],\"name\":\"N\",\"message\":\"M\","
	    "\"link\":\"https://x/1\",\"protects\":\"P\",\"reason\":\"R\"}";
	int64_t id, rev, next;
	STR(out, MIB);
	struct edit x;

	edit_kit_open(&k, _i);
	edit_publish(&k, EDIT_ITEM("000003", "000001 000002"));
	x = edit_as(&k, &k.supplier);
	ck_refused(block_add(&x, body, strlen(body), &id, &rev, &e), ERR_DENIED, "ssc");
	x = edit_as(&k, &k.ssc);
	ck_ok(block_add(&x, body, strlen(body), &id, &rev, &e));
	ck_assert(!edit_open_edge(&k, 1, 3) && edit_open_edge(&k, 2, 3));
	x = edit_as(&k, &k.approver);
	ck_refused(block_add(&x, body, strlen(body), &id, &rev, &e), ERR_CONFLICT, "already");
	x = edit_as(&k, &k.ssc);
	ck_ok(block_json(&x, id, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"seconds_left\":86400,\"overdue\":false"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"may\":[\"lift\"]"));
	ck_refused(block_decide(&x, id, true, "mine", &rev, &e), ERR_SECOND_PERSON, "somebody else");
	x = edit_as(&k, &k.editor);
	ck_refused(block_decide(&x, id, true, "yes", &rev, &e), ERR_DENIED, "approver or ssc");
	/* Late: it stays in force, and that is told once. */
	k.now += BLOCK_SECOND_MS;
	ck_ok(blocks_overdue(k.db, k.now - 1, &next, &e));
	ck_assert(!edit_audit_has(&k, "block-overdue"));
	ck_assert_int_eq(next, k.now);
	ck_ok(blocks_overdue(k.db, k.now, &next, &e));
	ck_assert(edit_audit_has(&k, "block-overdue"));
	ck_assert_int_eq(next, INT64_MAX);
	ck_assert(!edit_open_edge(&k, 1, 3));
	str_clear(&out);
	x = edit_as(&k, &k.auditor);
	ck_ok(block_list_json(&x, NULL, 0, 10, &out, &next, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"waiting\":1,\"overdue\":1"));
	x = edit_as(&k, &k.approver);
	ck_ok(block_decide(&x, id, true, "seen", &rev, &e));
	ck_refused(block_decide(&x, id, false, "no", &rev, &e), ERR_PROPOSAL_STATE, "ratified");
	/* What is ratified goes by a proposal. */
	edit_publish(&k,
		     "{\"op\":\"withdraw\",\"entry\":\"000003\",\"kind\":\"block\",\"bases\":\"000001\"}");
	ck_assert(edit_open_edge(&k, 1, 3));
	x = edit_as(&k, &k.ssc);
	ck_ok(block_add(&x, body, strlen(body), &id, &rev, &e));
	x = edit_as(&k, &k.approver);
	ck_ok(block_decide(&x, id, false, "wrong model", &rev, &e));
	ck_assert_int_eq(rev, edit_head(&k));
	ck_assert(edit_open_edge(&k, 1, 3));
}
END_TEST

/* ---- excerpts and contacts ---- */

START_TEST(excerpts_and_contacts_go_the_same_way)
{
	OWN(edit_kit_done) struct edit_kit k;
	STR(out, MIB);
	int64_t id;

	edit_kit_open(&k, _i);
	id = edit_propose(
	    &k, &k.maker,
	    "{\"kind\":\"excerpt\",\"entry\":\"3\",\"text\":\"From 2 only.\",\"document\":\"RN 3\","
	    "\"owner\":\"Maker\"},{\"kind\":\"contact\",\"manufacturer\":\"1234\","
	    "\"name\":\"Firmware desk\",\"email\":\"firmware@example.com\"}");
	edit_json(&k, &k.maker, id, &out);
	ck_assert_ptr_nonnull(
	    strstr(str_c(&out), "{\"op\":\"state\",\"kind\":\"excerpt\",\"entry\":\"000003\""));
	edit_impact(&k, &k.approver, id, &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"dossier\":["));
	ck_ok(edit_approve(&k, &k.approver, id, NULL, &(int64_t){ 0 }, &e));
	ck_assert(edit_audit_has(&k, "Firmware desk"));
	str_clear(&out);
	edit_entry_json(&k, 3, &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "From 2 only."));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "firmware@example.com"));
	ck_refused(edit_try(&k, &k.foreign,
			    "{\"kind\":\"contact\",\"manufacturer\":\"1234\",\"name\":\"x\",\"phone\":\"1\"}",
			    &e),
		   ERR_DENIED, "1234");
	ck_refused(edit_try(&k, &k.maker, "{\"kind\":\"excerpt\",\"entry\":\"3\",\"document\":\"RN 3\"}", &e),
		   ERR_IMPORT, "text");
	ck_refused(edit_try(&k, &k.maker, "{\"kind\":\"excerpt\",\"entry\":\"3\",\"colour\":\"red\"}", &e),
		   ERR_IMPORT, "colour");
	id = edit_propose(
	    &k, &k.maker,
	    "{\"op\":\"withdraw\",\"kind\":\"excerpt\",\"entry\":\"000003\",\"document\":\"RN 3\"}");
	ck_ok(edit_approve(&k, &k.approver, id, NULL, &(int64_t){ 0 }, &e));
	str_clear(&out);
	edit_entry_json(&k, 3, &out);
	ck_assert_ptr_null(strstr(str_c(&out), "From 2 only."));
}
END_TEST

/* ---- rules ---- */

START_TEST(a_rule_is_shown_as_statements_and_proposed_as_such)
{
	OWN(edit_kit_done) struct edit_kit k;
	static const char text[] = "{\"rule\":\"below 000004 go via 000002\",\"entry\":\"4\"}";
	STR(out, MIB);
	struct edit x;

	edit_kit_open(&k, _i);
	edit_publish(&k, "{\"entry\":\"000005\",\"kind\":\"any\"}");
	x = edit_as(&k, &k.supplier);
	ck_ok(whatif_rule_json(&x, text, strlen(text), &out, &e));
	ck_assert_msg(strstr(str_c(&out),
			     "\"items\":[{\"bases\":[\"000001\"],\"entry\":\"000002\",\"kind\":\"bases\"},"
			     "{\"bases\":[\"000002\"],\"entry\":\"000004\",\"kind\":\"bases\"},"
			     "{\"bases\":[\"000002\",\"000003\",\"000004\"],\"entry\":\"000005\","
			     "\"kind\":\"bases\"}]") != NULL,
		      "%s", str_c(&out));
	edit_publish(
	    &k, "{\"rule\":\"below 000004 go via 000002\",\"entry\":\"4\",\"reference\":\"https://x/9\"}");
	ck_assert(edit_has(&k, 1, 2) && edit_has(&k, 2, 4) && !edit_has(&k, 1, 5) && edit_has(&k, 2, 5));
	ck_refused(edit_try(&k, &k.editor, "{\"rule\":\"below 000004 go viaa 2\",\"entry\":\"4\"}", &e),
		   ERR_RULE, "viaa");
}
END_TEST

int main(void)
{
	const TTest *all[] = { the_impact_is_what_an_independent_comparison_finds_after_it_was_done,
			       t06_random_edits_by_random_people_never_show_what_nobody_else_approved,
			       of_two_approvals_at_once_one_counts,
			       an_edit_and_an_approval_at_once_never_publish_what_was_not_looked_at,
			       a_block_stands_at_once_and_a_second_person_ratifies_or_lifts_it,
			       excerpts_and_contacts_go_the_same_way,
			       a_rule_is_shown_as_statements_and_proposed_as_such };

	return STORES_RUN("edits", all, 3600);
}
