/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one form of XMLDSig that DUIS has (gb-metering 3.4): enveloped, one Reference to the whole document
 * with the enveloped transform only, so its digest is over inclusive C14N 1.0; SignedInfo in exclusive C14N;
 * ecdsa-sha256. Any other shape is refused, so there is nothing to wrap: no second signature, no ids, no
 * other references, no parameters of algorithms.
 */
#include <libxml/c14n.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "wire/duis_p.h"

void xmldsig_done(struct xmldsig *x)
{
	str_done(&x->signed_info);
}

static bool is(const xmlNode *n, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->name, name) == 0 &&
	       strcmp((const char *)n->ns->href, DUIS_SIGN_NS) == 0;
}

/* ---- canonical forms ---------------------------------------------------------------------------------- */

static int to_digest(void *ctx, const char *p, int n)
{
	sha256_add(ctx, p, (size_t)n);
	return n;
}

static int to_text(void *ctx, const char *p, int n)
{
	str_addn(ctx, p, (size_t)n);
	return n;
}

/* Is it in the subtree? Namespaces are asked about with the element that has them. */
static int is_inside(void *root, xmlNode *n, xmlNode *parent)
{
	const xmlNode *at = n && n->type != XML_NAMESPACE_DECL ? n : parent;

	while (at && at != root)
		at = at->parent;
	return at != NULL;
}

static void say_nothing(void *ctx, xmlErrorPtr why)
{
	(void)ctx;
	(void)why;
}

/* The canonical form of the subtree (NULL: of all) through write. libxml2 would print what it cannot do (a
 * namespace that is no URI): its handler is one for each thread. */
static bool canonical(xmlDoc *doc, xmlNode *root, int mode, xmlOutputWriteCallback write, void *ctx)
{
	xmlOutputBuffer *out = xmlOutputBufferCreateIO(write, NULL, ctx, NULL);
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *before_ctx = xmlStructuredErrorContext;
	bool done;

	if (!out)
		return false;
	xmlSetStructuredErrorFunc(NULL, say_nothing);
	done = xmlC14NExecute(doc, root ? is_inside : NULL, root, mode, NULL, 0, out) >= 0;
	xmlSetStructuredErrorFunc(before_ctx, before);
	return xmlOutputBufferClose(out) >= 0 && done;
}

static bool digest_of(xmlDoc *doc, int mode, uint8_t ret[SHA256_LEN])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	bool done = canonical(doc, NULL, mode, to_digest, h);

	sha256_end(h, ret);
	return done;
}

/* ---- shape -------------------------------------------------------------------------------------------- */

/* Takes the element that must come next; false: something else is there. */
static bool take(xmlNode **at, const char *name, xmlNode **ret)
{
	xmlNode *n = *at;

	while (n && (n->type == XML_COMMENT_NODE || xmlIsBlankNode(n)))
		n = n->next;
	if (!is(n, name))
		return false;
	*ret = n;
	*at = n->next;
	return true;
}

static bool at_end(const xmlNode *n)
{
	while (n && (n->type == XML_COMMENT_NODE || xmlIsBlankNode(n)))
		n = n->next;
	return !n;
}

/* The one attribute that an element has. */
static bool attribute_is(const xmlNode *n, const char *name, const char *value)
{
	const xmlAttr *a = n->properties;
	const xmlNode *t = a ? a->children : NULL;

	return a && !a->next && !a->ns && strcmp((const char *)a->name, name) == 0 &&
	       (t ? !t->next && t->type == XML_TEXT_NODE && strcmp((const char *)t->content, value) == 0
		  : !*value);
}

/* An element without content that names an algorithm. */
static bool take_algorithm(xmlNode **at, const char *name, const char *uri)
{
	xmlNode *n;

	return take(at, name, &n) && attribute_is(n, "Algorithm", uri) && at_end(n->children);
}

static bool look_reference(const xmlNode *reference, struct xmldsig *x)
{
	xmlNode *at = reference->children, *transforms, *inner, *digest;
	STR(value, KIB);

	if (!attribute_is(reference, "URI", "") || !take(&at, "Transforms", &transforms) ||
	    transforms->properties)
		return false;
	inner = transforms->children;
	if (!take_algorithm(&inner, "Transform", DUIS_ENVELOPED) || !at_end(inner) ||
	    !take_algorithm(&at, "DigestMethod", DUIS_SHA256) || !take(&at, "DigestValue", &digest) ||
	    digest->properties || !at_end(at))
		return false;
	if (!duis_base64(digest, &value) || value.len != SHA256_LEN) {
		x->why = "the digest value is no SHA-256";
		return false;
	}
	memcpy(x->digest, value.p, SHA256_LEN);
	return true;
}

static bool look_info(const xmlNode *info, struct xmldsig *x)
{
	xmlNode *at = info->children, *reference;

	return !info->properties && take_algorithm(&at, "CanonicalizationMethod", DUIS_C14N) &&
	       take_algorithm(&at, "SignatureMethod", DUIS_ECDSA) && take(&at, "Reference", &reference) &&
	       at_end(at) && look_reference(reference, x);
}

