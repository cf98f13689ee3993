/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, written as they will be signed: the text between <sr:Request and </sr:Body> is its own inclusive
 * C14N already (attributes and namespaces in order, nothing to escape, no white space), but for the empty
 * element, which C14N writes as a pair of tags; SignedInfo is written as its exclusive C14N.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "wire/duis_p.h"

static const struct service {
	const char *element; /* of the body */
	const char *what;    /* for people */
	bool image;          /* goes to many devices, to the DCC itself */
} services[DUIS_SERVICES] = {
	{ "UpdateFirmware", "11.1", true },    { "ReadFirmwareVersion", "11.2", false },
	{ "ActivateFirmware", "11.3", false }, { "UpdatePPMIDFirmware", "11.4", true },
	{ "ReadInventory", "8.2", false },
};

/* ---- what cannot be ---- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int check_devices(const struct duis_request *r, struct err *e)
{
	size_t bytes = r->ndevices * sizeof *r->device;
	uint64_t *sorted;
	size_t same = 0;
	char buf[DUIS_EUI_SIZE];

	if (!r->ndevices)
		return err_set(e, ERR_INVALID, "a request %s needs a device", services[r->service].what);
	if (r->ndevices > DUIS_DEVICES_MAX)
		return err_set(e, ERR_INVALID, "%zu devices in one request: it may have %d", r->ndevices,
			       DUIS_DEVICES_MAX);
	for (size_t i = 0; i < r->ndevices; i++)
		if (r->device[i] == r->id.target)
			return err_set(
			    e, ERR_INVALID,
			    "the target %s is a device: a request %s is addressed to the DCC itself",
			    duis_eui_text(r->id.target, buf), services[r->service].what);
	sorted = mem_alloc(bytes);
	memcpy(sorted, r->device, bytes);
	qsort(sorted, r->ndevices, sizeof *sorted, by_value);
	for (size_t i = 1; i < r->ndevices && !same; i++)
		if (sorted[i] == sorted[i - 1])
			same = i;
	if (same)
		err_set(e, ERR_INVALID, "device %s is named twice", duis_eui_text(sorted[same], buf));
	mem_free(sorted);
	return same ? (int)e->code : OK;
}

static int check_image(const struct duis_request *r, struct err *e)
{
	if (!r->nimage)
		return err_set(e, ERR_INVALID, "a request %s needs an image", services[r->service].what);
	if (r->nimage > DUIS_IMAGE_MAX)
		return err_set(e, ERR_INVALID, "the image has %zu bytes: a request may carry %d", r->nimage,
			       DUIS_IMAGE_MAX);
	return check_devices(r, e);
}

static bool schema_ok(const char *s)
{
	return s && s[0] >= '0' && s[0] <= '9' && s[1] == '.' && s[2] >= '0' && s[2] <= '9' &&
	       (!s[3] || (s[3] >= '0' && s[3] <= '9' && !s[4]));
}

static bool variant_ok(const struct duis_request *r)
{
	switch ((int)r->service) {
	case DUIS_11_2:
		return r->variant == 1;
	case DUIS_11_3:
		return r->variant == 4 || r->variant == 5;
	case DUIS_11_1:
	case DUIS_11_4:
	case DUIS_8_2:
	default:
		return r->variant == 8;
	}
}

/* One request is one thing: what does not belong to its service must not be there. */
static int check_mix(const struct duis_request *r, struct err *e)
{
	const struct service *s = &services[r->service];
	bool command = r->service == DUIS_11_3 && r->variant == 5;

	if (!s->image && (r->nimage || r->ndevices))
		return err_set(e, ERR_INVALID, "a request %s carries no image and no list of devices",
			       s->what);
	if (!command && r->ncommand)
		return err_set(e, ERR_INVALID,
			       "only a request 11.3 of CommandVariant 5 carries a Pre-Command");
	if (command && (!r->ncommand || r->ncommand > DUIS_COMMAND_MAX))
		return err_set(e, ERR_INVALID, "a signed Pre-Command of %zu bytes; 1 to %d can be sent",
			       r->ncommand, DUIS_COMMAND_MAX);
	if (r->service == DUIS_8_2 && !r->read_device)
		return err_set(e, ERR_INVALID, "a request 8.2 needs the device to read about");
	if (r->service == DUIS_8_2 && r->read_device == r->id.target)
		return err_set(e, ERR_INVALID,
			       "the target of a request 8.2 is the DCC itself, not the device");
	return s->image ? check_image(r, e) : OK;
}

