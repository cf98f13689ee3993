/* SPDX-License-Identifier: Apache-2.0 */
/* What changes call-outs: each call is one transaction with its audit row. */
#include "core/callout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/callout_row.h"
#include "core/setting.h"
#include "model/ident.h"
#include "store/store_ledger.h"

#define STATE_WITH_MANUFACTURER "with-manufacturer"
#define ESCALATE_AT_ONCE 100 /* audit rows per transaction of the clerk */

static int wrong(struct err *e, const char *field, const char *what)
{
	err_set(e, ERR_INVALID, "%s", what);
	return err_at(e, field, 0, 0);
}

/* Text of people: up to CALLOUT_TEXT_MAX characters, lines permitted. */
static int check_text(const char *text, bool needed, struct err *e)
{
	size_t n = 0;

	if (!text || !text[strspn(text, " \t\n")])
		return needed ? wrong(e, "text", "say in a sentence or two what it is about") : OK;
	if (!parse_utf8_ok(text, strlen(text)))
		return wrong(e, "text", "the text must be UTF-8");
	for (const char *s = text; *s; s++) {
		if (((unsigned char)*s < ' ' && *s != '\n' && *s != '\t') || *s == 0x7f)
			return wrong(e, "text", "the text must not have control characters");
		n += ((unsigned char)*s & 0xC0) != 0x80;
	}
	if (n > CALLOUT_TEXT_MAX) {
		err_set(e, ERR_INVALID, "the text has %zu characters; at most %d are taken", n,
			CALLOUT_TEXT_MAX);
		return err_at(e, "text", 0, 0);
	}
	return OK;
}

static int find_node(const struct snapshot *s, const char *text, const char *field, uint32_t *ret,
		     struct err *e)
{
	struct ident id;

	if (ident_parse(text, false, &id, e))
		return err_at(e, field, 0, 0);
	if (id.kind != IDENT_ENTRY)
		return wrong(e, field, "name the entry by its Entry ID; the search finds it");
	*ret = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (*ret != NODE_NONE)
		return OK;
	err_set(e, ERR_NOT_FOUND, "there is no entry '%.64s'", text);
	return err_at(e, field, 0, 0);
}

static int word_of(const char *word, const char *const *list, const char *field, const char *what,
		   struct err *e)
{
	for (int i = 0; word && list[i]; i++)
		if (!strcmp(word, list[i]))
			return OK;
	return wrong(e, field, what);
}

static int audit_callout(struct db *db, const struct callout_desk *x, const char *action, int64_t id,
			 const char *before, const char *after, int64_t revision, struct err *e)
{
	struct actor who = { x->who->name, "", x->now };
	char subject[40];

	snprintf(subject, sizeof subject, "callout/%" PRId64, id);
	return audit_add(db, &who, action, subject, before, after, revision, NULL, e);
}

/* ---- raising ---- */

static int check_new(const struct callout_desk *x, const struct callout_new *in, uint32_t *ret_node,
		     uint32_t *ret_from, struct err *e)
{
	const struct graph *g = x->snap->graph;

	*ret_from = NODE_NONE;
	if (word_of(in->kind, callout_kind_text, "kind",
		    "say what is wrong with the path: missing, wrong, stale or unobtainable", e))
		return (int)e->code;
	if (!in->entry || !*in->entry)
		return wrong(e, "entry", "name the entry whose path it is about");
	if (find_node(x->snap, in->entry, "entry", ret_node, e) ||
	    (in->from && *in->from && find_node(x->snap, in->from, "from", ret_from, e)))
		return (int)e->code;
	if (*ret_from == *ret_node)
		return wrong(e, "from", "start and target are the same entry");
	if (*ret_from != NODE_NONE && graph_node(g, *ret_from)->model != graph_node(g, *ret_node)->model)
		return wrong(e, "from",
			     "start and target are different hardware: no firmware crosses models");
	return check_text(in->text, true, e);
}

static int check_few(const struct callout_desk *x, const struct callout_new *in, int64_t entry, int64_t from,
		     struct err *e)
{
	int64_t n;
	bool got;

