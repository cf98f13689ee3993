/* SPDX-License-Identifier: Apache-2.0 */
/* A Building Block in the world of bbum_world.h: Manifests that are really signed, Archives, a trust store.
 */
#ifndef FIRPATH_TESTS_BLOCK_WORLD_H
#define FIRPATH_TESTS_BLOCK_WORLD_H

#include "bbum_world.h"

#include "base/canon.h"
#include "base/sign_pkcs1.h"

#define TYPE_ID "9f671cb3-1c2d-4e5f-8a6b-0123456789ab"
#define OTHER_TYPE_ID "6fcf44f5-1c2d-4e5f-8a6b-0123456789ab"
#define DEVICE_ADDRESS "10.0.0.7"

struct block_world {
	struct world w;
	struct pkcs1_key *key, *carrier; /* of the supplier; of one who may not sign Manifests */
	struct trust *trust;
	struct str text; /* the active Manifest */
	/* how the next Manifest is made */
	const char *type_id, *network;
	int nfiles;
	bool strange; /* signed by the carrier */
};

static inline struct pkcs1_key *key_make(const struct block_world *b, const char *name)
{
	struct pkcs1_key *k;
	char path[200];
	struct err e;

	snprintf(path, sizeof path, "%s/../%s-%s.key", b->w.dir, strrchr(b->w.dir, '/') + 1, name);
	ck_ok(pkcs1_make(PKCS1_ED25519, path, &k, &e));
	ck_assert_int_eq(unlink(path), 0);
	return k;
}

static inline void entity_make(struct jw *w, const char *name, const char *role, const struct pkcs1_key *k)
{
	STR(pem, 8 * KIB);

	pkcs1_pem(k, &pem);
	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_kwords(w, "roles", role);
	jw_key(w, "keys");
	jw_arr(w);
	jw_obj(w);
	jw_kstr(w, "pem", str_c(&pem));
	jw_end(w);
	jw_arr_end(w);
	jw_end(w);
}

static inline void trust_make(struct block_world *b)
{
	STR(text, 16 * KIB);
	struct jw w = jw_start(&text);
	struct err e;

	jw_obj(&w);
	jw_key(&w, "entities");
	jw_arr(&w);
	entity_make(&w, "Octan", "supplier", b->key);
	entity_make(&w, "Parcel", "distributor", b->carrier);
	jw_arr_end(&w);
	jw_end(&w);
	ck_ok(trust_parse(str_c(&text), text.len, &b->trust, &e));
}

static inline void file_make(struct world *w, int i, int n, struct str *out)
{
	uint8_t sum[SHA256_LEN];

	for (size_t at = 0; at < IMAGE_SIZE; at++)
		w->file[i].data[at] = (char)(at * 3 + (size_t)(n * 16 + i));
	sha256_of(w->file[i].data, IMAGE_SIZE, sum);
	hex_text(sum, sizeof sum, w->file[i].hash);
	str_addf(
	    out,
	    "%s{\"Config Type\":\"%s\",\"Type ID\":\"5d0f3c58-0a51-4b0e-9a63-00000000000%d\",\"Name\":"
	    "\"part %d\",\"Release Version\":\"4.%d.%d\",\"Archive\":\"./part%d.tar.gz\",\"Hash\":\"%s\"}",
	    i ? "," : "", i ? "Parameter" : "Software", i, i, n, i, i, w->file[i].hash);
}

static inline void canonical(const char *text, struct str *out)
{
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_ok(json_parse(text, strlen(text), &j, &e));
	str_clear(out);
	ck_ok(canon_json(j, NULL, out, &e));
}

