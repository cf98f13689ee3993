/* SPDX-License-Identifier: Apache-2.0 */
/* What devices answer and alert. */
#include <string.h>

#include "model/gbcs.h"
#include "model/gbcs_octets.h"

#define WRAPPED 0xDD
#define MAC_LEN 12
#define DLMS_ANSWER 0xDA
#define DLMS_ALERT 0x0F
#define DLMS_OCTETS 0x09
#define ZCL_OCTETS 0x41
#define CLOCK_LEN 12 /* octets of a DLMS date-time */

enum alert_code {
	VERIFIED = 0x8F72,
	NOT_VERIFIED = 0x8F1C,
	FUTURE_DONE = 0x8F66,
	FUTURE_FAILED = 0x8F67,
	VERSION_CHANGED = 0x8F43,
	POWER_ON_FAILED = 0x8F1B,
	VERSION_READ = 0x8F8B,
};

static void take_hash(struct octets *c, struct gbcs_message *m)
{
	const uint8_t *p = octets_take(c, HASH_LEN, "the hash that the device computed");

	if (!p)
		return;
	memcpy(m->hash, p, HASH_LEN);
	m->has_hash = true;
}

static void take_version(struct octets *c, struct gbcs_message *m)
{
	m->version = (uint32_t)octets_number(c, 4, "the version that runs now");
	m->has_version = !c->bad;
}

static void der_version(struct octets *c, struct gbcs_message *m)
{
	const uint8_t *p = octets_der_octets(c, 4, "the version that runs now");
	struct octets in = { .p = p, .end = 4 };

	if (p)
		take_version(&in, m);
}

static void der_outcome(struct octets *c, struct gbcs_message *m)
{
	struct octets in = octets_der_sequence(c, "the outcome is a SEQUENCE");
	size_t at = in.at;
	uint64_t code = octets_der_integer(&in, "the outcome");

	if (code >= GBCS_OUTCOMES)
		octets_spoil(&in, at, "that outcome is none of CS06");
	else
		m->outcome = (enum gbcs_outcome)code;
	der_version(&in, m);
	octets_part_end(c, &in, "something follows the outcome");
}

/* NULL = kept for later, else the outcome. */
static void read_cs06(struct octets *c, struct gbcs_message *m)
{
	if (octets_peek(c) == 0x05) {
		m->what = GBCS_SAID_ACCEPTED;
		octets_expect(c, 0x05, "NULL");
		octets_expect(c, 0x00, "NULL is empty");
		return;
	}
	m->what = GBCS_SAID_OUTCOME;
	der_outcome(c, m);
}

static void der_alert_code(struct octets *c, struct gbcs_message *m)
{
	uint64_t code = octets_der_integer(c, "the alert code");

	m->alert_code = code <= UINT16_MAX ? (uint16_t)code : 0;
}

static void read_future(struct octets *c, struct gbcs_message *m)
{
	struct octets in = octets_der_sequence(c, "the alert is a SEQUENCE");

	der_alert_code(&in, m);
	(void)octets_der_time(&in, "the time of execution");
	m->command = octets_der_integer(&in, "the counter of the command");
	der_outcome(&in, m);
	octets_part_end(c, &in, "something follows in the alert");
	if (m->alert_code == FUTURE_DONE)
		m->what = GBCS_SAID_FUTURE_DONE;
	else if (m->alert_code == FUTURE_FAILED)
		m->what = GBCS_SAID_FUTURE_FAILED;
}

/* What both kinds of alerts begin with: a code and when. DLMS for electricity, ZigBee for the others; a
 * device of neither leaves c as it is. */
static bool read_alert_head(struct octets *c, struct gbcs_message *m)
{
	if (octets_peek(c) == DLMS_ALERT) {
		(void)octets_take(c, 8, "the head of the notification");
		octets_expect(c, 0x12, "the alert code has 2 octets");
		m->alert_code = (uint16_t)octets_number(c, 2, "the alert code");
		octets_expect(c, DLMS_OCTETS, "the time of the alert");
		octets_expect(c, CLOCK_LEN, "the time of the alert has 12 octets");
		(void)octets_take(c, CLOCK_LEN, "the time of the alert");
		return true;
	}
	if (c->end - c->at >= 2 && c->p[c->at] == 0x01 && c->p[c->at + 1] == 0x09) {
		(void)octets_take(c, 3, "profile and number of components");
		m->alert_code = (uint16_t)octets_number(c, 2, "the alert code");
		(void)octets_number(c, 4, "the time of the alert");
		return true;
	}
	return false;
}