	if (db_one(x->db, SQL_CALLOUT_SAME,
		   ARGS(VINT(entry), VINT(x->who->account_id), VTEXT(in->kind), VINT(from)), &got, &n, e))
		return e->code;
	if (got)
		return err_set(e, ERR_CONFLICT, "you have reported this already: call-out %" PRId64 " waits",
			       n);
	if (db_one(x->db, SQL_CALLOUT_OPEN_COUNT, ARGS(VINT(x->who->account_id)), &got, &n, e))
		return e->code;
	if (n >= CALLOUT_OPEN_MAX)
		return err_set(e, ERR_CONFLICT, "%d of your call-outs wait already", CALLOUT_OPEN_MAX);
	return OK;
}

int callout_add(const struct callout_desk *x, const struct callout_new *in, int64_t *ret_id, struct err *e)
{
	const struct graph *g = x->snap->graph;
	int64_t setting[SETTINGS], id, entry_id, from_id;
	uint32_t node, from;
	STR(after, KIB);
	struct jw w = jw_start(&after);
	bool got;
	TX(tx);

	if (check_new(x, in, &node, &from, e))
		return (int)e->code;
	entry_id = graph_node(g, node)->entry_id;
	from_id = from == NODE_NONE ? 0 : graph_node(g, from)->entry_id;
	if (tx_begin(&tx, x->db, true, e) || check_few(x, in, entry_id, from_id, e) ||
	    settings_read(x->db, 0, setting, e) ||
	    db_one(x->db, SQL_CALLOUT_ADD,
		   ARGS(VTEXT(in->kind), VINT(entry_id), from_id ? VINT(from_id) : VNULL,
			VTEXT(graph_model(g, graph_node(g, node)->model)->manufacturer), VTEXT(in->text),
			VINT(x->who->account_id), VINT(x->who->org_id), VTEXT(x->who->name), VINT(x->now),
			VINT(x->now), VINT(x->now + setting[SETTING_SECAS_SLA])),
		   &got, &id, e))
		return err_wrap(e, "raising a call-out");
	jw_obj(&w);
	jw_kstr(&w, "kind", in->kind);
	jw_kstr(&w, "entry", graph_node(g, node)->name);
	jw_kstr(&w, "from", from_id ? graph_node(g, from)->name : NULL);
	jw_kstr(&w, "state", "open");
	jw_end(&w);
	if (audit_callout(x->db, x, "callout-open", id, NULL, str_c(&after), 0, e) || tx_keep(&tx, e))
		return e->code;
	*ret_id = id;
	return OK;
}

/* ---- working ---- */

/* Which state a verb leads to, and which setting is the clock of that state; SETTINGS = it has none. */
static const struct {
	const char *state, *action;
	enum setting clock;
} moves[CALLOUT_VERBS] = {
	[CALLOUT_ASK] = { STATE_WITH_MANUFACTURER, "callout-ask", SETTING_MANUFACTURER_SLA },
	[CALLOUT_ANSWER] = { "answered", "callout-answer", SETTING_SECAS_SLA },
	[CALLOUT_CLOSE] = { "closed", "callout-close", SETTINGS },
	[CALLOUT_REJECT] = { "rejected", "callout-reject", SETTINGS },
	[CALLOUT_SAY] = { NULL, "callout-say", SETTINGS },
	[CALLOUT_DISPUTE] = { NULL, NULL, SETTINGS },
	[CALLOUT_SETTLE] = { NULL, NULL, SETTINGS },
};

static int check_allowed(const struct callout_desk *x, const struct callout_row *c, enum callout_verb verb,
			 struct err *e)
{
	struct callout_row waiting = *c;
	unsigned now = callout_may(x, c), ever = 0;

	if (now >> verb & 1)
		return OK;
	/* Would this person ever be let do it? Then it is the state that stands in the way. */
	for (int i = 0; i < 3; i++) {
		waiting.state = callout_state_text[i];
		waiting.due_at = x->now;
		ever |= callout_may(x, &waiting);
	}
	if (ever >> verb & 1 || verb == CALLOUT_SETTLE || verb == CALLOUT_DISPUTE)
		if (may(x->who, ROLES_SECAS) || verb < CALLOUT_DISPUTE)
			return err_set(e, ERR_CONFLICT,
				       "call-out %" PRId64 " is %s: '%s' is not possible now", c->id,
				       c->state, callout_verb_text[verb]);
	return err_set(e, ERR_DENIED, "you may not %s call-out %" PRId64, callout_verb_text[verb], c->id);
}

