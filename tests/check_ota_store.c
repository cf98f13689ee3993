/* SPDX-License-Identifier: Apache-2.0 */
/* OTA files in the store: what is taken, what is refused, what is signed, and what is sent. */
#include "core/ota.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/parse.h"
#include "core/ota_p.h"
#include "fleet_kit.h"
#include "ota_kit.h"
#include "p256_kit.h"
#include "store/store_catalog.h"
#include "store/store_entry.h"

#define EUI UINT64_C(0x90B3D51F30010000)
#define OTHER_EUI UINT64_C(0x90B3D51F30020000)
#define FILE_ROOM 400

struct world {
	struct kit k;
	char key[400], cert[400];
	struct p256_key *own;
	struct p256_cert *known;
	struct actor who;
};

static void world_open(struct world *w, int engine)
{
	struct err e;

	kit_open(&w->k, engine, 7);
	snprintf(w->key, sizeof w->key, "%s/key.pem", w->k.images);
	snprintf(w->cert, sizeof w->cert, "%s/cert.pem", w->k.images);
	kit_key(w->key);
	kit_cert(w->cert, w->key, &(struct kit_cert){ .ou = "02", .eui = EUI });
	ck_ok(p256_open(w->key, &w->own, &e));
	ck_ok(p256_cert_load(w->cert, &w->known, &e));
	w->who = kit_who(&w->k);
}

static void world_done(struct world *w)
{
	p256_free(w->own);
	p256_cert_free(w->known);
	kit_done(&w->k);
}
DEFINE_OWN_VAL(struct world, world_done)

#define WORLD(name)                                                                                          \
	OWN(world_done) struct world name;                                                                   \
	struct err e;                                                                                        \
	world_open(&name, _i)

static uint32_t node_of(struct world *w, int number)
{
	char id[12];

	snprintf(id, sizeof id, "%06d", number);
	return graph_find_entry(kit_snap(&w->k)->graph, "cpl", id);
}

/* The file of entry n, signed with our key unless `sign` is false. */
static size_t file_of(struct world *w, int n, bool sign, uint8_t buf[FILE_ROOM])
{
	const struct graph_node *node = graph_node(kit_snap(&w->k)->graph, node_of(w, n));
	char image[40];
	uint8_t rs[64];
	uint64_t version;
	struct err e;

	snprintf(image, sizeof image, "image of entry %d", n);
	ck_assert(parse_hex(node->version, 8, &version));
	ck_ok(p256_sign(w->own, image, strlen(image), rs, &e));
	return ota_made(&(struct ota_parts){ .manufacturer = 0x118F,
					     .type = 0x0001,
					     .version = (uint32_t)version,
					     .hw_min = 0x0001,
					     .hw_max = 0x0003,
					     .image = image,
					     .signature = sign ? rs : NULL },
			buf);
}

static int add(struct world *w, const uint8_t *file, size_t n, struct ota_added *a, struct err *e)
{
	const struct p256_cert *const certs[] = { w->known };

	return ota_add(w->k.db, w->k.images, kit_snap(&w->k), &w->who, file, n, certs, 1, a, e);
}

