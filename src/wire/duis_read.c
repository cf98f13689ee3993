/* SPDX-License-Identifier: Apache-2.0 */
/* Responses and requests out of the tree of a document, and what its signature is worth. */
#include <stdio.h>

#include "base/mem.h"
#include "base/parse.h"
#include "wire/duis_p.h"

void duis_message_done(struct duis_message *m)
{
	mem_free(m->gbcs);
	m->gbcs = NULL;
	for (int i = 0; i < DUIS_LISTS; i++)
		vec_done(&m->list[i]);
}

/* ---- parts -------------------------------------------------------------------------------------------- */

int duis_bad(const xmlNode *parent, const char *name, struct err *e)
{
	const xmlNode *n = duis_child(parent, name);

	err_set(e, ERR_INVALID,
		n ? "the value of %s cannot be used" : "%s is missing, which the schema asks for", name);
	return err_at(e, name, duis_line(n ? n : parent), 0);
}

int duis_read_list(const xmlNode *n, struct duis_message *m, enum duis_list which, struct err *e)
{
	bool blanks = m->kind != DUIS_REQUEST; /* the DCC may write them; we never do */
	STR(scratch, DUIS_BUILD_MAX);
	size_t len, i = 0;
	const char *s = duis_content(n, &scratch, &len);

	while (s && i < len) {
		char text[DUIS_EUI_SIZE];
		size_t run = strcspn(s + i, ", \t\r\n");
		uint64_t eui;

		if (i + run > len)
			run = len - i;
		if (!str_copyn(text, sizeof text, s + i, run) || !duis_eui_parse(text, &eui) ||
		    m->list[which].n >= DUIS_DEVICES_MAX)
			break;
		vec_push(&m->list[which], eui);
		i += run;
		while (blanks && i < len && strchr(" \t\r\n", s[i]))
			i++;
		if (i == len)
			return OK;
		if (s[i] != ',' || ++i == len)
			break;
		while (blanks && i < len && strchr(" \t\r\n", s[i]))
			i++;
	}
	err_set(e, ERR_INVALID,
		"the list of devices is not EUIs with commas between them%s, or has more than %d (byte %zu)",
		blanks ? "" : ", without blanks", DUIS_DEVICES_MAX, i + 1);
	return err_at(e, (const char *)n->name, duis_line(n), 0);
}

/* An identifier of the catalogue as the inventory shows it: hex digits, colons between them or not. */
static bool hex_of(const xmlNode *n, size_t digits, char *ret)
{
	char raw[32];
	size_t k = 0;

	if (!duis_text(n, raw, sizeof raw))
		return false;
	for (const char *c = raw; *c; c++) {
		if (*c == ':')
			continue;
		if (parse_hex_digit(*c) < 0 || k == digits)
			return false;
		raw[k++] = *c >= 'a' ? (char)(*c - 'a' + 'A') : *c;
	}
	if (k != digits)
		return false;
	raw[k] = '\0';
	return str_copy(ret, digits + 1, raw);
}

