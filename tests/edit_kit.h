/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue with people who edit it, for tests. */
#ifndef FIRPATH_TESTS_EDIT_KIT_H
#define FIRPATH_TESTS_EDIT_KIT_H

#include "import_kit.h"

#include "base/digest.h"
#include "core/lookup.h"
#include "core/proposal.h"
#include "store/store_ledger.h"
#include "store/store_people.h"
#include "store/store_proposal.h"

/* Entries 1-10, 11-20 and 21-25 are models of manufacturer 1234. */
struct edit_kit {
	char dsn[STORE_DSN_MAX];
	struct db *db;
	int64_t now, cooling;
	struct snapshot *snap; /* the newest; read again when it moved on */
	struct principal editor, editor2, approver, approver2, ssc, auditor, maker, colleague, foreign,
	    supplier;
	char state[32];
	int64_t last; /* the proposal made last */
};

#define EDIT_ITEM(entry, bases) "{\"entry\":\"" entry "\",\"kind\":\"bases\",\"bases\":\"" bases "\"}"

static inline struct principal edit_person(int64_t account, const char *name, unsigned roles, int64_t org,
					   const char *org_name, const char *codes)
{
	struct principal p = principal_nobody();

	p.how = SIGN_IN_SESSION;
	p.roles |= roles;
	p.account_id = account;
	p.org_id = org;
	str_copy(p.name, sizeof p.name, name);
	str_copy(p.org, sizeof p.org, org_name);
	str_copy(p.codes, sizeof p.codes, codes);
	return p;
}

/* The account of a person, as long as it is there: what it may and whether it is disabled. */
static inline void edit_account(struct edit_kit *k, const struct principal *p, bool disabled, unsigned roles)
{
	const char *login = strchr(p->name, ':') + 1;
	struct store_account a = { .id = p->account_id,
				   .login = login,
				   .name = login,
				   .roles = roles,
				   .state = disabled ? "disabled" : "active" };
	struct err e;
	bool added = true;
	TX(tx);

	ck_ok(tx_begin(&tx, k->db, true, &e));
	if (disabled || roles != (p->roles & ~(unsigned)ROLE_PUBLIC))
		ck_ok(store_account_change(k->db, &a, &e));
	else
		ck_ok(store_account_add(k->db, &a, &added, &e));
	ck_assert(added);
	ck_ok(tx_keep(&tx, &e));
}

static inline void edit_kit_open(struct edit_kit *k, int engine)
{
	struct err e;
	OWN(import_report_free) struct import_report *r = NULL;
	STR(text, MIB);

	memset(k, 0, sizeof *k);
	k->db = open_store(fresh_store_dsn(engine, k->dsn));
	k->now = KIT_NOW;
	kit_csv(&text, KIT_VERSION, 25, NULL, 0);
	ck_ok(kit_import(k->db, &text, false, &r, &e));
	k->editor = edit_person(1, "user:ed", ROLE_EDITOR, 1, "SECAS", "");
	k->editor2 = edit_person(2, "user:edna", ROLE_EDITOR, 1, "SECAS", "");
	k->approver = edit_person(3, "user:ann", ROLE_APPROVER, 1, "SECAS", "");
	k->approver2 = edit_person(4, "user:abe", ROLE_APPROVER | ROLE_EDITOR, 1, "SECAS", "");
	k->ssc = edit_person(5, "user:sue", ROLE_SSC, 2, "SSC", "");
	k->auditor = edit_person(6, "user:aud", ROLE_AUDITOR, 0, "", "");
	k->maker = edit_person(7, "user:max", ROLE_MANUFACTURER, 3, "Maker", "1234 5678");
	k->colleague = edit_person(8, "user:mia", ROLE_MANUFACTURER, 3, "Maker", "1234 5678");
	k->foreign = edit_person(9, "user:fay", ROLE_MANUFACTURER, 4, "Other", "9999");
	k->supplier = edit_person(10, "user:sam", ROLE_SUPPLIER, 5, "Supplier", "");
	{
		const struct principal *const all[] = { /* in the order of their numbers */
							&k->editor,  &k->editor2, &k->approver, &k->approver2,
							&k->ssc,     &k->auditor, &k->maker,    &k->colleague,
							&k->foreign, &k->supplier
		};

		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			edit_account(k, all[i], false, all[i]->roles & ~(unsigned)ROLE_PUBLIC);
	}
}

static inline void edit_kit_done(struct edit_kit *k)
{
	snapshot_free(k->snap);
	if (k->db)
		db_close(k->db);
}
DEFINE_OWN_VAL(struct edit_kit, edit_kit_done)

static inline int64_t edit_head(struct edit_kit *k)
{
	struct err e;
	int64_t rev;

	ck_ok(ledger_head(k->db, &rev, &e));
	return rev;
}

static inline const struct snapshot *edit_snap(struct edit_kit *k)
{
	struct err e;

	if (k->snap && k->snap->revision == edit_head(k))
		return k->snap;
	snapshot_free(k->snap);
	k->snap = NULL;
	ck_ok(snapshot_load(k->db, 0, &k->snap, &e));
	return k->snap;
}

static inline struct edit edit_as(struct edit_kit *k, const struct principal *who)
{
	return (struct edit){
		.db = k->db, .snap = edit_snap(k), .who = who, .now = k->now, .cooling_ms = k->cooling
	};
}

