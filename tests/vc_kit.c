/* SPDX-License-Identifier: Apache-2.0 */
#include "vc_kit.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "tar_kit.h"

#define MEMBERS 24

static EVP_PKEY *supplier, *integrator, *foreign;

void kit_keys(void)
{
	supplier = EVP_RSA_gen(2048);
	integrator = EVP_RSA_gen(2048);
	foreign = EVP_RSA_gen(2048);
	if (!supplier || !integrator || !foreign)
		abort(); /* no test runs yet */
}

/* ---- items ---- */

struct member {
	const char *name;
	char *value; /* owned, JSON */
};
struct item {
	struct member v[MEMBERS];
	int n;
};

static void item_put(struct item *i, const char *name, const char *json)
{
	ck_assert_int_lt(i->n, MEMBERS);
	i->v[i->n++] = (struct member){ name, mem_strdup(json) };
}

static void item_text(struct item *i, const char *name, const char *text)
{
	STR(json, KIB);

	str_addf(&json, "\"%s\"", text);
	item_put(i, name, str_c(&json));
}

static void item_done(struct item *i)
{
	for (int k = 0; k < i->n; k++)
		mem_free(i->v[k].value);
}

static int member_order(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void item_write(struct item *i, struct str *out)
{
	qsort(i->v, (size_t)i->n, sizeof i->v[0], member_order);
	for (int k = 0; k < i->n; k++)
		str_addf(out, "%s\"%s\":%s", k ? "," : "{", i->v[k].name, i->v[k].value);
	str_addc(out, '}');
	ck_assert(!out->over);
}

/* RSASSA-PKCS1-v1_5 with SHA-256 over the item as it is now; then the member Signature. */
static void item_sign(struct item *i, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char raw[512];
	char hex[2 * sizeof raw + 1];
	size_t n = sizeof raw;
	STR(text, MIB);

	item_write(i, &text);
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, raw, &n, (const unsigned char *)str_c(&text), text.len), 1);
	EVP_MD_CTX_free(ctx);
	item_text(i, "Signature", hex_text(raw, n, hex));
}

/* The value of the member Signature, with its quotes. */
static const char *item_signature(const struct item *i)
{
	for (int k = 0; k < i->n; k++)
		if (!strcmp(i->v[k].name, "Signature"))
			return i->v[k].value;
	return NULL;
}

