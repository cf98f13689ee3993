/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the reader share: read.c (folders and files), read_item.c (items), read_ref.c
 * (references), seal.c (hashes and signatures), problem.c, report.c. */
#ifndef FIRPATH_MANIFEST_READ_P_H
#define FIRPATH_MANIFEST_READ_P_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/map.h"
#include "base/vec.h"
#include "manifest/read.h"

#define FILE_BYTES_MAX ((size_t)4 << 20) /* one Manifest */
#define FILE_VALUES_MAX 200000           /* values of one: each takes memory a hundred times its text */
#define ITEMS_MAX 20000                  /* of the tree */
#define LIST_MAX 1024                    /* items or addresses of one list */
#define CANONICAL_BYTES_MAX ((int64_t)64 << 20) /* written in all: nested Systems are written once each */
#define ARCHIVE_BYTES_MAX ((int64_t)8 << 30)    /* hashed in all */

/* One file that was read. */
struct source {
	const char *name;   /* relative to the outermost folder */
	const char *folder; /* of its paths: "" or ending in '/' */
	char *text;         /* owned, until reading ends: for lines and columns */
	size_t len;
	const struct source *above; /* the file that refers to it */
	int depth;                  /* 1 = outermost */
};

struct manifest {
	struct arena *arena;
	struct config_item *root;
	VEC(struct manifest_problem) problems;
	int64_t more, errors;
	VEC(const char *) files;
	struct map *has_file; /* name -> itself */
	enum manifest_profile profile;
	unsigned checks;
	bool looked_for_signers;
	bool limit_told;
};

/* A run of the reader. */
struct reader {
	struct manifest *m;
	const struct manifest_ask *ask;
	int folder; /* descriptor; -1 = a text without files */
	VEC(struct source *) sources;
	struct map *hashes; /* archive -> struct archive_facts */
	int nfiles, nitems;
	int64_t bytes, canonical, archived;
	int64_t looked; /* bytes read to find the outermost Manifest */
};

const char *say(struct manifest *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* folder ("" or ending in '/') and a path beneath it, with or without "./". */
const char *path_join(struct arena *a, const char *folder, const char *path);
/* Notes a problem at a place of a file. it: the item whose check fails, with all above it; NULL = none is
 * there. row NULL: that of the fault. */
void problem(struct reader *r, enum manifest_fault f, bool warning, struct config_item *it, const char *file,
	     const char *pointer, const char *row, const char *mend, const char *what_fmt, ...)
    PRINTF_LIKE(9, 10);

/* All of a Manifest file; ERR_TOO_LARGE. */
int fd_text(int fd, int64_t size, const char *name, char **ret, size_t *ret_len, struct err *e) MUST_USE;
/* SHA-256 of size bytes, upper hex. */
int hash_fd(int fd, int64_t size, char hex[SHA256_HEX], struct err *e) MUST_USE;
/* The outermost Manifest of a folder, as manifest_read() finds it. */
int outermost_name(const char *folder, char ret[CONFIG_PATH_MAX + 1], struct err *e) MUST_USE;
void file_note(struct manifest *m, const char *name);
/* Reads a file beneath the folder into a new source; problems are noted for `it` at file, pointer. */
struct source *source_read(struct reader *r, const char *name, const struct source *above,
			   struct config_item *it, const char *pointer);
/* The JSON of a source; NULL: the problem was noted. */
struct json *source_json(struct reader *r, const struct source *s, struct config_item *parent);
/* The root item of a file. list: where it is put (an element), parent NULL = outermost. */
struct config_item *item_root(struct reader *r, const struct json *j, const struct source *s,
			      struct config_item *parent, int list);
/* seal.c: canonical form, hash, signature; hash of an Archive. */
void item_seal(struct reader *r, struct config_item *it, const struct json *j);
void archive_check(struct reader *r, struct config_item *it);

#endif
