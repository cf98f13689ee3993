/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GBCS messages as devices and the transform service make them. Layouts as published test data shows them
 * (RTDS 4.5.0: CS06, CS08, ECS52, GCS38 and the alerts 00CA, 00CC, 00CD): grouping header, content, signature
 * or MAC.
 */
#include "fake.h"

#include <string.h>
#include <time.h>

#define CS06 0x0012
#define COMMAND 1
#define RESPONSE 2
#define ALERT 3

static void generalized_time(struct buf *b, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	buf_put(b, "\x18\x0f");
	if (ms == CANCEL_AT)
		buf_put(b, "99991231235959Z");
	else
		buf_fmt(b, "%04d%02d%02d%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void dlms_time(struct buf *b, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	buf_be(b, (unsigned)(tm.tm_year + 1900), 2);
	buf_octet(b, (unsigned)tm.tm_mon + 1);
	buf_octet(b, (unsigned)tm.tm_mday);
	buf_octet(b, 0xff);
	buf_octet(b, (unsigned)tm.tm_hour);
	buf_octet(b, (unsigned)tm.tm_min);
	buf_octet(b, (unsigned)tm.tm_sec);
	buf_be(b, 0x008000ff, 4);
}

/* INTEGER without a sign, as short as DER wants it. */
static void der_integer(struct buf *b, uint64_t v)
{
	int octets = 1;

	while (octets < 8 && v >> (8 * octets))
		octets++;
	if (v >> (8 * octets - 1) & 1)
		octets++; /* would be negative */
	buf_octet(b, 2);
	buf_octet(b, (unsigned)octets);
	if (octets == 9)
		buf_octet(b, 0);
	buf_be(b, v, octets == 9 ? 8 : octets);
}

static void der_wrap(struct buf *b, unsigned tag, const struct buf *inside)
{
	buf_octet(b, tag);
	buf_octet(b, (unsigned)inside->len); /* all of ours are short */
	buf_add(b, inside->p, inside->len);
}

static void octet_string(struct buf *b, unsigned tag, const void *p, size_t n)
{
	buf_octet(b, tag);
	buf_octet(b, (unsigned)n);
	buf_add(b, p, n);
}

struct header {
	int cra;
	uint64_t counter, from, to;
	bool dated; /* the validity time that signed answers carry */
	uint16_t code;
	uint64_t party, party_counter; /* behind the access control broker; 0 = none */
};

static void grouping(struct buf *b, const struct header *h, const struct buf *content)
{
	buf_be(b, 0xdf09, 2);
	buf_octet(b, (unsigned)h->cra);
	buf_be(b, h->counter, 8);
	buf_octet(b, 8);
	buf_be(b, h->from, 8);
	buf_octet(b, 8);
	buf_be(b, h->to, 8);
	if (h->dated)
		buf_add(b, "\x0c\x07\xdf\x01\x01\xff\0\0\0\0\x80\0\xff", 13);
	else
		buf_octet(b, 0);
	buf_octet(b, h->party ? 18 : 2);
	buf_be(b, h->code, 2);
	if (h->party) {
		buf_be(b, h->party, 8);
		buf_be(b, h->party_counter, 8);
	}
	buf_octet(b, (unsigned)content->len);
	buf_add(b, content->p, content->len);
}

/* The device's signature: nobody here can check it (it needs the certificates of devices), so it is noise. */
static void device_signature(const struct world *w, struct buf *b, uint64_t seed)
{
	uint64_t state = seed ^ w->eui;

	buf_octet(b, 64);
	for (int i = 0; i < 8; i++)
		buf_be(b, chance(&state), 8);
}

static void mac_wrap(struct buf *out, const struct buf *message, uint64_t seed)
{
	buf_add(out, "\xdd\0\0\0\0\0\0", 7);
	buf_octet(out, (unsigned)(message->len + 17));
	buf_add(out, "\x11\0\0\0\0", 5);
	buf_add(out, message->p, message->len);
	buf_be(out, chance(&seed), 8);
	buf_be(out, chance(&seed), 4);
}

void gbcs_pre_command(const struct cs06 *c, struct buf *out)
{
	struct buf in = { 0 }, body = { 0 };
	const struct header h = { COMMAND, c->counter, c->originator, c->device, false, CS06, 0, 0 };

	octet_string(&in, 4, c->hash, 32);
	der_integer(&in, c->counter);
	if (c->when >= 0)
		generalized_time(&in, c->when);
	der_wrap(&body, 0x30, &in);
	grouping(out, &h, &body);
	buf_octet(out, 0);
	buf_free(&in);
	buf_free(&body);
}

static uint64_t be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static bool der_time(const uint8_t *p, int64_t *ret)
{
	struct tm tm = { 0 };
	char text[16];
	int year, month;

	memcpy(text, p, 15);
	text[15] = '\0';
	if (!strcmp(text, "99991231235959Z")) {
		*ret = CANCEL_AT;
		return true;
	}
	if (sscanf(text, "%4d%2d%2d%2d%2d%2dZ", &year, &month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		   &tm.tm_sec) != 6)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	*ret = (int64_t)timegm(&tm) * 1000;
	return true;
}

const char *gbcs_signed_read(const uint8_t *p, size_t n, struct cs06 *ret, const uint8_t **ret_sign,
			     size_t *ret_signed)
{
	size_t at = 33, len, end;
	uint64_t inner = 0;

	if (n < 100 || be(p, 3) != 0xdf0901 || p[11] != 8 || p[20] != 8 || p[29] != 0 || p[30] != 2 ||
	    be(p + 31, 2) != CS06)
		return "not a CS06 command";
	ret->counter = be(p + 3, 8);
	ret->originator = be(p + 12, 8);
	ret->device = be(p + 21, 8);
	len = p[at++];
	end = at + len;
	if (end + 65 != n || p[end] != 64)
		return "the signature is not 40 and 64 octets at the end";
	if (p[at] != 0x30 || p[at + 1] != len - 2 || p[at + 2] != 4 || p[at + 3] != 32)
		return "no hash of 32 octets";
	memcpy(ret->hash, p + at + 4, 32);
	at += 36;
	if (p[at] != 2 || p[at + 1] < 1 || p[at + 1] > 9 || at + 2 + p[at + 1] > end)
		return "no counter";
	inner = be(p + at + 2, p[at + 1]);
	at += 2 + p[at + 1];
	ret->when = -1;
	if (at < end) {
		if (p[at] != 0x18 || p[at + 1] != 15 || at + 17 != end || !der_time(p + at + 2, &ret->when))
			return "no time";
		at = end;
	}
	if (at != end || inner != ret->counter)
		return "the counter inside is another one";
	*ret_sign = p + end + 1;
	*ret_signed = end; /* from octet 1 on, without the length of the signature */
	return NULL;
}

static void der_outcome(struct buf *b, int code, uint32_t version)
{
	struct buf in = { 0 };
	uint8_t v[4] = { (uint8_t)(version >> 24), (uint8_t)(version >> 16), (uint8_t)(version >> 8),
			 (uint8_t)version };

	der_integer(&in, (uint64_t)code);
	octet_string(&in, 4, v, 4);
	der_wrap(b, 0x30, &in);
	buf_free(&in);
}

static struct header answer_header(const struct world *w, const struct out *o, uint16_t code)
{
	return (struct header){
		RESPONSE, o->counter, w->meter[o->meter].eui, w->user[o->user].eui, true, code, 0, 0
	};
}

static struct header alert_header(const struct world *w, const struct out *o, uint16_t code)
{
	return (struct header){ ALERT, o->serial, w->meter[o->meter].eui, w->user[o->user].eui, false, code,
				0,     0 };
}

static void signed_message(const struct world *w, const struct header *h, const struct buf *content,
			   struct buf *out)
{
	grouping(out, h, content);
	device_signature(w, out, h->counter ^ h->from);
}

void gbcs_outcome(const struct world *w, const struct out *o, struct buf *out)
{
	struct buf body = { 0 };
	const struct header h = answer_header(w, o, CS06);

	der_outcome(&body, o->code, o->version);
	signed_message(w, &h, &body, out);
	buf_free(&body);
}

void gbcs_accepted(const struct world *w, const struct out *o, struct buf *out)
{
	struct buf body = { 0 };
	const struct header h = answer_header(w, o, CS06);

	buf_add(&body, "\x05\0", 2);
	signed_message(w, &h, &body, out);
	buf_free(&body);
}

void gbcs_future(const struct world *w, const struct out *o, struct buf *out)
{
	struct buf in = { 0 }, body = { 0 };
	const struct header h = alert_header(w, o, 0x00ca);

	der_integer(&in, o->code ? 0x8f67 : 0x8f66);
	generalized_time(&in, o->when);
	der_integer(&in, o->counter);
	der_outcome(&in, o->code, o->version);
	der_wrap(&body, 0x30, &in);
	signed_message(w, &h, &body, out);
	buf_free(&in);
	buf_free(&body);
}

/* DLMS data notification of an ESME (fields: how many values follow). */
static void dlms_alert(struct buf *b, const struct out *o, unsigned fields, unsigned code)
{
	buf_octet(b, 0x0f);
	buf_be(b, 0x20000000 | (o->serial & 0xffffff), 4);
	buf_octet(b, 0);
	buf_octet(b, 2);
	buf_octet(b, fields);
	buf_octet(b, 0x12);
	buf_be(b, code, 2);
	buf_octet(b, 9);
	buf_octet(b, 12);
	dlms_time(b, o->at);
}

/* ... ZigBee notification of a GSME; seconds since 2000. */
static void gbz_alert(struct buf *b, const struct out *o, unsigned code)
{
	buf_be(b, 0x010901, 3);
	buf_be(b, code, 2);
	buf_be(b, (uint64_t)(o->at / 1000 - 946684800), 4);
}

/* 8F72, 8F1C: o->code; image: what the device computed. */
void gbcs_image_alert(const struct world *w, const struct out *o, struct buf *out)
{
	struct buf body = { 0 };
	bool gas = w->model[w->meter[o->meter].model].kind != ESME;
	const struct header h = alert_header(w, o, gas ? 0x00cf : 0x00ce);
	uint8_t hash[32];

	memcpy(hash, w->image[o->image].sha, 32);
	if (o->version)
		hash[31] ^= 0xff; /* another one than was sent */
	if (gas)
		gbz_alert(&body, o, (unsigned)o->code);
	else
		dlms_alert(&body, o, 3, (unsigned)o->code);
	octet_string(&body, 9, hash, 32);
	signed_message(w, &h, &body, out);
	buf_free(&body);
}

/* 8F43, 8F1B: o->code. */
void gbcs_plain_alert(const struct world *w, const struct out *o, struct buf *out)
{
	struct buf body = { 0 };
	const struct header h = alert_header(w, o, 0x1000);

	if (w->model[w->meter[o->meter].model].kind != ESME)
		gbz_alert(&body, o, (unsigned)o->code);
	else
		dlms_alert(&body, o, 2, (unsigned)o->code);
	signed_message(w, &h, &body, out);
	buf_free(&body);
}

/* Read by the access control broker for the user, or (every other time) as the test data has it, for itself.
 */
void gbcs_version(const struct world *w, const struct out *o, struct buf *out)
{
	const struct meter *m = &w->meter[o->meter];
	const enum kind kind = w->model[m->model].kind;
	struct buf in = { 0 }, body = { 0 }, message = { 0 };
	bool broker = o->serial & 1;
	struct header h = { RESPONSE,
			    broker ? o->serial : o->counter,
			    m->eui,
			    broker ? w->eui : w->user[o->user].eui,
			    false,
			    0,
			    broker ? w->user[o->user].eui : 0,
			    o->counter };
	uint8_t v[4] = { (uint8_t)(o->version >> 24), (uint8_t)(o->version >> 16), (uint8_t)(o->version >> 8),
			 (uint8_t)o->version };

	if (kind == GSME) {
		h.code = 0x0084;
		buf_add(&body, "\x01\x09\x01\x01\x07\x02\0\x0c\x08\0\x01\x06\x02\0", 14);
		octet_string(&body, 0x41, v, 4); /* ZCL: type, length, octets */
	} else if (kind == PPMID || kind == HCALCS) {
		h.code = 0x0129;
		octet_string(&in, 4, v, 4);
		der_integer(&in, 0);
		der_wrap(&body, 0x30, &in);
	} else {
		h.code = 0x0059;
		buf_octet(&body, 0xda);
		buf_be(&body, 0x20000000 | (h.counter & 0xffffff), 4);
		buf_be(&body, 1, 3);
		octet_string(&body, 9, v, 4);
		buf_be(&body, 0x010100, 3);
	}
	grouping(&message, &h, &body);
	buf_octet(&message, 0);
	mac_wrap(out, &message, o->serial);
	buf_free(&in);
	buf_free(&body);
	buf_free(&message);
}

/* CS08 as an alert: the PPMID has activated what was pushed. */
void gbcs_ppmid_alert(const struct world *w, const struct out *o, struct buf *out)
{
	struct buf in = { 0 }, body = { 0 };
	const struct header h = alert_header(w, o, 0x0129);
	uint8_t v[4] = { (uint8_t)(o->version >> 24), (uint8_t)(o->version >> 16), (uint8_t)(o->version >> 8),
			 (uint8_t)o->version };

	der_integer(&in, 0x8f8b);
	generalized_time(&in, o->at);
	octet_string(&in, 4, v, 4);
	der_integer(&in, (uint64_t)o->code);
	der_wrap(&body, 0x30, &in);
	signed_message(w, &h, &body, out);
	buf_free(&in);
	buf_free(&body);
}