/* The bases of an answer: entries of the same model, written as Entry IDs with blanks between. */
static int check_answer(const struct callout_desk *x, const struct callout_row *c,
			const struct callout_word *word, struct str *ret_bases, struct err *e)
{
	static const char *const kinds[] = { "bases", "none", "any", NULL };
	const struct graph *g = x->snap->graph;
	uint32_t target = graph_find_id(g, c->entry_id), node;
	STR(list, 16 * KIB);
	char *rest, *token;

	if (!word->kind)
		return word->bases ? wrong(e, "kind", "bases belong to the kind 'bases'") : OK;
	if (word_of(word->kind, kinds, "kind", "an answer states bases, none or any", e))
		return (int)e->code;
	if (strcmp(word->kind, "bases") != 0)
		return word->bases ? wrong(e, "bases", "only the kind 'bases' names entries") : OK;
	str_add(&list, word->bases);
	rest = list.p;
	while ((token = strsep(&rest, " ,;\t\n"))) {
		if (!*token)
			continue;
		if (find_node(x->snap, token, "bases", &node, e))
			return (int)e->code;
		if (target == NODE_NONE || node == target ||
		    graph_node(g, node)->model != graph_node(g, target)->model)
			return wrong(e, "bases", "bases are other entries of the same model");
		str_addf(ret_bases, "%s%s", ret_bases->len ? " " : "", graph_node(g, node)->name);
	}
	return ret_bases->len && !ret_bases->over
		   ? OK
		   : wrong(e, "bases", "name the entries it may be installed over");
}

static int end_stage(const struct callout_desk *x, const struct callout_row *c, struct err *e)
{
	const char *queue =
	    strcmp(c->state, STATE_WITH_MANUFACTURER) ? "callouts-secas" : "callouts-manufacturer";

	return db_exec(x->db, SQL_SERVICE_STAGE_ADD,
		       ARGS(VTEXT(queue), VINT(c->id), VINT(c->stage_at), VINT(c->due_at), VINT(x->now)),
		       NULL, e);
}

/* Ends the dispute about an entry, in a revision of its own. */
static int dispute_end(const struct callout_desk *x, int64_t id, int64_t entry_id, int64_t *ret_revision,
		       struct err *e)
{
	struct actor who = { x->who->name, "", x->now };
	int64_t rev;

	if (ledger_advance(x->db, &who, "dispute-settle", &rev, e) ||
	    db_exec(x->db, SQL_DISPUTE_CLOSE, ARGS(VINT(rev), VINT(entry_id)), NULL, e))
		return err_wrap(e, "settling the dispute");
	*ret_revision = rev;
	return audit_callout(x->db, x, "dispute-settle", id, "{\"disputed\":true}", "{\"disputed\":false}",
			     rev, e);
}

static int dispute_begin(const struct callout_desk *x, const struct callout_row *c, const char *reason,
			 int64_t *ret_revision, struct err *e)
{
	struct actor who = { x->who->name, reason, x->now };
	uint32_t node = graph_find_id(x->snap->graph, c->entry_id);
	int64_t rev;

	if (node == NODE_NONE || !graph_node(x->snap->graph, node)->path)
		return err_set(e, ERR_CONFLICT,
			       "nothing is stated about the path of the entry: there is nothing "
			       "to dispute");
	if (ledger_advance(x->db, &who, "dispute-open", &rev, e) ||
	    db_exec(x->db, SQL_DISPUTE_ADD,
		    ARGS(VINT(c->entry_id), VINT(rev), VINT(c->id), VTEXT(reason), VINT(x->now)), NULL, e))
		return err_wrap(e, "opening the dispute");
	*ret_revision = rev;
	return audit_callout(x->db, x, "dispute-open", c->id, "{\"disputed\":false}", "{\"disputed\":true}",
			     rev, e);
}

/* What a verb does to the dispute about the entry: begin, end, or end the one that came from here. */
static int do_dispute(const struct callout_desk *x, const struct callout_row *c, enum callout_verb verb,
		      const char *text, int64_t *ret_revision, struct err *e)
{
	int64_t from;
	bool got;

	if (db_one(x->db, SQL_DISPUTE_GET, ARGS(VINT(c->entry_id)), &got, &from, e))
		return e->code;
	if (verb == CALLOUT_DISPUTE)
		return got ? err_set(e, ERR_CONFLICT, "the path of the entry is disputed already")
			   : dispute_begin(x, c, text, ret_revision, e);
	if (verb == CALLOUT_SETTLE && !got)
		return err_set(e, ERR_CONFLICT, "the path of the entry is not disputed");
	if (verb == CALLOUT_SETTLE || (got && from == c->id))
		return dispute_end(x, c->id, c->entry_id, ret_revision, e);
	return OK;
}