static bool look_key(const xmlNode *key, struct xmldsig *x)
{
	xmlNode *at = key->children, *data, *pair, *issuer, *serial;

	if (key->properties || !take(&at, "X509Data", &data) || !at_end(at) || data->properties)
		return false;
	at = data->children;
	if (!take(&at, "X509IssuerSerial", &pair) || !at_end(at) || pair->properties)
		return false;
	at = pair->children;
	return take(&at, "X509IssuerName", &issuer) && take(&at, "X509SerialNumber", &serial) && at_end(at) &&
	       duis_text(issuer, x->issuer, sizeof x->issuer) &&
	       duis_text(serial, x->serial, sizeof x->serial);
}

static bool look_value(const xmlNode *n, struct xmldsig *x)
{
	STR(value, KIB);

	if (n->properties || !duis_base64(n, &value) || value.len > sizeof x->value)
		return false;
	memcpy(x->value, value.p, value.len);
	x->nvalue = value.len;
	x->der = value.len != P256_SIGN_LEN && value.len > 2 && value.p[0] == 0x30 &&
		 (uint8_t)value.p[1] == value.len - 2;
	return true;
}

static const char *look_shape(const xmlNode *signature, xmlNode **ret_info, struct xmldsig *x)
{
	xmlNode *at = signature->children, *value, *key;

	if (signature->properties || !take(&at, "SignedInfo", ret_info) ||
	    !take(&at, "SignatureValue", &value) || !take(&at, "KeyInfo", &key) || !at_end(at))
		return "the parts of the signature are not those of DUIS";
	if (!look_info(*ret_info, x))
		return x->why ? x->why : "SignedInfo is not of the one form that DUIS has";
	if (!look_key(key, x))
		return "KeyInfo does not name issuer and serial number";
	return look_value(value, x) ? NULL : "the signature value cannot be read";
}

/* ---- which signature ---------------------------------------------------------------------------------- */

static bool is_id(const xmlNode *n)
{
	for (const xmlAttr *a = n->properties; a; a = a->next)
		if (xmlStrcasecmp(a->name, BAD_CAST "id") == 0)
			return true;
	return false;
}

/* The next element in the order of the document. */
static xmlNode *next_element(const xmlNode *root, xmlNode *n)
{
	do {
		if (n->type == XML_ELEMENT_NODE && n->children) {
			n = n->children;
			continue;
		}
		while (n != root && !n->next)
			n = n->parent;
		if (n == root)
			return NULL;
		n = n->next;
	} while (n->type != XML_ELEMENT_NODE);
	return n;
}

/* The only one, last child of the root, in a document without ids. */
static xmlNode *find(xmlNode *root, struct xmldsig *x)
{
	xmlNode *found = NULL, *last = xmlGetLastChild(root);
	size_t n = 0;

	for (xmlNode *at = root; at; at = next_element(root, at)) {
		if (is_id(at))
			x->why = "an element has an id, which DUIS does not";
		if (is(at, "Signature")) {
			found = at;
			n++;
		}
	}
	x->there = n > 0;
	while (last && last != found && (last->type == XML_COMMENT_NODE || xmlIsBlankNode(last)))
		last = last->prev;
	if (n > 1)
		x->why = "there is more than one signature";
	else if (n && last != found)
		x->why = "the signature is not the last child of the root";
	return found;
}

int xmldsig_look(xmlDoc *doc, struct xmldsig *ret, struct err *e)
{
	xmlNode *root = xmlDocGetRootElement(doc), *signature, *info = NULL;
	uint8_t digest[SHA256_LEN];

	*ret = (struct xmldsig){ .why = NULL };
	str_init(&ret->signed_info, 8 * KIB);
	signature = find(root, ret);
	if (!signature)
		return OK;
	if (!ret->why)
		ret->why = look_shape(signature, &info, ret);
	ret->shaped = !ret->why;
	if (ret->shaped && (!canonical(doc, info, XML_C14N_EXCLUSIVE_1_0, to_text, &ret->signed_info) ||
			    ret->signed_info.over))
		return err_set(e, ERR_INVALID, "SignedInfo has no canonical form of reasonable size");
	if (signature != root) {
		xmlUnlinkNode(signature);
		xmlFreeNode(signature);
	}
	if (!ret->shaped)
		return OK;
	if (!digest_of(doc, XML_C14N_1_0, digest))
		return err_set(e, ERR_INVALID, "the document has no canonical form");
	ret->digest_good = same_secret(digest, ret->digest, sizeof digest);
	if (!ret->digest_good)
		ret->why = "the document is not the one that was signed: its digest differs";
	return OK;
}

bool xmldsig_is_exclusive(xmlDoc *doc, const struct xmldsig *x)
{
	uint8_t digest[SHA256_LEN];

	return x->shaped && !x->digest_good && digest_of(doc, XML_C14N_EXCLUSIVE_1_0, digest) &&
	       same_secret(digest, x->digest, sizeof digest);
}

/* ---- who ---------------------------------------------------------------------------------------------- */

/* Some write "CN=Z1, OU=07": blanks after a comma mean nothing. */
static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		if (*a == ',' && *b == ',') {
			a += strspn(a + 1, " ");
			b += strspn(b + 1, " ");
		} else if (*a != *b) {
			return false;
		} else if (!*a) {
			return true;
		}
	}
}

const struct p256_cert *xmldsig_signer(const struct xmldsig *x, const struct duis_trust *trust)
{
	for (size_t i = 0; i < trust->n; i++)
		if (strcmp(p256_cert_serial(trust->cert[i]), x->serial) == 0 &&
		    same_name(p256_cert_issuer(trust->cert[i]), x->issuer))
			return trust->cert[i];
	return NULL;
}
