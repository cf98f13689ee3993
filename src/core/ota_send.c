/* SPDX-License-Identifier: Apache-2.0 */
/* Putting together what is sent. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "core/ota_p.h"

/* The header of this image that fits the node. *ret_n 0: there is none. */
static int header_find(struct db *db, const struct snapshot *s, uint32_t node, const char *sha256,
		       uint8_t ret[OTA_HEADER_MAX], size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_ota r;
	bool got;

	*ret_n = 0;
	if (store_ota_of(db, sha256, &rows, e))
		return (int)e->code;
	for (;;) {
		char what[1][OTA_DIFFERENCE_SIZE];
		struct ota o;

		if (store_ota_next(rows, &r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (ota_row_header(&r, ret, &o) && !ota_node_differs(s, node, &o, sha256, what, 1)) {
			*ret_n = o.header_len;
			return OK;
		}
	}
}

static int signature_find(struct db *db, const char *sha256, uint64_t user_eui,
			  uint8_t ret[OTA_SIGNATURE_LEN], const char **ret_why, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_ota_sign r;
	bool got;

	if (store_ota_signs(db, sha256, user_eui, &rows, e) || store_ota_sign_next(rows, &r, &got, e))
		return (int)e->code;
	*ret_why = !got ? OTA_NOT_SIGNED : ota_row_signature(&r, ret) ? NULL : OTA_SIGNATURE_BAD;
	return OK;
}

/* All but the image itself. */
struct around {
	uint8_t header[OTA_HEADER_MAX], sign[OTA_SIGNATURE_LEN];
	size_t nheader;
	enum ota_layout layout;
};

static int around_find(struct db *db, const struct snapshot *s, uint32_t node, uint64_t user_eui,
		       struct around *a, const char **ret_why, struct err *e)
{
	const struct graph_node *n = graph_node(s->graph, node);

	*ret_why = NULL;
	a->layout = ota_layout_of(n);
	if (!n->hash) {
		*ret_why = OTA_HASH_DIFFERS;
		return OK;
	}
	if (header_find(db, s, node, n->hash, a->header, &a->nheader, e))
		return (int)e->code;
	if (!a->nheader) {
		*ret_why = OTA_NO_HEADER;
		return OK;
	}
	return a->layout == OTA_PLAIN ? OK : signature_find(db, n->hash, user_eui, a->sign, ret_why, e);
}

int ota_ready(struct db *db, const char *image_dir, const struct snapshot *s, uint32_t node,
	      uint64_t user_eui, const char **ret_why, struct err *e)
{
	struct around a;

	if (around_find(db, s, node, user_eui, &a, ret_why, e))
		return (int)e->code;
	if (!*ret_why && image_dir && !image_stored(image_dir, graph_node(s->graph, node)->hash))
		*ret_why = OTA_NO_IMAGE;
	return OK;
}

/* Appends the image if it is the one. */
static int image_add(const char *image_dir, const char *hash, struct str *out, const char **ret_why,
		     struct err *e)
{
	char path[IMAGE_PATH_MAX], is[SHA256_HEX];
	uint8_t raw[SHA256_LEN];
	size_t from = out->len;

	if (image_path(image_dir, hash, path, NULL, e)) {
		*ret_why = OTA_NO_IMAGE;
		return e->code == ERR_NOT_FOUND ? OK : (int)e->code;
	}
	if (file_read(path, out, e))
		return (int)e->code;
	sha256_of(out->p + from, out->len - from, raw);
	if (strcmp(hex_text(raw, sizeof raw, is), hash) != 0)
		*ret_why = OTA_HASH_DIFFERS;
	return OK;
}

static void cut(struct str *out, size_t len)
{
	if (!out->p)
		return;
	out->len = len;
	out->p[len] = '\0';
	out->over = false;
}

static int join(const struct around *a, const char *image_dir, const char *hash, const struct p256_cert *cert,
		struct str *out, const char **ret_why, struct err *e)
{
	static const char before_signature[2] = { 0x00, OTA_SIGNATURE_LEN };
	size_t from = out->len, image = from + a->nheader, total;
	uint8_t header[OTA_HEADER_MAX];

	str_addn(out, a->header, a->nheader); /* its size is known below */
	if (image_add(image_dir, hash, out, ret_why, e) || *ret_why)
		return (int)e->code;
	if (a->layout == OTA_GBCS) {
		if (cert && !p256_cert_good(cert, out->p + image, out->len - image, a->sign)) {
			*ret_why = OTA_SIGNATURE_BAD;
			return OK;
		}
		str_addn(out, before_signature, sizeof before_signature);
		str_addn(out, a->sign, sizeof a->sign);
	}
	total = out->len - from;
	if (out->over)
		return err_set(e, ERR_TOO_LARGE, "the file has more than %zu octets", out->max);
	if (ota_header_resize(a->header, a->nheader, total, header, e))
		return (int)e->code;
	memcpy(out->p + from, header, a->nheader);
	return OK;
}

int ota_file(struct db *db, const char *image_dir, const struct snapshot *s, uint32_t node, uint64_t user_eui,
	     const struct p256_cert *cert, struct str *out, const char **ret_why, struct err *e)
{
	size_t from = out->len;
	struct around a;
	int rc;

	e->code = OK;
	if (around_find(db, s, node, user_eui, &a, ret_why, e) || *ret_why)
		return (int)e->code;
	rc = join(&a, image_dir, graph_node(s->graph, node)->hash, cert, out, ret_why, e);
	if (*ret_why)
		e->code = OK;
	if (rc || *ret_why)
		cut(out, from);
	return *ret_why ? OK : rc;
}
