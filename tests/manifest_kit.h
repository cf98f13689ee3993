/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests for tests: items of any type with any of their elements, read with no more than text, and what
 * was found. What the elements are called and where they go is written here anew, from the specification.
 */
#ifndef FIRPATH_MANIFEST_KIT_H
#define FIRPATH_MANIFEST_KIT_H

#include <inttypes.h>

#include "base/file.h"
#include "base/mem.h"
#include "manifest/read.h"
#include "testing.h"

#define KIT_NOW INT64_C(1795000000000) /* November 2026 */
#define KIT_TEXT ((size_t)8 << 20)
#define KIT_TYPE_A "11111111-1111-4111-8111-111111111111" /* the Building Block that every document has */

/* Columns of 6.1.11. */
enum column {
	COL_VEHICLE,
	COL_SYSTEM,
	COL_SUBSYSTEM,
	COL_BB,
	COL_DEPENDENCY,
	COL_PACKAGE,
	COL_SOFTWARE,
	COL_PARAMETER,
	COLS
};
static const char *const col_type[COLS] = { "Vehicle",    "System",  "System",   "Building Block",
					    "Dependency", "Package", "Software", "Parameter" };

/* The table of 6.1.11 as printed: one row per element, one letter per column. */
static const struct {
	const char *name, *use, *value; /* value: JSON; NULL = made by kit_value() */
} kit_table[21] = {
	{ "Config Type", "MMMMMMMM", NULL },
	{ "Type ID", "MMMMMMMM", NULL },
	{ "Config ID", "MMMM----", NULL },
	{ "Name", "OOOOOOOO", "\"Name\"" },
	{ "Description", "OOOOOOOO", "\"Some words\"" },
	{ "Supplier", "OOOOOOOO", "\"Octan\"" },
	{ "Metadata", "OOOOOOOO", "\"anything\"" },
	{ "Functional Version", "---MM---", "\"1.0.0\"" },
	{ "Release Version", "MMMM-MMM", "\"1.2.3\"" },
	{ "Manifest", "--------", "\"./x.json\"" },
	{ "Archive", "------MM", "\"./x.tar.gz\"" },
	{ "Network IDs", "-OOM----", NULL },
	{ "Systems", "MOO-----", NULL },
	{ "Building Blocks", "-MM-----", NULL },
	{ "Packages", "-OOM----", NULL },
	{ "Reference", "-OOO----", "{\"Description\":\"x\",\"Manifest\":\"./x.json\"}" },
	{ "Dependencies", "---M----", "[]" },
	{ "Hash Type", "------OO", "\"SHA256\"" },
	{ "Hash", "------MM", NULL },
	{ "Signature Type", "OOOO----", "\"PKCS#1\"" },
	{ "Signature", "MMMM----", NULL },
};
#define KIT_ELEMENTS 21
enum {
	K_TYPE,
	K_TYPE_ID,
	K_CONFIG_ID,
	K_NAME,
	K_DESCRIPTION,
	K_SUPPLIER,
	K_METADATA,
	K_FUNCTIONAL,
	K_RELEASE,
	K_MANIFEST,
	K_ARCHIVE,
	K_NETWORK,
	K_SYSTEMS,
	K_BBS,
	K_PACKAGES,
	K_REFERENCE,
	K_DEPENDENCIES,
	K_HASH_TYPE,
	K_HASH,
	K_SIGNATURE_TYPE,
	K_SIGNATURE
};

/* One document under construction: identifiers count up, so that each is new. */
struct kit {
	struct str out;
	int n;
};

static inline void kit_start(struct kit *k)
{
	k->n = 0;
	str_init(&k->out, KIT_TEXT);
}
static inline void kit_done(struct kit *k)
{
	str_done(&k->out);
}

static inline void kit_uuid(struct kit *k)
{
	str_addf(&k->out, "\"00000000-0000-4000-8000-%012x\"", (unsigned)++k->n);
}

/* What an item must have; without a Signature. */
static inline unsigned kit_must(enum column c)
{
	unsigned mask = 0;

	for (int i = 0; i < KIT_ELEMENTS; i++)
		if (kit_table[i].use[c] == 'M' && i != K_SIGNATURE)
			mask |= 1u << i;
	if (c == COL_PACKAGE)
		mask |= 1u << K_PACKAGES; /* Z5 */
	return mask;
}

static inline void kit_item(struct kit *k, enum column c, unsigned mask, const char *more);