/* What a call-out names as its mending must be there. */
static int check_proposal(const struct callout_desk *x, int64_t id, struct err *e)
{
	int64_t version;
	bool got;

	if (!id)
		return OK;
	if (db_one(x->db, SQL_CALLOUT_PROPOSAL_THERE, ARGS(VINT(id)), &got, &version, e))
		return e->code;
	if (got)
		return OK;
	err_set(e, ERR_NOT_FOUND, "there is no proposal %" PRId64, id);
	return err_at(e, "proposal", 0, 0);
}

static int do_move(const struct callout_desk *x, const struct callout_row *c, enum callout_verb verb,
		   const struct callout_word *word, const char *bases, struct err *e)
{
	int64_t setting[SETTINGS], due = -1;
	bool ends = moves[verb].clock == SETTINGS;

	if (!moves[verb].state)
		return OK;
	if (settings_read(x->db, 0, setting, e))
		return e->code;
	if (!ends)
		due = x->now + setting[moves[verb].clock];
	if (end_stage(x, c, e) || db_exec(x->db, SQL_CALLOUT_MOVE,
					  ARGS(VTEXT(moves[verb].state), VINT(x->now), VDATE(due),
					       ends ? VINT(x->now) : VNULL, VINT(c->id)),
					  NULL, e))
		return e->code;
	if (verb == CALLOUT_ANSWER &&
	    db_exec(x->db, SQL_CALLOUT_ANSWER,
		    ARGS(VTEXT(word->kind), VTEXT(*bases ? bases : NULL), VINT(c->id)), NULL, e))
		return e->code;
	if (verb == CALLOUT_CLOSE && word->proposal)
		return db_exec(x->db, SQL_CALLOUT_PROPOSAL, ARGS(VINT(word->proposal), VINT(c->id)), NULL, e);
	return OK;
}

static int do_record(const struct callout_desk *x, const struct callout_row *c, enum callout_verb verb,
		     const struct callout_word *word, struct err *e)
{
	const char *state = moves[verb].state ? moves[verb].state : c->state;
	STR(before, KIB);
	STR(after, KIB);
	struct jw b = jw_start(&before), a = jw_start(&after);

	if (word->text && *word->text &&
	    db_exec(x->db, SQL_CALLOUT_MESSAGE_ADD,
		    ARGS(VINT(c->id), VINT(x->now), VTEXT(x->who->name), VTEXT(callout_party(x, c)),
			 VTEXT(state), VTEXT(word->text)),
		    NULL, e))
		return e->code;
	if (!moves[verb].action) /* disputes wrote theirs, with their revision */
		return OK;
	jw_obj(&b);
	jw_kstr(&b, "state", c->state);
	jw_end(&b);
	jw_obj(&a);
	jw_kstr(&a, "state", state);
	if (word->proposal)
		jw_kint(&a, "proposal", word->proposal);
	jw_end(&a);
	return audit_callout(x->db, x, moves[verb].action, c->id, str_c(&before), str_c(&after), 0, e);
}

int callout_do(const struct callout_desk *x, int64_t id, enum callout_verb verb,
	       const struct callout_word *word, int64_t *ret_revision, struct err *e)
{
	bool needed = verb != CALLOUT_ASK && verb != CALLOUT_SETTLE;
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct callout_row c;
	int64_t revision = 0;
	STR(bases, 16 * KIB);

	if (check_text(word->text, needed, e) || tx_begin(&tx, x->db, true, e) ||
	    callout_row_get(x->db, id, &r, &c, e) || check_allowed(x, &c, verb, e) ||
	    check_proposal(x, word->proposal, e) ||
	    (verb == CALLOUT_ANSWER && check_answer(x, &c, word, &bases, e)))
		return (int)e->code;
	if (verb != CALLOUT_ASK && verb != CALLOUT_ANSWER && verb != CALLOUT_SAY &&
	    do_dispute(x, &c, verb, word->text, &revision, e))
		return (int)e->code;
	if (do_move(x, &c, verb, word, str_c(&bases), e) || do_record(x, &c, verb, word, e))
		return err_wrap(e, "call-out %" PRId64, id);
	rows_done(MOVE(r));
	if (tx_keep(&tx, e))
		return e->code;
	*ret_revision = revision;
	return OK;
}

