/* SPDX-License-Identifier: Apache-2.0 */
#include "import/zip_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define BLOCK (32 * KIB)

/* One pass of libarchive over the input. */
struct pass {
	const struct input *in; /* borrowed */
	int64_t at;
	char *buf;         /* owned, BLOCK bytes */
	struct archive *a; /* owned */
	struct err bad;    /* what a callback failed with */
};

struct zip {
	const struct input *in; /* borrowed */
	struct map *names;      /* owned; every member's name */
};

struct zip_member {
	struct pass pass;
	char name[128]; /* for messages */
	int64_t packed; /* bytes that libarchive had fetched when the member began */
	int64_t size;   /* inflated so far */
};

static la_ssize_t read_cb(struct archive *a, void *ctx, const void **ret)
{
	struct pass *p = ctx;
	size_t n;

	if (input_read(p->in, p->at, p->buf, BLOCK, &n, &p->bad)) {
		archive_set_error(a, EIO, "%s", p->bad.msg);
		return -1;
	}
	p->at += (int64_t)n;
	*ret = p->buf;
	return (la_ssize_t)n;
}

static la_int64_t seek_cb(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct pass *p = ctx;
	int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? p->at : input_size(p->in);

	(void)a;
	if (offset < -base || offset > input_size(p->in) - base)
		return ARCHIVE_FATAL;
	p->at = base + offset;
	return p->at;
}

static la_int64_t skip_cb(struct archive *a, void *ctx, la_int64_t n)
{
	struct pass *p = ctx;
	int64_t left = input_size(p->in) - p->at;

	(void)a;
	if (n > left)
		n = left;
	p->at += n;
	return n;
}

/* What libarchive complains about. Its warnings are refusals here, too: half a member is no member. */
static int zip_fail(struct pass *p, const char *name, struct err *e)
{
	const char *why = archive_error_string(p->a);

	if (p->bad.code) {
		*e = p->bad;
		return e->code;
	}
	if (archive_errno(p->a) == ENOMEM)
		return err_set(e, ERR_NO_MEMORY, "reading the workbook");
	err_set(e, ERR_IMPORT, "the workbook is damaged: %s", why ? why : "it cannot be read");
	return err_at(e, name, 0, 0);
}

static void pass_done(struct pass *p)
{
	if (p->a)
		archive_read_free(p->a);
	p->a = NULL;
	mem_free(p->buf);
	p->buf = NULL;
}

static int pass_start(struct pass *p, const struct input *in, struct err *e)
{
	*p = (struct pass){ .in = in, .buf = mem_alloc(BLOCK), .a = archive_read_new() };
	if (!p->a)
		return err_set(e, ERR_NO_MEMORY, "reading the workbook");
	if (archive_read_support_format_zip_seekable(p->a) || archive_read_set_callback_data(p->a, p) ||
	    archive_read_set_read_callback(p->a, read_cb) || archive_read_set_seek_callback(p->a, seek_cb) ||
	    archive_read_set_skip_callback(p->a, skip_cb) || archive_read_open1(p->a)) {
		zip_fail(p, NULL, e);
		pass_done(p);
		return e->code;
	}
	return OK;
}

/* The next member of the directory; NULL at the end. */
static int pass_next(struct pass *p, const char **ret_name, struct archive_entry **ret, struct err *e)
{
	int rc = archive_read_next_header(p->a, ret);

	*ret_name = NULL;
	if (rc == ARCHIVE_EOF)
		return OK;
	if (rc != ARCHIVE_OK)
		return zip_fail(p, NULL, e);
	*ret_name = archive_entry_pathname_utf8(*ret);
	if (!*ret_name)
		*ret_name = archive_entry_pathname(*ret);
	if (!*ret_name)
		return err_set(e, ERR_IMPORT, "the workbook has a member without a name");
	return OK;
}

static int check_member(const struct zip *z, const char *name, struct archive_entry *entry, struct err *e)
{
	if (map_count(z->names) >= ZIP_MEMBERS_MAX)
		return err_set(e, ERR_TOO_LARGE, "the workbook has more than %d members", ZIP_MEMBERS_MAX);
	if (map_get(z->names, name)) {
		err_set(e, ERR_IMPORT, "the workbook has a member twice");
		return err_at(e, name, 0, 0);
	}
	if (archive_entry_is_encrypted(entry)) {
		err_set(e, ERR_IMPORT, "the workbook is encrypted; save it without a password");
		return err_at(e, name, 0, 0);
	}
	if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR) {
		err_set(e, ERR_IMPORT, "the workbook has a member that is not a plain file");
		return err_at(e, name, 0, 0);
	}
	return OK;
}

int zip_open(const struct input *in, struct zip **ret, struct err *e)
{
	OWN(zip_free) struct zip *z = mem_zalloc(sizeof *z);
	struct pass pass;
	struct archive_entry *entry;
	const char *name;
	int rc;

	z->in = in;
	z->names = map_new();
	if (pass_start(&pass, in, e))
		return e->code;
	for (;;) {
		rc = pass_next(&pass, &name, &entry, e);
		if (rc || !name)
			break;
		rc = check_member(z, name, entry, e);
		if (rc)
			break;
		map_put(z->names, name, z);
	}
	pass_done(&pass);
	if (rc)
		return rc;
	*ret = MOVE(z);
	return OK;
}

void zip_free(struct zip *z)
{
	if (z && z->names)
		map_free(z->names);
	mem_free(z);
}

bool zip_has(const struct zip *z, const char *name)
{
	return map_get(z->names, name) != NULL;
}

int zip_member_open(const struct zip *z, const char *name, struct zip_member **ret, struct err *e)
{
	OWN(zip_member_free) struct zip_member *m = NULL;
	struct archive_entry *entry;
	const char *found;

	if (!zip_has(z, name)) {
		err_set(e, ERR_IMPORT, "the workbook has no member of this name; is it a spreadsheet?");
		return err_at(e, name, 0, 0);
	}
	m = mem_zalloc(sizeof *m);
	snprintf(m->name, sizeof m->name, "%s", name);
	if (pass_start(&m->pass, z->in, e))
		return e->code;
	do {
		if (pass_next(&m->pass, &found, &entry, e))
			return e->code;
		if (!found)
			return err_set(e, ERR_IMPORT, "the workbook changed while it was read");
	} while (strcmp(found, name));
	m->packed = archive_filter_bytes(m->pass.a, -1);
	*ret = MOVE(m);
	return OK;
}

void zip_member_free(struct zip_member *m)
{
	if (m)
		pass_done(&m->pass);
	mem_free(m);
}

int zip_member_read(struct zip_member *m, void *buf, size_t n, size_t *ret_n, struct err *e)
{
	la_ssize_t got = archive_read_data(m->pass.a, buf, n);
	int64_t packed;

	if (got < 0)
		return zip_fail(&m->pass, m->name, e);
	m->size += got;
	packed = archive_filter_bytes(m->pass.a, -1) - m->packed;
	if (m->size > (int64_t)ZIP_MEMBER_MAX ||
	    (m->size > (int64_t)ZIP_RATIO_FROM && m->size / ZIP_RATIO_MAX > packed)) {
		err_set(e, ERR_TOO_LARGE, "the member inflates to far more than it should (a zip bomb?)");
		return err_at(e, m->name, 0, 0);
	}
	*ret_n = (size_t)got;
	return OK;
}