static int check_request(const struct duis_request *r, const struct p256_cert *cert, struct err *e)
{
	uint64_t signer = p256_cert_eui(cert);
	char a[DUIS_EUI_SIZE], b[DUIS_EUI_SIZE];

	if ((unsigned)r->service >= DUIS_SERVICES)
		return err_set(e, ERR_INVALID, "that service is not known here");
	if (!r->id.originator || !r->id.target || r->id.originator == r->id.target)
		return err_set(e, ERR_INVALID, "a RequestID needs an originator and another target");
	if (!variant_ok(r))
		return err_set(e, ERR_INVALID, "CommandVariant %d is none of request %s", r->variant,
			       services[r->service].what);
	if (!schema_ok(r->schema))
		return err_set(e, ERR_INVALID, "the schema version is two numbers, as 5.4");
	if (signer && signer != r->id.originator)
		return err_set(e, ERR_INVALID, "the certificate is of %s, but the request comes from %s",
			       duis_eui_text(signer, a), duis_eui_text(r->id.originator, b));
	return check_mix(r, e);
}

/* ---- writing ---- */

static void put_eui(struct str *s, uint64_t eui)
{
	char buf[DUIS_EUI_SIZE];

	str_add(s, duis_eui_text(eui, buf));
}

static void put_base64(struct str *s, const uint8_t *p, size_t n)
{
	char *to = str_room(s, BASE64_TEXT(n));

	if (!to) {
		s->over = true;
		return;
	}
	base64_text(p, n, to);
	str_room_end(s, to + BASE64_TEXT(n) - 1);
}

/* As the DCC's own samples: hundredths of a second. */
static void put_at(struct str *s, int64_t at)
{
	char buf[TIME_TEXT];

	if (at < 0)
		return;
	time_text(at - at % 1000, buf);
	buf[strlen(buf) - 1] = '\0';
	str_addf(s, "<sr:ExecutionDateTime>%s.%02dZ</sr:ExecutionDateTime>", buf, (int)(at % 1000 / 10));
}

static void put_header(struct str *s, const struct duis_request *r)
{
	const char *text = duis_service_text[r->service];

	str_addf(s,
		 "<sr:Request xmlns:ds=\"" DUIS_SIGN_NS "\" xmlns:sr=\"" DUIS_NS
		 "\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" schemaVersion=\"%s\">"
		 "<sr:Header><sr:RequestID>",
		 r->schema);
	put_eui(s, r->id.originator);
	str_addc(s, ':');
	put_eui(s, r->id.target);
	str_addf(s,
		 ":%" PRIu64 "</sr:RequestID><sr:CommandVariant>%d</sr:CommandVariant>"
		 "<sr:ServiceReference>%s</sr:ServiceReference>"
		 "<sr:ServiceReferenceVariant>%s</sr:ServiceReferenceVariant></sr:Header><sr:Body>",
		 r->id.counter, r->variant, text, text);
}

static void put_image(struct str *s, const struct duis_request *r)
{
	str_add(s, "<sr:FirmwareImage>");
	put_base64(s, r->image, r->nimage);
	str_addf(s,
		 "</sr:FirmwareImage><sr:FirmwareVersion>%08" PRIX32 "</sr:FirmwareVersion><sr:DeviceIDList>",
		 r->version);
	for (size_t i = 0; i < r->ndevices; i++) {
		if (i)
			str_addc(s, ',');
		put_eui(s, r->device[i]);
	}
	str_add(s, "</sr:DeviceIDList>");
}

static void put_content(struct str *s, const struct duis_request *r)
{
	char hex[SHA256_HEX];

	switch ((int)r->service) {
	case DUIS_11_2:
		put_at(s, r->at);
		break;
	case DUIS_11_3:
		put_at(s, r->at);
		if (r->variant == 4) {
			str_addf(s, "<sr:FirmwareHash>%s</sr:FirmwareHash>",
				 hex_text(r->hash, sizeof r->hash, hex));
		} else {
			str_add(s, "<sr:GBCSPayload>");
			put_base64(s, r->command, r->ncommand);
			str_add(s, "</sr:GBCSPayload>");
		}
		break;
	case DUIS_8_2:
		str_add(s, "<sr:DeviceID>");
		put_eui(s, r->read_device);
		str_add(s, "</sr:DeviceID>");
		break;
	case DUIS_11_1:
	case DUIS_11_4:
	default:
		put_image(s, r);
	}
}

