/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox, the list, and rows as records. */
#include "core/vc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/beneath.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/tree.h"
#include "core/vc_p.h"

#define THINGS_MAX 20000     /* files and folders of one Vehicle Configuration in the inbox */
#define CLOCK_AHEAD_MS 60000 /* times of files so far ahead are nonsense, not news */
#define LOCK_TRIES 300
#define LOCK_WAIT_NS 100000000

int vc_store_from(const struct conf *c, const char *image_dir, struct vc_store *ret, struct err *e)
{
	const char *profile = conf_text(c, "manifest_profile");

	*ret = (struct vc_store){ .inbox = conf_text(c, "vc_inbox"),
				  .dir = conf_text(c, "vc_dir"),
				  .image_dir = image_dir,
				  .trust_file = conf_text(c, "trust_file"),
				  .quiet = conf_ms(c, "vc_quiet") };
	for (int i = 0; i < MANIFEST_PROFILES; i++)
		if (!strcmp(profile, manifest_profile_text[i])) {
			ret->profile = (enum manifest_profile)i;
			return OK;
		}
	return err_set(e, ERR_CONFIG, "manifest_profile is strict or compat, not '%.40s'", profile);
}

/* ---- records ---- */

void vc_rec_done(struct vc_rec *r)
{
	mem_free(r->mark);
	mem_free(r->manifest);
	mem_free(r->report);
}

static void lower_copy(char *to, size_t size, const char *from)
{
	str_copy(to, size, from ? from : "");
	for (; *to; to++)
		*to = (char)tolower((unsigned char)*to);
}

