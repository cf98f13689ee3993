/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/json.h"
#include "base/parse.h"
#include "store/store_digest.h"
#include "store/store_ledger.h"

#define HEAD_KIND "firpath/1"

int head_read(struct db *db, int64_t now, struct head *ret, struct err *e)
{
	struct head h = { .at = now };
	TX(tx);

	if ((!db->in_tx && tx_begin(&tx, db, false, e)) || audit_head(db, &h.seq, h.hash, e) ||
	    ledger_head(db, &h.revision, e) || epoch_get(db, &h.epoch, e))
		return err_wrap(e, "reading the head of the audit chain");
	*ret = h;
	return OK;
}

void head_line(const struct head *h, const char *service, const struct sign_key *key, struct str *out)
{
	struct jw w = jw_start(out);
	size_t from = out->len;

	jw_obj(&w);
	jw_kstr(&w, "head", HEAD_KIND);
	jw_kstr(&w, "service", service);
	jw_ktime(&w, "at", h->at);
	jw_kint(&w, "epoch", h->epoch);
	jw_kint(&w, "seq", h->seq);
	jw_kstr(&w, "hash", h->hash);
	jw_kint(&w, "revision", h->revision);
	if (key)
		jw_kstr(&w, "key", sign_key_public(key)->id);
	jw_end(&w);
	if (key)
		sign_line(key, out, from);
	else
		str_addc(out, '\n');
}

/* Where the last whole line ends. */
static int last_line_end(int fd, off_t size, off_t *ret)
{
	char buf[4096];

	while (size > 0) {
		off_t from = size > (off_t)sizeof buf ? size - (off_t)sizeof buf : 0;
		ssize_t n = pread(fd, buf, (size_t)(size - from), from);
		const char *nl;

		if (n <= 0)
			return -1;
		nl = memrchr(buf, '\n', (size_t)n);
		if (nl) {
			*ret = from + (nl - buf) + 1;
			return 0;
		}
		size = from;
	}
	*ret = 0;
	return 0;
}

int head_append(const char *path, const char *line, size_t n, struct err *e)
{
	OWN(fd_close) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	off_t size, end = 0;

	if (fd < 0)
		return err_errno(e, errno, "'%s' cannot be opened", path);
	size = lseek(fd, 0, SEEK_END);
	if (size < 0 || last_line_end(fd, size, &end) || (end != size && ftruncate(fd, end)) ||
	    pwrite(fd, line, n, end) != (ssize_t)n || fsync(fd))
		return err_errno(e, errno ? errno : ENOSPC, "'%s' cannot be written", path);
	return OK;
}

struct head_export {
	char *path, *service; /* owned */
	struct sign_key *key; /* owned; NULL = unsigned */
	int64_t every, next;  /* ms; when the next line is due (UTC ms), 0 = at once */
};

int head_export_new(const char *path, int64_t every_ms, const char *service, const char *key,
		    struct head_export **ret, struct err *e)
{
	OWN(head_export_free) struct head_export *x = mem_zalloc(sizeof *x);

	if (*key && sign_key_load(key, &x->key, e))
		return (int)e->code;
	x->path = mem_strdup(path);
	x->service = mem_strdup(service);
	x->every = every_ms;
	*ret = MOVE(x);
	return OK;
}

void head_export_free(struct head_export *x)
{
	if (!x)
		return;
	sign_key_free(x->key);
	free(x->path);
	free(x->service);
	free(x);
}

int head_export_turn(struct head_export *x, struct db *db, int64_t now, int64_t *ret_next, struct err *e)
{
	STR(line, 4 * KIB);
	struct head h;

	/* A clock that was set back must not silence it for long. */
	if (now < x->next && x->next - now <= x->every) {
		*ret_next = x->next;
		return OK;
	}
	if (head_read(db, now, &h, e))
		return (int)e->code;
	head_line(&h, x->service, x->key, &line);
	if (head_append(x->path, str_c(&line), line.len, e))
		return (int)e->code;
	*ret_next = x->next = now + x->every;
	return OK;
}

void heads_done(struct heads *h)
{
	vec_done(&h->v);
}

static int bad_line(struct err *e, int64_t line, const char *why)
{
	err_set(e, ERR_INVALID, "this is no head of an audit chain: %s", why);
	return err_at(e, "heads", line, 0);
}

