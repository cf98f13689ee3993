/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/slots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static void dir_close_own(DIR **d)
{
	if (*d)
		closedir(*d);
}

void package_clear(struct package *p)
{
	free(p->file);
	str_done(&p->text);
	memset(p, 0, sizeof *p);
	str_init(&p->text, BLOCK_MANIFEST_MAX);
}

void package_of_image(struct package *p, const struct bbum_manifest *m)
{
	package_clear(p);
	p->m = *m;
	p->n = 1;
	p->file = mem_zalloc(sizeof *p->file);
	str_copy(p->file->hash, sizeof p->file->hash, m->hash);
	str_copy(p->file->address, sizeof p->file->address, m->image);
	p->file->size = m->size;
}

static const char *slot_path(const char *dir, enum slot_id id, const char *file, char *buf)
{
	snprintf(buf, SLOT_PATH_SIZE, "%s/slot-%s%s%s", dir, slot_name[id], *file ? "/" : "", file);
	return buf;
}

const char *slot_file(const char *dir, enum slot_id id, const struct package *p, int i, char *buf)
{
	char name[SHA256_HEX + 16] = "image";

	if (package_is_block(p))
		snprintf(name, sizeof name, "archives/%s", p->file[i].hash);
	return slot_path(dir, id, name, buf);
}

const char *slot_part(const char *dir, enum slot_id id, const struct package *p, int i, char *buf)
{
	char name[SHA256_HEX + 24];

	snprintf(name, sizeof name, "%s%s.part", package_is_block(p) ? "archives/" : "", p->file[i].hash);
	return slot_path(dir, id, name, buf);
}

int slot_text(const char *dir, enum slot_id id, struct str *ret, struct err *e)
{
	char path[SLOT_PATH_SIZE];

	if (file_read(slot_path(dir, id, "manifest.json", path), ret, e))
		return err_wrap(e, "slot %s", slot_name[id]);
	return OK;
}

static int file_verify(const char *path, const struct package_file *f, struct err *e)
{
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ERR_INVALID, "there is no %s", path);
	if (f->size >= 0 && st.st_size != f->size)
		return err_set(e, ERR_INVALID, "%s has %lld bytes, its Manifest says %" PRId64, path,
			       (long long)st.st_size, f->size);
	if (sha256_file(path, sum, e))
		return (int)e->code;
	if (strcmp(hex_text(sum, sizeof sum, hex), f->hash) != 0)
		return err_set(e, ERR_INVALID, "%s has the SHA-256 %s, its Manifest says %s", path, hex,
			       f->hash);
	return OK;
}

int slot_verify(const char *dir, enum slot_id id, const struct package *p, bool *ok, struct err *e)
{
	char path[SLOT_PATH_SIZE];
	struct err one;
	int rc = OK;

	for (int i = 0; i < p->n; i++) {
		bool good = !file_verify(slot_file(dir, id, p, i, path), &p->file[i], &one);

		if (ok)
			ok[i] = good;
		if (!good && !rc) {
			*e = one;
			rc = (int)one.code;
		}
	}
	return rc;
}

int slot_part_verify(const char *dir, enum slot_id id, const struct package *p, int i, struct err *e)
{
	char path[SLOT_PATH_SIZE];

	return file_verify(slot_part(dir, id, p, i, path), &p->file[i], e);
}

void slot_part_drop(const char *dir, enum slot_id id, const struct package *p, int i)
{
	char path[SLOT_PATH_SIZE];

	unlink(slot_part(dir, id, p, i, path));
}

/* May this file stay: a part of the Package that is coming? */
static bool stays(const char *dir, enum slot_id id, const struct package *p, const char *path)
{
	char part[SLOT_PATH_SIZE];

	for (int i = 0; i < p->n; i++)
		if (!strcmp(slot_part(dir, id, p, i, part), path))
			return true;
	return false;
}

/* A stored Archive that the coming Package has too is kept as its part: it need not be fetched again. */
static void keep_as_part(const char *dir, enum slot_id id, const struct package *p, const char *path)
{
	char from[SLOT_PATH_SIZE], to[SLOT_PATH_SIZE];

	for (int i = 0; package_is_block(p) && i < p->n; i++)
		if (!strcmp(slot_file(dir, id, p, i, from), path))
			(void)rename(from, slot_part(dir, id, p, i, to));
}