void vc_rec_read(const struct vc_row *row, struct vc_rec *ret)
{
	struct vc_info *i = &ret->i;

	*ret = (struct vc_rec){ .mark = mem_strdup(row->mark ? row->mark : ""),
				.manifest = mem_strdup(row->manifest ? row->manifest : ""),
				.report = mem_strdup(row->report ? row->report : "") };
	i->id = row->id;
	i->n = row->n;
	i->kept = row->kept;
	i->seen_at = row->seen_at;
	i->verified_at = row->verified_at;
	str_copy(i->folder, sizeof i->folder, row->folder);
	str_copy(i->config_id, sizeof i->config_id, row->config_id ? row->config_id : "");
	str_copy(i->type_id, sizeof i->type_id, row->type_id ? row->type_id : "");
	str_copy(i->name, sizeof i->name, row->name ? row->name : "");
	str_copy(i->version, sizeof i->version, row->version ? row->version : "");
	str_copy(i->hash, sizeof i->hash, row->hash ? row->hash : "");
	str_copy(i->state, sizeof i->state, row->state);
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

struct vc_row vc_rec_row(const struct vc_rec *r)
{
	const struct vc_info *i = &r->i;

	return (struct vc_row){ .id = i->id,
				.n = i->n,
				.folder = i->folder,
				.config_id = or_null(i->config_id),
				.type_id = or_null(i->type_id),
				.name = or_null(i->name),
				.version = or_null(i->version),
				.manifest = or_null(r->manifest),
				.hash = or_null(i->hash),
				.state = i->state,
				.mark = r->mark,
				.kept = i->kept,
				.report = r->report,
				.seen_at = i->seen_at,
				.verified_at = i->verified_at };
}

int vc_rec_load(struct db *db, int64_t id, int64_t n, struct vc_rec *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct vc_row row;
	bool got;

	if (store_vc_get(db, id, n, &rows, e) || store_vc_next(rows, &row, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no Vehicle Configuration %" PRId64, n ? n : id);
	vc_rec_read(&row, ret);
	return OK;
}

static void text_put(char **to, const char *text)
{
	mem_free(*to);
	*to = mem_strdup(text ? text : "");
}

/* Cut at the end of a character: texts of the store are UTF-8. */
static void text_copy(char *to, size_t size, const char *from)
{
	size_t n = 0, one;

	while (from && from[n] && (one = parse_utf8_len(from + n, strlen(from + n))) && n + one < size)
		n += one;
	str_copyn(to, size, from ? from : "", n);
}

void vc_rec_facts(struct vc_rec *r, const struct manifest *m)
{
	const struct config_item *root = m ? manifest_root(m) : NULL;
	struct vc_info *i = &r->i;

	lower_copy(i->config_id, sizeof i->config_id, root ? root->text[ELEMENT_CONFIG_ID] : NULL);
	lower_copy(i->type_id, sizeof i->type_id, root ? root->text[ELEMENT_TYPE_ID] : NULL);
	text_copy(i->name, sizeof i->name, root ? root->text[ELEMENT_NAME] : NULL);
	text_copy(i->version, sizeof i->version, root ? root->text[ELEMENT_RELEASE_VERSION] : NULL);
	str_copy(i->hash, sizeof i->hash, root && root->hash ? root->hash : "");
	text_put(&r->manifest, root ? root->file : NULL);
}

int vc_by_n(struct db *db, int64_t n, struct vc_info *ret, struct err *e)
{
	VC_REC(r);

	if (n < 1)
		return err_set(e, ERR_NOT_FOUND, "there is no Vehicle Configuration %" PRId64, n);
	if (vc_rec_load(db, 0, n, &r, e))
		return (int)e->code;
	*ret = r.i;
	return OK;
}

int vc_by_id(struct db *db, int64_t id, struct vc_info *ret, struct err *e)
{
	VC_REC(r);

	if (vc_rec_load(db, id, 0, &r, e))
		return (int)e->code;
	*ret = r.i;
	return OK;
}

bool vc_targets(const struct vc_info *vc, const char *type_id)
{
	char low[sizeof vc->type_id];

	lower_copy(low, sizeof low, type_id);
	return *vc->type_id && strlen(type_id) < sizeof low && !strcmp(low, vc->type_id);
}

/* ---- places ---- */

int vc_path(const struct vc_store *s, int64_t n, const char *end, char buf[VC_PATH_MAX], struct err *e)
{
	if (!*s->dir)
		return err_set(e, ERR_CONFIG, "vc_dir is empty: Vehicle Configurations cannot be kept");
	if (snprintf(buf, VC_PATH_MAX, "%s/%" PRId64 "%s", s->dir, n, end) >= VC_PATH_MAX)
		return err_set(e, ERR_CONFIG, "the path of vc_dir is too long");
	return OK;
}

int vc_lock(const struct vc_store *s, int *ret_fd, struct err *e)
{
	OWN(fd_close) int fd = -1;
	char path[VC_PATH_MAX];

	if (!*s->dir || snprintf(path, sizeof path, "%s/.lock", s->dir) >= (int)sizeof path)
		return err_set(e, ERR_CONFIG,
			       "vc_dir is empty or too long: Vehicle Configurations cannot be kept");
	if (file_mkdirs(s->dir, e))
		return err_wrap(e, "vc_dir");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return err_errno(e, errno, "'%.200s' cannot be opened", path);
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(e, errno, "'%.200s' cannot be locked", path);
		if (i == LOCK_TRIES)
			return err_set(e, ERR_BUSY, "another process works in vc_dir");
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_WAIT_NS }, NULL);
	}
	*ret_fd = fd;
	fd = -1;
	return OK;
}

/* ---- how a folder looks ---- */

bool vc_is_package(const char *folder)
{
	size_t n = strlen(folder), end = strlen(VC_PACKAGE_END);

	return n > end && !strcmp(folder + n - end, VC_PACKAGE_END);
}

struct looking {
	struct sha256 *sum; /* owned by the caller */
	int64_t newest;     /* ctime, UTC ms: nobody can set it back */
	bool part;
};

static bool name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && !strcmp(name + n - k, end);
}

