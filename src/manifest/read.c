/* SPDX-License-Identifier: Apache-2.0 */
/* Folders and files, and the run over all of them. */
#include "manifest/read.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/mem.h"
#include "manifest/read_p.h"

#define CANDIDATES_MAX 64 /* *.json at the top of a folder */

void manifest_free(struct manifest *m)
{
	if (!m)
		return;
	vec_done(&m->problems);
	vec_done(&m->files);
	map_free(m->has_file);
	arena_free(m->arena);
	free(m);
}

const struct config_item *manifest_root(const struct manifest *m)
{
	return m->root;
}

const struct manifest_problem *manifest_problem_at(const struct manifest *m, int i)
{
	return i >= 0 && (size_t)i < m->problems.n ? &m->problems.v[i] : NULL;
}

int manifest_errors(const struct manifest *m)
{
	return m->errors > INT32_MAX ? INT32_MAX : (int)m->errors;
}

bool manifest_good(const struct manifest *m)
{
	const struct config_item *it = m->root;

	return it && !m->errors && it->syntax_ok && it->integrity_ok && it->identity_ok && it->authentic_ok;
}

const char *manifest_file_at(const struct manifest *m, int i)
{
	return i >= 0 && (size_t)i < m->files.n ? m->files.v[i] : NULL;
}

void file_note(struct manifest *m, const char *name)
{
	if (map_get(m->has_file, name))
		return;
	map_put(m->has_file, name, m);
	vec_push(&m->files, name);
}

/* ---- files ---- */

int fd_text(int fd, int64_t size, const char *name, char **ret, size_t *ret_len, struct err *e)
{
	OWN(mem_free) char *text = NULL;
	size_t len = 0;

	if (size > (int64_t)FILE_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "'%.200s' is larger than 4 MiB", name);
	text = mem_alloc((size_t)size + 1);
	while (len < (size_t)size) {
		ssize_t n = read(fd, text + len, (size_t)size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "'%.200s' cannot be read", name);
		if (!n)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	*ret = MOVE(text);
	*ret_len = len;
	return OK;
}

static struct source *source_new(struct reader *r, const char *name, const struct source *above)
{
	struct source *s = arena_alloc(r->m->arena, sizeof *s);
	const char *slash = strrchr(name, '/');

	s->name = arena_strdup(r->m->arena, name);
	s->folder = slash ? arena_strndup(r->m->arena, name, (size_t)(slash + 1 - name)) : "";
	s->above = above;
	s->depth = above ? above->depth + 1 : 1;
	vec_push(&r->sources, s);
	return s;
}

static const char *limit_passed(const struct reader *r, const struct source *above)
{
	if (r->nfiles >= MANIFEST_FILES_MAX)
		return "more than 256 files belong to it";
	if (r->bytes >= MANIFEST_BYTES_MAX)
		return "its files have more than 16 MiB in all";
	return above && above->depth >= MANIFEST_DEPTH_MAX ? "its files are referenced more than 8 deep"
							   : NULL;
}

struct source *source_read(struct reader *r, const char *name, const struct source *above,
			   struct config_item *it, const char *pointer)
{
	OWN(fd_close) int fd = -1;
	const char *limit = limit_passed(r, above);
	struct source *s;
	enum manifest_fault f;
	int64_t size = 0;
	struct err e;

	if (limit) {
		problem(r, FAULT_LIMIT, false, it, above->name, pointer, NULL,
			"Split the Manifest, or nest its files less.", "'%.200s' is not read: %s", name,
			limit);
		return NULL;
	}
	for (const struct source *a = above; a; a = a->above)
		if (!strcmp(a->name, name)) {
			problem(r, FAULT_CYCLE, false, it, above->name, pointer, NULL,
				"Remove this Reference: a Manifest cannot contain itself.",
				"'%.200s' is part of itself", name);
			return NULL;
		}
	r->nfiles++;
	s = source_new(r, name, above);
	if (!beneath_read(r->folder, name, &fd, &size, &e) &&
	    !fd_text(fd, size, name, &s->text, &s->len, &e)) {
		r->bytes += (int64_t)s->len;
		file_note(r->m, s->name);
		return s;
	}
	f = e.code == ERR_INVALID ? FAULT_PATH : e.code == ERR_TOO_LARGE ? FAULT_LIMIT : FAULT_NO_MANIFEST;
	problem(r, f, false, it, above ? above->name : name, above ? pointer : "", NULL,
		f == FAULT_NO_MANIFEST ? "Put the file there, or correct the path."
				       : "Put a plain file there; links are not followed.",
		"%s", e.msg);
	return NULL;
}

/* Values of a text, seen too many rather than too few: each begins with one of these or is the only one. */
static bool many_values(const struct source *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += s->text[i] == ',' || s->text[i] == '[' || s->text[i] == '{';
	return n > FILE_VALUES_MAX;
}

struct json *source_json(struct reader *r, const struct source *s, struct config_item *parent)
{
	struct json *j = NULL;
	struct err e;

	if (many_values(s)) {
		problem(r, FAULT_LIMIT, false, parent, s->name, "", NULL, "Split the Manifest.",
			"'%.200s' holds more than %d values", s->name, FILE_VALUES_MAX);
		return NULL;
	}
	if (!json_parse_deep(s->text, s->len, JSON_DEPTH_DEEP, &j, &e))
		return j;
	problem(
	    r, FAULT_JSON, false, parent, s->name, "", "Z13",
	    "Correct the JSON at this place, or just before it: look for a comma, quote or bracket that is "
	    "missing or too many.",
	    "'%.200s' is no valid JSON: %s", s->name, e.msg);
	if (r->m->problems.n && !r->m->more) {
		r->m->problems.v[r->m->problems.n - 1].line = e.line;
		r->m->problems.v[r->m->problems.n - 1].column = e.col;
	}
	return NULL;
}

/* ---- which file is the outermost ---- */

static bool is_json_name(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && *name != '.' && !strcmp(name + n - 5, ".json") && !config_path_fault(name);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef VEC(const char *) names;

/* *.json at the top, in order of names. */
static int candidates(struct reader *r, names *ret, struct err *e)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	if (beneath_subfolder(r->folder, "", &fd, e))
		return (int)e->code;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_errno(e, errno, "the folder cannot be listed");
	}
	while ((d = readdir(dir)) != NULL && ret->n < CANDIDATES_MAX)
		if (is_json_name(d->d_name))
			vec_push(ret, arena_strdup(r->m->arena, d->d_name));
	closedir(dir);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof *ret->v, name_order);
	return OK;
}