/* The hash stands as an octet string, with its tag and without: no published vector says which. */
static void read_image(struct octets *c, struct gbcs_message *m)
{
	int tag;

	if (!read_alert_head(c, m)) {
		octets_spoil(c, c->at, "an alert begins with 0F or 01 09");
		return;
	}
	tag = octets_peek(c);
	if (c->end - c->at == HASH_LEN + 2 && (tag == DLMS_OCTETS || tag == ZCL_OCTETS))
		c->at++;
	octets_expect(c, HASH_LEN, "the hash has 32 octets");
	take_hash(c, m);
	if (m->alert_code == VERIFIED)
		m->what = GBCS_SAID_IMAGE_GOOD;
	else if (m->alert_code == NOT_VERIFIED)
		m->what = GBCS_SAID_IMAGE_BAD;
}

/* Of alerts that carry nothing we need, code and time are enough; what they are not is no fault. */
static void read_any_alert(struct octets *c, struct gbcs_message *m)
{
	struct octets in = *c;

	if (read_alert_head(&in, m) && !in.bad) {
		if (m->alert_code == VERSION_CHANGED)
			m->what = GBCS_SAID_VERSION_CHANGED;
		else if (m->alert_code == POWER_ON_FAILED)
			m->what = GBCS_SAID_POWER_ON_FAILED;
	} else {
		m->alert_code = 0;
	}
	c->at = c->end;
}

/* ---- answers to 11.2 ---- */

/* DLMS access response with one datum: an octet string, or null when it could not be read. */
static void read_esme(struct octets *c, struct gbcs_message *m)
{
	size_t at, n;

	m->what = GBCS_SAID_VERSION;
	octets_expect(c, DLMS_ANSWER, "a DLMS answer begins with DA");
	(void)octets_take(c, 4, "the invocation");
	at = c->at;
	n = (size_t)octets_number(c, 1, "the length of the time");
	if (n != 0 && n != CLOCK_LEN)
		octets_spoil(c, at, "the time has 12 octets or none");
	(void)octets_take(c, n, "the time");
	octets_expect(c, 0x00, "the requests are not repeated");
	octets_expect(c, 0x01, "there is one datum");
	if (octets_peek(c) == 0x00) {
		octets_expect(c, 0x00, "null");
	} else {
		octets_expect(c, DLMS_OCTETS, "the version is an octet string");
		octets_expect(c, 4, "the version has 4 octets");
		take_version(c, m);
	}
	octets_expect(c, 0x01, "there is one result");
	octets_expect(c, 0x01, "the result is one of a get");
	if (octets_number(c, 1, "the result"))
		m->has_version = false;
}

/* ZigBee: read attributes response of the metering cluster with one attribute. */
static void read_gsme(struct octets *c, struct gbcs_message *m)
{
	static const uint8_t head[] = { 0x01, 0x09, 0x01 }, cluster[] = { 0x07, 0x02 };
	const uint8_t *p;
	size_t at;

	m->what = GBCS_SAID_VERSION;
	p = octets_take(c, sizeof head, "profile and number of components");
	if (p && memcmp(p, head, sizeof head) != 0)
		octets_spoil(c, c->at - sizeof head, "it is one component of profile 0109");
	(void)octets_number(c, 1, "the control field");
	p = octets_take(c, sizeof cluster, "the cluster");
	if (p && memcmp(p, cluster, sizeof cluster) != 0)
		octets_spoil(c, c->at - sizeof cluster, "the cluster is metering");
	at = c->at;
	if (octets_number(c, 2, "the length") != c->end - c->at)
		octets_spoil(c, at, "the length of the component is that of the rest");
	(void)octets_take(c, 2, "frame control and sequence number");
	octets_expect(c, 0x01, "the command is an answer with attributes");
	(void)octets_number(c, 2, "the attribute");
	if (octets_number(c, 1, "the status")) {
		c->at = c->end;
		return;
	}
	octets_expect(c, ZCL_OCTETS, "the version is an octet string");
	octets_expect(c, 4, "the version has 4 octets");
	take_version(c, m);
}

