/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain as CSV, in pieces, so that a long chain needs no memory. */
#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "core/export.h"

int export_audit_page(struct db *db, int64_t after, int limit, struct str *out, int64_t *ret_last,
		      struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t last = after;
	char at[TIME_TEXT];
	bool got;

	if (!after)
		str_add(out, "seq,at,who,why,action,subject,before,after,revision,prev_hash,hash,digest\r\n");
	if (db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(after), VINT(limit)), &r, e))
		return e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		last = rows_num(r, 0);
		time_text(rows_num(r, 1), at);
		str_addf(out, "%" PRId64 ",%s", last, at);
		for (int c = 2; c < 12; c++) {
			str_addc(out, ',');
			if (c == 8 && !rows_null(r, c))
				str_add_i64(out, rows_num(r, c));
			else if (c != 8)
				csv_field(out, rows_text(r, c));
		}
		str_add(out, "\r\n");
	}
	if (out->over)
		return err_set(e, ERR_TOO_LARGE, "a page of the audit is larger than %zu MiB",
			       out->max / MIB);
	*ret_last = last;
	return OK;
}