static void look_stat(struct looking *l, const char *name, const struct stat *st)
{
	char line[160];
	int64_t changed = (int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;
	int n = snprintf(line, sizeof line, "\n%o %" PRId64 " %" PRId64 ".%09ld\n",
			 (unsigned)(st->st_mode & S_IFMT), S_ISREG(st->st_mode) ? (int64_t)st->st_size : 0,
			 S_ISREG(st->st_mode) ? (int64_t)st->st_mtim.tv_sec : 0,
			 S_ISREG(st->st_mode) ? st->st_mtim.tv_nsec : 0L);

	sha256_add(l->sum, name, strlen(name));
	sha256_add(l->sum, line, (size_t)n);
	if (changed > l->newest)
		l->newest = changed;
	if (name_ends(name, ".part") || name_ends(name, ".filepart"))
		l->part = true;
}

static int look_see(void *ctx, const char *name, const struct stat *st, struct err *e)
{
	(void)e;
	look_stat(ctx, name, st);
	return OK;
}

int vc_look_at(const struct vc_store *s, const char *folder, int64_t now, struct vc_look *ret, struct err *e)
{
	OWN(sha256_free) struct sha256 *sum = sha256_new();
	struct looking l = { .sum = sum, .newest = -1 };
	uint8_t raw[SHA256_LEN];
	STR(path, VC_PATH_MAX);
	struct stat st;

	str_addf(&path, "%s/%s", s->inbox, folder);
	if (path.over)
		return err_set(e, ERR_CONFIG, "the path of vc_inbox is too long");
	if (lstat(path.p, &st))
		return errno == ENOENT
			   ? err_set(e, ERR_NO_FILE, "'%.200s' is not in the inbox any more", folder)
			   : err_errno(e, errno, "'%.200s' in the inbox", folder);
	if (vc_is_package(folder) ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
		return err_set(e, ERR_NO_FILE, "'%.200s' in the inbox is no folder any more", folder);
	look_stat(&l, "", &st);
	if (S_ISDIR(st.st_mode) && tree_walk(path.p, THINGS_MAX, look_see, &l, e))
		return (int)e->code;
	sha256_end(sum, raw);
	hex_text(raw, sizeof raw, ret->mark);
	ret->arriving = l.part || (l.newest > now - s->quiet && l.newest < now + CLOCK_AHEAD_MS);
	return OK;
}

/* ---- the inbox ---- */

/* One thing of the inbox. */
struct arrival {
	char *folder; /* owned */
	struct vc_look look;
	bool seen;           /* it could be looked at */
	struct vc_rec facts; /* of the Vehicle Manifest, when it was read */
	bool read;
};
struct arrivals {
	struct arrival *v; /* owned */
	size_t n, cap;
	bool cut; /* there are more */
};
static void arrivals_done(struct arrivals *a)
{
	for (size_t i = 0; i < a->n; i++) {
		mem_free(a->v[i].folder);
		vc_rec_done(&a->v[i].facts);
	}
	mem_free(a->v);
}
DEFINE_OWN_VAL(struct arrivals, arrivals_done)

static bool folder_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (name[0] == '.' || n > VC_FOLDER_MAX || !parse_utf8_ok(name, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	return true;
}

static void dir_close_own(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int arrival_order(const void *a, const void *b)
{
	return strcmp(((const struct arrival *)a)->folder, ((const struct arrival *)b)->folder);
}

static int inbox_read(const struct vc_store *s, int64_t now, struct arrivals *ret, struct err *e)
{
	OWN(dir_close) DIR *d = opendir(s->inbox);
	struct dirent *x;

	if (!d)
		return err_errno(e, errno, "the inbox '%.200s' cannot be opened", s->inbox);
	while (errno = 0, (x = readdir(d))) {
		struct arrival a = { .folder = NULL };
		struct stat st;

		if (!folder_name_ok(x->d_name) || fstatat(dirfd(d), x->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !(S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && vc_is_package(x->d_name))) ||
		    (S_ISDIR(st.st_mode) && vc_is_package(x->d_name)))
			continue;
		if (ret->n == VC_MAX) {
			ret->cut = true;
			break;
		}
		a.folder = mem_strdup(x->d_name);
		if (ret->n == ret->cap) {
			ret->cap = ret->cap ? 2 * ret->cap : 64;
			ret->v = mem_realloc(ret->v, ret->cap, sizeof *ret->v);
		}
		ret->v[ret->n++] = a;
	}
	if (errno)
		return err_errno(e, errno, "the inbox '%.200s'", s->inbox);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof *ret->v, arrival_order);
	for (size_t i = 0; i < ret->n; i++) {
		struct arrival *a = &ret->v[i];

		/* What cannot be read (too many files, no permission) must not hold up the others. */
		a->seen = !vc_look_at(s, a->folder, now, &a->look, e);
		if (!a->seen)
			a->look = (struct vc_look){ .arriving = true };
	}
	return OK;
}

/* The rows that count: of each folder the newest that is not gone. */
struct known {
	struct vc_rec *v; /* owned */
	size_t n, cap;
	struct map *by_folder; /* owned; folder -> struct vc_rec *, 1-based index */
};
static void known_done(struct known *k)
{
	for (size_t i = 0; i < k->n; i++)
		vc_rec_done(&k->v[i]);
	mem_free(k->v);
	if (k->by_folder)
		map_free(k->by_folder);
}
DEFINE_OWN_VAL(struct known, known_done)

static int known_read(struct db *db, struct known *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct vc_row row;
	bool got;

	ret->by_folder = map_new();
	if (store_vc_list(db, false, &rows, e))
		return (int)e->code;
	for (;;) {
		if (store_vc_next(rows, &row, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (ret->n == ret->cap) {
			ret->cap = ret->cap ? 2 * ret->cap : 64;
			ret->v = mem_realloc(ret->v, ret->cap, sizeof *ret->v);
		}
		vc_rec_read(&row, &ret->v[ret->n++]);
		map_put(ret->by_folder, row.folder, (void *)(uintptr_t)ret->n);
	}
}

static struct vc_rec *known_folder(const struct known *k, const char *folder)
{
	uintptr_t at = (uintptr_t)map_get(k->by_folder, folder);

	return at ? &k->v[at - 1] : NULL;
}

enum news { NEWS_NONE, NEWS_NEW, NEWS_ARRIVING, NEWS_STORED };

static enum news arrival_news(const struct arrival *a, const struct vc_rec *r)
{
	if (r && a->seen && *r->mark && !strcmp(r->mark, a->look.mark))
		return NEWS_NONE;
	if (!r || (r->i.kept && *r->mark && a->seen))
		return NEWS_NEW;
	if (r->i.kept) /* cannot be looked at now: the copy is what counts */
		return NEWS_NONE;
	if (a->look.arriving)
		return strcmp(r->i.state, "arriving") ? NEWS_ARRIVING : NEWS_NONE;
	return NEWS_STORED;
}

/* What a folder that has just become complete says of itself; Archives are not looked at. */
static void arrival_read(const struct vc_store *s, struct arrival *a, int64_t now)
{
	OWN(manifest_free) struct manifest *m = NULL;
	struct manifest_ask ask = { .profile = s->profile, .now = now };
	STR(path, VC_PATH_MAX);
	struct err e;

	str_addf(&path, "%s/%s", s->inbox, a->folder);
	a->facts = (struct vc_rec){ .mark = NULL };
	a->read = !vc_is_package(a->folder) && !manifest_read(str_c(&path), NULL, &ask, &m, &e);
	vc_rec_facts(&a->facts, m);
}

static void facts_take(struct vc_rec *to, const struct arrival *a)
{
	const struct vc_info *f = &a->facts.i;
	struct vc_info *i = &to->i;

	str_copy(i->config_id, sizeof i->config_id, a->read ? f->config_id : "");
	str_copy(i->type_id, sizeof i->type_id, a->read ? f->type_id : "");
	str_copy(i->name, sizeof i->name, a->read ? f->name : "");
	str_copy(i->version, sizeof i->version, a->read ? f->version : "");
	str_copy(i->hash, sizeof i->hash, a->read ? f->hash : "");
	text_put(&to->manifest, a->read ? a->facts.manifest : "");
}

/* Inside the transaction: what stands for one arrival from now on. */
static int arrival_keep(struct db *db, const struct arrival *a, struct vc_rec *r, int64_t now, struct err *e)
{
	enum news news = arrival_news(a, r);
	VC_REC(fresh);
	struct vc_rec *to = news == NEWS_NEW ? &fresh : r;
	struct vc_row row;
	int64_t n;

	if (news == NEWS_NONE)
		return OK;
	if (news == NEWS_NEW) {
		str_copy(fresh.i.folder, sizeof fresh.i.folder, a->folder);
		fresh.i.seen_at = now;
	}
	facts_take(to, a);
	str_copy(to->i.state, sizeof to->i.state, a->look.arriving ? "arriving" : "stored");
	text_put(&to->mark, a->look.arriving ? "" : a->look.mark);
	text_put(&to->report, "");
	to->i.verified_at = -1;
	row = vc_rec_row(to);
	return news == NEWS_NEW ? store_vc_add(db, &row, &n, e) : store_vc_set(db, &row, e);
}

static int gone_keep(struct db *db, struct vc_rec *r, const struct actor *who, struct err *e)
{
	char subject[32], before[32];
	struct vc_row row;

	snprintf(subject, sizeof subject, "vc/%" PRId64, r->i.n);
	snprintf(before, sizeof before, "{\"state\":\"%.15s\"}", r->i.state);
	str_copy(r->i.state, sizeof r->i.state, "gone");
	row = vc_rec_row(r);
	return store_vc_set(db, &row, e)
		   ? (int)e->code
		   : audit_add(db, who, "vc-gone", subject, before, "{\"state\":\"gone\"}", 0, NULL, e);
}

static bool is_gone(const struct known *k, const struct vc_rec *r, const struct map *here)
{
	return !r->i.kept && !map_get(here, r->i.folder) && known_folder(k, r->i.folder) == r;
}

/* A kept one may stand behind a newer arrival of the same folder; only the newest counts for the folder. */
static bool any_news(const struct known *k, const struct arrivals *a, const struct map *here)
{
	for (size_t i = 0; i < a->n; i++)
		if (arrival_news(&a->v[i], known_folder(k, a->v[i].folder)) != NEWS_NONE)
			return true;
	for (size_t i = 0; i < k->n; i++)
		if (is_gone(k, &k->v[i], here))
			return true;
	return false;
}

static int scan_keep(struct db *db, const struct arrivals *a, const struct map *here, const struct actor *who,
		     struct err *e)
{
	TX(tx);
	OWN(known_done) struct known k = { NULL, 0, 0, NULL };

	if (tx_begin(&tx, db, true, e) || known_read(db, &k, e))
		return (int)e->code;
	for (size_t i = 0; i < k.n; i++)
		if (!a->cut && is_gone(&k, &k.v[i], here) && gone_keep(db, &k.v[i], who, e))
			return (int)e->code;
	for (size_t i = 0; i < a->n; i++)
		if (arrival_keep(db, &a->v[i], known_folder(&k, a->v[i].folder), who->now, e))
			return (int)e->code;
	return tx_keep(&tx, e);
}

int vc_scan(struct db *db, const struct vc_store *s, const struct actor *who, bool *ret_changed,
	    struct err *e)
{
	OWN(arrivals_done) struct arrivals a = { NULL, 0, 0, false };
	OWN(known_done) struct known k = { NULL, 0, 0, NULL };
	OWN(map_free) struct map *here = map_new();
	bool news;

	if (ret_changed)
		*ret_changed = false;
	if (!*s->inbox)
		return OK;
	if (inbox_read(s, who->now, &a, e) || known_read(db, &k, e))
		return (int)e->code;
	for (size_t i = 0; i < a.n; i++) {
		enum news x = arrival_news(&a.v[i], known_folder(&k, a.v[i].folder));

		map_put(here, a.v[i].folder, here);
		if (!a.v[i].look.arriving && (x == NEWS_NEW || x == NEWS_STORED))
			arrival_read(s, &a.v[i], who->now);
	}
	news = any_news(&k, &a, here);
	if (news && scan_keep(db, &a, here, who, e))
		return (int)e->code;
	if (ret_changed)
		*ret_changed = news;
	return OK;
}