bool duis_read_version(const xmlNode *n, uint32_t *ret)
{
	char text[12];
	uint64_t v;

	if (!duis_text(n, text, sizeof text) || strlen(text) > 8 || !parse_hex(text, strlen(text), &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

int duis_read_payload(const xmlNode *parent, struct duis_message *m, struct err *e)
{
	STR(bytes, DUIS_BUILD_MAX);

	if (!duis_base64(duis_child(parent, "GBCSPayload"), &bytes))
		return duis_bad(parent, "GBCSPayload", e);
	m->ngbcs = bytes.len;
	m->gbcs = (uint8_t *)str_take(&bytes);
	return OK;
}

static int read_id(const xmlNode *parent, const char *name, struct duis_id *id, bool *has, struct err *e)
{
	const xmlNode *n = duis_child(parent, name);
	char text[80];

	*has = n && duis_text(n, text, sizeof text) && duis_id_parse(text, id);
	return n && !*has ? duis_bad(parent, name, e) : OK;
}

static bool read_time(const xmlNode *n, int64_t *ret)
{
	char text[48];
	struct err e;

	return duis_text(n, text, sizeof text) && !parse_time(text, ret, &e);
}

/* ---- an inventory ------------------------------------------------------------------------------------- */

static int read_device(const xmlNode *n, struct duis_device *d, struct err *e)
{
	uint32_t version;

	if (!duis_eui(duis_child(n, "DeviceID"), &d->eui))
		return duis_bad(n, "DeviceID", e);
	if (!duis_text(duis_child(n, "DeviceType"), d->type, sizeof d->type))
		return duis_bad(n, "DeviceType", e);
	duis_text(duis_child(n, "DeviceStatus"), d->status, sizeof d->status);
	duis_text(duis_child(n, "ESMEVariant"), d->variant, sizeof d->variant);
	duis_text(duis_child(n, "HANVariant"), d->han_variant, sizeof d->han_variant);
	duis_text(duis_child(n, "CSPRegion"), d->region, sizeof d->region);
	duis_text(duis_child(n, "SMETSCHTSVersion"), d->smets, sizeof d->smets);
	duis_text(duis_child(n, "DeviceGBCSVersion"), d->gbcs, sizeof d->gbcs);
	duis_text(duis_child(n, "ImportMPxN"), d->mpxn, sizeof d->mpxn);
	duis_text(duis_child(n, "UPRN"), d->uprn, sizeof d->uprn);
	hex_of(duis_child(n, "DeviceManufacturer"), sizeof d->manufacturer - 1, d->manufacturer);
	hex_of(duis_child(n, "DeviceModel"), sizeof d->model - 1, d->model);
	if (!hex_of(duis_child(n, "DeviceFirmwareVersion"), sizeof d->version - 1, d->version) &&
	    duis_read_version(duis_child(n, "DeviceFirmwareVersion"), &version))
		snprintf(d->version, sizeof d->version, "%08X", (unsigned)version); /* zeros in front went */
	return OK;
}

static int read_inventory(const xmlNode *n, struct duis_message *m, struct err *e)
{
	size_t hubs = 0;
	uint64_t hub = 0;

	for (const xmlNode *d = n->children; d; d = d->next) {
		if (!duis_is(d, "Device"))
			continue;
		if (m->ndevices == sizeof m->device / sizeof *m->device) {
			err_set(e, ERR_INVALID, "an inventory has %zu devices at most", m->ndevices);
			return err_at(e, "DSPInventory", duis_line(d), 0);
		}
		if (read_device(d, &m->device[m->ndevices], e))
			return (int)e->code;
		if (strcmp(m->device[m->ndevices].type, "CHF") == 0) {
			hub = m->device[m->ndevices].eui;
			hubs++;
		}
		m->ndevices++;
	}
	if (hubs == 1)
		for (size_t i = 0; i < m->ndevices; i++)
			m->device[i].hub = hub;
	m->payload = DUIS_INVENTORY;
	return m->ndevices ? OK : duis_bad(n, "Device", e);
}

/* ---- responses ---------------------------------------------------------------------------------------- */

static int read_warning(const xmlNode *n, struct duis_message *m, struct err *e)
{
	static const char *const lists[DUIS_LISTS] = { "InvalidDeviceIDList", "NotCommissionedDeviceIDList",
						       "NotApplicableFirmwareDeviceIDList",
						       "OtherRequestInProgressList",
						       "InvalidGBCSVersionList" };

	m->payload = DUIS_FIRMWARE_WARNING;
	for (int i = 0; i < DUIS_LISTS; i++) {
		const xmlNode *list = duis_child(n, lists[i]);

		if (list && duis_read_list(list, m, (enum duis_list)i, e))
			return (int)e->code;
	}
	return OK;
}

static int read_gbcs(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_GBCS;
	return duis_read_payload(n->parent, m, e);
}

static int read_pre_command(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_PRE_COMMAND;
	if (!duis_text(duis_child(n, "GBCSVersion"), m->gbcs_version, sizeof m->gbcs_version))
		return duis_bad(n, "GBCSVersion", e);
	return duis_read_payload(n, m, e);
}

static bool alert_code_of(const xmlNode *n, uint16_t *ret)
{
	char text[8];
	uint64_t v;

	if (!duis_text(n, text, sizeof text) || strlen(text) != 4 || !parse_hex(text, 4, &v))
		return false;
	*ret = (uint16_t)v;
	return true;
}

static int read_future(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_FUTURE_ALERT;
	if (!alert_code_of(duis_child(n, "FutureDatedAlertCode"), &m->alert_code))
		return duis_bad(n, "FutureDatedAlertCode", e);
	return duis_read_payload(n, m, e);
}

static int read_device_alert(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->kind = DUIS_DEVICE_ALERT;
	m->payload = DUIS_GBCS;
	if (!alert_code_of(duis_child(n, "AlertCode"), &m->alert_code))
		return duis_bad(n, "AlertCode", e);
	return duis_read_payload(n, m, e);
}

static int read_response_message(const xmlNode *message, struct duis_message *m, struct err *e)
{
	static const struct {
		const char *name;
		int (*read)(const xmlNode *n, struct duis_message *m, struct err *e);
	} parts[] = {
		{ "DSPInventory", read_inventory },
		{ "DSPUpdateFirmwareWarning", read_warning },
		{ "DSPUpdatePPMIDFirmwareWarning", read_warning },
		{ "FutureDatedDeviceAlertMessage", read_future },
		{ "GBCSPayload", read_gbcs },
		{ "PreCommand", read_pre_command },
	};

	if (!duis_text(duis_child(message, "ServiceReference"), m->service, sizeof m->service))
		return duis_bad(message, "ServiceReference", e);
	for (const xmlNode *n = message->children; n; n = n->next)
		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
			if (duis_is(n, parts[i].name))
				return parts[i].read(n, m, e);
	return OK;
}

int duis_read_response(const xmlNode *root, struct duis_message *m, struct err *e)
{
	const xmlNode *header = duis_child(root, "Header"), *body = duis_child(root, "Body"),
		      *first = duis_first(body);

	m->kind = DUIS_RESPONSE;
	if (!header || !body)
		return duis_bad(root, header ? "Body" : "Header", e);
	if (read_id(header, "RequestID", &m->id, &m->has_id, e) ||
	    read_id(header, "ResponseID", &m->response_id, &m->has_response_id, e))
		return (int)e->code;
	if (!duis_text(duis_child(header, "ResponseCode"), m->code, sizeof m->code))
		return duis_bad(header, "ResponseCode", e);
	if (!read_time(duis_child(header, "ResponseDateTime"), &m->at))
		return duis_bad(header, "ResponseDateTime", e);
	if (duis_is(first, "ResponseMessage"))
		return read_response_message(first, m, e);
	if (duis_is(first, "DeviceAlertMessage"))
		return read_device_alert(first, m, e);
	if (duis_is(first, "DCCAlertMessage"))
		return duis_read_alert(first, m, e);
	if (!duis_is(first, "SMETS1ResponseMessage"))
		return duis_bad(body, "ResponseMessage", e);
	str_copy(m->detail, sizeof m->detail, "SMETS1ResponseMessage");
	return OK;
}

/* ---- requests (`firpath duis verify`) ----------------------------------------------------------------- */

static int read_firmware(const xmlNode *n, struct duis_message *m, struct err *e)
{
	STR(image, DUIS_BUILD_MAX);

	m->has_version = duis_read_version(duis_child(n, "FirmwareVersion"), &m->version);
	if (!m->has_version)
		return duis_bad(n, "FirmwareVersion", e);
	if (!duis_child(n, "DeviceIDList"))
		return duis_bad(n, "DeviceIDList", e);
	if (!duis_base64(duis_child(n, "FirmwareImage"), &image))
		return duis_bad(n, "FirmwareImage", e);
	m->ngbcs = image.len;
	m->gbcs = (uint8_t *)str_take(&image);
	return duis_read_list(duis_child(n, "DeviceIDList"), m, DUIS_LIST_INVALID, e);
}

static int read_what(const xmlNode *n, struct duis_message *m, struct err *e)
{
	char hex[2 * SHA256_LEN + 1];

	if (duis_child(n, "ExecutionDateTime") && !read_time(duis_child(n, "ExecutionDateTime"), &m->at))
		return duis_bad(n, "ExecutionDateTime", e);
	if (duis_is(n, "UpdateFirmware") || duis_is(n, "UpdatePPMIDFirmware"))
		return read_firmware(n, m, e);
	if (duis_is(n, "ActivateFirmware")) {
		m->has_hash = duis_text(duis_child(n, "FirmwareHash"), hex, sizeof hex) &&
			      strlen(hex) == sizeof hex - 1 &&
			      parse_hex_bytes(hex, sizeof hex - 1, m->hash, SHA256_LEN);
		return m->has_hash ? OK : duis_bad(n, "FirmwareHash", e);
	}
	if (duis_is(n, "SignedPreCommand"))
		return duis_read_payload(n, m, e);
	if (duis_is(n, "ReadInventory") && duis_child(n, "DeviceID") &&
	    !duis_eui(duis_child(n, "DeviceID"), &m->about))
		return duis_bad(n, "DeviceID", e);
	return OK;
}

int duis_read_request(const xmlNode *root, struct duis_message *m, struct err *e)
{
	const xmlNode *header = duis_child(root, "Header"), *body = duis_child(root, "Body"),
		      *what = duis_first(body);
	char text[8];

	m->kind = DUIS_REQUEST;
	m->at = -1;
	if (!header || !body)
		return duis_bad(root, header ? "Body" : "Header", e);
	if (read_id(header, "RequestID", &m->id, &m->has_id, e))
		return (int)e->code;
	if (!m->has_id)
		return duis_bad(header, "RequestID", e);
	if (!duis_text(duis_child(header, "CommandVariant"), text, sizeof text) || text[1] || text[0] < '1' ||
	    text[0] > '9')
		return duis_bad(header, "CommandVariant", e);
	m->variant = text[0] - '0';
	if (!duis_text(duis_child(header, "ServiceReference"), m->service, sizeof m->service))
		return duis_bad(header, "ServiceReference", e);
	if (!what)
		return duis_bad(root, "Body", e);
	str_copy(m->detail, sizeof m->detail, (const char *)what->name);
	return read_what(what, m, e);
}

/* ---- documents ---------------------------------------------------------------------------------------- */

static int read_document(xmlDoc *doc, struct duis_message *m, struct err *e)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	bool request = duis_is(root, "Request");
	const xmlAttr *schema = root->properties;
	const char *said;

	if (!request && !duis_is(root, "Response")) {
		err_set(e, ERR_INVALID, "the root element '%.40s' is no Response and no Request of DUIS",
			(const char *)root->name);
		return err_at(e, NULL, duis_line(root), 0);
	}
	while (schema && strcmp((const char *)schema->name, "schemaVersion") != 0)
		schema = schema->next;
	said = schema && schema->children && schema->children->content
		   ? (const char *)schema->children->content
		   : "";
	if (said[0] != '5' || said[1] != '.' || said[2] < '0' || said[2] > '4' || said[3]) {
		err_set(e, ERR_INVALID, "schema version '%.12s' is not read; 5.0 to 5.4 are", said);
		return err_at(e, "schemaVersion", duis_line(root), 0);
	}
	str_copy(m->schema, sizeof m->schema, said);
	return request ? duis_read_request(root, m, e) : duis_read_response(root, m, e);
}

/* Only a refusal may come without a signature: it changes nothing that the refused request would not have. */
static bool is_bare_refusal(const struct duis_message *m)
{
	return m->kind == DUIS_RESPONSE && m->has_id && m->code[0] == 'E' && m->payload == DUIS_NOTHING;
}

static const char *signer_fails(const struct p256_cert *c, const struct duis_message *m, int64_t now)
{
	if (!c)
		return "it is signed by somebody whose certificate is not among the trusted ones";
	if (!p256_cert_valid(c, now))
		return "the certificate of the signer is not valid now";
	if (m->kind != DUIS_REQUEST)
		return strcmp(p256_cert_ou(c), "89") == 0
			   ? NULL
			   : "the signer's certificate is not the DCC's (OU 89)";
	if (strcmp(p256_cert_ou(c), "87") != 0)
		return "the signer's certificate is not one that signs requests (OU 87)";
	return p256_cert_eui(c) == m->id.originator ? NULL
						    : "the signer is not the originator of the request";
}

static enum duis_signed judge(const struct xmldsig *x, const struct duis_trust *trust,
			      const struct duis_message *m, const char **why)
{
	const struct p256_cert *c;

	*why = "";
	if (!trust)
		return x->there ? DUIS_STRANGER : DUIS_UNSIGNED;
	if (!x->there) {
		*why = "it has no signature";
		return is_bare_refusal(m) ? DUIS_UNSIGNED : DUIS_BAD;
	}
	*why = x->why;
	if (!x->shaped || !x->digest_good)
		return DUIS_BAD;
	*why = x->der ? "the signature value is DER; r and s are 64 bytes"
		      : "the signature value has not 64 bytes";
	if (x->nvalue != P256_SIGN_LEN)
		return DUIS_BAD;
	c = xmldsig_signer(x, trust);
	*why = signer_fails(c, m, trust->now);
	if (*why)
		return DUIS_STRANGER;
	*why = "the signature is not of the key in the certificate";
	if (!p256_cert_good(c, x->signed_info.p, x->signed_info.len, x->value))
		return DUIS_BAD;
	*why = "";
	return DUIS_GOOD;
}

static int read_and_judge(xmlDoc *doc, const struct duis_trust *trust, struct duis_message *ret,
			  enum duis_signed *ret_signed, struct duis_finding *finding, struct err *e)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_RESPONSE };
	OWN(xmldsig_done) struct xmldsig x = { .why = NULL };
	const char *why;

	/* Without trust nothing is verified, but the signature must go all the same: what stays is read. */
	if (xmldsig_look(doc, &x, e) || read_document(doc, &m, e))
		return (int)e->code;
	*ret_signed = judge(&x, trust, &m, &why);
	if (finding) {
		finding->has_signature = x.there;
		finding->digest_good = x.digest_good;
		finding->traps |= x.der ? DUIS_TRAP_DER : 0;
		finding->traps |= xmldsig_is_exclusive(doc, &x) ? DUIS_TRAP_EXCLUSIVE : 0;
		str_copy(finding->issuer, sizeof finding->issuer, x.issuer);
		str_copy(finding->serial, sizeof finding->serial, x.serial);
		str_copy(finding->why, sizeof finding->why, !*why && x.why ? x.why : why);
	}
	*ret = m;
	m = (struct duis_message){ .kind = DUIS_RESPONSE };
	return OK;
}