int callout_set_proposal(const struct callout_desk *x, int64_t id, int64_t proposal, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct callout_row c;
	char after[64];

	snprintf(after, sizeof after, "{\"proposal\":%" PRId64 "}", proposal);
	if (tx_begin(&tx, x->db, true, e) || callout_row_get(x->db, id, &r, &c, e))
		return (int)e->code;
	if (!may(x->who, ROLES_SECAS) && strcmp(callout_party(x, &c), "manufacturer") != 0)
		return err_set(e, ERR_DENIED,
			       "SECAS or the manufacturer proposes what mends call-out %" PRId64, id);
	rows_done(MOVE(r));
	if (db_exec(x->db, SQL_CALLOUT_PROPOSAL, ARGS(VINT(proposal), VINT(id)), NULL, e) ||
	    audit_callout(x->db, x, "callout-propose", id, NULL, after, 0, e))
		return e->code;
	return tx_keep(&tx, e);
}

/* ---- the clerk ---- */

struct running {
	int64_t id, stage_at, due_at, told;
	char state[24];
};

static int64_t percent_of(const struct running *c, int64_t now)
{
	if (now <= c->stage_at)
		return 0;
	return c->due_at <= c->stage_at ? 100 : (now - c->stage_at) * 100 / (c->due_at - c->stage_at);
}

static int escalate(struct db *db, const struct running *c, int64_t now, int64_t mark, struct err *e)
{
	struct actor who = { "clerk", "its time runs out", now };
	char subject[40], after[160], due[TIME_TEXT];

	snprintf(subject, sizeof subject, "callout/%" PRId64, c->id);
	snprintf(after, sizeof after, "{\"state\":\"%s\",\"percent\":%" PRId64 ",\"due\":\"%s\"}", c->state,
		 mark, time_text(c->due_at, due));
	if (db_exec(db, SQL_CALLOUT_TELL, ARGS(VINT(mark), VINT(c->id)), NULL, e))
		return e->code;
	return audit_add(db, &who, "callout-escalate", subject, NULL, after, 0, NULL, e);
}

/* The clocks that reached a mark, at most max of them; *ret_next: when the next one will. */
static int late_clocks(struct db *db, int64_t now, struct running *ret, size_t max, size_t *ret_n,
		       int64_t *ret_next, struct err *e)
{
	static const int marks[] = { 50, 80, 100 };
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	*ret_n = 0;
	if (db_run(db, SQL_CALLOUT_CLOCKS, NOARGS, &r, e))
		return e->code;
	while (*ret_n < max) {
		struct running c;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			return OK;
		c = (struct running){ .id = rows_num(r, 0),
				      .stage_at = rows_num(r, 2),
				      .due_at = rows_num(r, 3),
				      .told = rows_num(r, 4) };
		str_copy(c.state, sizeof c.state, rows_text(r, 1));
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
			/* rounded up, so that the percentage is reached then */
			int64_t at = c.stage_at + ((c.due_at - c.stage_at) * marks[i] + 99) / 100;

			if (marks[i] > c.told && at > now) {
				*ret_next = at < *ret_next ? at : *ret_next;
				break;
			}
		}
		if (percent_of(&c, now) >= (c.told < 50 ? 50 : c.told < 80 ? 80 : 100))
			ret[(*ret_n)++] = c;
	}
	*ret_next = now; /* there may be more */
	return OK;
}

int callouts_escalate(struct db *db, int64_t now, int64_t *ret_next, struct err *e)
{
	struct running late[ESCALATE_AT_ONCE];
	int64_t next = INT64_MAX;
	size_t n;
	TX(tx);

	/* Look before a writer is made to wait; look again inside. */
	if (late_clocks(db, now, late, ESCALATE_AT_ONCE, &n, &next, e))
		return err_wrap(e, "the clocks of call-outs");
	if (n) {
		next = INT64_MAX;
		if (tx_begin(&tx, db, true, e) || late_clocks(db, now, late, ESCALATE_AT_ONCE, &n, &next, e))
			return err_wrap(e, "the clocks of call-outs");
		for (size_t i = 0; i < n; i++) {
			int64_t p = percent_of(&late[i], now);

			if (escalate(db, &late[i], now, p >= 100 ? 100 : p >= 80 ? 80 : 50, e))
				return err_wrap(e, "call-out %" PRId64, late[i].id);
		}
		if (tx_keep(&tx, e))
			return e->code;
	}
	*ret_next = next;
	return OK;
}