/* How many audit rows say that. */
static int64_t rows_of(struct world *w)
{
	int64_t rows = 0, bad = 0;
	char head[65];
	struct err e;

	ck_ok(audit_verify(w->k.db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
	return rows;
}

START_TEST(a_signed_file_is_taken_apart_and_given_back_octet_by_octet)
{
	WORLD(w);
	uint8_t file[FILE_ROOM];
	size_t n = file_of(&w, 2, true, file);
	struct ota_added a;
	const char *why = "";
	STR(out, OTA_FILE_MAX);
	int64_t rows;

	kit_image_drop(&w.k, 2);
	ck_ok(add(&w, file, n, &a, &e));
	ck_assert(a.new_image && a.new_header && a.new_signature);
	ck_assert_uint_eq(a.signed_by, EUI);
	ck_assert_uint_eq(a.serves, 1);
	ck_assert_str_eq(a.sha256, graph_node(kit_snap(&w.k)->graph, node_of(&w, 2))->hash);
	str_add(&out, "before");
	ck_ok(ota_file(w.k.db, w.k.images, kit_snap(&w.k), node_of(&w, 2), EUI, w.known, &out, &why, &e));
	ck_assert_ptr_null(why);
	ck_assert_uint_eq(out.len, 6 + n);
	ck_assert_mem_eq(out.p + 6, file, n);
	/* Once more changes nothing. */
	rows = rows_of(&w);
	ck_ok(add(&w, file, n, &a, &e));
	ck_assert(!a.new_image && !a.new_header && !a.new_signature);
	ck_assert_int_eq(rows_of(&w), rows);
}
END_TEST

START_TEST(what_is_missing_has_a_word_and_is_never_sent)
{
	WORLD(w);
	uint8_t file[FILE_ROOM];
	uint32_t node = node_of(&w, 3);
	const struct snapshot *s = kit_snap(&w.k);
	struct ota_added a;
	const char *why;
	bool fresh;
	STR(out, OTA_FILE_MAX);

#define SAYS(word, user)                                                                                     \
	do {                                                                                                 \
		ck_ok(ota_ready(w.k.db, w.k.images, s, node, user, &why, &e));                               \
		ck_assert_str_eq(why, word);                                                                 \
		ck_ok(ota_file(w.k.db, w.k.images, s, node, user, NULL, &out, &why, &e));                    \
		ck_assert_str_eq(why, word);                                                                 \
		ck_assert_uint_eq(out.len, 0);                                                               \
	} while (0)
	SAYS(OTA_NO_HEADER, EUI); /* the image alone is stored */
	ck_ok(add(&w, file, file_of(&w, 3, false, file), &a, &e));
	ck_assert(!a.new_image && a.new_header && !a.new_signature);
	ck_assert_uint_eq(a.signed_by, 0);
	SAYS(OTA_NOT_SIGNED, EUI);
	SAYS(OTA_NOT_SIGNED, 0);
	ck_ok(ota_sign(w.k.db, w.k.images, &w.who, a.sha256, w.own, w.known, &fresh, &e));
	ck_assert(fresh);
	ck_ok(ota_sign(w.k.db, w.k.images, &w.who, a.sha256, w.own, w.known, &fresh, &e));
	ck_assert(!fresh);
	ck_ok(ota_ready(w.k.db, w.k.images, s, node, EUI, &why, &e));
	ck_assert_ptr_null(why);
	ck_ok(ota_ready(w.k.db, w.k.images, s, node, 0, &why, &e));
	ck_assert_ptr_null(why);
	SAYS(OTA_NOT_SIGNED, OTHER_EUI); /* another supplier's signature is not ours */
	kit_image_drop(&w.k, 3);
	SAYS(OTA_NO_IMAGE, EUI);
}
END_TEST

START_TEST(trap_an_image_that_was_changed_in_its_folder_is_not_sent_and_not_signed)
{
	WORLD(w);
	uint8_t file[FILE_ROOM];
	struct ota_added a;
	char path[IMAGE_PATH_MAX];
	const char *why = NULL;
	bool fresh;
	STR(out, OTA_FILE_MAX);

	ck_ok(add(&w, file, file_of(&w, 2, true, file), &a, &e));
	ck_ok(image_path(w.k.images, a.sha256, path, NULL, &e));
	ck_ok(file_replace(path, "image of entry 9", 16, &e));
	ck_ok(ota_file(w.k.db, w.k.images, kit_snap(&w.k), node_of(&w, 2), EUI, NULL, &out, &why, &e));
	ck_assert_str_eq(why, OTA_HASH_DIFFERS);
	ck_assert_uint_eq(out.len, 0);
	ck_refused(ota_sign(w.k.db, w.k.images, &w.who, a.sha256, w.own, w.known, &fresh, &e), ERR_IMAGE,
		   "is damaged");
	ck_ok(add(&w, file, file_of(&w, 2, true, file), &a, &e)); /* adding it again repairs it */
	ck_assert(a.new_image);
	ck_ok(ota_file(w.k.db, w.k.images, kit_snap(&w.k), node_of(&w, 2), EUI, NULL, &out, &why, &e));
	ck_assert_ptr_null(why);
}
END_TEST

START_TEST(a_file_that_fits_no_entry_is_refused_with_every_difference_and_leaves_nothing)
{
	WORLD(w);
	uint8_t file[FILE_ROOM];
	struct ota_added a;
	size_t n = file_of(&w, 2, true, file);
	int64_t rows = rows_of(&w);

	file[10] ^= 1; /* manufacturer */
	file[14] ^= 1; /* version */
	file[58] = 1;  /* hardware 0001 to 0001, the entry is 0002 */
	ck_refused(add(&w, file, n, &a, &e), ERR_IMAGE, "000002: The image is of manufacturer 118E");
	ck_refused(add(&w, file, n, &a, &e), ERR_IMAGE, "the entry firmware");
	ck_refused(add(&w, file, n, &a, &e), ERR_IMAGE, "The image is for hardware 0001 to 0001");
	n = file_of(&w, 2, true, file);
	file[62] ^= 1; /* the image */
	ck_refused(add(&w, file, n, &a, &e), ERR_IMAGE, "000002: The image has hash");
	file[14] ^= 0x80;
	ck_refused(add(&w, file, n, &a, &e), ERR_IMAGE, "none has the hash");
	ck_refused(add(&w, file, n - 1, &a, &e), ERR_INVALID, "octet 52");
	ck_assert_int_eq(rows_of(&w), rows);
}
END_TEST

START_TEST(a_signature_that_nobody_known_made_is_not_kept)
{
	WORLD(w);
	uint8_t file[FILE_ROOM];
	struct ota_added a;
	size_t n = file_of(&w, 2, true, file);
	int64_t rows = rows_of(&w);
	const char *why;

	file[n - 1] ^= 1;
	ck_refused(add(&w, file, n, &a, &e), ERR_SIGNATURE, "1 were tried");
	n = file_of(&w, 2, true, file);
	ck_refused(ota_add(w.k.db, w.k.images, kit_snap(&w.k), &w.who, file, n, NULL, 0, &a, &e),
		   ERR_SIGNATURE, "no certificate known here");
	ck_assert_int_eq(rows_of(&w), rows);
	/* What stands in the row and is none is not sent when the certificate is looked at. */
	ck_ok(add(&w, file, n, &a, &e));
	{
		TX(tx);
		char hex[129];
		const struct store_ota_sign bad = { .sha256 = a.sha256,
						    .user_eui = EUI,
						    .signature = hex,
						    .signed_by = "a test",
						    .signed_at = 1 };
		STR(out, OTA_FILE_MAX);

		memset(hex, '1', 128);
		hex[128] = '\0';
		ck_ok(tx_begin(&tx, w.k.db, true, &e));
		ck_ok(store_ota_sign_put(w.k.db, &bad, &e));
		ck_ok(tx_keep(&tx, &e));
		ck_ok(ota_file(w.k.db, w.k.images, kit_snap(&w.k), node_of(&w, 2), EUI, w.known, &out, &why,
			       &e));
		ck_assert_str_eq(why, OTA_SIGNATURE_BAD);
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

START_TEST(only_images_of_meters_are_signed_and_only_with_the_key_of_the_certificate)
{
	WORLD(w);
	char other[400];
	uint8_t file[FILE_ROOM];
	struct ota_added a;
	bool fresh;
	const char *hash = graph_node(kit_snap(&w.k)->graph, node_of(&w, 4))->hash;

	snprintf(other, sizeof other, "%s/other.pem", w.k.images);
	kit_key(other);
	OWN(p256_free) struct p256_key *k = NULL;
	ck_ok(p256_open(other, &k, &e));
	ck_refused(ota_sign(w.k.db, w.k.images, &w.who, hash, w.own, w.known, &fresh, &e), ERR_NOT_FOUND,
		   "no OTA file of the image");
	ck_ok(add(&w, file, file_of(&w, 4, false, file), &a, &e));
	ck_refused(ota_sign(w.k.db, w.k.images, &w.who, hash, k, w.known, &fresh, &e), ERR_CONFIG,
		   "another key's");
	ck_refused(ota_sign(w.k.db, w.k.images, &w.who, "12", w.own, w.known, &fresh, &e), ERR_NOT_FOUND,
		   "64 hex digits");
	ck_ok(ota_sign(w.k.db, w.k.images, &w.who, hash, w.own, w.known, &fresh, &e));
}
END_TEST

/* An entry of a PPMID with the image and the version of entry 5. */
static void ppmid_add(struct world *w, int number)
{
	struct store_model m = {
		.scheme = "cpl", .manufacturer = "118F", .model = "0084", .hardware = "0002"
	};
	const struct graph_node *same = graph_node(kit_snap(&w->k)->graph, node_of(w, 5));
	char public_id[12], version[12], hash[SHA256_HEX];
	struct store_entry s = { .ord = number,
				 .scheme = "cpl",
				 .public_id = public_id,
				 .version = version,
				 .hash = hash,
				 .cpa_until = -1,
				 .bytes = -1,
				 .seconds = -1,
				 .restarts = -1 };
	TX(tx);
	int64_t rev;
	struct err e;

	snprintf(public_id, sizeof public_id, "%06d", number);
	str_copy(version, sizeof version, same->version);
	str_copy(hash, sizeof hash, same->hash);
	s.text[CPL_NUMBER] = public_id;
	s.text[CPL_STATUS] = "Current";
	s.text[CPL_TYPE] = "Pre-Payment Interface Device";
	ck_ok(tx_begin(&tx, w->k.db, true, &e));
	ck_ok(ledger_advance(w->k.db, &w->who, "test", &rev, &e));
	ck_ok(store_model_put(w->k.db, &m, &s.model_id, &e));
	ck_ok(store_entry_add(w->k.db, &s, &s.id, &e));
	ck_ok(store_state_open(w->k.db, &s, rev, &e));
	ck_ok(tx_keep(&tx, &e));
}

START_TEST(a_ppmid_gets_header_and_image_only_and_one_image_may_have_two_headers)
{
	WORLD(w);
	uint8_t file[FILE_ROOM], plain[FILE_ROOM];
	struct ota_added a;
	const char *why;
	size_t n, m;
	STR(out, OTA_FILE_MAX);
	STR(json, 65536);

	ppmid_add(&w, 90);
	ck_ok(catalog_refresh(w.k.catalog, &e));
	n = file_of(&w, 5, true, file);
	ck_ok(add(&w, file, n, &a, &e));
	ck_assert_uint_eq(a.serves, 1);
	ck_ok(ota_ready(w.k.db, NULL, kit_snap(&w.k), node_of(&w, 90), EUI, &why, &e));
	ck_assert_str_eq(why, OTA_NO_HEADER);
	m = file_of(&w, 5, false, plain);
	plain[12] = 0x84;
	ck_ok(add(&w, plain, m, &a, &e));
	ck_assert(a.new_header && !a.new_image);
	ck_ok(ota_file(w.k.db, w.k.images, kit_snap(&w.k), node_of(&w, 90), EUI, NULL, &out, &why, &e));
	ck_assert_ptr_null(why);
	ck_assert_uint_eq(out.len, m);
	ck_assert_mem_eq(out.p, plain, m);
	str_clear(&out);
	ck_ok(ota_file(w.k.db, w.k.images, kit_snap(&w.k), node_of(&w, 5), EUI, w.known, &out, &why, &e));
	ck_assert_ptr_null(why);
	ck_assert_uint_eq(out.len, n);
	ck_assert_mem_eq(out.p, file, n);
	/* Both are told, and to another user no signature of ours. */
	ck_ok(ota_image_json(w.k.db, w.k.images, kit_snap(&w.k), a.sha256, 0, &json, &e));
	ck_assert_ptr_nonnull(strstr(json.p, "\"entries\":[\"000005\",\"000090\"]"));
	ck_assert_ptr_nonnull(strstr(json.p, "\"user\":\"90-B3-D5-1F-30-01-00-00\""));
	str_clear(&json);
	ck_ok(ota_image_json(w.k.db, w.k.images, kit_snap(&w.k), a.sha256, OTHER_EUI, &json, &e));
	ck_assert_ptr_nonnull(strstr(json.p, "\"signatures\":[]"));
	/* The same model, version and hardware with another header is a contradiction. */
	plain[20] ^= 1;
	ck_refused(add(&w, plain, m, &a, &e), ERR_CONFLICT, "another header");
}
END_TEST

START_TEST(an_image_that_ends_by_chance_like_a_trailer_is_understood_by_its_entry)
{
	WORLD(w);
	char image[101], hex[SHA256_HEX];
	uint8_t file[FILE_ROOM], raw[SHA256_LEN];
	struct ota_added a;
	struct ota o;
	size_t n;

	memset(image, 'x', 100);
	image[100] = '\0';
	n = ota_made(&(struct ota_parts){ .manufacturer = 0x118F, .type = 1, .hw_max = 9, .image = image },
		     file);
	file[60 + 34] = 0x00;
	file[60 + 35] = 0x40;
	sha256_of(file + 60, 100, raw);
	kit_entry(&w.k, 91, 0, 0, hex_text(raw, sizeof raw, hex), NULL);
	ck_ok(catalog_refresh(w.k.catalog, &e));
	{
		uint64_t version;

		ck_assert(
		    parse_hex(graph_node(kit_snap(&w.k)->graph, node_of(&w, 91))->version, 8, &version));
		ota_le(file + 14, 4, version);
	}
	ck_ok(ota_read(file, n, &o, &e));
	ck_assert_int_eq(o.layout, OTA_GBCS); /* what it looks like */
	ck_ok(add(&w, file, n, &a, &e));
	ck_assert_int_eq(a.read, OTA_PLAIN); /* what it is */
	ck_assert_str_eq(a.sha256, hex);
	ck_assert_uint_eq(a.signed_by, 0);
}
END_TEST

START_TEST(lists_go_on_where_they_ended)
{
	WORLD(w);
	uint8_t file[FILE_ROOM];
	struct ota_added a;
	STR(all, 65536);
	STR(page, 65536);
	char cursor[SHA256_HEX];
	const char *next;

	for (int n = 1; n <= 3; n++)
		ck_ok(add(&w, file, file_of(&w, n, false, file), &a, &e));
	ck_ok(ota_images_json(w.k.db, w.k.images, kit_snap(&w.k), NULL, 100, 0, &all, &e));
	ck_assert_ptr_nonnull(strstr(all.p, "\"next\":null"));
	ck_ok(ota_images_json(w.k.db, w.k.images, kit_snap(&w.k), NULL, 2, 0, &page, &e));
	next = strstr(page.p, "\"next\":\"");
	ck_assert_ptr_nonnull(next);
	ck_assert(str_copyn(cursor, sizeof cursor, next + 8, 64));
	str_clear(&page);
	ck_ok(ota_images_json(w.k.db, w.k.images, kit_snap(&w.k), cursor, 2, 0, &page, &e));
	ck_assert_ptr_nonnull(strstr(page.p, "\"next\":null"));
	ck_assert_ptr_null(strstr(page.p, cursor));
	ck_refused(ota_images_json(w.k.db, w.k.images, kit_snap(&w.k), "x", 2, 0, &page, &e), ERR_INVALID,
		   "cursor");
	ck_refused(ota_image_json(w.k.db, w.k.images, kit_snap(&w.k), cursor + 1, 0, &page, &e),
		   ERR_NOT_FOUND, "64 hex digits");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_signed_file_is_taken_apart_and_given_back_octet_by_octet,
		what_is_missing_has_a_word_and_is_never_sent,
		trap_an_image_that_was_changed_in_its_folder_is_not_sent_and_not_signed,
		a_file_that_fits_no_entry_is_refused_with_every_difference_and_leaves_nothing,
		a_signature_that_nobody_known_made_is_not_kept,
		only_images_of_meters_are_signed_and_only_with_the_key_of_the_certificate,
		a_ppmid_gets_header_and_image_only_and_one_image_may_have_two_headers,
		an_image_that_ends_by_chance_like_a_trailer_is_understood_by_its_entry,
		lists_go_on_where_they_ended,
	};

	return STORES_RUN("ota_store", all, 120);
}