static int folder_clear(const char *dir, enum slot_id id, const struct package *p, const char *folder,
			struct err *e)
{
	OWN(dir_close) DIR *d = opendir(folder);
	char path[SLOT_PATH_SIZE + 256];
	struct dirent *f;
	struct stat st;

	if (!d)
		return err_errno(e, errno, "'%s' cannot be read", folder);
	while ((f = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
		if (!strcmp(f->d_name, ".") || !strcmp(f->d_name, "..") || stays(dir, id, p, path))
			continue;
		keep_as_part(dir, id, p, path);
		if (lstat(path, &st) || S_ISDIR(st.st_mode))
			continue;
		if (unlink(path) && errno != ENOENT)
			return err_errno(e, errno, "'%s' cannot be removed", path);
	}
	return OK;
}

/* The Manifest goes first: without it the slot counts as empty. */
int slot_take(const char *dir, enum slot_id id, const struct package *p, struct err *e)
{
	char path[SLOT_PATH_SIZE], folder[SLOT_PATH_SIZE], archives[SLOT_PATH_SIZE];
	struct stat st;

	slot_path(dir, id, "", folder);
	slot_path(dir, id, "archives", archives);
	if (file_mkdirs(package_is_block(p) ? archives : folder, e))
		return (int)e->code;
	if (unlink(slot_path(dir, id, "manifest.json", path)) && errno != ENOENT)
		return err_errno(e, errno, "'%s' cannot be removed", path);
	if (folder_clear(dir, id, p, folder, e))
		return (int)e->code;
	return stat(archives, &st) ? OK : folder_clear(dir, id, p, archives, e);
}

int slot_part_open(const char *dir, enum slot_id id, const struct package *p, int i, int *ret_fd,
		   int64_t *ret_have, struct err *e)
{
	int64_t size = p->file[i].size;
	char path[SLOT_PATH_SIZE];
	struct stat st;
	int fd;

	slot_part(dir, id, p, i, path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(e, errno, "'%s' cannot be opened", path);
	if (fstat(fd, &st) || (size >= 0 && st.st_size > size && ftruncate(fd, 0))) {
		err_errno(e, errno, "'%s' cannot be used", path);
		close(fd);
		return (int)e->code;
	}
	*ret_have = size >= 0 && st.st_size > size ? 0 : st.st_size;
	*ret_fd = fd;
	return OK;
}

static int sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int slot_install(const char *dir, enum slot_id id, const struct package *p, bool sync, bool bare,
		 struct err *e)
{
	char part[SLOT_PATH_SIZE], file[SLOT_PATH_SIZE], path[SLOT_PATH_SIZE];
	STR(text, BLOCK_MANIFEST_MAX);
	struct jw w = jw_start(&text);

	for (int i = 0; !bare && i < p->n; i++) {
		slot_part(dir, id, p, i, part);
		slot_file(dir, id, p, i, file);
		if ((sync && sync_path(part)) || rename(part, file))
			return err_errno(e, errno, "'%s' cannot be made", file);
	}
	if (sync && ((package_is_block(p) && sync_path(slot_path(dir, id, "archives", path))) ||
		     sync_path(slot_path(dir, id, "", path))))
		return err_errno(e, errno, "'%s' cannot be synced", path);
	if (package_is_block(p))
		str_addn(&text, p->text.p, p->text.len);
	else
		bbum_manifest_write(&p->m, &w);
	return memory_put_file(slot_path(dir, id, "manifest.json", path), str_c(&text), text.len, sync, e);
}

void slot_damage(const char *dir, enum slot_id id, const struct package *p, int i, bool stored)
{
	char path[SLOT_PATH_SIZE];
	FILE *f = fopen(stored ? slot_file(dir, id, p, i, path) : slot_part(dir, id, p, i, path), "r+b");
	int c;

	if (!f)
		return;
	c = fgetc(f);
	if (c != EOF && !fseek(f, 0, SEEK_SET))
		fputc(c ^ 0x55, f);
	fclose(f);
}