char *kit_uuid(const char *words, char buf[40])
{
	uint8_t raw[SHA256_LEN];
	char h[SHA256_HEX];

	sha256_of(words, strlen(words), raw);
	hex_text(raw, sizeof raw, h);
	for (char *p = h; *p; p++)
		*p = *p >= 'A' && *p <= 'F' ? (char)(*p + 32) : *p;
	snprintf(buf, 40, "%.8s-%.4s-4%.3s-8%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
	return buf;
}

static const char *or_else(const char *s, const char *otherwise)
{
	return s ? s : otherwise;
}

static void file_put(const char *path, const char *text, size_t n)
{
	struct err e;

	ck_ok(file_replace(path, text, n, &e));
}

/* An Archive with one file; returns its hash. */
static void archive_put(const char *path, const char *text, char hash[SHA256_HEX])
{
	uint8_t raw[SHA256_LEN];
	struct tar t = tar_open(path, "wb");
	struct err e;

	tar_file(&t, "software.bin", text);
	tar_close(&t);
	ck_ok(sha256_file(path, raw, &e));
	hex_text(raw, sizeof raw, hash);
}

static void package_item(struct str *list, const char *kind, const char *name, const char *version,
			 const char *archive, const char *hash)
{
	struct item p = { .n = 0 };
	char id[40];

	item_text(&p, "Config Type", kind);
	item_text(&p, "Type ID", kit_uuid(kind, id));
	item_text(&p, "Name", name);
	item_text(&p, "Release Version", version);
	item_text(&p, "Archive", archive);
	item_text(&p, "Hash", hash);
	if (list->len > 1)
		str_addc(list, ',');
	item_write(&p, list);
	item_done(&p);
}

/* The signed item of a Building Block; its Archives are written to folder. */
static void block_make(struct item *i, const char *folder, const struct kit_bb *bb, int at)
{
	const struct kit_bb *b = &bb[at];
	const char *version = or_else(b->version, "1.0.0");
	char id[40], hash[SHA256_HEX], path[1024], archive[128], text[160];
	STR(packages, 64 * KIB);
	STR(depends, 4 * KIB);

	str_addc(&packages, '[');
	for (int k = 0; k < 2; k++) {
		const char *kind = k ? "Parameter" : "Software";

		snprintf(archive, sizeof archive, "./%s %s.tar.gz", b->name, kind);
		snprintf(path, sizeof path, "%s/%s", folder, archive + 2);
		snprintf(text, sizeof text, "%s %s %s", kind, b->name, version);
		archive_put(path, k ? text : or_else(b->archive_text, text), hash);
		package_item(&packages, kind, kind, version, archive, hash);
	}
	str_addc(&packages, ']');
	str_addc(&depends, '[');
	if (b->on) {
		struct item d = { .n = 0 };

		item_text(&d, "Config Type", "Dependency");
		item_text(&d, "Type ID", kit_uuid(bb[b->on - 1].name, id));
		item_text(&d, "Name", bb[b->on - 1].name);
		item_text(&d, "Functional Version", or_else(b->required, "1.0.0"));
		item_write(&d, &depends);
		item_done(&d);
	}
	str_addc(&depends, ']');
	item_text(i, "Config Type", "Building Block");
	item_text(i, "Type ID", kit_uuid(b->name, id));
	snprintf(text, sizeof text, "block %s %s %s", b->name, version, or_else(b->archive_text, ""));
	item_text(i, "Config ID", kit_uuid(text, id));
	item_text(i, "Name", b->name);
	item_text(i, "Supplier", "Octan");
	item_text(i, "Release Version", version);
	item_text(i, "Functional Version", or_else(b->functional, "1.0.0"));
	item_put(i, "Network IDs", "[\"127.0.0.1\"]");
	item_put(i, "Dependencies", str_c(&depends));
	item_put(i, "Packages", str_c(&packages));
	item_sign(i, b->foreign ? foreign : supplier);
}

static void folder_make(const char *path)
{
	struct err e;

	ck_ok(file_mkdirs(path, &e));
}

static void blocks_make(const char *path, const struct kit_bb *bb, int n, struct str *list)
{
	str_addc(list, '[');
	for (int i = 0; i < n; i++) {
		struct item b = { .n = 0 };
		char folder[700], file[800];
		STR(text, 64 * KIB);

		snprintf(folder, sizeof folder, "%s/CCS-OB/%s", path, bb[i].name);
		folder_make(folder);
		block_make(&b, bb[i].composed ? path : folder, bb, i);
		item_write(&b, &text);
		if (i)
			str_addc(list, ',');
		if (bb[i].composed) {
			str_add(list, str_c(&text));
		} else {
			snprintf(file, sizeof file, "%s/%s.json", folder, bb[i].name);
			file_put(file, str_c(&text), text.len);
			str_addf(list,
				 "{\"Reference\":{\"Description\":\"%s\",\"Manifest\":\"./CCS-OB/%s/"
				 "%s.json\",\"Signature\":%s}}",
				 bb[i].name, bb[i].name, bb[i].name, item_signature(&b));
		}
		item_done(&b);
	}
	str_addc(list, ']');
}

void kit_vc_at(const char *path, const struct kit_bb *bb, int n, const char *version)
{
	struct item system = { .n = 0 }, vehicle = { .n = 0 };
	const char *folder = strrchr(path, '/') + 1;
	char id[40], file[700], words[200];
	STR(blocks, MIB);
	STR(systems, MIB);
	STR(text, MIB);

	folder_make(path);
	blocks_make(path, bb, n, &blocks);
	item_text(&system, "Config Type", "System");
	item_text(&system, "Type ID", kit_uuid("system", id));
	snprintf(words, sizeof words, "system %s %s", folder, version);
	item_text(&system, "Config ID", kit_uuid(words, id));
	item_text(&system, "Name", "CCS-OB");
	item_text(&system, "Release Version", version);
	item_put(&system, "Building Blocks", str_c(&blocks));
	item_sign(&system, integrator);
	str_addc(&systems, '[');
	item_write(&system, &systems);
	str_addc(&systems, ']');
	item_text(&vehicle, "Config Type", "Vehicle");
	item_text(&vehicle, "Type ID", KIT_VEHICLE_TYPE);
	snprintf(words, sizeof words, "vehicle %s %s", folder, version);
	item_text(&vehicle, "Config ID", kit_uuid(words, id));
	item_text(&vehicle, "Name", "Track Runner 2");
	item_text(&vehicle, "Release Version", version);
	item_put(&vehicle, "Systems", str_c(&systems));
	item_sign(&vehicle, integrator);
	item_write(&vehicle, &text);
	snprintf(file, sizeof file, "%s/vehicle.json", path);
	file_put(file, str_c(&text), text.len);
	item_done(&system);
	item_done(&vehicle);
}

void kit_vc(const struct vc_kit *k, const char *folder, const struct kit_bb *bb, int n, const char *version)
{
	char path[600];

	snprintf(path, sizeof path, "%s/%s", k->inbox, folder);
	kit_vc_at(path, bb, n, version);
}

void kit_file(const struct vc_kit *k, const char *name, const char *text)
{
	char path[900];

	snprintf(path, sizeof path, "%s/%s", k->inbox, name);
	file_put(path, text, strlen(text));
}

/* ---- the world ---- */

static void pem_put(struct str *out, EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p;
	long n;

	ck_assert_int_eq(PEM_write_bio_PUBKEY(b, key), 1);
	n = BIO_get_mem_data(b, &p);
	for (long i = 0; i < n; i++)
		if (p[i] == '\n')
			str_add(out, "\\n");
		else
			str_addc(out, p[i]);
	BIO_free(b);
}

void kit_trust(const struct vc_kit *k, bool revoked)
{
	STR(text, 16 * KIB);

	str_add(&text, "{\"entities\":[{\"name\":\"Octan\",\"roles\":[\"supplier\"],\"keys\":[{\"pem\":\"");
	pem_put(&text, supplier);
	str_addf(&text, "\"%s}]},{\"name\":\"Acme Corp.\",\"roles\":[\"integrator\"],\"keys\":[{\"pem\":\"",
		 revoked ? ",\"revoked\":\"2020-01-01\"" : "");
	pem_put(&text, integrator);
	str_add(&text, "\"}]}]}");
	file_put(k->trust, str_c(&text), text.len);
}

void kit_begin(struct vc_kit *k)
{
	test_dir_new(k->dir, sizeof k->dir);
	snprintf(k->inbox, sizeof k->inbox, "%s/inbox", k->dir);
	snprintf(k->vcs, sizeof k->vcs, "%s/vcs", k->dir);
	snprintf(k->images, sizeof k->images, "%s/images", k->dir);
	snprintf(k->trust, sizeof k->trust, "%s/trust.json", k->dir);
	folder_make(k->inbox);
	kit_trust(k, false);
	k->store = (struct vc_store){ .inbox = k->inbox,
				      .dir = k->vcs,
				      .image_dir = k->images,
				      .trust_file = k->trust,
				      .profile = MANIFEST_STRICT };
}

void kit_end(struct vc_kit *k)
{
	test_dir_free(k->dir);
}
