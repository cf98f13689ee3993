/* SPDX-License-Identifier: Apache-2.0 */
/* Packages: made from a folder, and made a folder again. Works without a service. */
#include <inttypes.h>

#include "cli/cmd.h"
#include "manifest/package.h"

const struct option_row manifest_pack_options[] = {
	{ "out", 0, "FILE", "the Package to write, NAME.tar.gz" },
	{ "manifest", 0, "FILE",
	  "the outermost Manifest in the folder; default: the one Vehicle Manifest, or the only one" },
	{ "trust", 0, "FILE", "the trust store (JSON): every signature must hold" },
	{ "unsigned", 0, NULL, "signatures need not be there; everything else must be right" },
	{ "profile", 0, "WORD", "strict (default) or compat" },
	END_OF_OPTIONS,
};
const struct option_row manifest_unpack_options[] = {
	{ "trust", 0, "FILE", "the trust store (JSON): every signature must hold" },
	{ "unsigned", 0, NULL, "signatures need not hold; everything else must be right" },
	{ "profile", 0, "WORD", "strict (default) or compat" },
	END_OF_OPTIONS,
};

static int package_show(struct call *c, const char *verb, const char *what, const struct package_facts *f,
			struct err *e)
{
	STR(out, 8 * KIB);
	struct jw w = jw_start(&out);

	if (!c->json) {
		page_line(&c->page, "%s %s: %" PRId64 " files, %" PRId64 " bytes, SHA-256 %s", verb, what,
			  f->files, f->bytes, f->sha256);
		return OK;
	}
	jw_obj(&w);
	jw_kstr(&w, "name", what);
	jw_kint(&w, "files", f->files);
	jw_kint(&w, "bytes", f->bytes);
	jw_kstr(&w, "sha256", f->sha256);
	jw_end(&w);
	str_addc(&out, '\n');
	return call_write(c, str_c(&out), out.len, e);
}

int cmd_manifest_pack(struct call *c, struct err *e)
{
	OWN(trust_free) struct trust *trust = NULL;
	struct package_facts f;
	struct manifest_ask ask;
	const char *out;

	if (call_need(c, "out", &out, e) || manifest_ask_of(c, &trust, &ask, e) ||
	    package_pack(c->arg[0], call_opt(c, "manifest"), &ask, out, &f, e))
		return (int)e->code;
	return package_show(c, "packed", out, &f, e);
}

int cmd_manifest_unpack(struct call *c, struct err *e)
{
	OWN(trust_free) struct trust *trust = NULL;
	struct package_facts f;
	struct manifest_ask ask;

	if (manifest_ask_of(c, &trust, &ask, e) || package_unpack(c->arg[0], c->arg[1], &ask, &f, e))
		return (int)e->code;
	return package_show(c, "unpacked", c->arg[1], &f, e);
}