static inline int64_t edit_add(struct edit_kit *k, const struct principal *who, const char *body)
{
	struct edit x = edit_as(k, who);
	struct err e;
	int64_t id = 0;

	ck_ok(proposal_add(&x, body, strlen(body), &id, &e));
	return id;
}

static inline void edit_body(const char *items, struct str *out)
{
	str_addf(out, "{\"title\":\"A change\",\"reason\":\"Because\",\"items\":[%s]}", items);
}

static inline int edit_try(struct edit_kit *k, const struct principal *who, const char *items, struct err *e)
{
	struct edit x = edit_as(k, who);
	STR(body, MIB);

	edit_body(items, &body);
	return proposal_add(&x, str_c(&body), body.len, &k->last, e);
}

static inline int64_t edit_propose(struct edit_kit *k, const struct principal *who, const char *items)
{
	STR(body, MIB);

	edit_body(items, &body);
	return edit_add(k, who, str_c(&body));
}

static inline int edit_change(struct edit_kit *k, const struct principal *who, int64_t id, const char *items,
			      struct err *e)
{
	struct edit x = edit_as(k, who);
	STR(body, MIB);

	edit_body(items, &body);
	return proposal_change(&x, id, 0, str_c(&body), body.len, e);
}

static inline struct store_proposal edit_row(struct edit_kit *k, int64_t id, struct arena *a)
{
	struct store_proposal p;
	struct err e;
	bool got;

	ck_ok(store_proposal_get(k->db, id, a, &p, &got, &e));
	ck_assert(got);
	return p;
}

static inline void edit_hash(struct edit_kit *k, int64_t id, char hash[SHA256_HEX])
{
	OWN(arena_free) struct arena *a = arena_new();

	str_copy(hash, SHA256_HEX, edit_row(k, id, a).hash);
}

static inline const char *edit_state(struct edit_kit *k, int64_t id)
{
	OWN(arena_free) struct arena *a = arena_new();

	str_copy(k->state, sizeof k->state, edit_row(k, id, a).state);
	return k->state;
}

/* hash NULL: that of what stands now. */
static inline int edit_approve(struct edit_kit *k, const struct principal *who, int64_t id, const char *hash,
			       int64_t *ret_revision, struct err *e)
{
	struct edit x = edit_as(k, who);
	char now[SHA256_HEX];

	edit_hash(k, id, now);
	return proposal_approve(&x, id, 0, hash ? hash : now, "looked at", ret_revision, e);
}

/* Proposed by an editor, approved by an approver. */
static inline int64_t edit_publish(struct edit_kit *k, const char *items)
{
	int64_t id = edit_propose(k, &k->editor, items), rev = 0;
	struct err e;

	ck_ok(edit_approve(k, &k->approver, id, NULL, &rev, &e));
	ck_assert_int_eq(rev, edit_head(k));
	return id;
}

static inline void edit_json(struct edit_kit *k, const struct principal *who, int64_t id, struct str *out)
{
	struct edit x = edit_as(k, who);
	struct err e;

	ck_ok(proposal_json(&x, id, out, &e));
}

static inline void edit_impact(struct edit_kit *k, const struct principal *who, int64_t id, struct str *out)
{
	struct edit x = edit_as(k, who);
	struct err e;

	ck_ok(proposal_impact_json(&x, id, out, &e));
}

static inline uint32_t edit_node(const struct snapshot *s, int n)
{
	char id[16];

	snprintf(id, sizeof id, "%06d", n);
	return graph_find_entry(s->graph, "cpl", id);
}

static inline bool edit_has(struct edit_kit *k, int from, int to)
{
	const struct snapshot *s = edit_snap(k);

	return graph_find_edge(s->graph, edit_node(s, from), edit_node(s, to)) != NODE_NONE;
}

/* Is there the edge, and does no block stand on it? */
static inline bool edit_open_edge(struct edit_kit *k, int from, int to)
{
	const struct snapshot *s = edit_snap(k);
	uint32_t i = graph_find_edge(s->graph, edit_node(s, from), edit_node(s, to));

	return i != NODE_NONE && !graph_edge(s->graph, i)->block &&
	       !graph_node(s->graph, edit_node(s, to))->block;
}

static inline bool edit_has_at(struct edit_kit *k, int64_t revision, int from, int to)
{
	OWN(snapshot_free) struct snapshot *s = NULL;
	struct err e;

	ck_ok(snapshot_load(k->db, revision, &s, &e));
	return graph_find_edge(s->graph, edit_node(s, from), edit_node(s, to)) != NODE_NONE;
}

static inline void edit_entry_json(struct edit_kit *k, int n, struct str *out)
{
	const struct snapshot *s = edit_snap(k);
	struct jw w = jw_start(out);

	entry_json(s, edit_node(s, n), k->now, &w);
}

static inline bool edit_audit_has(struct edit_kit *k, const char *text)
{
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got, has = false;

	ck_ok(db_run(k->db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(100000)), &r, &e));
	while (!rows_next(r, &got, &e) && got)
		for (int c = 2; c <= 7; c++)
			has = has || (rows_text(r, c) && strstr(rows_text(r, c), text));
	return has;
}

static inline int64_t edit_count(struct edit_kit *k)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct store_proposal p;
	struct err e;
	int64_t n = 0;
	bool got = true;

	while (got) {
		ck_ok(store_proposal_get(k->db, n + 1, a, &p, &got, &e));
		n += got;
	}
	return n;
}

#endif