/* Root to </sr:Body>, and the digest of the whole without its signature. */
static void put_body(struct str *s, const struct duis_request *r, uint8_t digest[SHA256_LEN])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	bool command = r->service == DUIS_11_3 && r->variant == 5;
	const char *element = command ? "SignedPreCommand" : services[r->service].element;
	static const char end[] = "</sr:Body>", root_end[] = "</sr:Request>";
	size_t from = s->len, tag;
	char pair[64] = "></sr:";

	put_header(s, r);
	str_addf(s, "<sr:%s", element);
	tag = s->len;
	str_addc(s, '>');
	put_content(s, r);
	if (s->over)
		return;
	if (s->len == tag + 1) { /* nothing in it: <x/> here, <x></x> in the digest */
		s->len = tag;
		sha256_add(h, s->p + from, tag - from);
		str_copy(pair + 6, sizeof pair - 6, element);
		sha256_add(h, pair, strlen(pair));
		sha256_add(h, ">", 1);
		str_addn(s, "/>", 2);
	} else {
		str_addf(s, "</sr:%s>", element);
		if (!s->over)
			sha256_add(h, s->p + from, s->len - from);
	}
	str_add(s, end);
	sha256_add(h, end, sizeof end - 1);
	sha256_add(h, root_end, sizeof root_end - 1);
	sha256_end(h, digest);
}

/* SignedInfo twice, %s is the digest: as C14N writes it, and as it is sent, where an empty element is one
 * tag. */
static const char info_signed[] =
    "<ds:SignedInfo xmlns:ds=\"" DUIS_SIGN_NS "\">"
    "<ds:CanonicalizationMethod Algorithm=\"" DUIS_C14N "\"></ds:CanonicalizationMethod>"
    "<ds:SignatureMethod Algorithm=\"" DUIS_ECDSA "\"></ds:SignatureMethod>"
    "<ds:Reference URI=\"\"><ds:Transforms>"
    "<ds:Transform Algorithm=\"" DUIS_ENVELOPED "\"></ds:Transform></ds:Transforms>"
    "<ds:DigestMethod Algorithm=\"" DUIS_SHA256 "\"></ds:DigestMethod>"
    "<ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>";
static const char info_sent[] = "<ds:SignedInfo>"
				"<ds:CanonicalizationMethod Algorithm=\"" DUIS_C14N "\"/>"
				"<ds:SignatureMethod Algorithm=\"" DUIS_ECDSA "\"/>"
				"<ds:Reference URI=\"\"><ds:Transforms>"
				"<ds:Transform Algorithm=\"" DUIS_ENVELOPED "\"/></ds:Transforms>"
				"<ds:DigestMethod Algorithm=\"" DUIS_SHA256 "\"/>"
				"<ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>";

/* The template with value in its one place. */
static void put_with(struct str *s, const char *text, const char *value)
{
	const char *place = strstr(text, "%s");

	str_addn(s, text, (size_t)(place - text));
	str_add(s, value);
	str_add(s, place + 2);
}

static int put_signature(struct str *s, const uint8_t digest[SHA256_LEN], const struct p256_key *k,
			 const struct p256_cert *cert, struct err *e)
{
	STR(info, 4 * KIB);
	uint8_t sign[P256_SIGN_LEN];
	char text[BASE64_TEXT(P256_SIGN_LEN)];

	base64_text(digest, SHA256_LEN, text);
	put_with(&info, info_signed, text);
	if (p256_sign(k, info.p, info.len, sign, e))
		return (int)e->code;
	str_add(s, "<ds:Signature xmlns=\"" DUIS_SIGN_NS "\">");
	put_with(s, info_sent, text);
	base64_text(sign, sizeof sign, text);
	str_addf(s,
		 "<ds:SignatureValue>%s</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
		 "<ds:X509IssuerName>",
		 text);
	for (const char *c = p256_cert_issuer(cert); *c; c++) /* the one text here that is not ours */
		if (*c == '<')
			str_add(s, "&lt;");
		else if (*c == '&')
			str_add(s, "&amp;");
		else if (*c == '>')
			str_add(s, "&gt;");
		else
			str_addc(s, *c);
	str_addf(s,
		 "</ds:X509IssuerName><ds:X509SerialNumber>%s</ds:X509SerialNumber></ds:X509IssuerSerial>"
		 "</ds:X509Data></ds:KeyInfo></ds:Signature>",
		 p256_cert_serial(cert));
	return OK;
}

int duis_build(const struct duis_request *r, const struct p256_key *k, const struct p256_cert *cert,
	       struct str *out, struct err *e)
{
	size_t from = out->len;
	uint8_t digest[SHA256_LEN];

	if (check_request(r, cert, e))
		return (int)e->code;
	str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	put_body(out, r, digest);
	if (!out->over && !put_signature(out, digest, k, cert, e)) {
		str_add(out, "</sr:Request>");
		if (!out->over)
			return OK;
	}
	if (out->over)
		err_set(e, ERR_TOO_LARGE, "the request is larger than %zu bytes", out->max);
	out->len = from < out->len ? from : out->len;
	if (out->p)
		out->p[out->len] = '\0';
	return (int)e->code;
}
