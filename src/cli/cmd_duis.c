/* SPDX-License-Identifier: Apache-2.0 */
/* DUIS for support work: requests built from options, documents read and their signatures checked. Works
 * without a service. */
#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "model/gbcs.h"
#include "model/ota.h"
#include "wire/duis.h"

#define CERTS_MAX 16

const struct option_row duis_build_options[] = {
	{ "originator", 0, "EUI", "who asks; default: the EUI in the certificate" },
	{ "target", 0, "EUI", "the device of 11.2 and 11.3, the DCC's own EUI for 11.1, 11.4 and 8.2" },
	{ "counter", 0, "N", "counter of the RequestID, must rise; default: the time in ms" },
	{ "key", 0, "KEY", "private key that signs requests: a file (PEM), or pkcs11:..." },
	{ "cert", 0, "FILE", "its certificate" },
	{ "schema", 0, "X.Y", "schemaVersion; default 5.4" },
	{ "image", 0, "FILE", "11.1, 11.4: the whole OTA file" },
	{ "version", 0, "FFFFFFFF", "11.1, 11.4: firmware version; default: the one in the file" },
	{ "devices", 0, "LIST", "11.1, 11.4: EUIs with commas between, or a file with one on each line" },
	{ "hash", 0, "SHA-256", "11.3: hash of the Manufacturer Image" },
	{ "execute", 0, "TIME", "11.2, 11.3: when; 'cancel' takes a planned 11.3 back" },
	{ "command", 0, "FILE", "11.3: the signed Pre-Command (CommandVariant 5)" },
	{ "device", 0, "EUI", "8.2: the device to read about" },
	{ "output", 'o', "FILE", "write to this file instead of standard output" },
	END_OF_OPTIONS,
};
const struct option_row duis_verify_options[] = {
	{ "certs", 0, "FILES", "certificates that are believed, with commas between" },
	{ "at", 0, "TIME", "the certificates must be valid then; default: now" },
	END_OF_OPTIONS,
};

/* ---- build ---- */

struct build {
	struct duis_request r;
	struct p256_key *key;
	struct p256_cert *cert;
	struct str image, command;
	VEC(uint64_t) devices;
};

static void build_done(struct build *b)
{
	if (b->key)
		p256_free(b->key);
	if (b->cert)
		p256_cert_free(b->cert);
	str_done(&b->image);
	str_done(&b->command);
	vec_done(&b->devices);
}
DEFINE_OWN_VAL(struct build, build_done)

static int eui_option(struct call *c, const char *name, uint64_t *ret, struct err *e)
{
	const char *text;

	if (call_need(c, name, &text, e))
		return (int)e->code;
	if (!duis_eui_parse(text, ret))
		return err_set(e, ERR_USAGE, "--%s is an EUI such as 00-DB-12-34-56-78-90-A0, not '%.40s'",
			       name, text);
	return OK;
}