/* PPMID, HCALCS: the answer to 11.2, and by itself after an activation. */
static void read_cs08(struct octets *c, struct gbcs_message *m)
{
	struct octets in = octets_der_sequence(c, "the body is a SEQUENCE");
	size_t at;
	uint64_t code;

	if (m->alert) {
		der_alert_code(&in, m);
		(void)octets_der_time(&in, "the time of the alert");
	}
	der_version(&in, m);
	at = in.at;
	code = octets_der_integer(&in, "the outcome");
	if (code > 1)
		octets_spoil(&in, at, "the outcome is 0 or 1");
	octets_part_end(c, &in, "something follows in the body");
	if (!m->alert) {
		m->what = GBCS_SAID_VERSION;
		m->has_version = m->has_version && !code;
	} else if (m->alert_code == VERSION_READ) {
		m->what = GBCS_SAID_ACTIVATION;
		m->outcome = code ? GBCS_NOT_ACTIVATED : GBCS_DONE;
	}
}

static void read_body(struct octets *c, struct gbcs_message *m)
{
	if (m->alert && m->use_case == GBCS_ALERT_FUTURE)
		read_future(c, m);
	else if (m->alert && (m->use_case == GBCS_ALERT_IMAGE_ESME || m->use_case == GBCS_ALERT_IMAGE_GSME))
		read_image(c, m);
	else if (m->use_case == GBCS_READ_CS08)
		read_cs08(c, m);
	else if (m->alert)
		read_any_alert(c, m);
	else if (m->use_case == GBCS_CS06)
		read_cs06(c, m);
	else if (m->use_case == GBCS_READ_ESME)
		read_esme(c, m);
	else if (m->use_case == GBCS_READ_GSME)
		read_gsme(c, m);
	else
		c->at = c->end;
}

/* Header, body, and a signature or none. */
static void read_signed(struct octets *c, struct gbcs_message *m)
{
	struct octets_header h = { .use_case = 0 };
	size_t at, n;

	octets_header(c, &h);
	m->counter = h.counter;
	m->originator = h.originator;
	m->receiver = h.receiver;
	m->use_case = h.use_case;
	m->alert = h.kind == OCTETS_ALERT;
	if (h.kind == OCTETS_COMMAND)
		h.body.at = h.body.end; /* no device says that */
	else
		read_body(&h.body, m);
	octets_part_end(c, &h.body, "something follows in the body");
	at = c->at;
	n = (size_t)octets_number(c, 1, "the length of the signature");
	if (n != 0 && n != SIGN_LEN)
		octets_spoil(c, at, "a signature has 64 octets or none");
	(void)octets_take(c, n, "the signature");
}

int gbcs_read_message(const uint8_t *p, size_t n, struct gbcs_message *ret, struct err *e)
{
	struct octets c = { .p = p, .end = n };
	struct gbcs_message m = { .what = GBCS_SAID_OTHER };

	if (n > GBCS_MAX)
		return err_set(e, ERR_INVALID, "it has more than %d octets", GBCS_MAX);
	if (octets_peek(&c) == WRAPPED) {
		struct octets in;
		size_t len;

		(void)octets_take(&c, 7, "the MAC header");
		len = octets_length(&c, "the length in the MAC header");
		if (!c.bad && (len < 5 + MAC_LEN || len != c.end - c.at))
			octets_spoil(&c, c.at, "the length in the MAC header is not that of the rest");
		(void)octets_take(&c, 5, "the security header");
		in = octets_part(&c, c.bad ? 0 : len - 5 - MAC_LEN);
		read_signed(&in, &m);
		octets_part_end(&c, &in, "something follows the signature");
		(void)octets_take(&c, MAC_LEN, "the MAC");
	} else {
		read_signed(&c, &m);
		if (!c.bad && c.at != c.end)
			octets_spoil(&c, c.at, "something follows the signature");
	}
	if (octets_judge(&c, "a GBCS message", e))
		return (int)e->code;
	*ret = m;
	return OK;
}
