/* SPDX-License-Identifier: Apache-2.0 */
/* Taking OTA files, and signing images. */
#include "core/ota.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/ota_p.h"
#include "model/cpl_rules.h"
#include "wire/duis.h"

#define NEAR_MAX 3        /* entries whose differences are told */
#define DIFFERENCES_MAX 8 /* of one entry */

bool ota_row_header(const struct store_ota *row, uint8_t buf[OTA_HEADER_MAX], struct ota *ret)
{
	size_t n = strlen(row->header) / 2;
	struct err e;

	return n <= OTA_HEADER_MAX && parse_hex_bytes(row->header, 2 * n, buf, n) &&
	       !ota_read_header(buf, n, ret, &e);
}

bool ota_row_signature(const struct store_ota_sign *row, uint8_t ret[OTA_SIGNATURE_LEN])
{
	return parse_hex_bytes(row->signature, strlen(row->signature), ret, OTA_SIGNATURE_LEN);
}

int ota_hash_read(const char *text, char ret[SHA256_HEX], struct err *e)
{
	uint8_t raw[SHA256_LEN];

	if (!parse_hex_bytes(text, strlen(text), raw, sizeof raw))
		return err_set(e, ERR_NOT_FOUND, "an image is named by the 64 hex digits of its SHA-256");
	hex_text(raw, sizeof raw, ret);
	return OK;
}

/* ---- entries ---- */

enum ota_layout ota_layout_of(const struct graph_node *n)
{
	return n->device_type && cpl_type_find(n->device_type) == CPL_TYPE_PPMID ? OTA_PLAIN : OTA_GBCS;
}

static bool hex16(const char *text, uint16_t *ret)
{
	uint64_t v;

	if (strlen(text) != 4 || !parse_hex(text, 4, &v))
		return false;
	*ret = (uint16_t)v;
	return true;
}

/* What the CPL says of the node; false: it is of another scheme. */
static bool entry_of(const struct snapshot *s, uint32_t node, struct ota_entry *ret)
{
	const struct graph_node *n = graph_node(s->graph, node);
	const struct graph_model *m = graph_model(s->graph, n->model);
	uint64_t firmware;

	if (strcmp(m->scheme, "cpl") != 0 || !hex16(m->manufacturer, &ret->manufacturer) ||
	    !hex16(m->model, &ret->model) || !hex16(m->hardware, &ret->hardware) || strlen(n->version) != 8 ||
	    !parse_hex(n->version, 8, &firmware))
		return false;
	ret->firmware = (uint32_t)firmware;
	ret->hash = n->hash;
	return true;
}

size_t ota_node_differs(const struct snapshot *s, uint32_t node, const struct ota *o, const char *sha256,
			char (*what)[OTA_DIFFERENCE_SIZE], size_t max)
{
	struct ota_entry entry;

	if (entry_of(s, node, &entry))
		return ota_differs(o, sha256, &entry, what, max);
	if (max)
		str_copy(what[0], OTA_DIFFERENCE_SIZE, "The entry is none of the CPL.");
	return 1;
}

static uint32_t count_served(const struct snapshot *s, const struct ota *o, const char *sha256)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < graph_nodes(s->graph); i++)
		n += !ota_node_differs(s, i, o, sha256, (char[1][OTA_DIFFERENCE_SIZE]){ "" }, 1);
	return n;
}

/* The entries that were perhaps meant: of the same hash, or of the same model and version. */
static int fits_none(const struct snapshot *s, const struct ota *o, const char *sha256, struct err *e)
{
	STR(says, 400);
	size_t near = 0;

	for (uint32_t i = 0; i < graph_nodes(s->graph) && near < NEAR_MAX; i++) {
		char what[DIFFERENCES_MAX][OTA_DIFFERENCE_SIZE];
		const struct graph_node *n = graph_node(s->graph, i);
		struct ota_entry x;
		size_t ndiff;

		if (!entry_of(s, i, &x) || (!(x.hash && !strcmp(x.hash, sha256)) &&
					    (x.manufacturer != o->manufacturer || x.model != o->image_type ||
					     x.firmware != o->version)))
			continue;
		near++;
		str_addf(&says, " %s:", n->name);
		ndiff = ota_differs(o, sha256, &x, what, DIFFERENCES_MAX);
		for (size_t k = 0; k < ndiff; k++)
			str_addf(&says, " %s", what[k]);
	}
	if (near)
		return err_set(e, ERR_IMAGE, "the file fits no entry.%s", str_c(&says));
	return err_set(e, ERR_IMAGE,
		       "the file fits no entry: none has the hash %s of its Manufacturer Image, and none is "
		       "%04X:%04X with firmware %08X",
		       sha256, o->manufacturer, o->image_type, o->version);
}