static const struct sign_public *key_named(const struct sign_keys *k, const char *id)
{
	for (size_t i = 0; id && i < k->nold; i++)
		if (!strcmp(k->old[i].id, id))
			return &k->old[i];
	return id && k->own && !strcmp(sign_key_public(k->own)->id, id) ? sign_key_public(k->own) : NULL;
}

static int parse_line(struct heads *ret, const char *s, size_t n, int64_t line, const struct sign_keys *keys,
		      struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct sign_public *key;
	struct head h = { .seq = -1 };
	const char *kind, *hash;
	struct err why;

	if (json_parse(s, n - 1, &j, &why))
		return bad_line(e, line, why.msg);
	kind = json_text(json_get(j, "head"));
	hash = json_text(json_get(j, "hash"));
	h.seq = json_int(json_get(j, "seq"), -1);
	h.revision = json_int(json_get(j, "revision"), -1);
	h.epoch = json_int(json_get(j, "epoch"), -1);
	if (!kind || strcmp(kind, HEAD_KIND) != 0 || !hash || h.seq < 0 || h.revision < 0 || h.epoch < 1 ||
	    !str_copy(h.hash, sizeof h.hash, hash))
		return bad_line(e, line, "a member is missing or not what it should be");
	if (keys) {
		key = key_named(keys, json_text(json_get(j, "key")));
		if (!key)
			err_set(e, ERR_SIGNATURE, "none of the given keys signed this head");
		if (!key || sign_line_check(key, s, n, e))
			return err_at(e, "heads", line, 0);
	}
	vec_push(&ret->v, h);
	return OK;
}

int heads_parse(struct heads *ret, const char *text, size_t n, const struct sign_keys *keys, struct err *e)
{
	int64_t line = 1;

	for (const char *end = text + n, *nl; text < end; text = nl + 1, line++) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (!nl)
			return bad_line(e, line, "the line is not finished");
		if (parse_line(ret, text, (size_t)(nl + 1 - text), line, keys, e))
			return (int)e->code;
	}
	return OK;
}

/* ---- all of the store ---- */

/* What the chain says of one revision. */
struct said {
	int64_t revision;
	char digest[DIGEST_TEXT]; /* "" = none: from before there were digests */
};

struct bad_head {
	int64_t seq;
	const char *why;
};

struct proof {
	VEC(struct said) said;    /* in the order of the chain */
	bool digests;             /* a digest was seen: from now on every row of a revision has one */
	int64_t bare_after;       /* a row without one behind that, by revision; 0 = none */
	struct heads *heads;      /* sorted by seq; NULL = none */
	size_t next;              /* the next of them */
	VEC(struct bad_head) bad; /* heads that are not in the chain */
	int64_t revisions, covered, bad_revision;
	const char *why;
};

static void proof_done(struct proof *p)
{
	vec_done(&p->said);
	vec_done(&p->bad);
}
DEFINE_OWN_VAL(struct proof, proof_done)

static void head_against(struct proof *p, int64_t seq, const char *hash)
{
	for (; p->heads && p->next < p->heads->v.n && p->heads->v.v[p->next].seq == seq; p->next++)
		if (strcmp(p->heads->v.v[p->next].hash, hash) != 0)
			vec_push(&p->bad, ((struct bad_head){ seq, "forked" }));
}

static void see_row(void *ctx, const struct audit_seen *row)
{
	struct proof *p = ctx;
	struct said s = { .revision = row->revision };

	head_against(p, row->seq, row->hash);
	if (!row->revision)
		return;
	if (row->digest)
		str_copy(s.digest, sizeof s.digest, row->digest);
	else if (p->digests && !p->bare_after)
		p->bare_after = row->revision;
	p->digests = p->digests || row->digest;
	/* Of several rows of one revision the last is the one that saw all of it. */
	if (p->said.n && p->said.v[p->said.n - 1].revision == row->revision)
		p->said.v[p->said.n - 1] = s;
	else
		vec_push(&p->said, s);
}

static int by_revision(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	return x->revision < y->revision ? -1 : x->revision > y->revision;
}

