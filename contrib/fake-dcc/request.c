/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DUIS request is read as the DCC's own tool reads it: white space between elements is dropped while
 * parsing, so that a pretty-printed document no longer fits its digest; the elements stand in the order of
 * the schema; the digest is over inclusive C14N 1.0, SignedInfo over exclusive; the signature is r and s.
 */
#include "fake.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#define SR_NS "http://www.dccinterface.co.uk/ServiceUserGateway"
#define DS_NS "http://www.w3.org/2000/09/xmldsig#"
#define TEXT_MAX 2048 /* of what is no image and no list */

const char *const asked_text[ASKS] = { "11.1", "11.2", "11.3", "11.4", "8.2" };

/* Walks over the children of an element in the order that is expected. */
struct walk {
	xmlNode *at;
	const char *ns, *wrong;
};

static struct walk inside(xmlNode *n, const char *ns)
{
	return (struct walk){ n ? n->children : NULL, ns, NULL };
}

static bool is_named(const xmlNode *n, const char *ns, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && n->ns && !strcmp((const char *)n->ns->href, ns) &&
	       !strcmp((const char *)n->name, name);
}

static xmlNode *maybe(struct walk *k, const char *name)
{
	xmlNode *n = k->at;

	if (k->wrong || !is_named(n, k->ns, name))
		return NULL;
	k->at = n->next;
	return n;
}

static xmlNode *must(struct walk *k, const char *name)
{
	xmlNode *n = maybe(k, name);

	if (!n && !k->wrong)
		k->wrong = name;
	return n;
}

static bool ended(struct walk *k)
{
	if (k->at && !k->wrong)
		k->wrong = "(nothing more)";
	return !k->wrong;
}

/* The text of an element without children; borrowed. */
static const char *text_of(xmlNode *n)
{
	if (!n || (n->children && (n->children->next || n->children->type != XML_TEXT_NODE)))
		return "";
	return n->children ? (const char *)n->children->content : "";
}

static bool algorithm_is(xmlNode *n, const char *want)
{
	xmlChar *a = n ? xmlGetNoNsProp(n, BAD_CAST "Algorithm") : NULL;
	bool ok = a && !strcmp((const char *)a, want);

	xmlFree(a);
	return ok;
}

static int within(void *root, xmlNode *node, xmlNode *parent)
{
	for (xmlNode *n = node->type == XML_NAMESPACE_DECL ? parent : node; n; n = n->parent)
		if (n == root)
			return 1;
	return 0;
}

static bool canonical(xmlDoc *doc, xmlNode *only, int mode, struct buf *out)
{
	xmlOutputBuffer *o = xmlAllocOutputBuffer(NULL);
	bool ok = o && xmlC14NExecute(doc, only ? within : NULL, only, mode, NULL, 0, o) >= 0;

	if (ok)
		buf_add(out, xmlOutputBufferGetContent(o), xmlOutputBufferGetSize(o));
	if (o)
		xmlOutputBufferClose(o);
	return ok;
}

/* "CN=U1, OU=07" and "CN=U1,OU=07" are the same name. */
static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a == ' ' && a[1])
			a++;
		while (*b == ' ' && b[1])
			b++;
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