int duis_read(const char *p, size_t n, const struct duis_trust *trust, struct duis_message *ret,
	      enum duis_signed *ret_signed, struct err *e)
{
	OWN(duis_doc_free) xmlDoc *doc = NULL;

	if (duis_open(p, n, DUIS_MAX, &doc, e))
		return (int)e->code;
	return read_and_judge(doc, trust, ret, ret_signed, NULL, e);
}

/* ---- for people --------------------------------------------------------------------------------------- */

static unsigned traps_of(const xmlNode *n)
{
	bool elements = xmlFirstElementChild((xmlNode *)n) != NULL;
	unsigned traps = 0;

	for (const xmlNode *c = n->children; c; c = c->next) {
		char text[80] = "";

		if (c->type == XML_COMMENT_NODE)
			traps |= DUIS_TRAP_COMMENT;
		else if (c->type == XML_TEXT_NODE && elements && xmlIsBlankNode(c))
			traps |= DUIS_TRAP_SPACE;
		else if (c->type == XML_ELEMENT_NODE)
			traps |= traps_of(c); /* DUIS_DEPTH_MAX deep */
		if (c->type == XML_TEXT_NODE && !elements) {
			duis_text(n, text, sizeof text); /* the beginning is enough */
			if (strlen(text) >= DUIS_EUI_SIZE - 1 && text[2] == '-' && strpbrk(text, "abcdef"))
				traps |= DUIS_TRAP_LOWER_CASE;
		}
	}
	return traps;
}

int duis_inspect(const char *p, size_t n, const struct duis_trust *trust, struct duis_message *ret,
		 enum duis_signed *ret_signed, struct duis_finding *ret_finding, struct err *e)
{
	struct duis_finding finding = { .traps = 0 };
	OWN(duis_doc_free) xmlDoc *doc = NULL;

	if (duis_open(p, n, DUIS_BUILD_MAX, &doc, e))
		return (int)e->code;
	for (const xmlNode *c = doc->children; c; c = c->next)
		finding.traps |= c->type == XML_COMMENT_NODE ? DUIS_TRAP_COMMENT : 0;
	finding.traps |= traps_of(xmlDocGetRootElement(doc));
	if (read_and_judge(doc, trust, ret, ret_signed, &finding, e))
		return (int)e->code;
	*ret_finding = finding;
	return OK;
}
