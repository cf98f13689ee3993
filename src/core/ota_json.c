/* SPDX-License-Identifier: Apache-2.0 */
/* Images of meters as JSON. */
#include <string.h>

#include "base/json.h"
#include "core/ota_p.h"
#include "wire/duis.h"

#define HEADERS_MAX 64 /* of one image that are compared with entries */

static void text_or_null(struct jw *w, const char *name, const char *text)
{
	jw_kstr(w, name, *text ? text : NULL);
}

struct headers {
	struct ota of[HEADERS_MAX];
	size_t n;
	int64_t size;
};

static int headers_json(struct db *db, const char *sha256, struct headers *h, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	uint8_t raw[OTA_HEADER_MAX];
	struct store_ota r;
	bool got;

	jw_key(w, "headers");
	jw_arr(w);
	if (store_ota_of(db, sha256, &rows, e))
		return (int)e->code;
	for (;;) {
		struct ota o;

		if (store_ota_next(rows, &r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		h->size = r.size;
		if (!ota_row_header(&r, raw, &o))
			continue;
		if (h->n < HEADERS_MAX)
			h->of[h->n++] = o;
		jw_obj(w);
		jw_kstr(w, "manufacturer", r.manufacturer);
		jw_kstr(w, "model", r.image_type);
		jw_kstr(w, "version", r.version);
		text_or_null(w, "hardware_min", r.hw_min);
		text_or_null(w, "hardware_max", r.hw_max);
		jw_kstr(w, "text", o.text);
		jw_kstr(w, "added_by", r.added_by);
		jw_ktime(w, "added_at", r.added_at);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static int signatures_json(struct db *db, const char *sha256, uint64_t sees, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_ota_sign r;
	char eui[DUIS_EUI_SIZE];
	bool got;

	jw_key(w, "signatures");
	jw_arr(w);
	if (store_ota_signs(db, sha256, sees, &rows, e))
		return (int)e->code;
	for (;;) {
		if (store_ota_sign_next(rows, &r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(w);
		jw_kstr(w, "user", duis_eui_text(r.user_eui, eui));
		jw_kstr(w, "signed_by", r.signed_by);
		jw_ktime(w, "signed_at", r.signed_at);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static void entries_json(const struct snapshot *s, const char *sha256, const struct headers *h, struct jw *w)
{
	jw_key(w, "entries");
	jw_arr(w);
	for (uint32_t i = 0; i < graph_nodes(s->graph); i++) {
		const struct graph_node *n = graph_node(s->graph, i);

		if (!n->hash || strcmp(n->hash, sha256) != 0)
			continue;
		for (size_t k = 0; k < h->n; k++) {
			char what[1][OTA_DIFFERENCE_SIZE];

			if (!ota_node_differs(s, i, &h->of[k], sha256, what, 1)) {
				jw_str(w, n->name);
				break;
			}
		}
	}
	jw_arr_end(w);
}

static int image_json(struct db *db, const char *image_dir, const struct snapshot *s, const char *sha256,
		      uint64_t sees, struct jw *w, struct err *e)
{
	struct headers h = { .n = 0 };

	jw_obj(w);
	jw_kstr(w, "sha256", sha256);
	if (headers_json(db, sha256, &h, w, e) || signatures_json(db, sha256, sees, w, e))
		return (int)e->code;
	entries_json(s, sha256, &h, w);
	jw_kint(w, "bytes", h.size);
	if (image_dir)
		jw_kbool(w, "stored", image_stored(image_dir, sha256));
	jw_end(w);
	return OK;
}

int ota_image_json(struct db *db, const char *image_dir, const struct snapshot *s, const char *sha256,
		   uint64_t sees, struct str *out, struct err *e)
{
	char name[SHA256_HEX];
	OWN(rows_done) struct rows *rows = NULL;
	struct jw w = jw_start(out);
	struct store_ota r;
	bool got;

	if (ota_hash_read(sha256, name, e) || store_ota_of(db, name, &rows, e) ||
	    store_ota_next(rows, &r, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "no OTA file of the image %s was taken", name);
	if (image_json(db, image_dir, s, name, sees, &w, e))
		return (int)e->code;
	str_addc(out, '\n');
	return OK;
}

int ota_images_json(struct db *db, const char *image_dir, const struct snapshot *s, const char *cursor,
		    int64_t limit, uint64_t sees, struct str *out, struct err *e)
{
	char after[SHA256_HEX] = "", name[SHA256_HEX];
	struct jw w = jw_start(out);
	bool got = false;

	if (cursor && ota_hash_read(cursor, after, e))
		return err_set(e, ERR_INVALID, "that cursor is none of this list");
	jw_obj(&w);
	jw_key(&w, "images");
	jw_arr(&w);
	for (int64_t i = 0;; i++) {
		if (store_ota_after(db, after, &got, name, e))
			return (int)e->code;
		if (!got || i == limit)
			break;
		memcpy(after, name, sizeof after);
		if (image_json(db, image_dir, s, name, sees, &w, e))
			return (int)e->code;
	}
	jw_arr_end(&w);
	jw_kstr(&w, "next", got ? after : NULL);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
