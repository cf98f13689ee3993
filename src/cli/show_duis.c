/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of DUIS in words. */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

/* What a code means, and what it does not. */
static const char *words_of(const char *code, const char *service)
{
	static const char *const words[][2] = {
		{ "I99", "taken; the answer comes later" },
		{ "W110101", "taken for some devices; the lists name those it was not taken for" },
		{ "W110401", "taken for some devices; the lists name those it was not taken for" },
		{ "N60", "the image was delivered to the hub, which is not yet verified by the device" },
		{ "N61", "the image was not delivered to the hub" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(code, words[i][0]) == 0)
			return words[i][1];
	if (strcmp(code, "I0") == 0)
		return strcmp(service, "11.1") == 0 || strcmp(service, "11.4") == 0
			   ? "taken; no device has it yet"
		       : *service ? "done"
				  : "";
	return *code == 'E' ? "refused" : "";
}

static const char *words_of_trap(const char *trap)
{
	static const char *const words[][2] = {
		{ "white-space",
		  "white space between elements: xmlsec1 verifies it, the DCC refuses it; send it without" },
		{ "comments", "comments: the DCC refuses them; send it without" },
		{ "exclusive-digest",
		  "the digest is over exclusive C14N; the Reference names only the enveloped transform, "
		  "so it must be inclusive C14N 1.0" },
		{ "der-signature", "the signature value is DER; it must be r and s, 32 octets each" },
		{ "lower-case", "an EUI in lower case: valid, but some compare it by its letters" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(trap, words[i][0]) == 0)
			return words[i][1];
	return trap;
}

static void terms(struct page *p, const struct json *a)
{
	static const char *const names[][2] = {
		{ "request_id", "RequestID" },
		{ "response_id", "ResponseID" },
		{ "at", "said at" },
		{ "execute", "execute at" },
		{ "alert", "alert" },
		{ "about", "device" },
		{ "hub", "hub" },
		{ "of", "of request" },
		{ "version", "version" },
		{ "status", "status" },
		{ "hash", "hash" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (has(a, names[i][0]))
			page_term(p, 2, names[i][1], txt(a, names[i][0]));
}

static void bytes(struct page *p, const struct json *a, const char *name, const char *term)
{
	static const char *const names[][2] = {
		{ "wrong", "not readable" },
		{ "says", "says" },
		{ "use_case", "use case" },
		{ "alert", "alert" },
		{ "outcome", "outcome" },
		{ "originator", "originator" },
		{ "device", "device" },
		{ "execute", "execute at" },
		{ "manufacturer", "manufacturer" },
		{ "model", "image type" },
		{ "version", "version" },
		{ "manufacturer_image_sha256", "Manufacturer Image" },
		{ "hash", "hash" },
	};
	const struct json *b = json_get(a, name);

	if (!b)
		return;
	page_termf(p, 2, term, "%" PRId64 " bytes%s%s, SHA-256 %s", num(b, "bytes"),
		   has(b, "gbcs_version") ? ", GBCS " : "",
		   has(b, "gbcs_version") ? txt(b, "gbcs_version") : "", txt(b, "sha256"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (has(b, names[i][0]))
			page_term(p, 4, names[i][1], txt(b, names[i][0]));
}

static void lists(struct page *p, const struct json *a)
{
	static const char *const names[][2] = {
		{ "devices", "devices" },
		{ "invalid", "not known" },
		{ "not_commissioned", "not commissioned" },
		{ "not_applicable", "firmware not applicable" },
		{ "other_request_in_progress", "another request runs" },
		{ "invalid_gbcs_version", "GBCS version not valid" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct json *l = json_get(a, names[i][0]);
		size_t n = json_len(l);

		if (n)
			page_termf(p, 2, names[i][1], "%zu: %s%s%s%s", n, json_text(json_at(l, 0)),
				   n > 1 ? ", " : "", n > 1 ? json_text(json_at(l, 1)) : "",
				   n > 2 ? ", ... (--json names all)" : "");
	}
}

static void inventory(struct page *p, const struct json *list)
{
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list))
		return;
	table_init(&t, 6);
	table_row(&t, "device", "type", "status", "model", "version", "MPxN", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *d = json_at(list, i);

		table_cell(&t, txt(d, "device"));
		table_cell(&t, txt(d, "type"));
		table_cell(&t, txt(d, "status"));
		table_cellf(&t, "%s:%s", txt(d, "manufacturer"), txt(d, "model"));
		table_cell(&t, txt(d, "version"));
		table_cell(&t, txt(d, "mpxn"));
	}
	page_line(p, "%s", "");
	table_print(&t, p, true);
}

static void signature(struct page *p, const struct json *s)
{
	const char *result = txt(s, "result");

	if (strcmp(result, "good") == 0)
		page_term(p, 2, "signature", "good");
	else if (strcmp(result, "not-looked-at") == 0)
		page_termf(
		    p, 2, "signature", "%s; name the signer's certificate with --certs to have it verified",
		    json_bool(json_get(s, "digest_good"), false) ? "the digest is right" : txt(s, "why"));
	else if (strcmp(result, "unsigned") == 0)
		page_term(p, 2, "signature", "none; a refusal may come without");
	else
		page_termf(p, 2, "signature", "NOT GOOD: %s", txt(s, "why"));
	if (has(s, "issuer"))
		page_termf(p, 2, "signer", "%s, serial number %s", txt(s, "issuer"), txt(s, "serial"));
}

void show_duis(struct page *p, const struct json *a)
{
	const struct json *traps = json_get(a, "traps");
	const char *code = has(a, "code") ? txt(a, "code") : "";
	const char *words = words_of(code, has(a, "service") ? txt(a, "service") : "");

	if (strcmp(txt(a, "kind"), "request") == 0)
		page_line(p, "Request %s (%s), CommandVariant %" PRId64 ", schema %s", txt(a, "service"),
			  txt(a, "detail"), num(a, "variant"), txt(a, "schema"));
	else
		page_line(p, "%s%s%s, %s%s%s, schema %s",
			  strcmp(txt(a, "kind"), "response") == 0    ? "Response"
			  : strcmp(txt(a, "kind"), "dcc-alert") == 0 ? "DCC alert"
								     : "Device alert",
			  has(a, "service") ? " to " : "", has(a, "service") ? txt(a, "service") : "", code,
			  *words ? ": " : "", words, txt(a, "schema"));
	if (has(a, "says"))
		page_term(p, 2, "says", txt(a, "says"));
	if (has(a, "detail") && strcmp(txt(a, "kind"), "request") != 0)
		page_term(p, 2, "detail", txt(a, "detail"));
	terms(p, a);
	bytes(p, a, "image", "image");
	bytes(p, a, "gbcs", "GBCS payload");
	lists(p, a);
	signature(p, json_get(a, "signature"));
	inventory(p, json_get(a, "inventory"));
	for (size_t i = 0; i < json_len(traps); i++)
		page_line(p, "Trap: %s", words_of_trap(json_text(json_at(traps, i))));
}