static void hash_image(const uint8_t *file, const struct ota *o, char ret[SHA256_HEX])
{
	uint8_t raw[SHA256_LEN];

	sha256_of(file + o->image_at, o->image_len, raw);
	hex_text(raw, sizeof raw, ret);
}

/* An image may look by chance as if a trailer ended it: then only its entry tells. */
static int understand(const struct snapshot *s, const uint8_t *file, size_t n, struct ota *o,
		      struct ota_added *a, struct err *e)
{
	struct ota plain;

	if (ota_read(file, n, o, e))
		return (int)e->code;
	if (o->has_destination)
		return err_set(e, ERR_IMAGE, "the file is for one device only, %016" PRIX64, o->destination);
	hash_image(file, o, a->sha256);
	a->serves = count_served(s, o, a->sha256);
	if (!a->serves && o->layout == OTA_GBCS) {
		char sha256[SHA256_HEX];

		if (ota_read_as(file, n, OTA_PLAIN, &plain, e))
			return (int)e->code;
		hash_image(file, &plain, sha256);
		a->serves = count_served(s, &plain, sha256);
		if (a->serves) {
			*o = plain;
			memcpy(a->sha256, sha256, sizeof sha256);
		}
	}
	a->read = o->layout;
	return a->serves ? OK : fits_none(s, o, a->sha256, e);
}

/* Whose signature is it? Nobody's that is known: then it is not kept, and neither is the file. */
static int signer(const uint8_t *file, const struct ota *o, const struct p256_cert *const *certs,
		  size_t ncerts, struct ota_added *a, struct err *e)
{
	if (!o->signature_at)
		return OK;
	for (size_t i = 0; i < ncerts; i++)
		if (p256_cert_eui(certs[i]) &&
		    p256_cert_good(certs[i], file + o->image_at, o->image_len, file + o->signature_at)) {
			a->signed_by = p256_cert_eui(certs[i]);
			return OK;
		}
	return err_set(
	    e, ERR_SIGNATURE,
	    "the file carries a supplier's signature that no certificate known here verifies "
	    "(%zu were tried); add the certificate, or the file without its last 66 octets and with "
	    "that size in its header",
	    ncerts);
}

static int image_keep(struct db *db, const char *image_dir, const struct snapshot *s, const struct actor *who,
		      const uint8_t *p, size_t n, const char *sha256, bool *ret_new, struct err *e)
{
	OWN(image_drop) struct image_in *in = NULL;
	char hash[SHA256_HEX];

	if (image_begin(image_dir, sha256, &in, e) || image_write(in, p, n, e))
		return (int)e->code;
	return image_end(MOVE(in), db, s, who, hash, ret_new, e);
}

/* The key of the table: which model, version and hardware a header is for. */
struct header_key {
	char manufacturer[5], type[5], version[9], hw_min[5], hw_max[5], hex[OTA_HEADER_HEX];
};

static void header_key(const uint8_t *file, const struct ota *o, struct header_key *k)
{
	snprintf(k->manufacturer, sizeof k->manufacturer, "%04X", o->manufacturer);
	snprintf(k->type, sizeof k->type, "%04X", o->image_type);
	snprintf(k->version, sizeof k->version, "%08" PRIX32, o->version);
	k->hw_min[0] = k->hw_max[0] = '\0';
	if (o->has_hardware) {
		snprintf(k->hw_min, sizeof k->hw_min, "%04X", o->hw_min);
		snprintf(k->hw_max, sizeof k->hw_max, "%04X", o->hw_max);
	}
	hex_text(file, o->header_len, k->hex);
}

