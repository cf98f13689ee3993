/* SPDX-License-Identifier: Apache-2.0 */
/* A Package into the inbox, piece by piece. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/vc_p.h"
#include "manifest/package.h"

#define NAME_MAX_BYTES 64

struct vc_put {
	const struct vc_store *store; /* borrowed */
	int fd;
	char tmp[VC_PATH_MAX]; /* "" = nothing to remove */
	char folder[NAME_MAX_BYTES + sizeof VC_PACKAGE_END];
	int64_t size;
};

void vc_put_drop(struct vc_put *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	if (p->tmp[0])
		unlink(p->tmp);
	mem_free(p);
}

static bool name_ok(const char *name)
{
	size_t n = strlen(name);

	return n && n <= NAME_MAX_BYTES && name[0] != '.' && !vc_is_package(name) &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

int vc_put_begin(const struct vc_store *s, const char *name, struct vc_put **ret, struct err *e)
{
	OWN(vc_put_drop) struct vc_put *p = mem_zalloc(sizeof *p);

	p->fd = -1;
	p->store = s;
	if (!*s->inbox)
		return err_set(e, ERR_CONFIG,
			       "vc_inbox is empty: this service takes no Vehicle Configurations");
	if (!name_ok(name))
		return err_set(e, ERR_INVALID,
			       "a Package is named by at most %d letters, digits and . _ -, not '%.80s'",
			       NAME_MAX_BYTES, name);
	snprintf(p->folder, sizeof p->folder, "%s" VC_PACKAGE_END, name);
	if (snprintf(p->tmp, sizeof p->tmp, "%s/" VC_PUT_BEGIN "XXXXXX", s->inbox) >= (int)sizeof p->tmp) {
		p->tmp[0] = '\0';
		return err_set(e, ERR_CONFIG, "the path of vc_inbox is too long");
	}
	p->fd = mkostemp(p->tmp, O_CLOEXEC);
	if (p->fd < 0) {
		p->tmp[0] = '\0';
		return err_errno(e, errno, "a file in the inbox '%.200s'", s->inbox);
	}
	*ret = MOVE(p);
	return OK;
}

int vc_put_write(struct vc_put *p, const void *bytes, size_t n, struct err *e)
{
	p->size += (int64_t)n;
	if (p->size > PACKAGE_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "a Package has at most %" PRId64 " bytes",
			       PACKAGE_BYTES_MAX);
	return file_write(p->fd, bytes, n, p->folder, e);
}

/* The row that a look at the inbox made meanwhile, if one did. */
static int row_there(struct db *db, const char *folder, struct vc_rec *ret, bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct vc_row row;
	bool got;

	*ret_got = false;
	if (store_vc_list(db, false, &rows, e))
		return (int)e->code;
	for (;;) {
		if (store_vc_next(rows, &row, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (row.kept || strcmp(row.folder, folder) != 0)
			continue;
		vc_rec_done(ret);
		vc_rec_read(&row, ret);
		*ret_got = true;
	}
}

/* It is complete, whatever its times say: the row is made at once, as vc_scan() would make it later. */
static int put_row(struct vc_put *p, struct db *db, const struct actor *who, int64_t *ret_n, struct err *e)
{
	TX(tx);
	VC_REC(was);
	struct vc_look look;
	struct vc_row row = { .folder = p->folder, .report = "", .verified_at = -1 };
	int64_t n = 0;
	bool got;

	if (vc_look_at(p->store, p->folder, who->now, &look, e) || tx_begin(&tx, db, true, e) ||
	    row_there(db, p->folder, &was, &got, e))
		return (int)e->code;
	if (got)
		row = vc_rec_row(&was);
	row.state = "stored";
	row.mark = look.mark;
	if (!got) {
		row.seen_at = who->now;
		if (store_vc_add(db, &row, &n, e))
			return (int)e->code;
	} else if (store_vc_set(db, &row, e)) {
		return (int)e->code;
	}
	if (tx_keep(&tx, e))
		return (int)e->code;
	*ret_n = got ? was.i.n : n;
	return OK;
}

int vc_put_end(struct vc_put *p_, struct db *db, const struct actor *who, int64_t *ret_n, struct err *e)
{
	OWN(vc_put_drop) struct vc_put *p = p_;
	STR(path, VC_PATH_MAX);
	int64_t n;

	/* What was there before under this name must have its end in the list first. */
	if (vc_scan(db, p->store, who, NULL, e))
		return (int)e->code;
	str_addf(&path, "%s/%s", p->store->inbox, p->folder);
	if (path.over)
		return err_set(e, ERR_CONFIG, "the path of vc_inbox is too long");
	if (fchmod(p->fd, 0640) || fsync(p->fd))
		return err_errno(e, errno, "writing '%.200s'", p->folder);
	if (renameat2(AT_FDCWD, p->tmp, AT_FDCWD, str_c(&path), RENAME_NOREPLACE))
		return errno == EEXIST
			   ? err_set(e, ERR_CONFLICT, "the inbox has '%.100s' already; choose another name",
				     p->folder)
			   : err_errno(e, errno, "naming '%.200s'", str_c(&path));
	p->tmp[0] = '\0';
	if (file_sync_folder_of(str_c(&path), e) || put_row(p, db, who, &n, e))
		return (int)e->code;
	*ret_n = n;
	return OK;
}