static bool is_vehicle(struct reader *r, const char *name)
{
	OWN(fd_close) int fd = -1;
	OWN(mem_free) char *text = NULL;
	OWN(json_free) struct json *j = NULL;
	const char *type;
	int64_t size;
	size_t len;
	struct err e;

	if (beneath_read(r->folder, name, &fd, &size, &e) || r->looked + size > MANIFEST_BYTES_MAX)
		return false;
	r->looked += size;
	if (fd_text(fd, size, name, &text, &len, &e) ||
	    many_values(&(struct source){ .text = text, .len = len }) ||
	    json_parse_deep(text, len, JSON_DEPTH_DEEP, &j, &e))
		return false;
	type = json_text(json_get(j, config_element_text[ELEMENT_CONFIG_TYPE]));
	return type && !strcmp(type, config_type_text[CONFIG_VEHICLE]);
}

static int outermost(struct reader *r, const char **ret, struct err *e)
{
	names all = { 0 };
	const char *found = NULL;
	int rc = candidates(r, &all, e);

	for (size_t i = 0; i < all.n && !rc && all.n > 1; i++) {
		if (!is_vehicle(r, all.v[i]))
			continue;
		if (found)
			rc = err_set(e, ERR_AMBIGUOUS, "both '%.100s' and '%.100s' are Vehicle Manifests",
				     found, all.v[i]);
		found = all.v[i];
	}
	if (!rc && all.n == 1)
		found = all.v[0];
	if (!rc && !found)
		rc = all.n
			 ? err_set(e, ERR_AMBIGUOUS,
				   "none of the %zu .json files at the top of the folder is a Vehicle "
				   "Manifest; name one",
				   all.n)
			 : err_set(e, ERR_NO_FILE, "there is no Manifest (*.json) at the top of the folder");
	vec_done(&all);
	*ret = found;
	return rc;
}

/* ---- a run ---- */

static void hear(void *ctx, enum manifest_fault f, bool warning, struct config_item *item,
		 enum config_element el, const char *row, const char *what, const char *mend)
{
	struct reader *r = ctx;
	const char *pointer = item->pointer;

	if (item->text[el] || (el == ELEMENT_NETWORK_IDS && item->network))
		pointer = say(r->m, "%s/%s", item->pointer, config_element_text[el]);
	problem(r, f, warning, item, item->file, pointer, row, mend, "%s", what);
}

