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

#define PATH_SIZE (DEVICE_PATH_MAX + 100)

static void dir_close_own(DIR **d)
{
	if (*d)
		closedir(*d);
}

static const char *slot_path(const char *dir, enum slot_id id, const char *file, char *buf)
{
	snprintf(buf, PATH_SIZE, "%s/slot-%s%s%s", dir, slot_text[id], *file ? "/" : "", file);
	return buf;
}

static const char *part_path(const char *dir, enum slot_id id, const struct bbum_manifest *m, char *buf)
{
	char name[SHA256_HEX + 8];

	snprintf(name, sizeof name, "%s.part", m->hash);
	return slot_path(dir, id, name, buf);
}

int slot_manifest(const char *dir, enum slot_id id, struct bbum_manifest *ret, struct err *e)
{
	char path[PATH_SIZE];
	STR(text, BBUM_MESSAGE_MAX);

	if (file_read(slot_path(dir, id, "manifest.json", path), &text, e) ||
	    bbum_manifest_read(str_c(&text), text.len, ret, e))
		return err_wrap(e, "slot %s", slot_text[id]);
	return OK;
}

static int file_verify(const char *path, const struct bbum_manifest *m, struct err *e)
{
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ERR_INVALID, "there is no %s", path);
	if (st.st_size != m->size)
		return err_set(e, ERR_INVALID, "%s has %lld bytes, its Manifest says %" PRId64, path,
			       (long long)st.st_size, m->size);
	if (sha256_file(path, sum, e))
		return (int)e->code;
	if (strcmp(hex_text(sum, sizeof sum, hex), m->hash) != 0)
		return err_set(e, ERR_INVALID, "%s has the SHA-256 %s, its Manifest says %s", path, hex,
			       m->hash);
	return OK;
}

int slot_verify(const char *dir, enum slot_id id, const struct bbum_manifest *m, struct err *e)
{
	char path[PATH_SIZE];

	return file_verify(slot_path(dir, id, "image", path), m, e);
}

int slot_part_verify(const char *dir, enum slot_id id, const struct bbum_manifest *m, struct err *e)
{
	char path[PATH_SIZE];

	return file_verify(part_path(dir, id, m, path), m, e);
}

void slot_part_drop(const char *dir, enum slot_id id, const struct bbum_manifest *m)
{
	char path[PATH_SIZE];

	unlink(part_path(dir, id, m, path));
}

/* Everything but one file. The Manifest goes first: without it the slot counts as empty. */
static int slot_clear(const char *dir, enum slot_id id, const char *but, struct err *e)
{
	OWN(dir_close) DIR *d = NULL;
	char path[PATH_SIZE + 256], folder[PATH_SIZE];
	struct dirent *f;

	slot_path(dir, id, "", folder);
	if (file_mkdirs(folder, e))
		return (int)e->code;
	if (unlink(slot_path(dir, id, "manifest.json", path)) && errno != ENOENT)
		return err_errno(e, errno, "'%s' cannot be removed", path);
	d = opendir(folder);
	if (!d)
		return err_errno(e, errno, "'%s' cannot be read", folder);
	while ((f = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
		if (strcmp(f->d_name, ".") && strcmp(f->d_name, "..") && strcmp(path, but) && unlink(path))
			return err_errno(e, errno, "'%s' cannot be removed", path);
	}
	return OK;
}

int slot_take(const char *dir, enum slot_id id, const struct bbum_manifest *m, int *ret_fd, int64_t *ret_have,
	      struct err *e)
{
	char path[PATH_SIZE];
	struct stat st;
	int fd;

	part_path(dir, id, m, path);
	if (slot_clear(dir, id, path, e))
		return (int)e->code;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(e, errno, "'%s' cannot be opened", path);
	if (fstat(fd, &st) || (st.st_size > m->size && ftruncate(fd, 0))) {
		err_errno(e, errno, "'%s' cannot be used", path);
		close(fd);
		return (int)e->code;
	}
	*ret_have = st.st_size > m->size ? 0 : st.st_size;
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

int slot_install(const char *dir, enum slot_id id, const struct bbum_manifest *m, bool sync, struct err *e)
{
	char part[PATH_SIZE], image[PATH_SIZE], path[PATH_SIZE];
	STR(text, BBUM_MESSAGE_MAX);
	struct jw w = jw_start(&text);

	part_path(dir, id, m, part);
	slot_path(dir, id, "image", image);
	if ((sync && sync_path(part)) || rename(part, image) ||
	    (sync && sync_path(slot_path(dir, id, "", path))))
		return err_errno(e, errno, "'%s' cannot be made", image);
	bbum_manifest_write(m, &w);
	return memory_put_file(slot_path(dir, id, "manifest.json", path), str_c(&text), text.len, sync, e);
}

void slot_damage(const char *dir, enum slot_id id, const struct bbum_manifest *m, bool image)
{
	char path[PATH_SIZE];
	FILE *f = fopen(image ? slot_path(dir, id, "image", path) : part_path(dir, id, m, path), "r+b");
	int c;

	if (!f)
		return;
	c = fgetc(f);
	if (c != EOF && !fseek(f, 0, SEEK_SET))
		fputc(c ^ 0x55, f);
	fclose(f);
}