static int by_seq(const void *a, const void *b)
{
	const struct head *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void revision_bad(struct proof *p, int64_t revision, const char *why)
{
	if (p->bad_revision)
		return;
	p->bad_revision = revision;
	p->why = why;
}

static int check_revision(struct proof *p, struct db *db, const struct said *s, struct err *e)
{
	char is[DIGEST_TEXT];

	if (!s->digest[0])
		return OK;
	if (digest_of_revision(db, s->revision, is, e))
		return (int)e->code;
	if (strcmp(is, s->digest) != 0)
		revision_bad(p, s->revision, "what it wrote was changed");
	p->covered++;
	return OK;
}

/* Every revision has its row in the chain, and what it wrote is what it wrote. */
static int check_catalogue(struct proof *p, struct db *db, struct err *e)
{
	int64_t head, strays;
	size_t i = 0;

	if (ledger_head(db, &head, e) || digest_strays(db, head, &strays, e))
		return (int)e->code;
	p->revisions = head;
	if (p->said.n)
		qsort(p->said.v, p->said.n, sizeof *p->said.v, by_revision);
	for (int64_t rev = 1; rev <= head || i < p->said.n; rev++) {
		if (i < p->said.n && p->said.v[i].revision > rev && rev > head)
			rev = p->said.v[i].revision;
		if (i == p->said.n || p->said.v[i].revision != rev) {
			revision_bad(p, rev, "no row of the chain names it");
			continue;
		}
		for (; i + 1 < p->said.n && p->said.v[i + 1].revision == rev; i++)
			; /* rows apart from each other: the last one saw all */
		if (check_revision(p, db, &p->said.v[i++], e))
			return (int)e->code;
	}
	if (p->bare_after)
		revision_bad(p, p->bare_after, "its row carries no digest");
	if (strays)
		revision_bad(p, head + 1, "rows belong to a revision that is not there");
	return OK;
}

static void heads_json(const struct proof *p, struct jw *w)
{
	jw_key(w, "heads");
	if (!p->heads) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kbool(w, "ok", !p->bad.n);
	jw_kint(w, "checked", (int64_t)p->heads->v.n);
	jw_key(w, "bad");
	jw_arr(w);
	for (size_t i = 0; i < p->bad.n && i < HEADS_LISTED; i++) {
		jw_obj(w);
		jw_kint(w, "seq", p->bad.v[i].seq);
		jw_kstr(w, "why", p->bad.v[i].why);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static void number_or_null(struct jw *w, const char *name, int64_t v)
{
	jw_key(w, name);
	if (v)
		jw_int(w, v);
	else
		jw_null(w);
}

static void proof_json(const struct proof *p, int64_t rows, int64_t bad, const char *head, int64_t epoch,
		       bool ok, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kbool(&w, "ok", ok);
	jw_kint(&w, "rows", rows);
	number_or_null(&w, "bad", bad);
	jw_kstr(&w, "head", head);
	jw_kint(&w, "epoch", epoch);
	jw_key(&w, "catalogue");
	jw_obj(&w);
	jw_kbool(&w, "ok", !p->bad_revision);
	jw_kint(&w, "revisions", p->revisions);
	jw_kint(&w, "covered", p->covered);
	number_or_null(&w, "bad", p->bad_revision);
	jw_kstr(&w, "why", p->why);
	jw_end(&w);
	heads_json(p, &w);
	jw_end(&w);
	str_addc(out, '\n');
}

int proof_verify_json(struct db *db, struct heads *heads, struct str *out, bool *ret_ok, struct err *e)
{
	OWN(proof_done) struct proof p = { .heads = heads };
	char head[65], none[65];
	int64_t rows, bad, epoch;
	bool got;
	TX(tx);

	if ((!db->in_tx && tx_begin(&tx, db, false, e)) || epoch_get(db, &epoch, e) ||
	    audit_hash(db, 0, none, &got, e))
		return (int)e->code;
	if (heads && heads->v.n)
		qsort(heads->v.v, heads->v.n, sizeof *heads->v.v, by_seq);
	head_against(&p, 0, none);
	if (audit_walk(db, see_row, &p, &rows, &bad, head, e) || (!bad && check_catalogue(&p, db, e)))
		return (int)e->code;
	for (; heads && p.next < heads->v.n; p.next++)
		vec_push(&p.bad,
			 ((struct bad_head){ heads->v.v[p.next].seq, bad ? "behind-a-bad-row" : "cut" }));
	*ret_ok = !bad && !p.bad_revision && !p.bad.n;
	proof_json(&p, rows, bad, head, epoch, *ret_ok, out);
	return OK;
}