/* Another Manifest, of release 1.0.n, is the active one. */
static inline void block_is(struct block_world *b, int n)
{
	struct bbum_manifest *m = &b->w.answer.manifest;
	uint8_t sign[PKCS1_SIGN_MAX], sum[SHA256_LEN];
	const struct pkcs1_key *k = b->strange ? b->carrier : b->key;
	char hex[2 * PKCS1_SIGN_MAX + 1];
	STR(text, 16 * KIB);
	STR(form, 16 * KIB);

	str_addf(
	    &text,
	    "{\"Config Type\":\"Building Block\",\"Type ID\":\"%s\",\"Config ID\":"
	    "\"0b7e7f0a-52c5-4c31-9d55-0000000000%02d\",\"Name\":\"ETP\",\"Functional Version\":\"1.1.0\","
	    "\"Release Version\":\"1.0.%d\",\"Network IDs\":[\"%s\"],\"Dependencies\":[],\"Signature "
	    "Type\":\"Ed25519\",\"Packages\":[",
	    b->type_id, n, n, b->network);
	b->w.nfiles = b->nfiles;
	for (int i = 0; i < b->nfiles; i++)
		file_make(&b->w, i, n, &text);
	str_add(&text, "]}");
	canonical(str_c(&text), &form);
	pkcs1_sign(k, str_c(&form), form.len, sign);
	text.p[--text.len] = '\0';
	str_addf(&text, ",\"Signature\":\"%s\"}", hex_text(sign, pkcs1_sign_len(k), hex));
	canonical(str_c(&text), &b->text);
	b->w.text = str_c(&b->text);
	memset(m, 0, sizeof *m);
	snprintf(m->name, sizeof m->name, "bb:%s@1.0.%d", b->type_id, n);
	snprintf(m->version, sizeof m->version, "1.0.%d", n);
	snprintf(m->config_id, sizeof m->config_id, "0b7e7f0a-52c5-4c31-9d55-0000000000%02d", n);
	sha256_of(str_c(&b->text), b->text.len, sum);
	hex_text(sum, sizeof sum, m->hash);
	str_copy(m->image, sizeof m->image, "/bbum/v1/manifest?device=dev");
	b->w.answer.has_manifest = true;
}

static inline void block_world_new(struct block_world *b)
{
	memset(b, 0, sizeof *b);
	world_new(&b->w);
	str_init(&b->text, 16 * KIB);
	b->key = key_make(b, "supplier");
	b->carrier = key_make(b, "carrier");
	trust_make(b);
	b->type_id = TYPE_ID;
	b->network = DEVICE_ADDRESS;
	b->nfiles = 2;
	b->w.is = (struct device_identity){ .type_id = TYPE_ID };
	b->w.shared.block.trust = b->trust;
	str_copy(b->w.shared.block.address, sizeof b->w.shared.block.address, DEVICE_ADDRESS);
	block_is(b, 1);
}

static inline void block_world_done(struct block_world *b)
{
	world_done(&b->w);
	pkcs1_free(b->key);
	pkcs1_free(b->carrier);
	trust_free(b->trust);
	str_done(&b->text);
}
DEFINE_OWN_VAL(struct block_world, block_world_done)
#define BLOCK_WORLD(b)                                                                                       \
	OWN(block_world_done) struct block_world b;                                                          \
	block_world_new(&b)

/* The device has judged the active Manifest and says so. */
static inline struct bbum_status judged(struct block_world *b)
{
	exchange(&b->w);
	until_poll(&b->w);
	return b->w.said.status;
}

/* From nothing to release n, running, back in normal operation. */
static inline struct bbum_status block_runs(struct block_world *b, int n)
{
	struct world *w = &b->w;

	block_is(b, n);
	judged(b);
	ck_assert_int_eq(order(w, BBUM_CMD_REQUEST_UPDATE, 7, n * 10 + 1).answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(order(w, BBUM_CMD_TRIGGER, 7, n * 10 + 2).state, BBUM_UPDATE);
	ck_assert_int_eq(serve_until(w, BBUM_COMPLETED).result, BBUM_RESULT_SUCCESS);
	order(w, BBUM_CMD_RESTART, 7, n * 10 + 3);
	restart(w);
	ck_assert_int_eq(order(w, BBUM_CMD_NORMAL_OPERATION, 7, n * 10 + 4).state, BBUM_NORMAL);
	return w->said.status;
}

#endif
