/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_ota.h"

#include "base/str.h"

int store_ota_add(struct db *db, const struct store_ota *o, struct err *e)
{
	return db_exec(db, SQL_OTA_ADD,
		       ARGS(VTEXT(o->sha256), VTEXT(o->manufacturer), VTEXT(o->image_type), VTEXT(o->version),
			    VTEXT(o->hw_min), VTEXT(o->hw_max), VTEXT(o->header), VINT(o->size),
			    VTEXT(o->added_by), VINT(o->added_at)),
		       NULL, e);
}

int store_ota_of(struct db *db, const char *sha256, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_OTA_OF, ARGS(VTEXT(sha256)), ret, e);
}

int store_ota_next(struct rows *r, struct store_ota *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_ota){ .sha256 = rows_text(r, 0),
					   .manufacturer = rows_text(r, 1),
					   .image_type = rows_text(r, 2),
					   .version = rows_text(r, 3),
					   .hw_min = rows_text(r, 4),
					   .hw_max = rows_text(r, 5),
					   .header = rows_text(r, 6),
					   .size = rows_num(r, 7),
					   .added_by = rows_text(r, 8),
					   .added_at = rows_num(r, 9) };
	return OK;
}

int store_ota_after(struct db *db, const char *after, bool *ret_got, char buf[65], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_OTA_NEXT, ARGS(VTEXT(after)), &r, e) || rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		str_copy(buf, 65, rows_text(r, 0));
	return OK;
}

int store_ota_sign_put(struct db *db, const struct store_ota_sign *s, struct err *e)
{
	return db_exec(db, SQL_OTA_SIGNATURE_PUT,
		       ARGS(VTEXT(s->sha256), VINT(s->user_eui), VTEXT(s->signature), VTEXT(s->signed_by),
			    VINT(s->signed_at)),
		       NULL, e);
}

int store_ota_signs(struct db *db, const char *sha256, uint64_t user_eui, struct rows **ret, struct err *e)
{
	if (!user_eui)
		return db_run(db, SQL_OTA_SIGNATURES, ARGS(VTEXT(sha256)), ret, e);
	return db_run(db, SQL_OTA_SIGNATURE_GET, ARGS(VTEXT(sha256), VINT(user_eui)), ret, e);
}

int store_ota_sign_next(struct rows *r, struct store_ota_sign *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_ota_sign){ .sha256 = rows_text(r, 0),
						.user_eui = (uint64_t)rows_num(r, 1),
						.signature = rows_text(r, 2),
						.signed_by = rows_text(r, 3),
						.signed_at = rows_num(r, 4) };
	return OK;
}
