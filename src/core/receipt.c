/* SPDX-License-Identifier: Apache-2.0 */
#include "core/receipt.h"

#include <string.h>

#include "base/parse.h"
#include "store/store_ledger.h"

#define RECEIPT_KIND "firpath/1"
#define ANSWER_MEMBER ",\"answer\":"

static void question_json(const struct receipt_maker *m, const struct ask *ask, struct jw *w)
{
	jw_key(w, "question");
	jw_obj(w);
	jw_kstr(w, "kind", m->check ? "check" : "path");
	jw_kstr(w, "from", ask->from);
	jw_kstr(w, "to", ask->to);
	jw_kstr(w, "at", ask->at);
	jw_kstr(w, "prefer", ask->prefer);
	jw_kstr(w, "allow_removed", ask->allow_removed);
	jw_end(w);
}

static void body_of(bool check, const struct answer *a, struct str *out)
{
	if (check)
		answer_check_json(a, out);
	else
		answer_json(a, out);
}

static void sum_of(const struct str *s, char hex[SHA256_HEX])
{
	uint8_t sum[SHA256_LEN];

	sha256_of(str_c(s), s->len, sum);
	hex_text(sum, sizeof sum, hex);
}

int receipt_make(const struct receipt_maker *m, struct db *db, const struct ask *ask, const struct answer *a,
		 struct str *out, struct err *e)
{
	STR(body, RECEIPT_MAX);
	struct jw w = jw_start(out);
	char hash[SHA256_HEX], hex[SHA256_HEX];
	size_t from = out->len;
	int64_t seq, epoch;

	if (audit_head(db, &seq, hash, e) || epoch_get(db, &epoch, e))
		return (int)e->code;
	body_of(m->check, a, &body);
	if (body.over || out->max - out->len < body.len + 8 * KIB)
		return err_set(e, ERR_TOO_LARGE, "the answer is too large for a receipt");
	sum_of(&body, hex);
	jw_obj(&w);
	jw_kstr(&w, "receipt", RECEIPT_KIND);
	jw_kstr(&w, "service", m->service);
	jw_ktime(&w, "issued_at", m->now);
	question_json(m, ask, &w);
	jw_kint(&w, "revision", a->snap->revision);
	jw_ktime(&w, "revision_at", a->snap->revision_at);
	jw_kint(&w, "epoch", epoch);
	jw_key(&w, "audit");
	jw_obj(&w);
	jw_kint(&w, "seq", seq);
	jw_kstr(&w, "hash", hash);
	jw_end(&w);
	jw_kstr(&w, "key", sign_key_public(m->key)->id);
	jw_kstr(&w, "notice", NOTICE_TEXT);
	jw_kstr(&w, "answer_sha256", hex);
	jw_key(&w, "answer");
	jw_raw(&w, str_c(&body), body.len - 1);
	jw_end(&w);
	sign_line(m->key, out, from);
	return OK;
}

/* A receipt as read; texts are borrowed from the tree. */
struct receipt {
	struct json *tree;             /* owned */
	const char *answer;            /* the bytes of the member, in the text */
	size_t nanswer;                /* how many */
	struct ask ask;                /* the question */
	bool check;                    /* which question */
	int64_t revision, issued, seq; /* what it names */
	const char *hash, *key, *sum;  /* of the chain's head, of the key, of the answer */
};

static void receipt_done(struct receipt *r)
{
	json_free(r->tree);
}
DEFINE_OWN_VAL(struct receipt, receipt_done)

static bool hex_ok(const char *s)
{
	return s && strlen(s) == SHA256_HEX - 1 && strspn(s, "0123456789ABCDEF") == SHA256_HEX - 1;
}

/* No text in front of the answer can hold the name of its member: quotes within texts are escaped. */
static bool find_answer(struct receipt *r, const char *text, size_t n)
{
	const char *at = memmem(text, n, ANSWER_MEMBER, strlen(ANSWER_MEMBER));

	if (!at)
		return false;
	r->answer = at + strlen(ANSWER_MEMBER);
	r->nanswer = (size_t)(text + n - r->answer);
	return true;
}

static bool read_members(struct receipt *r)
{
	const struct json *q = json_get(r->tree, "question"), *head = json_get(r->tree, "audit");
	const char *kind = json_text(json_get(q, "kind")),
		   *issued = json_text(json_get(r->tree, "issued_at")),
		   *what = json_text(json_get(r->tree, "receipt"));
	struct err e;

	r->ask = (struct ask){ .from = json_text(json_get(q, "from")),
			       .to = json_text(json_get(q, "to")),
			       .at = json_text(json_get(q, "at")),
			       .prefer = json_text(json_get(q, "prefer")),
			       .allow_removed = json_text(json_get(q, "allow_removed")) };
	r->revision = json_int(json_get(r->tree, "revision"), -1);
	r->seq = json_int(json_get(head, "seq"), -1);
	r->hash = json_text(json_get(head, "hash"));
	r->key = json_text(json_get(r->tree, "key"));
	r->sum = json_text(json_get(r->tree, "answer_sha256"));
	r->check = kind && !strcmp(kind, "check");
	return what && !strcmp(what, RECEIPT_KIND) && kind && (r->check || !strcmp(kind, "path")) &&
	       r->ask.from && r->ask.to && r->revision >= 0 && r->seq >= 0 && hex_ok(r->hash) &&
	       hex_ok(r->key) && hex_ok(r->sum) && issued && !parse_time(issued, &r->issued, &e) &&
	       json_kind(json_get(r->tree, "answer")) == JSON_OBJECT;
}