static inline void kit_repeat(struct kit *k, const char *digit, int n)
{
	str_addc(&k->out, '"');
	for (int i = 0; i < n; i++)
		str_add(&k->out, digit);
	str_addc(&k->out, '"');
}

static inline void kit_value(struct kit *k, int element, enum column c)
{
	switch (element) {
	case K_TYPE:
		str_addf(&k->out, "\"%s\"", col_type[c]);
		break;
	case K_TYPE_ID:
		if (c == COL_DEPENDENCY)
			str_add(&k->out, "\"" KIT_TYPE_A "\"");
		else
			kit_uuid(k);
		break;
	case K_CONFIG_ID:
		kit_uuid(k);
		break;
	case K_NETWORK:
		k->n++;
		str_addf(&k->out, "[\"10.0.%d.%d\"]", k->n / 250, k->n % 250 + 1);
		break;
	case K_SYSTEMS:
		str_addc(&k->out, '[');
		kit_item(k, COL_SUBSYSTEM, kit_must(COL_SUBSYSTEM), NULL);
		str_addc(&k->out, ']');
		break;
	case K_BBS:
		str_addc(&k->out, '[');
		kit_item(k, COL_BB, kit_must(COL_BB), NULL);
		str_addc(&k->out, ']');
		break;
	case K_PACKAGES:
		str_addc(&k->out, '[');
		kit_item(k, c == COL_BB || c == COL_PACKAGE ? COL_SOFTWARE : COL_PARAMETER,
			 kit_must(COL_SOFTWARE), NULL);
		str_addc(&k->out, ']');
		break;
	case K_HASH:
		str_addf(&k->out, "\"%064X\"", (unsigned)++k->n);
		break;
	case K_SIGNATURE:
		kit_repeat(k, "A", 512);
		break;
	default:
		str_add(&k->out, kit_table[element].value);
	}
}

/* An item with the elements of the mask; more: members behind them, as JSON with a leading comma. */
static inline void kit_item(struct kit *k, enum column c, unsigned mask, const char *more)
{
	bool any = false;

	str_addc(&k->out, '{');
	for (int i = 0; i < KIT_ELEMENTS; i++) {
		if (!(mask & 1u << i))
			continue;
		str_addf(&k->out, "%s\"%s\":", any ? "," : "", kit_table[i].name);
		kit_value(k, i, c);
		any = true;
	}
	if (more)
		str_add(&k->out, any ? more : more + 1);
	str_addc(&k->out, '}');
}

/* A whole Vehicle with the item where it belongs; *ret: the pointer to it. Beside it is a Building Block with
 * the Type ID KIT_TYPE_A, that nothing is wrong with. */
static inline const char *kit_vehicle(struct kit *k, enum column c, unsigned mask, const char *more)
{
	static const char *const pointer[COLS] = { "",
						   "/Systems/1",
						   "/Systems/1/Systems/0",
						   "/Systems/1/Building Blocks/0",
						   "/Systems/1/Building Blocks/0/Dependencies/0",
						   "/Systems/1/Building Blocks/0/Packages/0",
						   "/Systems/1/Building Blocks/0/Packages/0",
						   "/Systems/1/Building Blocks/0/Packages/0" };
	unsigned bb = kit_must(COL_BB), sys = kit_must(COL_SYSTEM);

	if (c == COL_VEHICLE) {
		kit_item(k, c, mask, more);
		return "";
	}
	kit_item(k, COL_VEHICLE, kit_must(COL_VEHICLE) & ~(1u << K_SYSTEMS), NULL);
	k->out.len--;
	str_add(&k->out, ",\"Systems\":[");
	kit_item(k, COL_SYSTEM, sys & ~(1u << K_BBS), ",\"Building Blocks\":[");
	k->out.len--;
	kit_item(k, COL_BB, bb & ~(1u << K_TYPE_ID), ",\"Type ID\":\"" KIT_TYPE_A "\"");
	str_add(&k->out, "]},");
	if (c == COL_SYSTEM) {
		kit_item(k, c, mask, more);
		str_add(&k->out, "]}");
		return pointer[c];
	}
	kit_item(k, COL_SYSTEM, sys & ~(1u << K_BBS),
		 c == COL_SUBSYSTEM ? ",\"Systems\":[" : ",\"Building Blocks\":[");
	k->out.len--;
	if (c == COL_SUBSYSTEM || c == COL_BB) {
		kit_item(k, c, mask, more);
		str_add(&k->out, "]}]}");
		return pointer[c];
	}
	kit_item(k, COL_BB, c == COL_DEPENDENCY ? bb & ~(1u << K_DEPENDENCIES) : bb & ~(1u << K_PACKAGES),
		 c == COL_DEPENDENCY ? ",\"Dependencies\":[" : ",\"Packages\":[");
	k->out.len--;
	kit_item(k, c, mask, more);
	str_add(&k->out, "]}]}]}");
	return pointer[c];
}

