/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the body of a form, in both of its encodings: what is taken is text without control
 * characters, within its field, and files lie within the body.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct form_field fields[] = {
	{ .name = "a", .max = 20 },
	{ .name = "t", .kind = FORM_AREA },
	{ .name = "l", .kind = FORM_LIST },
	{ .name = "f", .kind = FORM_FILE },
	{ .name = NULL },
};
static const struct header parts = { "Content-Type", "multipart/form-data; boundary=b" };

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void read_as(const uint8_t *data, size_t size, const char *type)
{
	struct req rq = { .method = "POST", .type = type, .header = &parts, .nheaders = 1 };
	OWN(form_done) struct form f = { .fields = fields };
	struct err e = { 0 };

	str_init(&rq.body, 1 * MIB);
	str_addn(&rq.body, data, size);
	form_start(&f, &rq);
	if (!form_read(&f, &e)) {
		for (size_t i = 0; i < f.given.n; i++) {
			const char *s = f.given.v[i].text;

			need(*s && parse_utf8_ok(s, strlen(s)) && f.given.v[i].field < 3);
			need(f.given.v[i].field == 1 || !strpbrk(s, "\r\n"));
		}
		for (size_t i = 0; i < f.uploads.n; i++)
			need(f.uploads.v[i].p >= rq.body.p &&
			     f.uploads.v[i].p + f.uploads.v[i].len <= rq.body.p + rq.body.len);
	} else {
		need(e.code && *e.msg);
	}
	str_done(&rq.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(data, size, FORM_TYPE);
	read_as(data, size, FORM_FILE_TYPE);
	return 0;
}