/* The digest that it names is over the bytes that it holds. */
static bool sum_fits(const struct receipt *r)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];

	sha256_add(h, r->answer, r->nanswer);
	sha256_add(h, "\n", 1);
	sha256_end(h, sum);
	return !strcmp(hex_text(sum, sizeof sum, hex), r->sum);
}

static int receipt_read(struct receipt *r, const char *text, size_t n, struct err *e)
{
	uint8_t sign[SIGN_LEN];
	struct err why;
	size_t len = 0;

	if (sign_line_cut(text, n, &len, sign, e))
		return err_wrap(e, "this is no receipt");
	if (json_parse(text, n - 1, &r->tree, &why))
		return err_set(e, ERR_SIGNATURE, "this is no receipt: %.300s", why.msg);
	if (!read_members(r) || !find_answer(r, text, len) || !sum_fits(r))
		return err_set(e, ERR_SIGNATURE,
			       "this is no receipt: a member of it is missing or not what it should be");
	return OK;
}

int receipt_verify(const struct sign_public *p, const char *text, size_t n, struct err *e)
{
	OWN(receipt_done) struct receipt r = { .tree = NULL };

	if (sign_line_check(p, text, n, e))
		return err_wrap(e, "the receipt does not hold");
	if (receipt_read(&r, text, n, e))
		return (int)e->code;
	return strcmp(r.key, p->id)
		   ? err_set(e, ERR_SIGNATURE, "the receipt names another key than signed it")
		   : OK;
}

int receipt_key_id(const char *text, size_t n, char ret[SHA256_HEX], struct err *e)
{
	OWN(receipt_done) struct receipt r = { .tree = NULL };

	if (receipt_read(&r, text, n, e))
		return (int)e->code;
	str_copy(ret, SHA256_HEX, r.key);
	return OK;
}

int receipt_answer(const char *text, size_t n, struct str *out, struct err *e)
{
	OWN(receipt_done) struct receipt r = { .tree = NULL };

	if (receipt_read(&r, text, n, e))
		return (int)e->code;
	str_addn(out, r.answer, r.nanswer);
	str_addc(out, '\n');
	return OK;
}

/* ---- against a store ---- */

/* The moment up to which the store's knowledge counts: when it was issued, or an earlier `at`. */
static int moment_of(const struct receipt *r, int64_t *ret, struct err *e)
{
	int64_t at = r->issued;

	if (r->ask.at && lookup_moment(r->ask.at, &at, e))
		return (int)e->code;
	*ret = at < r->issued ? at : r->issued;
	return OK;
}

static int replay_answer(struct db *db, const struct receipt *r, const char **ret, struct err *e)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	OWN(snapshot_free) struct snapshot *s = NULL;
	STR(body, RECEIPT_MAX);
	int64_t moment = 0, head = 0;
	struct answer a;
	int rc;

	if (moment_of(r, &moment, e) || ledger_head(db, &head, e))
		return (int)e->code;
	if (r->revision > head) {
		*ret = "no-such-revision";
		return OK;
	}
	if (snapshot_load_known(db, r->revision, moment, &s, e))
		return (int)e->code;
	rc = lookup_ask(s, &r->ask, r->issued, scratch, &a, e);
	if (!rc)
		body_of(r->check, &a, &body);
	/* What cannot be asked any more was not answered so by this store. */
	*ret = !rc && body.len == r->nanswer + 1 && !memcmp(str_c(&body), r->answer, r->nanswer) ? "same"
												 : "differs";
	return OK;
}

static int replay_chain(struct db *db, const struct receipt *r, const char **ret, struct err *e)
{
	char hash[SHA256_HEX];
	bool got;

	if (audit_hash(db, r->seq, hash, &got, e))
		return (int)e->code;
	*ret = !got ? "cut" : strcmp(hash, r->hash) ? "forked" : "holds";
	return OK;
}

int receipt_replay(struct db *db, const char *text, size_t n, struct str *out, bool *ret_ok, struct err *e)
{
	OWN(receipt_done) struct receipt r = { .tree = NULL };
	const char *answer = "", *chain = "";
	struct jw w = jw_start(out);
	TX(tx);

	if (receipt_read(&r, text, n, e) || (!db->in_tx && tx_begin(&tx, db, false, e)) ||
	    replay_answer(db, &r, &answer, e) || replay_chain(db, &r, &chain, e))
		return (int)e->code;
	*ret_ok = !strcmp(answer, "same") && !strcmp(chain, "holds");
	jw_obj(&w);
	jw_kbool(&w, "ok", *ret_ok);
	jw_kstr(&w, "answer", answer);
	jw_kstr(&w, "chain", chain);
	jw_kint(&w, "revision", r.revision);
	jw_kint(&w, "seq", r.seq);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