static inline struct manifest *kit_read(const struct kit *k, enum manifest_profile p, const struct trust *t)
{
	const struct manifest_ask ask = {
		.profile = p, .checks = MANIFEST_ALONE, .trust = t, .now = KIT_NOW
	};
	struct manifest *m = NULL;
	struct err e;

	ck_ok(manifest_read_text(str_c(&k->out), k->out.len, &ask, &m, &e));
	return m;
}

/* The first problem of a code whose pointer begins so; code or row NULL = any. */
static inline const struct manifest_problem *kit_problem(const struct manifest *m, const char *code,
							 const char *row, const char *pointer)
{
	const struct manifest_problem *p;

	for (int i = 0; (p = manifest_problem_at(m, i)) != NULL; i++)
		if ((!code || !strcmp(p->code, code)) && (!row || !strcmp(p->row, row)) &&
		    (!pointer || !strncmp(p->pointer, pointer, strlen(pointer))))
			return p;
	return NULL;
}

static inline bool kit_warned(const struct manifest *m, const char *code, const char *row,
			      const char *pointer)
{
	const struct manifest_problem *p = kit_problem(m, code, row, pointer);

	return p && p->warning;
}

static inline bool kit_has_file(const struct manifest *m, const char *name)
{
	const char *f;

	for (int i = 0; (f = manifest_file_at(m, i)) != NULL; i++)
		if (!strcmp(f, name))
			return true;
	return false;
}

/* All problems as text, for messages of failed tests. */
static inline char *kit_told(const struct manifest *m)
{
	struct str s;
	const struct manifest_problem *p;

	str_init(&s, KIT_TEXT);
	for (int i = 0; (p = manifest_problem_at(m, i)) != NULL && s.len < 2500; i++)
		str_addf(&s, "%s %s %s %s at %s: %s\n", p->warning ? "warning" : "error", p->code, p->row,
			 p->file, p->pointer, p->what);
	return str_take(&s);
}

/* The examples of 6.1.13, signed by keys that are for tests only. */
#define DATA SRCDIR "/tests/data/ocora"

static inline struct trust *data_trust(void)
{
	struct trust *t = NULL;
	struct err e;

	ck_ok(trust_load(DATA "/trust.json", &t, &e));
	return t;
}

static inline struct manifest *data_read(const char *folder, const char *file, enum manifest_profile p,
					 const struct trust *t)
{
	const struct manifest_ask ask = {
		.profile = p, .checks = MANIFEST_CHECK_ARCHIVES | MANIFEST_ALONE, .trust = t, .now = KIT_NOW
	};
	struct manifest *m = NULL;
	struct err e;

	ck_ok(manifest_read(folder, file, &ask, &m, &e));
	return m;
}

/* A file of a folder. */
static inline void kit_put(const char *dir, const char *name, const char *text)
{
	char path[700];
	struct err e;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_ok(file_replace(path, text, strlen(text), &e));
}

/* Has the form of a signature. */
#define KIT_SIGN                                                                                             \
	"0000000000000000000000000000000000000000000000000000000000000000"                                   \
	"0000000000000000000000000000000000000000000000000000000000000000"

/* A System that refers to n Systems; first: number of the first, its file is sN.json. */
static inline void kit_system_of(const char *dir, const char *name, int first, int n, const char *type)
{
	char one[400];
	STR(text, KIT_TEXT);

	str_addf(&text, "{\"Config Type\":\"%s\",\"Systems\":[", type);
	for (int i = 0; i < n; i++) {
		snprintf(one, sizeof one,
			 "%s{\"Reference\":{\"Description\":\"x\",\"Signature\":\"" KIT_SIGN
			 "\",\"Manifest\":\"./s%d.json\"}}",
			 i ? "," : "", first);
		str_add(&text, one);
	}
	str_add(&text, "]}");
	kit_put(dir, name, str_c(&text));
}

#define ck_no_errors(m, fmt, ...)                                                                            \
	do {                                                                                                 \
		if (manifest_errors(m))                                                                      \
			ck_abort_msg(fmt ":\n%s", __VA_ARGS__, kit_told(m));                                 \
	} while (0)

#endif
