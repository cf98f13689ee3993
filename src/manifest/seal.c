/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and signatures: of items over their canonical form, of Archives over their bytes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/beneath.h"
#include "base/canon.h"
#include "base/digest.h"
#include "base/mem.h"
#include "manifest/read_p.h"

/* What was found out about an Archive; several items may name it. */
struct archive_facts {
	int64_t size;
	char hash[SHA256_HEX]; /* "" = it could not be read */
	const char *why;
	bool missing;
};

/* The canonical form; false: the problem was noted. */
static bool canonical(struct reader *r, struct config_item *it, const struct json *j, const char *without,
		      struct str *out)
{
	struct err e;
	bool ok = !canon_json(j, without, out, &e);

	r->canonical += (int64_t)out->len;
	if (ok && r->canonical <= CANONICAL_BYTES_MAX)
		return true;
	problem(r, ok || e.code == ERR_TOO_LARGE ? FAULT_LIMIT : FAULT_FORMAT, false, it, it->file,
		it->pointer, NULL,
		ok || e.code == ERR_TOO_LARGE ? "Nest Systems less deep." : "Write it as a text.", "%s",
		ok ? "its parts are nested too deep to be signed" : e.msg);
	return false;
}

static void signature_check(struct reader *r, struct config_item *it, const struct json *j)
{
	const char *signature = it->text[ELEMENT_SIGNATURE], *kind = it->text[ELEMENT_SIGNATURE_TYPE], *mend,
		   *name;
	unsigned roles =
	    it->type == CONFIG_BUILDING_BLOCK ? TRUST_SUPPLIER | TRUST_INTEGRATOR : TRUST_INTEGRATOR;
	char why[TRUST_WHY_SIZE];
	enum trust_verdict v;
	STR(form, FILE_BYTES_MAX * 2);

	if (!r->ask->trust) {
		it->authentic_ok = false;
		return;
	}
	if (!signature) /* told as missing; what the profile lets pass is covered by what it is part of */
		return;
	if (config_text_fault(FORMAT_SIGNATURE, signature, r->ask->profile, &mend) ||
	    !canonical(r, it, j, config_element_text[ELEMENT_SIGNATURE], &form)) {
		it->authentic_ok = false; /* told already */
		return;
	}
	v = trust_signer(r->ask->trust, kind ? kind : "PKCS#1", signature, str_c(&form), form.len, roles,
			 r->ask->now, &name, why);
	it->signer = name ? arena_strdup(r->m->arena, name) : NULL;
	if (v == TRUST_OK)
		return;
	problem(r, v == TRUST_NO_KEY ? FAULT_SIGNATURE : FAULT_SIGNER, false, it, it->file,
		say(r->m, "%s/%s", it->pointer, config_element_text[ELEMENT_SIGNATURE]), NULL,
		v == TRUST_NO_KEY ? "Get it again from whoever signed it; or add the signer's key to the "
				    "trust store if you trust it."
				  : "Have it signed by somebody whom the trust store names for this.",
		"the signature of %s '%.100s' was %s", config_type_text[it->type], config_name(it), why);
}

void item_seal(struct reader *r, struct config_item *it, const struct json *j)
{
	STR(form, FILE_BYTES_MAX * 2);
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];

	if (!canonical(r, it, j, NULL, &form)) {
		it->authentic_ok = false;
		return;
	}
	sha256_of(str_c(&form), form.len, sum);
	it->hash = arena_strdup(r->m->arena, hex_text(sum, sizeof sum, hex));
	if (it->type == CONFIG_BUILDING_BLOCK || !it->parent)
		it->canonical = arena_strndup(r->m->arena, str_c(&form), form.len);
	signature_check(r, it, j);
}

/* ---- Archives ---- */

int hash_fd(int fd, int64_t size, char hex[SHA256_HEX], struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	OWN(mem_free) char *buf = mem_alloc(64 * KIB);
	uint8_t sum[SHA256_LEN];
	int64_t left = size;

	while (left > 0) {
		ssize_t n = read(fd, buf, left < (int64_t)(64 * KIB) ? (size_t)left : 64 * KIB);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "it cannot be read");
		if (!n)
			return err_set(e, ERR_FILE, "it became shorter while it was read");
		sha256_add(h, buf, (size_t)n);
		left -= n;
	}
	sha256_end(h, sum);
	hex_text(sum, sizeof sum, hex);
	return OK;
}

static struct archive_facts *facts_of(struct reader *r, const char *path)
{
	struct archive_facts *f = map_get(r->hashes, path);
	OWN(fd_close) int fd = -1;
	struct err e;

	if (f)
		return f;
	f = arena_alloc(r->m->arena, sizeof *f);
	f->size = -1;
	map_put(r->hashes, path, f);
	if (beneath_read(r->folder, path, &fd, &f->size, &e)) {
		f->missing = e.code == ERR_NO_FILE;
		f->why = say(r->m, "%s", e.msg);
		return f;
	}
	r->archived += f->size;
	if (r->archived > ARCHIVE_BYTES_MAX)
		f->why = "the Archives have more than 8 GiB in all";
	else if (hash_fd(fd, f->size, f->hash, &e))
		f->why = say(r->m, "'%.200s': %s", path, e.msg);
	return f;
}

void archive_check(struct reader *r, struct config_item *it)
{
	const char *path = it->text[ELEMENT_ARCHIVE], *hash = it->text[ELEMENT_HASH], *at, *mend;
	const struct archive_facts *f;

	if (!path || config_text_fault(FORMAT_ARCHIVE_PATH, path, MANIFEST_COMPAT, &mend))
		return; /* told already; nothing is opened */
	path = path_join(r->m->arena, it->folder, path);
	file_note(r->m, path);
	if (r->folder < 0 || !(r->ask->checks & MANIFEST_CHECK_ARCHIVES))
		return;
	at = say(r->m, "%s/%s", it->pointer, config_element_text[ELEMENT_ARCHIVE]);
	f = facts_of(r, path);
	it->size = f->size;
	if (f->why) {
		problem(r, FAULT_NO_ARCHIVE, false, it, it->file, at, NULL,
			f->missing ? "Put the Archive there, or correct the path."
				   : "Put a plain file there; links are not followed.",
			"the Archive of %s '%.100s' is missing: %s", config_type_text[it->type],
			config_name(it), f->why);
		return;
	}
	if (hash && strlen(hash) == 64 && strcasecmp(hash, f->hash) != 0)
		problem(r, FAULT_HASH, false, it, it->file,
			say(r->m, "%s/%s", it->pointer, config_element_text[ELEMENT_HASH]), NULL,
			"Get the Archive again. If the Archive is right and the Manifest is yours, 'firpath "
			"manifest sign' writes the new Hash.",
			"'%.200s' has another SHA-256 than the Hash says: %s", path, f->hash);
}
