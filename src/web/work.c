/* SPDX-License-Identifier: Apache-2.0 */
#include "web/work.h"

#include "core/callout.h"
#include "core/service_level.h"
#include "web/edit.h"

static int count_callouts(struct req *rq, int64_t *ret, struct err *e)
{
	struct callout_desk x = { .snap = catalog_current(rq->view), .who = &rq->who, .now = rq->now };

	return req_db(rq, &x.db, e) ? (int)e->code : callout_count_todo(&x, ret, e);
}

static int count_proposals(struct req *rq, int64_t *ret, struct err *e)
{
	struct edit x;

	return req_edit(rq, false, NULL, &x, e) ? (int)e->code : proposal_count_todo(&x, ret, e);
}

static int count_imports(struct req *rq, int64_t *ret, struct err *e)
{
	struct service_level level;
	struct db *db;

	if (!may(&rq->who, ROLES_SECAS))
		return OK; /* who may only look is not waited for */
	if (req_db(rq, &db, e) || service_level_read(db, QUEUE_IMPORTS, rq->now, &level, e))
		return e->code;
	*ret = level.waiting;
	return OK;
}

/* Blocks that one person made and no second one has looked at. */
static int count_blocks(struct req *rq, int64_t *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(list, PROPOSAL_ANSWER_MAX);
	struct edit x;
	int64_t next;

	if (!may(&rq->who, ROLE_APPROVER | ROLE_SSC))
		return OK;
	if (req_edit(rq, false, NULL, &x, e) || block_list_json(&x, "waiting", 0, 1, &list, &next, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	*ret = json_int(json_get(j, "waiting"), 0);
	return OK;
}

/* Statements of the maker's own entries that wait to be confirmed. */
static int count_confirmations(struct req *rq, int64_t *ret, struct err *e)
{
	struct confirmation_filter f = {
		.state = "due", .owner = &rq->who, .after_node = NODE_NONE, .limit = 500
	};
	OWN(json_free) struct json *j = NULL;
	STR(list, PROPOSAL_ANSWER_MAX);
	struct jw w = jw_start(&list);
	uint32_t last;

	jw_obj(&w);
	if (confirmations_json(catalog_current(rq->view), &f, rq->now, &w, &last, e))
		return e->code;
	jw_end(&w);
	if (json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	*ret = (int64_t)json_len(json_get(j, "confirmations"));
	return OK;
}

struct task {
	const char *page; /* the row of web_routes that says who may see it */
	const char *href, *text, *hint;
	int (*count)(struct req *rq, int64_t *ret, struct err *e); /* NULL = nothing waits there */
	unsigned roles; /* for whom it is work; 0 = whoever may see the page */
};

static const struct task tasks[] = {
	{ "/proposals", "/proposals?state=waiting", "Review proposals",
	  "What somebody else proposes, with its checks and its impact.", count_proposals,
	  ROLE_APPROVER | ROLE_SSC },
	{ "/proposals", "/proposals?mine=yes", "Your proposals", "What you proposed, and what became of it.",
	  NULL, ROLES_PROPOSE },
	{ "/proposals/new", "/proposals/new", "Propose a change",
	  "State, correct, confirm or withdraw how an entry may be reached.", NULL, 0 },
	{ "/workspace", "/workspace", "Maker workspace",
	  "Confirmations that are due, call-outs to answer, your contacts.", count_confirmations,
	  ROLE_MANUFACTURER },
	{ "/call-outs", "/call-outs", "Call-outs", "Paths that somebody reported as missing, wrong or stale.",
	  count_callouts, 0 },
	{ "/imports", "/imports", "Import review", "Lists that a gate held, and what was imported.",
	  count_imports, 0 },
	{ "/risk", "/risk", "Risk desk", "Blocks that wait for a second person, and what they touch.",
	  count_blocks, ROLE_SSC | ROLES_SECAS },
	{ "/blocks/new", "/blocks/new", "Block a path at once",
	  "The security lane: one person blocks, a second one confirms within 24 hours.", NULL, 0 },
	{ "/ssc", "/ssc", "SSC register", "Restricted facts of entries.", NULL, 0 },
	{ "/bulk", "/bulk", "Check a list of devices", "The next step for each device of a list.", NULL, 0 },
	{ "/watching", "/watching", "What you watch", "What changed since you looked.", NULL, 0 },
	{ "/webhooks", "/webhooks", "Webhooks", "Programs that are told of changes.", NULL, 0 },
	{ "/campaigns", "/campaigns", "Campaigns", "Devices that walk along their paths.", NULL, 0 },
	{ "/vehicles", "/vehicles", "Vehicles",
	  "Building Blocks, and the console of each Configuration Manager.", NULL, 0 },
	{ "/stations", "/stations", "Charging stations",
	  "What they run, whether they may be updated now, and the story of each.", NULL, 0 },
	{ "/releases", "/releases", "Charger firmware releases", "Drafts, what was verified, approvals.",
	  NULL, 0 },
	{ "/sets", "/sets", "Release sets", "Releases of components that are meant to run together.", NULL,
	  0 },
	{ "/vcs", "/vcs", "Vehicle Configurations", "What arrived, its verify report, what is active where.",
	  NULL, 0 },
	{ "/audit", "/audit", "Audit", "Who did what and when, and whether the chain holds.", NULL, 0 },
	{ "/users", "/users", "People and organisations", "Accounts and their roles.", NULL, 0 },
	{ "/account", "/account", "Your account", "Your roles, sessions and tokens.", NULL, 0 },
};
#define TASKS (sizeof tasks / sizeof *tasks)

static bool is_for(const struct req *rq, const struct task *t)
{
	return page_may(rq, t->page) && (!t->roles || may(&rq->who, t->roles));
}

static void put_task(struct jw *w, const struct task *t, int64_t n)
{
	jw_obj(w);
	jw_kstr(w, "href", t->href);
	jw_kstr(w, "text", t->text);
	jw_kstr(w, "hint", t->hint);
	jw_key(w, "count");
	if (t->count)
		jw_int(w, n);
	else
		jw_null(w);
	jw_kbool(w, "one", n == 1);
	jw_end(w);
}

int work_json(struct page *p, struct err *e)
{
	int64_t n[TASKS] = { 0 }, waiting = 0;
	struct jw *w = &p->w;

	for (size_t i = 0; i < TASKS; i++) {
		if (tasks[i].count && is_for(p->rq, &tasks[i]) && tasks[i].count(p->rq, &n[i], e))
			return e->code;
		waiting += n[i];
	}
	jw_key(w, "work");
	jw_obj(w);
	jw_kint(w, "waiting", waiting);
	jw_key(w, "tasks");
	jw_arr(w);
	for (int empty = 0; empty < 2; empty++)
		for (size_t i = 0; i < TASKS; i++)
			if (is_for(p->rq, &tasks[i]) && (n[i] == 0) == (empty == 1))
				put_task(w, &tasks[i], n[i]);
	jw_arr_end(w);
	jw_end(w);
	return OK;
}