static const char *signed_info_wrong(xmlNode *info, xmlNode **ret_digest)
{
	struct walk k = inside(info, DS_NS), r, t;
	xmlNode *c14n = must(&k, "CanonicalizationMethod"), *method = must(&k, "SignatureMethod"),
		*ref = must(&k, "Reference");
	xmlChar *uri = ref ? xmlGetNoNsProp(ref, BAD_CAST "URI") : NULL;
	bool whole = uri && !*uri;
	xmlNode *transform, *digest;

	xmlFree(uri);
	if (!ended(&k) || !whole)
		return "SignedInfo";
	r = inside(ref, DS_NS);
	t = inside(must(&r, "Transforms"), DS_NS);
	transform = must(&t, "Transform");
	digest = must(&r, "DigestMethod");
	*ret_digest = must(&r, "DigestValue");
	if (!ended(&t) || !ended(&r))
		return "Reference";
	if (!algorithm_is(c14n, "http://www.w3.org/2001/10/xml-exc-c14n#") ||
	    !algorithm_is(method, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256") ||
	    !algorithm_is(transform, "http://www.w3.org/2000/09/xmldsig#enveloped-signature") ||
	    !algorithm_is(digest, "http://www.w3.org/2001/04/xmlenc#sha256"))
		return "algorithms";
	return NULL;
}

/* NULL: it is signed by that user. */
static const char *signature_wrong(const struct user *u, xmlDoc *doc, xmlNode *signature)
{
	struct walk k = inside(signature, DS_NS), x;
	xmlNode *info = must(&k, "SignedInfo"), *value = must(&k, "SignatureValue"),
		*key = must(&k, "KeyInfo"), *digest = NULL;
	struct buf text = { 0 }, got = { 0 }, sign = { 0 };
	uint8_t sum[32];
	const char *wrong = ended(&k) ? signed_info_wrong(info, &digest) : "Signature";
	xmlNode *issuer, *serial;

	x = inside(key, DS_NS);
	x = inside(must(&x, "X509Data"), DS_NS);
	x = inside(must(&x, "X509IssuerSerial"), DS_NS);
	issuer = must(&x, "X509IssuerName");
	serial = must(&x, "X509SerialNumber");
	if (!wrong &&
	    (!ended(&x) || !same_name(text_of(issuer), u->issuer) || strcmp(text_of(serial), u->serial) != 0))
		wrong = "issuer and serial are not those of the user's certificate";
	if (!wrong && !cert_unit_is(u->xml, "87"))
		wrong = "the certificate is not for signing XML (OU 87)";
	if (!wrong && cert_eui(u->xml) != u->eui)
		wrong = "the certificate is of another user";
	if (!wrong) {
		EVP_PKEY *pub = X509_get0_pubkey(u->xml);

		canonical(doc, info, XML_C14N_EXCLUSIVE_1_0, &text);
		if (!base64_read(text_of(value), strlen(text_of(value)), &sign) || sign.len != 64)
			wrong = "SignatureValue is not 64 octets";
		else if (!raw_good(pub, text.p, text.len, (const uint8_t *)sign.p))
			wrong = "the signature is wrong";
	}
	if (!wrong && (!base64_read(text_of(digest), strlen(text_of(digest)), &got) || got.len != 32))
		wrong = "DigestValue is not 32 octets";
	if (!wrong) {
		buf_clear(&text);
		xmlUnlinkNode(signature);
		xmlFreeNode(signature);
		canonical(doc, NULL, XML_C14N_1_0, &text);
		sha256(text.p, text.len, sum);
		if (memcmp(sum, got.p, 32) != 0)
			wrong = "the digest is wrong";
	}
	buf_free(&text);
	buf_free(&got);
	buf_free(&sign);
	return wrong;
}

static bool id_read(const char *text, struct head *h)
{
	return strlen(text) > 48 && text[23] == ':' && text[47] == ':' &&
	       eui_read(text, 23, &h->originator) && eui_read(text + 24, 23, &h->target) &&
	       u64_read(text + 48, &h->counter);
}

static const char *list_read(const char *text, struct request *r)
{
	size_t n = strlen(text), cap = 0;

	if (n > 1199999)
		return "DeviceIDList is too long";
	for (size_t at = 0;; at += 24) {
		r->device = grow(r->device, &cap, r->ndevices + 1, sizeof *r->device);
		if (at + 23 > n || !eui_read(text + at, 23, &r->device[r->ndevices++]))
			return "DeviceIDList";
		if (at + 23 == n)
			return NULL;
		if (text[at + 23] != ',')
			return "DeviceIDList";
	}
}

static const char *push_read(xmlNode *n, struct request *r)
{
	struct walk k = inside(n, SR_NS);
	const char *image = text_of(must(&k, "FirmwareImage")),
		   *version = text_of(must(&k, "FirmwareVersion"));
	const char *list = text_of(must(&k, "DeviceIDList"));

	if (!ended(&k))
		return k.wrong;
	if (!base64_read(image, strlen(image), &r->image) || !r->image.len || r->image.len > 10240000)
		return "FirmwareImage";
	if (!*version || strlen(version) > 8)
		return "FirmwareVersion";
	snprintf(r->version, sizeof r->version, "%s", version);
	return list_read(list, r);
}

static const char *time_maybe(struct walk *k, struct request *r)
{
	xmlNode *n = maybe(k, "ExecutionDateTime");

	r->when = -1;
	return n && !time_read(text_of(n), &r->when) ? "ExecutionDateTime" : NULL;
}

static const char *command_read(xmlNode *n, struct request *r, const char *last)
{
	struct walk k = inside(n, SR_NS);
	const char *wrong = time_maybe(&k, r), *text = last ? text_of(must(&k, last)) : "";

	if (!ended(&k))
		return k.wrong;
	if (wrong || !last)
		return wrong;
	if (!strcmp(last, "FirmwareHash"))
		return hex_read(text, r->hash, 32) ? NULL : "FirmwareHash";
	return base64_read(text, strlen(text), &r->payload) && r->payload.len ? NULL : "GBCSPayload";
}

static const char *inventory_read(xmlNode *n, struct request *r)
{
	struct walk k = inside(n, SR_NS);
	const char *text = text_of(must(&k, "DeviceID"));

	return ended(&k) && eui_read(text, strlen(text), &r->about) ? NULL : "DeviceID";
}

static const char *body_read(xmlNode *body, struct request *r)
{
	xmlNode *n = body ? body->children : NULL;
	const char *s = r->head.service;

	if (!n || n->next)
		return "Body";
	if (!strcmp(s, "11.1") && r->variant == 8 && is_named(n, SR_NS, "UpdateFirmware")) {
		r->what = ASK_11_1;
		return push_read(n, r);
	}
	if (!strcmp(s, "11.4") && r->variant == 8 && is_named(n, SR_NS, "UpdatePPMIDFirmware")) {
		r->what = ASK_11_4;
		return push_read(n, r);
	}
	if (!strcmp(s, "11.2") && r->variant == 1 && is_named(n, SR_NS, "ReadFirmwareVersion")) {
		r->what = ASK_11_2;
		return command_read(n, r, NULL);
	}
	if (!strcmp(s, "8.2") && r->variant == 8 && is_named(n, SR_NS, "ReadInventory")) {
		r->what = ASK_8_2;
		return inventory_read(n, r);
	}
	r->what = ASK_11_3;
	if (!strcmp(s, "11.3") && r->variant == 4 && is_named(n, SR_NS, "ActivateFirmware"))
		return command_read(n, r, "FirmwareHash");
	if (!strcmp(s, "11.3") && r->variant == 5 && is_named(n, SR_NS, "SignedPreCommand"))
		return command_read(n, r, "GBCSPayload");
	return "the service does not fit CommandVariant and Body";
}

/* White space in a list or in a hash is the sender's. */
static const char *root_read(struct world *w, xmlDoc *doc, struct request *r)
{
	xmlNode *root = xmlDocGetRootElement(doc), *body, *signature;
	struct walk k = inside(root, SR_NS), h;
	xmlChar *schema = root ? xmlGetNoNsProp(root, BAD_CAST "schemaVersion") : NULL;
	bool schema_good = schema && !strcmp((const char *)schema, w->schema);
	const char *wrong;

	xmlFree(schema);
	if (doc->intSubset || !is_named(root, SR_NS, "Request") || !schema_good)
		return "";
	h = inside(must(&k, "Header"), SR_NS);
	if (!id_read(text_of(must(&h, "RequestID")), &r->head))
		return "";
	r->variant = (int)strtol(text_of(must(&h, "CommandVariant")), NULL, 10);
	snprintf(r->head.service, sizeof r->head.service, "%s", text_of(must(&h, "ServiceReference")));
	if (strcmp(r->head.service, text_of(must(&h, "ServiceReferenceVariant"))) != 0 || !ended(&h)) {
		sin_add(w, SIN_STRUCTURE, NOBODY, h.wrong ? h.wrong : "ServiceReferenceVariant");
		return "E65";
	}
	body = must(&k, "Body");
	wrong = body_read(body, r);
	signature = is_named(k.at, DS_NS, "Signature") && !k.at->next ? k.at : NULL;
	if (wrong) {
		sin_add(w, SIN_STRUCTURE, NOBODY, wrong);
		return "E65";
	}
	r->user = user_find(w, r->head.originator);
	if (r->user < 0)
		wrong = "nobody knows the originator";
	else
		wrong = signature ? signature_wrong(&w->user[r->user], doc, signature) : "there is none";
	if (wrong) {
		sin_add(w, SIN_SIGNATURE, NOBODY, wrong);
		return "E65";
	}
	return NULL;
}

const char *request_read(struct world *w, const char *p, size_t n, struct request *r)
{
	xmlDoc *doc = xmlReadMemory(p, (int)n, NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_HUGE |
					XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const char *code = doc ? root_read(w, doc, r) : "";

	if (code && !*code)
		sin_add(w, SIN_STRUCTURE, NOBODY, "no request of this schema");
	xmlFreeDoc(doc);
	return code;
}

void request_free(struct request *r)
{
	buf_free(&r->image);
	buf_free(&r->payload);
	free(r->device);
}
