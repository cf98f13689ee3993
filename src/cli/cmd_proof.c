/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, receipts, heads of the audit chain, and the walk over all of a store. */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/sign.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/diff.h"
#include "core/proof.h"
#include "core/receipt.h"

const struct option_row key_options[] = {
	{ "key", 0, "FILES", "public keys (PEM) to check with, separated by blanks" },
	END_OF_OPTIONS,
};
const struct option_row audit_verify_options[] = {
	{ "heads", 0, "FILE", "heads that were kept outside the store, one a line" },
	{ "key", 0, "FILES", "each of these heads must be signed by one of these public keys (PEM)" },
	END_OF_OPTIONS,
};
const struct option_row audit_head_options[] = {
	{ "sign", 0, "KEY", "with --db: sign it with this key file; a service signs by itself" },
	END_OF_OPTIONS,
};

const struct option_row diff_options[] = {
	{ "at", 0, "A", "from when: a date, a time, or a revision such as r57" },
	{ "at", 0, "B", "until when; default now" },
	END_OF_OPTIONS,
};

/* ---- keys ---- */

static int key_show(struct call *c, const struct sign_public *p, bool pem_too, struct err *e)
{
	char pem[SIGN_PEM_MAX];
	STR(out, 4 * KIB);
	struct jw w = jw_start(&out);

	sign_public_pem(p, pem);
	if (!c->json)
		return pem_too ? call_write(c, pem, strlen(pem), e) : (page_line(&c->page, "%s", p->id), OK);
	jw_obj(&w);
	jw_kstr(&w, "id", p->id);
	jw_kstr(&w, "algorithm", "Ed25519");
	jw_kstr(&w, "pem", pem);
	jw_end(&w);
	str_addc(&out, '\n');
	return call_write(c, str_c(&out), out.len, e);
}

int cmd_key_new(struct call *c, struct err *e)
{
	struct sign_public p;

	if (sign_key_make(c->arg[0], &p, e))
		return (int)e->code;
	call_say(c, "'%s' holds the private key: keep a copy where only you can read it", c->arg[0]);
	return key_show(c, &p, false, e);
}

int cmd_key_public(struct call *c, struct err *e)
{
	struct sign_public p;

	return sign_public_load(c->arg[0], &p, e) ? (int)e->code : key_show(c, &p, true, e);
}

/* The public keys of --key; *ret_given false when it was not given. */
static int keys_of_option(const struct call *c, struct sign_keys *ret, bool *ret_given, struct err *e)
{
	const char *files = call_opt(c, "key");

	*ret_given = files != NULL;
	return files ? sign_keys_load(ret, "", files, e) : OK;
}

/* ---- receipts ---- */

int cmd_receipt_show(struct call *c, struct err *e)
{
	STR(text, RECEIPT_MAX);
	char id[SHA256_HEX];

	if (file_read(c->arg[0], &text, e) || receipt_key_id(str_c(&text), text.len, id, e))
		return (int)e->code;
	return call_show(c, &text, show_receipt, e);
}

/* The key of that id among those that the service lists. */
static int key_of_service(struct call *c, const char *id, struct sign_public *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(answer, 256 * KIB);
	const struct json *keys;
	struct client *client;

	if (call_client(c, &client, e) || client_get(client, "/v1/keys", &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &j, e))
		return err_wrap(e, "the keys of the service");
	keys = json_get(j, "keys");
	for (size_t i = 0; i < json_len(keys); i++) {
		const char *pem = json_text(json_get(json_at(keys, i), "pem"));

		/* What the service calls it does not count: the id follows from the key. */
		if (pem && !sign_public_parse(pem, strlen(pem), ret, e) && !strcmp(ret->id, id))
			return OK;
	}
	return err_set(e, ERR_SIGNATURE, "%s lists no key %.16s...", client_server(client), id);
}