static int add_device(struct build *b, const char *s, size_t n, struct err *e)
{
	char text[DUIS_EUI_SIZE];
	uint64_t eui;

	n = parse_trim(&s, n);
	if (!n)
		return OK;
	if (!str_copyn(text, sizeof text, s, n) || !duis_eui_parse(text, &eui))
		return err_set(e, ERR_USAGE, "device %zu: '%.*s' is no EUI such as 00-DB-12-34-56-78-90-A0",
			       b->devices.n + 1, (int)(n < 40 ? n : 40), s);
	if (b->devices.n > DUIS_DEVICES_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d devices", DUIS_DEVICES_MAX);
	vec_push(&b->devices, eui);
	return OK;
}

static int take_devices(struct call *c, struct build *b, struct err *e)
{
	STR(file, 4 * MIB);
	const char *list, *at;

	if (call_need(c, "devices", &list, e))
		return (int)e->code;
	if (strlen(list) < 3 || list[2] != '-') { /* no EUI: the name of a file */
		if (file_read(list, &file, e))
			return (int)e->code;
		list = str_c(&file);
	}
	for (at = list; *at;) {
		size_t n = strcspn(at, ",\n");

		if (add_device(b, at, n, e))
			return (int)e->code;
		at += n + (at[n] != '\0');
	}
	b->r.device = b->devices.v;
	b->r.ndevices = b->devices.n;
	return OK;
}

static int take_image(struct call *c, struct build *b, struct err *e)
{
	const char *file, *version = call_opt(c, "version");
	struct ota ota;
	uint64_t v;

	if (call_need(c, "image", &file, e) || file_read(file, &b->image, e))
		return (int)e->code;
	b->r.image = (const uint8_t *)str_c(&b->image);
	b->r.nimage = b->image.len;
	if (!version) {
		if (ota_read(b->r.image, b->r.nimage, &ota, e))
			return err_wrap(e, "%s is no OTA file, so name the --version", file);
		b->r.version = ota.version;
		return take_devices(c, b, e);
	}
	if (strlen(version) != 8 || !parse_hex(version, 8, &v))
		return err_set(e, ERR_USAGE, "--version is 8 hex digits, not '%.40s'", version);
	b->r.version = (uint32_t)v;
	return take_devices(c, b, e);
}

static int take_time(struct call *c, struct build *b, struct err *e)
{
	const char *text = call_opt(c, "execute");

	b->r.at = -1;
	if (!text)
		return OK;
	if (strcmp(text, "cancel") == 0) {
		b->r.at = DUIS_CANCEL;
		return OK;
	}
	return parse_time(text, &b->r.at, e) ? err_wrap(e, "--execute") : OK;
}

static int take_activation(struct call *c, struct build *b, struct err *e)
{
	const char *hash;

	if (call_has(c, "command")) {
		b->r.variant = 5;
		if (file_read(call_opt(c, "command"), &b->command, e))
			return (int)e->code;
		b->r.command = (const uint8_t *)str_c(&b->command);
		b->r.ncommand = b->command.len;
		return OK;
	}
	b->r.variant = 4;
	if (call_need(c, "hash", &hash, e))
		return (int)e->code;
	if (strlen(hash) != 2 * SHA256_LEN || !parse_hex_bytes(hash, 2 * SHA256_LEN, b->r.hash, SHA256_LEN))
		return err_set(e, ERR_USAGE, "--hash is 64 hex digits");
	return OK;
}

/* What the other options say that this service has no use for is refused, not dropped. */
static int take_service(struct call *c, struct build *b, struct err *e)
{
	static const struct {
		const char *option;
		unsigned services;
	} only[] = { { "image", 1U << DUIS_11_1 | 1U << DUIS_11_4 },
		     { "version", 1U << DUIS_11_1 | 1U << DUIS_11_4 },
		     { "devices", 1U << DUIS_11_1 | 1U << DUIS_11_4 },
		     { "hash", 1U << DUIS_11_3 },
		     { "execute", 1U << DUIS_11_2 | 1U << DUIS_11_3 },
		     { "command", 1U << DUIS_11_3 },
		     { "device", 1U << DUIS_8_2 } };

	for (int s = 0; s < DUIS_SERVICES; s++)
		if (strcmp(c->arg[0], duis_service_text[s]) == 0) {
			b->r.service = (enum duis_service)s;
			for (size_t i = 0; i < sizeof only / sizeof *only; i++)
				if (call_has(c, only[i].option) && !(only[i].services & 1U << s))
					return err_set(e, ERR_USAGE, "a request %s has no --%s", c->arg[0],
						       only[i].option);
			return OK;
		}
	return err_set(e, ERR_USAGE, "the service is 11.1, 11.2, 11.3, 11.4 or 8.2, not '%.20s'", c->arg[0]);
}

static int take_signer(struct call *c, struct build *b, struct err *e)
{
	const char *key, *cert;

	if (call_need(c, "key", &key, e) || call_need(c, "cert", &cert, e) || p256_open(key, &b->key, e) ||
	    p256_cert_load(cert, &b->cert, e))
		return (int)e->code;
	if (!p256_cert_fits(b->cert, b->key))
		return err_set(e, ERR_CONFIG, "the certificate '%s' is not of that key", cert);
	if (call_has(c, "originator"))
		return eui_option(c, "originator", &b->r.id.originator, e);
	b->r.id.originator = p256_cert_eui(b->cert);
	return b->r.id.originator
		   ? OK
		   : err_set(e, ERR_USAGE, "the certificate has no EUI: name the --originator");
}

static int take_all(struct call *c, struct build *b, struct err *e)
{
	int64_t counter;

	if (take_service(c, b, e) || eui_option(c, "target", &b->r.id.target, e) ||
	    call_opt_int(c, "counter", 1, INT64_MAX, call_now(c), &counter, e) || take_time(c, b, e))
		return (int)e->code;
	b->r.id.counter = (uint64_t)counter;
	b->r.schema = call_has(c, "schema") ? call_opt(c, "schema") : "5.4";
	b->r.variant = b->r.service == DUIS_11_2 ? 1 : 8;
	if ((b->r.service == DUIS_11_1 || b->r.service == DUIS_11_4) && take_image(c, b, e))
		return (int)e->code;
	if (b->r.service == DUIS_11_3 && take_activation(c, b, e))
		return (int)e->code;
	if (b->r.service == DUIS_8_2 && eui_option(c, "device", &b->r.read_device, e))
		return (int)e->code;
	return take_signer(c, b, e);
}

int cmd_duis_build(struct call *c, struct err *e)
{
	OWN(build_done) struct build b = { .key = NULL };
	const char *file = call_opt(c, "output");
	STR(out, DUIS_BUILD_MAX);
	STR(json, 2 * DUIS_BUILD_MAX);
	struct jw w = jw_start(&json);

	str_init(&b.image, DUIS_IMAGE_MAX + 1);
	str_init(&b.command, DUIS_COMMAND_MAX + 1);
	if (take_all(c, &b, e) || duis_build(&b.r, b.key, b.cert, &out, e) ||
	    (file && file_replace(file, out.p, out.len, e)))
		return (int)e->code;
	if (!c->json)
		return file ? OK : call_write(c, out.p, out.len, e); /* no line end: it is sent as it is */
	jw_obj(&w);
	jw_kstr(&w, "service", c->arg[0]);
	jw_kint(&w, "bytes", (int64_t)out.len);
	jw_kstr(&w, file ? "file" : "request", file ? file : out.p);
	jw_end(&w);
	str_addc(&json, '\n');
	return call_write(c, json.p, json.len, e);
}

/* ---- verify ---- */

struct certs {
	struct p256_cert *cert[CERTS_MAX];
	size_t n;
};

static void certs_done(struct certs *t)
{
	while (t->n)
		p256_cert_free(t->cert[--t->n]);
}
DEFINE_OWN_VAL(struct certs, certs_done)

static int take_certs(struct call *c, struct certs *t, struct err *e)
{
	const char *at = call_opt(c, "certs");

	while (at && *at) {
		size_t n = strcspn(at, ",");
		OWN(mem_free) char *file = mem_strndup(at, n);

		if (t->n == CERTS_MAX)
			return err_set(e, ERR_USAGE, "--certs names %d files at most", CERTS_MAX);
		if (p256_cert_load(file, &t->cert[t->n], e))
			return (int)e->code;
		t->n++;
		at += n + (at[n] == ',');
	}
	return OK;
}

static void put_eui(struct jw *w, const char *name, uint64_t eui)
{
	char buf[DUIS_EUI_SIZE];

	if (eui)
		jw_kstr(w, name, duis_eui_text(eui, buf));
}

static void put_id(struct jw *w, const char *name, const struct duis_id *id)
{
	char a[DUIS_EUI_SIZE], b[DUIS_EUI_SIZE], text[80];

	snprintf(text, sizeof text, "%s:%s:%" PRIu64, duis_eui_text(id->originator, a),
		 duis_eui_text(id->target, b), id->counter);
	jw_kstr(w, name, text);
}

static void put_text(struct jw *w, const char *name, const char *s)
{
	if (*s)
		jw_kstr(w, name, s);
}

static void put_hex(struct jw *w, const char *name, const uint8_t *p, size_t n)
{
	char hex[SHA256_HEX];

	jw_kstr(w, name, hex_text(p, n, hex));
}

static void put_number(struct jw *w, const char *name, int digits, uint32_t v)
{
	char text[12];

	snprintf(text, sizeof text, "%0*" PRIX32, digits, v);
	jw_kstr(w, name, text);
}

/* What the bytes of an image say of themselves. */
static void put_ota(struct jw *w, const struct duis_message *m)
{
	uint8_t digest[SHA256_LEN];
	struct ota o;
	struct err e;

	if (ota_read(m->gbcs, m->ngbcs, &o, &e)) {
		jw_kstr(w, "wrong", e.msg);
		return;
	}
	put_number(w, "manufacturer", 4, o.manufacturer);
	put_number(w, "model", 4, o.image_type);
	put_number(w, "version", 8, o.version);
	sha256_of(m->gbcs + o.image_at, o.image_len, digest);
	put_hex(w, "manufacturer_image_sha256", digest, sizeof digest);
}

static void put_command(struct jw *w, const uint8_t *p, size_t n)
{
	struct gbcs_command g;
	struct err e;

	if (gbcs_read_command(p, n, &g, &e)) {
		jw_kstr(w, "wrong", e.msg);
		return;
	}
	put_hex(w, "hash", g.hash, sizeof g.hash);
	put_eui(w, "originator", g.originator);
	put_eui(w, "device", g.device);
	if (g.at >= 0)
		jw_ktime(w, "execute", g.at);
}

static void put_gbcs(struct jw *w, const struct duis_message *m)
{
	static const char *const said[GBCS_SAIDS] = {
		"something that is not about firmware",
		"outcome of an activation",
		"a future-dated command is kept",
		"firmware version",
		"the image is verified",
		"the image is not good",
		"a future-dated activation was done",
		"a future-dated activation failed",
		"the firmware version changed",
		"the check at power-on failed",
	};
	static const char *const outcomes[GBCS_OUTCOMES] = { "done", "no image held", "hash differs",
							     "not activated" };
	struct gbcs_message g;
	struct err e;

	if (gbcs_read_message(m->gbcs, m->ngbcs, &g, &e)) {
		jw_kstr(w, "wrong", e.msg);
		return;
	}
	jw_kstr(w, "says", said[g.what]);
	put_number(w, "use_case", 4, g.use_case);
	if (g.alert_code)
		put_number(w, "alert", 4, g.alert_code);
	if (g.what == GBCS_SAID_OUTCOME)
		jw_kstr(w, "outcome", outcomes[g.outcome]);
	if (g.has_version)
		put_number(w, "version", 8, g.version);
	if (g.has_hash)
		put_hex(w, "hash", g.hash, sizeof g.hash);
}

static void put_bytes(struct jw *w, const struct duis_message *m)
{
	char hex[SHA256_HEX];
	uint8_t digest[SHA256_LEN];
	bool image = m->kind == DUIS_REQUEST && m->has_version;

	sha256_of(m->gbcs, m->ngbcs, digest);
	jw_key(w, image ? "image" : "gbcs");
	jw_obj(w);
	jw_kint(w, "bytes", (int64_t)m->ngbcs);
	jw_kstr(w, "sha256", hex_text(digest, sizeof digest, hex));
	put_text(w, "gbcs_version", m->gbcs_version);
	if (image)
		put_ota(w, m);
	else if (m->payload == DUIS_PRE_COMMAND)
		put_command(w, m->gbcs, m->ngbcs);
	else if (m->kind != DUIS_REQUEST)
		put_gbcs(w, m);
	jw_end(w);
}

static void put_lists(struct jw *w, const struct duis_message *m)
{
	static const char *const names[DUIS_LISTS] = { "invalid", "not_commissioned", "not_applicable",
						       "other_request_in_progress", "invalid_gbcs_version" };
	char buf[DUIS_EUI_SIZE];

	for (int i = 0; i < DUIS_LISTS; i++) {
		if (!m->list[i].n)
			continue;
		jw_key(w, m->payload == DUIS_FIRMWARE_WARNING ? names[i] : "devices");
		jw_arr(w);
		for (size_t k = 0; k < m->list[i].n; k++)
			jw_str(w, duis_eui_text(m->list[i].v[k], buf));
		jw_arr_end(w);
	}
}

static void put_inventory(struct jw *w, const struct duis_message *m)
{
	jw_key(w, "inventory");
	jw_arr(w);
	for (size_t i = 0; i < m->ndevices; i++) {
		const struct duis_device *d = &m->device[i];

		jw_obj(w);
		put_eui(w, "device", d->eui);
		put_text(w, "type", d->type);
		put_text(w, "status", d->status);
		put_text(w, "manufacturer", d->manufacturer);
		put_text(w, "model", d->model);
		put_text(w, "version", d->version);
		put_text(w, "smets", d->smets);
		put_text(w, "gbcs", d->gbcs);
		put_text(w, "variant", d->variant);
		put_text(w, "han_variant", d->han_variant);
		put_text(w, "region", d->region);
		put_text(w, "mpxn", d->mpxn);
		put_text(w, "uprn", d->uprn);
		jw_end(w);
	}
	jw_arr_end(w);
}

static void put_message(struct jw *w, const struct duis_message *m)
{
	static const char *const kinds[] = { "response", "device-alert", "dcc-alert", "request" };
	char hex[SHA256_HEX];

	jw_kstr(w, "kind", kinds[m->kind]);
	jw_kstr(w, "schema", m->schema);
	if (m->has_id)
		put_id(w, "request_id", &m->id);
	if (m->has_response_id)
		put_id(w, "response_id", &m->response_id);
	put_text(w, "code", m->code);
	put_text(w, "service", m->service);
	if (m->variant)
		jw_kint(w, "variant", m->variant);
	put_text(w, "says", duis_payload_text[m->payload]);
	put_text(w, "detail", m->detail);
	if (m->at >= 0)
		jw_ktime(w, m->kind == DUIS_REQUEST ? "execute" : "at", m->at);
	if (m->alert_code) {
		snprintf(hex, sizeof hex, "%04X", m->alert_code);
		jw_kstr(w, "alert", hex);
	}
	put_eui(w, "about", m->about);
	put_eui(w, "hub", m->hub);
	if (m->has_of)
		put_id(w, "of", &m->of);
	if (m->has_version) {
		snprintf(hex, sizeof hex, "%08" PRIX32, m->version);
		jw_kstr(w, "version", hex);
	}
	put_text(w, "status", m->status);
	if (m->has_hash)
		jw_kstr(w, "hash", hex_text(m->hash, sizeof m->hash, hex));
	if (m->ngbcs)
		put_bytes(w, m);
	put_lists(w, m);
	if (m->ndevices)
		put_inventory(w, m);
}

static void put_finding(struct jw *w, const struct duis_finding *f, const char *word)
{
	static const struct {
		unsigned trap;
		const char *word;
	} traps[] = { { DUIS_TRAP_SPACE, "white-space" },
		      { DUIS_TRAP_COMMENT, "comments" },
		      { DUIS_TRAP_EXCLUSIVE, "exclusive-digest" },
		      { DUIS_TRAP_DER, "der-signature" },
		      { DUIS_TRAP_LOWER_CASE, "lower-case" } };

	jw_key(w, "signature");
	jw_obj(w);
	jw_kstr(w, "result", word);
	if (f->has_signature) {
		jw_kbool(w, "digest_good", f->digest_good);
		put_text(w, "issuer", f->issuer);
		put_text(w, "serial", f->serial);
	}
	put_text(w, "why", f->why);
	jw_end(w);
	jw_key(w, "traps");
	jw_arr(w);
	for (size_t i = 0; i < sizeof traps / sizeof *traps; i++)
		if (f->traps & traps[i].trap)
			jw_str(w, traps[i].word);
	jw_arr_end(w);
}

/* The DCC refuses requests that fall into these; its own messages may. */
static bool is_fit(const struct duis_message *m, const struct duis_finding *f)
{
	return m->kind != DUIS_REQUEST || !(f->traps & ~(unsigned)DUIS_TRAP_LOWER_CASE);
}

int cmd_duis_verify(struct call *c, struct err *e)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_RESPONSE };
	OWN(certs_done) struct certs certs = { .n = 0 };
	struct duis_trust trust = { .cert = certs.cert };
	struct duis_finding f;
	enum duis_signed s;
	STR(text, DUIS_BUILD_MAX);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&answer);
	bool asked = call_has(c, "certs"), ok;

	if (take_certs(c, &certs, e) || file_read(c->arg[0], &text, e))
		return (int)e->code;
	trust.n = certs.n;
	trust.now = call_moment(c, call_opt(c, "at"));
	if (duis_inspect(str_c(&text), text.len, asked ? &trust : NULL, &m, &s, &f, e))
		return err_wrap(e, "%s", c->arg[0]);
	ok = asked ? s == DUIS_GOOD || s == DUIS_UNSIGNED : f.digest_good || !f.has_signature;
	jw_obj(&w);
	jw_kbool(&w, "ok", ok && is_fit(&m, &f));
	put_message(&w, &m);
	put_finding(&w, &f,
		    asked             ? duis_signed_text[s]
		    : f.has_signature ? "not-looked-at"
				      : duis_signed_text[s]);
	jw_end(&w);
	str_addc(&answer, '\n');
	c->exit = ok && is_fit(&m, &f) ? 0 : 1;
	return call_show(c, &answer, show_duis, e);
}