/* The same but for the size, which depends on the layout. */
static bool header_same(const char *a, const char *b)
{
	size_t at = 2 * (size_t)52, len = 2 * (size_t)4, n = strlen(a);

	return n == strlen(b) && n > at + len && !memcmp(a, b, at) && !strcmp(a + at + len, b + at + len);
}

static int header_keep(struct db *db, const struct actor *who, const uint8_t *file, const struct ota *o,
		       struct ota_added *a, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct header_key k;
	struct store_ota r;
	bool got;

	header_key(file, o, &k);
	if (store_ota_of(db, a->sha256, &rows, e))
		return (int)e->code;
	for (;;) {
		if (store_ota_next(rows, &r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (strcmp(r.manufacturer, k.manufacturer) != 0 || strcmp(r.image_type, k.type) != 0 ||
		    strcmp(r.version, k.version) != 0 || strcmp(r.hw_min, k.hw_min) != 0 ||
		    strcmp(r.hw_max, k.hw_max) != 0)
			continue;
		if (header_same(r.header, k.hex))
			return OK;
		return err_set(
		    e, ERR_CONFLICT,
		    "the image has another header for the same model, version and hardware already; "
		    "nothing was changed");
	}
	a->new_header = true;
	r = (struct store_ota){ .sha256 = a->sha256,
				.manufacturer = k.manufacturer,
				.image_type = k.type,
				.version = k.version,
				.hw_min = k.hw_min,
				.hw_max = k.hw_max,
				.header = k.hex,
				.size = (int64_t)o->image_len,
				.added_by = who->name,
				.added_at = who->now };
	return store_ota_add(db, &r, e);
}

static int signature_audit(struct db *db, const struct actor *who, const char *sha256, uint64_t user,
			   struct err *e)
{
	char subject[96], after[96], eui[DUIS_EUI_SIZE];

	snprintf(subject, sizeof subject, "image/%s", sha256);
	snprintf(after, sizeof after, "{\"user\":\"%s\"}", duis_eui_text(user, eui));
	return audit_add(db, who, "ota-sign", subject, NULL, after, 0, NULL, e);
}

/* *ret_good: there is one already, and the certificate verifies it. */
static int signature_stands(struct db *db, const char *sha256, const uint8_t *image, size_t n,
			    const struct p256_cert *cert, bool *ret_good, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	uint8_t rs[OTA_SIGNATURE_LEN];
	struct store_ota_sign r;
	bool got;

	if (store_ota_signs(db, sha256, p256_cert_eui(cert), &rows, e) ||
	    store_ota_sign_next(rows, &r, &got, e))
		return (int)e->code;
	*ret_good = got && ota_row_signature(&r, rs) && p256_cert_good(cert, image, n, rs);
	return OK;
}

static int signature_put(struct db *db, const struct actor *who, const char *sha256, uint64_t user,
			 const uint8_t *rs, struct err *e)
{
	char hex[2 * OTA_SIGNATURE_LEN + 1];
	const struct store_ota_sign r = { .sha256 = sha256,
					  .user_eui = user,
					  .signature = hex_text(rs, OTA_SIGNATURE_LEN, hex),
					  .signed_by = who->name,
					  .signed_at = who->now };

	return store_ota_sign_put(db, &r, e) || signature_audit(db, who, sha256, user, e) ? (int)e->code : OK;
}

static int add_audit(struct db *db, const struct actor *who, const struct ota *o, const struct ota_added *a,
		     struct err *e)
{
	char subject[96];
	STR(after, 512);
	struct jw w = jw_start(&after);

	snprintf(subject, sizeof subject, "image/%s", a->sha256);
	jw_obj(&w);
	jw_key(&w, "header");
	str_addf(&after, "\"%04X:%04X:%08" PRIX32 "\"", o->manufacturer, o->image_type, o->version);
	if (o->has_hardware)
		str_addf(&after, ",\"hardware\":\"%04X-%04X\"", o->hw_min, o->hw_max);
	str_addf(&after, ",\"bytes\":%zu,\"entries\":%" PRIu32 "}", o->image_len, a->serves);
	return audit_add(db, who, "ota-add", subject, NULL, str_c(&after), 0, NULL, e);
}

static const struct p256_cert *cert_of(const struct p256_cert *const *certs, size_t n, uint64_t eui)
{
	for (size_t i = 0; i < n; i++)
		if (p256_cert_eui(certs[i]) == eui)
			return certs[i];
	return NULL;
}

int ota_add(struct db *db, const char *image_dir, const struct snapshot *s, const struct actor *who,
	    const uint8_t *file, size_t n, const struct p256_cert *const *certs, size_t ncerts,
	    struct ota_added *ret, struct err *e)
{
	TX(tx);
	struct ota_added a = { .signed_by = 0 };
	bool stands = true;
	struct ota o;

	if (understand(s, file, n, &o, &a, e) || signer(file, &o, certs, ncerts, &a, e) ||
	    image_keep(db, image_dir, s, who, file + o.image_at, o.image_len, a.sha256, &a.new_image, e) ||
	    tx_begin(&tx, db, true, e) || header_keep(db, who, file, &o, &a, e) ||
	    (a.new_header && add_audit(db, who, &o, &a, e)))
		return (int)e->code;
	if (a.signed_by && signature_stands(db, a.sha256, file + o.image_at, o.image_len,
					    cert_of(certs, ncerts, a.signed_by), &stands, e))
		return (int)e->code;
	a.new_signature = !stands;
	if ((a.new_signature && signature_put(db, who, a.sha256, a.signed_by, file + o.signature_at, e)) ||
	    tx_keep(&tx, e))
		return (int)e->code;
	*ret = a;
	return OK;
}

/* The stored image, which must be what its name says. */
static int image_read(const char *image_dir, const char *sha256, struct str *out, struct err *e)
{
	char path[IMAGE_PATH_MAX], is[SHA256_HEX];
	uint8_t raw[SHA256_LEN];

	if (image_path(image_dir, sha256, path, NULL, e) || file_read(path, out, e))
		return (int)e->code;
	sha256_of(str_c(out), out->len, raw);
	if (strcmp(hex_text(raw, sizeof raw, is), sha256) != 0)
		return err_set(e, ERR_IMAGE,
			       "the stored image %s is damaged: its SHA-256 is %s; add it again", sha256, is);
	return OK;
}

/* Only what came as an OTA file is signed: the folder holds firmware of other devices too. */
static int known(struct db *db, const char *sha256, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_ota r;
	bool got;

	if (store_ota_of(db, sha256, &rows, e) || store_ota_next(rows, &r, &got, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "no OTA file of the image %s was taken", sha256);
}

int ota_sign(struct db *db, const char *image_dir, const struct actor *who, const char *sha256,
	     const struct p256_key *key, const struct p256_cert *cert, bool *ret_new, struct err *e)
{
	TX(tx);
	STR(image, OTA_FILE_MAX);
	char name[SHA256_HEX];
	uint8_t rs[OTA_SIGNATURE_LEN];
	bool stands;

	if (!p256_cert_eui(cert) || !p256_cert_fits(cert, key))
		return err_set(e, ERR_CONFIG,
			       "the certificate of the command key names no EUI-64, or is another key's");
	if (ota_hash_read(sha256, name, e) || known(db, name, e) || image_read(image_dir, name, &image, e) ||
	    p256_sign(key, str_c(&image), image.len, rs, e) || tx_begin(&tx, db, true, e) ||
	    signature_stands(db, name, (const uint8_t *)str_c(&image), image.len, cert, &stands, e))
		return (int)e->code;
	if (!stands && (signature_put(db, who, name, p256_cert_eui(cert), rs, e) || tx_keep(&tx, e)))
		return (int)e->code;
	*ret_new = !stands;
	return OK;
}