static int verify_text(struct call *c, const struct str *text, char id[SHA256_HEX], struct err *e)
{
	OWN(sign_keys_done) struct sign_keys keys = { .own = NULL };
	struct sign_public p;
	bool given;
	int rc;

	if (receipt_key_id(str_c(text), text->len, id, e) || keys_of_option(c, &keys, &given, e))
		return (int)e->code;
	if (!given)
		return key_of_service(c, id, &p, e) ? (int)e->code
						    : receipt_verify(&p, str_c(text), text->len, e);
	rc = err_set(e, ERR_SIGNATURE, "none of the given keys is the receipt's %.16s...", id);
	for (size_t i = 0; i < keys.nold; i++)
		if (!strcmp(keys.old[i].id, id))
			rc = receipt_verify(&keys.old[i], str_c(text), text->len, e);
	return rc;
}

static void show_verified(struct page *p, const struct json *a)
{
	page_tone(p, TONE_GOOD, "The signature holds");
	page_line(p, ": key %s.", txt(a, "key"));
}

int cmd_receipt_verify(struct call *c, struct err *e)
{
	STR(text, RECEIPT_MAX);
	STR(out, 1 * KIB);
	struct jw w = jw_start(&out);
	char id[SHA256_HEX];

	if (file_read(c->arg[0], &text, e) || verify_text(c, &text, id, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kbool(&w, "ok", true);
	jw_kstr(&w, "key", id);
	jw_end(&w);
	str_addc(&out, '\n');
	return call_show(c, &out, show_verified, e);
}

int cmd_receipt_check(struct call *c, struct err *e)
{
	STR(text, RECEIPT_MAX);
	STR(out, 4 * KIB);
	char id[SHA256_HEX];
	struct db *db;
	bool ok = false;

	if (file_read(c->arg[0], &text, e) || (call_has(c, "key") && verify_text(c, &text, id, e)) ||
	    call_db(c, false, false, &db, e) || receipt_replay(db, str_c(&text), text.len, &out, &ok, e))
		return (int)e->code;
	c->exit = ok ? 0 : 4;
	return call_show(c, &out, show_replay, e);
}

/* ---- the audit chain ---- */

int cmd_audit_head(struct call *c, struct err *e)
{
	OWN(sign_key_free) struct sign_key *key = NULL;
	const char *sign = call_opt(c, "sign");
	STR(line, 4 * KIB);
	struct client *client;
	struct head h;
	struct db *db;

	if (!call_offline(c)) {
		if (sign)
			return err_set(e, ERR_USAGE, "--sign goes with --db; a service signs by itself");
		if (call_client(c, &client, e) || client_get(client, "/v1/audit/head", &line, e))
			return (int)e->code;
	} else {
		if ((sign && sign_key_load(sign, &key, e)) || call_db(c, false, false, &db, e) ||
		    head_read(db, call_now(c), &h, e))
			return (int)e->code;
		head_line(&h, "", key, &line);
	}
	return call_show(c, &line, show_chain_head, e);
}

/* One kept head against the service; how it is not there, or NULL. */
static int head_of_service(struct call *c, const struct head *h, const char **ret_why, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(answer, 4 * KIB);
	STR(url, 256);
	struct client *client;

	*ret_why = NULL;
	str_addf(&url, "/v1/audit/head?seq=%" PRId64, h->seq);
	if (call_client(c, &client, e))
		return (int)e->code;
	if (client_get(client, str_c(&url), &answer, e)) {
		if (e->code != ERR_NOT_FOUND)
			return (int)e->code;
		*ret_why = "cut";
		return OK;
	}
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return (int)e->code;
	if (strcmp(txt(j, "hash"), h->hash) != 0)
		*ret_why = "forked";
	return OK;
}

/* The answer of the service with its heads compared here, in the shape that a store gives. */
static int heads_of_service(struct call *c, const struct heads *heads, struct str *answer, struct err *e)
{
	STR(list, 64 * KIB);
	STR(whole, 64 * KIB);
	struct jw w = jw_start(&list);
	char *at = strstr(answer->p ? answer->p : "", "\"heads\":null}");
	const char *why;
	int64_t bad = 0;
	size_t n;

	if (!at)
		return err_set(e, ERR_REMOTE, "the answer is not what it should be");
	jw_arr(&w);
	for (size_t i = 0; i < heads->v.n; i++) {
		if (head_of_service(c, &heads->v.v[i], &why, e))
			return (int)e->code;
		if (!why || bad++ >= HEADS_LISTED)
			continue;
		jw_obj(&w);
		jw_kint(&w, "seq", heads->v.v[i].seq);
		jw_kstr(&w, "why", why);
		jw_end(&w);
	}
	jw_arr_end(&w);
	/* {"ok":true, becomes what holds with the heads; the rest up to them stays. */
	str_addn(&whole, answer->p, (size_t)(at - answer->p));
	str_clear(answer);
	n = strcspn(str_c(&whole), ",");
	if (bad)
		str_add(answer, "{\"ok\":false");
	else
		str_addn(answer, str_c(&whole), n);
	str_add(answer, str_c(&whole) + n);
	str_addf(answer, "\"heads\":{\"ok\":%s,\"checked\":%zu,\"bad\":", bad ? "false" : "true", heads->v.n);
	str_addn(answer, str_c(&list), list.len);
	str_add(answer, "}}\n");
	return OK;
}

static int verify_service(struct call *c, struct heads *heads, struct str *answer, bool *ret_ok,
			  struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct client *client;

	if (call_client(c, &client, e) || client_get(client, "/v1/audit/verify", answer, e) ||
	    (heads && heads_of_service(c, heads, answer, e)))
		return (int)e->code;
	if (json_parse(str_c(answer), answer->len, &j, e))
		return err_wrap(e, "the answer is not JSON");
	*ret_ok = json_bool(json_get(j, "ok"), false);
	return OK;
}

int cmd_audit_verify(struct call *c, struct err *e)
{
	OWN(sign_keys_done) struct sign_keys keys = { .own = NULL };
	OWN(heads_done) struct heads heads = { { NULL, 0, 0 } };
	const char *file = call_opt(c, "heads");
	STR(answer, 64 * KIB);
	STR(text, HEADS_FILE_MAX);
	bool ok = false, given;
	struct db *db;

	if (call_has(c, "key") && !file)
		return err_set(e, ERR_USAGE, "--key goes with --heads");
	if (keys_of_option(c, &keys, &given, e) ||
	    (file && (file_read(file, &text, e) ||
		      heads_parse(&heads, str_c(&text), text.len, given ? &keys : NULL, e))))
		return (int)e->code;
	if (call_offline(c)) {
		if (call_db(c, false, false, &db, e) ||
		    proof_verify_json(db, file ? &heads : NULL, &answer, &ok, e))
			return (int)e->code;
	} else if (verify_service(c, file ? &heads : NULL, &answer, &ok, e)) {
		return (int)e->code;
	}
	c->exit = ok ? 0 : 1;
	return call_show(c, &answer, show_verify, e);
}

static void show_epoch(struct page *p, const struct json *a)
{
	page_line(p, "The store is in epoch %" PRId64 " now.", num(a, "epoch"));
}

int cmd_store_restored(struct call *c, struct err *e)
{
	struct actor who = call_actor(c);
	STR(out, 256);
	struct db *db;
	int64_t epoch;

	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	if (call_db(c, true, false, &db, e) || epoch_raise(db, &who, &epoch, e))
		return (int)e->code;
	str_addf(&out, "{\"epoch\":%" PRId64 "}\n", epoch);
	return call_show(c, &out, show_epoch, e);
}

static int diff_of_store(struct call *c, const char *at, const char *to, struct str *out, struct err *e)
{
	int64_t from = 0, upto = 0;
	struct db *db;

	if (call_db(c, false, false, &db, e) || diff_revision(db, at, &from, e) ||
	    (to ? diff_revision(db, to, &upto, e) : ledger_head(db, &upto, e)))
		return err_wrap(e, "--at");
	return diff_json(db, from, upto, false, out, e);
}

int cmd_diff(struct call *c, struct err *e)
{
	const char *at, *to = call_opt_second(c, "at");
	STR(answer, ANSWER_MAX);
	STR(url, 1 * KIB);
	struct client *client;

	if (call_need(c, "at", &at, e))
		return (int)e->code;
	str_add(&url, "/v1/diff");
	url_add(&url, "at", at);
	url_add(&url, "to", to);
	if (call_offline(c) ? diff_of_store(c, at, to, &answer, e)
			    : call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_diff, e);
}