/* Items that are not signed themselves are as authentic as what they are part of. */
static void authenticity_inherit(struct config_item *it)
{
	for (struct config_item *c = it->child; c; c = c->next) {
		if (c->type > CONFIG_BUILDING_BLOCK)
			c->authentic_ok = c->authentic_ok && config_owner(c)->authentic_ok;
		authenticity_inherit(c);
	}
}

static void run(struct reader *r, struct source *s)
{
	const struct config_hearer hearer = { hear, r };
	OWN(json_free) struct json *j = source_json(r, s, NULL);
	struct manifest *m = r->m;

	if (j)
		m->root = item_root(r, j, s, NULL, -1);
	if (!m->root)
		return;
	if (m->root->type != CONFIG_VEHICLE &&
	    (!(r->ask->checks & MANIFEST_ALONE) || m->root->type > CONFIG_BUILDING_BLOCK))
		problem(
		    r, FAULT_ROOT, false, m->root, s->name, "", NULL,
		    r->ask->checks & MANIFEST_ALONE
			? "Begin with a Vehicle, a System or a Building Block."
			: "Begin with an item of the Config Type Vehicle; put this one into a System of it.",
		    "the outermost item is a %s", config_type_text[m->root->type]);
	config_tree_check(m->root, r->ask->profile, &hearer);
	if (!r->ask->trust)
		m->root->authentic_ok = false;
	authenticity_inherit(m->root);
}

static void reader_done(struct reader *r)
{
	for (size_t i = 0; i < r->sources.n; i++)
		free(r->sources.v[i]->text);
	vec_done(&r->sources);
	map_free(r->hashes);
	if (r->folder >= 0)
		close(r->folder);
	if (r->m)
		manifest_free(r->m);
}
DEFINE_OWN_VAL(struct reader, reader_done)

static void reader_start(struct reader *r, const struct manifest_ask *ask)
{
	struct manifest *m = mem_zalloc(sizeof *m);

	m->arena = arena_new();
	m->has_file = map_new();
	m->profile = ask->profile;
	m->checks = ask->checks;
	m->looked_for_signers = ask->trust != NULL;
	*r = (struct reader){ .m = m, .ask = ask, .folder = -1, .hashes = map_new() };
}

/* The outermost file could not be read: nothing can be said. */
static int unread(const struct manifest_problem *p, struct err *e)
{
	if (!p)
		return err_set(e, ERR_NO_FILE, "there is no Manifest");
	return err_set(e,
		       p->fault == FAULT_NO_MANIFEST ? ERR_NO_FILE
		       : p->fault == FAULT_LIMIT     ? ERR_TOO_LARGE
						     : ERR_INVALID,
		       "%s", p->what);
}

int manifest_read(const char *folder, const char *file, const struct manifest_ask *ask, struct manifest **ret,
		  struct err *e)
{
	OWN(reader_done) struct reader r;
	struct source *s;
	const char *fault;

	reader_start(&r, ask);
	if (beneath_folder(folder, &r.folder, e))
		return (int)e->code;
	if (!file && outermost(&r, &file, e))
		return err_wrap(e, "'%.160s'", folder);
	fault = config_path_fault(file);
	if (fault)
		return err_set(e, ERR_INVALID, "the name of the Manifest, '%.100s', %s", file, fault);
	if (!strncmp(file, "./", 2))
		file += 2;
	s = source_read(&r, file, NULL, NULL, "");
	if (!s)
		return unread(manifest_problem_at(r.m, 0), e);
	run(&r, s);
	*ret = MOVE(r.m);
	return OK;
}

int outermost_name(const char *folder, char ret[CONFIG_PATH_MAX + 1], struct err *e)
{
	const struct manifest_ask ask = { .profile = MANIFEST_STRICT };
	OWN(reader_done) struct reader r;
	const char *found = NULL;

	reader_start(&r, &ask);
	if (beneath_folder(folder, &r.folder, e) || outermost(&r, &found, e))
		return err_wrap(e, "'%.160s'", folder);
	str_copy(ret, CONFIG_PATH_MAX + 1, found);
	return OK;
}

int manifest_read_text(const char *text, size_t len, const struct manifest_ask *ask, struct manifest **ret,
		       struct err *e)
{
	OWN(reader_done) struct reader r;
	struct source *s;

	if (len > FILE_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "a Manifest of more than 4 MiB is not read");
	reader_start(&r, ask);
	s = source_new(&r, "manifest.json", NULL);
	s->text = mem_alloc(len + 1);
	if (len)
		memcpy(s->text, text, len);
	s->text[len] = '\0';
	s->len = len;
	run(&r, s);
	*ret = MOVE(r.m);
	return OK;
}
