/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of DUIS share: documents from outside as libxml2's trees, looked at with few words, and the
 * judgement of their signature (XMLDSig, gb-metering 3.4).
 *
 * duis_open() is the only way in. It looks at the bytes before the parser does: UTF-8 only, no DOCTYPE, no
 * processing instructions, and ceilings for depth, elements and attributes, because libxml2 compares each
 * attribute of an element with all others.
 */
#ifndef FIRPATH_WIRE_DUIS_P_H
#define FIRPATH_WIRE_DUIS_P_H

#include <libxml/tree.h>

#include "base/digest.h"
#include "wire/duis.h"

#define DUIS_NS "http://www.dccinterface.co.uk/ServiceUserGateway"
#define DUIS_SIGN_NS "http://www.w3.org/2000/09/xmldsig#"
/* The algorithms of its signatures, and no others. */
#define DUIS_C14N "http://www.w3.org/2001/10/xml-exc-c14n#" /* of SignedInfo */
#define DUIS_ECDSA "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define DUIS_ENVELOPED DUIS_SIGN_NS "enveloped-signature"
#define DUIS_SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

#define DUIS_DEPTH_MAX 32
#define DUIS_ELEMENTS_MAX 4096
#define DUIS_ATTRIBUTES_MAX 32 /* of one element */

static inline void duis_doc_free_own(xmlDoc **d)
{
	if (*d)
		xmlFreeDoc(*d);
}

/* A well-formed document of at most max bytes. */
int duis_open(const char *p, size_t n, size_t max, xmlDoc **ret, struct err *e) MUST_USE;

/* ---- looking at elements ---- */
bool duis_is(const xmlNode *n, const char *name); /* an element of DUIS with that name; n may be NULL */
xmlNode *duis_child(const xmlNode *parent, const char *name); /* the first; NULL = none */
xmlNode *duis_first(const xmlNode *parent);                   /* the first element of DUIS; NULL = none */
/* The text of an element, all pieces of it (comments and CDATA may cut it), blanks around it gone: borrowed
 * from the tree, or from scratch. NULL: it has elements inside. */
const char *duis_content(const xmlNode *n, struct str *scratch, size_t *ret_len);
/* The same into a buffer. false: there is no such element, it is empty, or too long. */
bool duis_text(const xmlNode *n, char *buf, size_t size);
bool duis_eui(const xmlNode *n, uint64_t *ret);
/* Base64 with white space in it, as others write it. Appends. */
bool duis_base64(const xmlNode *n, struct str *out);
int64_t duis_line(const xmlNode *n);

/* ---- signature (xmldsig.c) ---- */
#define XMLDSIG_PATIENCE 100 /* bytes of a signature value that are looked at */
struct xmldsig {
	bool there;                      /* there is an element Signature */
	bool shaped;                     /* it is the only one, the last child of the root, and as stated */
	bool digest_good;                /* the document is the one that was signed */
	bool der;                        /* the value is DER instead of r and s */
	uint8_t digest[SHA256_LEN];      /* as it says */
	uint8_t value[XMLDSIG_PATIENCE]; /* r and s */
	size_t nvalue;
	struct str signed_info; /* owned: the bytes that were signed */
	char issuer[P256_ISSUER_SIZE], serial[P256_SERIAL_SIZE];
	const char *why; /* not shaped, or digest not good; static text */
};
void xmldsig_done(struct xmldsig *x);
DEFINE_OWN_VAL(struct xmldsig, xmldsig_done)
/* Takes the signature out of the document: what stays in the tree is what was signed. */
int xmldsig_look(xmlDoc *doc, struct xmldsig *ret, struct err *e) MUST_USE;
/* Is the digest that of the exclusive form (a classic mistake)? After xmldsig_look. */
bool xmldsig_is_exclusive(xmlDoc *doc, const struct xmldsig *x);
/* Which certificate it names; NULL = none of them. */
const struct p256_cert *xmldsig_signer(const struct xmldsig *x, const struct duis_trust *trust);

/* ---- contents ---- */
int duis_read_response(const xmlNode *body, struct duis_message *m, struct err *e) MUST_USE;
int duis_read_alert(const xmlNode *message, struct duis_message *m, struct err *e) MUST_USE;
int duis_read_request(const xmlNode *body, struct duis_message *m, struct err *e) MUST_USE;
int duis_read_list(const xmlNode *n, struct duis_message *m, enum duis_list which, struct err *e) MUST_USE;
bool duis_read_version(const xmlNode *n, uint32_t *ret); /* FirmwareVersion: hex digits */
/* GBCSPayload of parent into m->gbcs. */
int duis_read_payload(const xmlNode *parent, struct duis_message *m, struct err *e) MUST_USE;
/* ERR_INVALID that names an element which is not there or says nothing that can be used. */
int duis_bad(const xmlNode *parent, const char *name, struct err *e) MUST_USE;

#endif
