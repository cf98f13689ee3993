/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the WebSocket server by themselves: request heads, permessage-deflate, frames. */
#include "base/mem.h"
#include "base/str.h"
#include "testing.h"
#include "wire/ws.h"
#include "wire/ws_deflate.h"
#include "wire/ws_frame.h"
#include "wire/ws_head.h"

/* ---- heads ---- */

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UP "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define V13 "Sec-WebSocket-Version: 13\r\n"
#define HOST "Host: csms:8233\r\n"
#define GET "GET /ocpp/CS1 HTTP/1.1\r\n"
#define REST HOST UP V13 KEY

/* Reads text as the whole input; returns what ws_head_read() did. */
static int head_of(const char *text, struct ws_head *h, int *status, char **ret_copy)
{
	const char *why = "";
	int len;

	*status = 0;
	*ret_copy = mem_strdup(text);
	len = ws_head_read(*ret_copy, strlen(text), true, h, status, &why);
	if (len < 0)
		ck_assert_msg(*status >= 400 && why[strlen(why) - 1] == '.', "%s: %d %s", text, *status, why);
	return len;
}

START_TEST(heads_are_taken_or_refused_with_the_status_that_fits)
{
	static const struct {
		int status; /* 0 = incomplete, 101 = taken */
		const char *text;
	} rows[] = {
		{ 101, GET REST "\r\n" },
		{ 101, GET REST "Origin: http://csms:8233\r\n\r\n" },
		{ 101, GET REST "Content-Length: 0\r\n\r\n" },
		{ 101, GET "host:csms\r\nUPGRADE: WebSocket\r\nconnection: keep-alive , upgrade\r\n" V13 KEY
			   "\r\n" },
		{ 0, "" },
		{ 0, GET },
		{ 0, GET REST "\r" },
		{ 0, GET REST },
		{ 400, "GET /ocpp/CS1\r\n" REST "\r\n" },
		{ 400, "GET  /ocpp/CS1 HTTP/1.1\r\n" REST "\r\n" },
		{ 400, "GET ocpp/CS1 HTTP/1.1\r\n" REST "\r\n" },
		{ 400, "GET http://csms/ocpp/CS1 HTTP/1.1\r\n" REST "\r\n" },
		{ 405, "POST /ocpp/CS1 HTTP/1.1\r\n" REST "\r\n" },
		{ 505, "GET /ocpp/CS1 HTTP/1.0\r\n" REST "\r\n" },
		{ 505, "GET /ocpp/CS1 HTTP/2.0\r\n" REST "\r\n" },
		{ 400, "GET /ocpp/CS1 FTP/1.1\r\n" REST "\r\n" },
		{ 400, GET UP V13 KEY "\r\n" },
		{ 400, GET REST HOST "\r\n" },
		{ 400, GET REST "Content-Length: 5\r\n\r\n" },
		{ 400, GET REST "Transfer-Encoding: chunked\r\n\r\n" },
		{ 426, GET HOST V13 KEY "\r\n" },
		{ 426, GET HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n" V13 KEY "\r\n" },
		{ 426, GET HOST "Upgrade: websocket\r\n" V13 KEY "\r\n" },
		{ 426, GET HOST UP KEY "\r\n" },
		{ 426, GET HOST UP KEY "Sec-WebSocket-Version: 8\r\n\r\n" },
		{ 400, GET REST V13 "\r\n" },
		{ 400, GET HOST UP V13 "\r\n" },
		{ 400, GET HOST UP V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n\r\n" },
		{ 400, GET HOST UP V13 "Sec-WebSocket-Key: ????????????????????????\r\n\r\n" },
		{ 403, GET REST "Origin: https://evil.example\r\n\r\n" },
		{ 403, GET REST "Origin: http://csms:8234\r\n\r\n" },
		{ 403, GET REST "Origin: null\r\n\r\n" },
		{ 400, GET REST "Authorization: Basic !\r\n\r\n" },
		{ 400, GET REST "Authorization: Basic Y3Mx\r\n\r\n" },
		{ 400, GET REST "Authorization: Basic YToA\r\nAuthorization: Basic YToA\r\n\r\n" },
		{ 400, GET "X: a\r\n folded\r\n" REST "\r\n" },
		{ 400, GET "Blank : a\r\n" REST "\r\n" },
		{ 400, GET "no colon\r\n" REST "\r\n" },
		{ 400, GET "X: a\rb\r\n" REST "\r\n" },
		{ 400, "GET /a HTTP/1.1\nHost: a\n\n" },
		{ 400, GET "X: \x01\r\n" REST "\r\n" },
		{ 400, GET REST "Sec-WebSocket-Protocol: ocpp 1.6\r\n\r\n" },
		{ 400, GET REST "Sec-WebSocket-Protocol: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\r\n\r\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		OWN(mem_free) char *copy = NULL;
		struct ws_head h;
		int status, len = head_of(rows[i].text, &h, &status, &copy);

		ck_assert_msg((len < 0 ? status
			       : len   ? 101
				       : 0) == rows[i].status,
			      "%s: %d, not %d", rows[i].text, len < 0 ? status : len, rows[i].status);
		if (len > 0)
			ck_assert_int_eq(len, (int)strlen(rows[i].text));
	}
}
END_TEST

START_TEST(what_a_head_says_is_handed_on_as_it_was_sent)
{
	OWN(mem_free) char *copy = NULL;
	struct ws_head h;
	STR(out, KIB);
	int status;

	/* The key and its answer are those of RFC 6455 1.3; the password is "\0\xff:x". */
	ck_assert_int_gt(
	    head_of("GET /ocpp/CS%201?a=b HTTP/1.1\r\n" REST
		    "Sec-WebSocket-Protocol: ocpp2.1 , ,ocpp2.0.1\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
		    "Authorization: basic  Q1MgMToA/zp4\r\n\r\n",
		    &h, &status, &copy),
	    0);
	ck_assert_str_eq(h.path, "/ocpp/CS%201");
	ck_assert_str_eq(h.host, "csms:8233");
	ck_assert_str_eq(h.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ck_assert_str_eq(h.offers[0], "ocpp2.1");
	ck_assert_str_eq(h.offers[1], "ocpp2.0.1");
	ck_assert_str_eq(h.offers[2], "ocpp1.6");
	ck_assert_ptr_null(h.offers[3]);
	ck_assert_str_eq(h.user, "CS 1");
	ck_assert_uint_eq(h.pass_len, 4);
	ck_assert_mem_eq(h.pass, "\0\xff:x", 4);
	ck_assert_ptr_null(h.origin);
	ws_head_switch(&out, &h, NULL);
	ck_assert_ptr_null(strstr(str_c(&out), "Sec-WebSocket-Protocol"));
}
END_TEST

START_TEST(deflate_is_agreed_when_an_offer_can_be_kept)
{
	static const struct {
		const char *offer, *answer; /* NULL = not agreed */
	} rows[] = {
#define NO_TAKEOVER "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
		{ "permessage-deflate", NO_TAKEOVER },
		{ "Permessage-Deflate ; Client_Max_Window_Bits", NO_TAKEOVER },
		{ "permessage-deflate; client_max_window_bits=9", NO_TAKEOVER },
		{ "permessage-deflate; server_max_window_bits=12",
		  NO_TAKEOVER "; server_max_window_bits=12" },
		{ "permessage-deflate; server_max_window_bits=\"9\"",
		  NO_TAKEOVER "; server_max_window_bits=9" },
		{ "x-webkit-deflate-frame, permessage-deflate", NO_TAKEOVER },
		{ "permessage-deflate; server_max_window_bits=8, permessage-deflate", NO_TAKEOVER },
		{ "permessage-deflate; foo, permessage-deflate; server_max_window_bits=10",
		  NO_TAKEOVER "; server_max_window_bits=10" },
		{ "permessage-deflate; server_max_window_bits=8", NULL },
		{ "permessage-deflate; server_max_window_bits=16", NULL },
		{ "permessage-deflate; server_max_window_bits=09", NULL },
		{ "permessage-deflate; server_max_window_bits", NULL },
		{ "permessage-deflate; client_max_window_bits=7", NULL },
		{ "permessage-deflate; client_max_window_bits=", NULL },
		{ "permessage-deflate; client_no_context_takeover=1", NULL },
		{ "permessage-deflate; server_no_context_takeover; server_no_context_takeover", NULL },
		{ "permessage-deflate; unknown", NULL },
		{ "permessage-bzip2", NULL },
		{ "", NULL },
		{ ",;=", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		OWN(mem_free) char *copy = NULL;
		const char *at;
		char text[1024];
		struct ws_head h;
		STR(out, KIB);
		int status;

		snprintf(text, sizeof text, GET REST "Sec-WebSocket-Extensions: %s\r\n\r\n", rows[i].offer);
		ck_assert_int_gt(head_of(text, &h, &status, &copy), 0);
		ws_head_switch(&out, &h, "ocpp2.1");
		at = strstr(str_c(&out), "Sec-WebSocket-Extensions: ");
		if (!rows[i].answer) {
			ck_assert_msg(!at && !h.deflate_bits, "%s was agreed", rows[i].offer);
			continue;
		}
		snprintf(text, sizeof text, "Sec-WebSocket-Extensions: %s\r\n", rows[i].answer);
		ck_assert_msg(at && strncmp(at, text, strlen(text)) == 0, "%s: %s", rows[i].offer,
			      str_c(&out));
	}
}
END_TEST

START_TEST(a_head_over_8_KiB_is_refused_before_it_ends)
{
	struct ws_head h;
	const char *why;
	char big[WS_HEAD_MAX];
	int status = 0;

	memset(big, 'a', sizeof big);
	memcpy(big, GET "X: ", strlen(GET "X: "));
	ck_assert_int_eq(ws_head_read(big, sizeof big - 1, true, &h, &status, &why), 0);
	ck_assert_int_eq(ws_head_read(big, sizeof big, true, &h, &status, &why), -1);
	ck_assert_int_eq(status, 431);
}
END_TEST

/* ---- permessage-deflate ---- */

START_TEST(messages_survive_compression_in_every_window)
{
	OWN(ws_zip_free) struct ws_zip *z = ws_zip_new(64 * KIB);
	OWN(mem_free) char *text = mem_alloc(60000);
	const unsigned char *packed;
	const char *back;
	size_t npacked, nback;
	uint32_t x = 1;

	for (size_t n = 100; n <= 60000; n = n * 3 / 2)
		for (int bits = 9; bits <= 15; bits++) {
			for (size_t i = 0; i < n; i++) {
				x = x * 1664525u + 1013904223u;
				text[i] = (char)('a' + (x >> 24) % 20);
			}
			ck_assert(ws_zip_pack(z, bits, text, n, &packed, &npacked));
			ck_assert_uint_lt(npacked, n);
			ck_assert_int_eq((int)ws_zip_expand(z, packed, npacked, &back, &nback), WS_ZIP_OK);
			ck_assert_uint_eq(nback, n);
			ck_assert_mem_eq(back, text, n);
		}
	for (size_t i = 0; i < 60000; i++) {
		x = x * 1664525u + 1013904223u;
		text[i] = (char)(x >> 24);
	}
	ck_assert_msg(!ws_zip_pack(z, 15, text, 60000, &packed, &npacked), "noise became shorter");
}
END_TEST

START_TEST(a_bomb_costs_no_more_than_the_ceiling)
{
	OWN(ws_zip_free) struct ws_zip *big = ws_zip_new(16 * MIB), *z = ws_zip_new(1000);
	OWN(mem_free) char *zeros = mem_zalloc(16 * MIB);
	const unsigned char *packed;
	const char *back;
	size_t npacked, nback;

	ck_assert(ws_zip_pack(big, 15, zeros, 16 * MIB, &packed, &npacked));
	ck_assert_uint_lt(npacked, 128 * KIB);
	ck_assert_int_eq((int)ws_zip_expand(z, packed, npacked, &back, &nback), WS_ZIP_LARGE);
	ck_assert(ws_zip_pack(big, 15, zeros, 1001, &packed, &npacked));
	ck_assert_int_eq((int)ws_zip_expand(z, packed, npacked, &back, &nback), WS_ZIP_LARGE);
	ck_assert(ws_zip_pack(big, 15, zeros, 1000, &packed, &npacked));
	ck_assert_int_eq((int)ws_zip_expand(z, packed, npacked, &back, &nback), WS_ZIP_OK);
	ck_assert_uint_eq(nback, 1000);
	/* And the next message is read as if nothing had been. */
	ck_assert_int_eq((int)ws_zip_expand(z, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, &back, &nback), WS_ZIP_OK);
	ck_assert_str_eq(back, "Hello"); /* RFC 7692 7.2.3.1 */
	ck_assert_int_eq((int)ws_zip_expand(z, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, &back, &nback),
			 WS_ZIP_OK);
	ck_assert_str_eq(back, "Hello"); /* 7.2.3.4: a final block */
	ck_assert_int_eq((int)ws_zip_expand(z, "\xff\xff\xff", 3, &back, &nback), WS_ZIP_BAD);
}
END_TEST

/* ---- frames ---- */

/* A masked frame into out. */
static void put(struct str *out, int first, const void *p, size_t n)
{
	const unsigned char *c = p, mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
	unsigned char head[WS_FRAME_HEAD_MAX];
	size_t len = ws_frame_head(head, 0, false, n);

	head[0] = (unsigned char)first;
	head[1] |= 0x80;
	str_addn(out, head, len);
	str_addn(out, mask, 4);
	for (size_t i = 0; i < n; i++)
		str_addc(out, (char)(c[i] ^ mask[i % 4]));
}

START_TEST(frames_that_break_the_rules_are_closed_with_their_code)
{
	static const struct {
		int code;
		const char *what;
		size_t n;
		const char *bytes;
	} rows[] = {
#define ROW(code, what, bytes) { code, what, sizeof(bytes) - 1, bytes }
		ROW(1002, "not masked", "\x81\x01x"),
		ROW(1002, "RSV1 without an agreement", "\xc1\x81\0\0\0\0x"),
		ROW(1002, "RSV2", "\xa1\x81\0\0\0\0x"),
		ROW(1002, "RSV3", "\x91\x81\0\0\0\0x"),
		ROW(1002, "opcode 3", "\x83\x81\0\0\0\0x"),
		ROW(1002, "opcode 7", "\x87\x81\0\0\0\0x"),
		ROW(1002, "opcode 11", "\x8b\x81\0\0\0\0x"),
		ROW(1002, "opcode 15", "\x8f\x81\0\0\0\0x"),
		ROW(1002, "a long ping", "\x89\xfe\0\x7e"),
		ROW(1002, "a ping in fragments", "\x09\x80\0\0\0\0"),
		ROW(1002, "a continuation of nothing", "\x80\x81\0\0\0\0x"),
		ROW(1002, "a text within a text", "\x01\x81\0\0\0\0x\x81\x81\0\0\0\0x"),
		ROW(1002, "a length that is not the shortest", "\x81\xfe\0\x05\0\0\0\0hello"),
		ROW(1002, "a negative length", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x"),
		ROW(1003, "binary", "\x82\x81\0\0\0\0x"),
		ROW(1007, "not UTF-8", "\x81\x81\0\0\0\0\xff"),
		ROW(1007, "half a surrogate", "\x81\x83\0\0\0\0\xed\xa0\x80"),
		ROW(1007, "a character that does not end", "\x01\x81\0\0\0\0\xc3\x80\x81\0\0\0\0x"),
		ROW(1009, "101 bytes", "\x81\xe5\0\0\0\0x"),
		ROW(1009, "a length of 64 bits", "\x81\xff\0\0\x01\0\0\0\0\0\0\0\0\0x"),
		ROW(1009, "60 and 41 bytes",
		    "\x01\xbc\0\0\0\0"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "\x80\xa9\0\0\0\0x"),
		ROW(1002, "a close of one byte", "\x88\x81\0\0\0\0x"),
		ROW(1002, "close 1005", "\x88\x82\0\0\0\0\x03\xed"),
		ROW(1002, "close 1006", "\x88\x82\0\0\0\0\x03\xee"),
		ROW(1002, "close 1015", "\x88\x82\0\0\0\0\x03\xf7"),
		ROW(1002, "close 999", "\x88\x82\0\0\0\0\x03\xe7"),
		ROW(1002, "close 5000", "\x88\x82\0\0\0\0\x13\x88"),
		ROW(1007, "a close with a bad reason", "\x88\x83\0\0\0\0\x03\xe8\xff"),
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		OWN(ws_reader_free) struct ws_reader *r = ws_reader_new(100);
		enum ws_got_kind kind;
		struct ws_got got;

		ws_reader_feed(r, rows[i].bytes, rows[i].n);
		kind = ws_reader_next(r, NULL, &got);
		ck_assert_msg(kind == WS_GOT_BAD && got.code == rows[i].code, "%s: %d %d", rows[i].what,
			      (int)kind, got.code);
	}
}
END_TEST

START_TEST(messages_come_out_whole_however_they_were_cut)
{
	OWN(ws_reader_free) struct ws_reader *r = ws_reader_new(70000);
	OWN(mem_free) char *big = mem_alloc(70000);
	enum ws_got_kind kind = WS_GOT_NOTHING;
	struct ws_got got;
	STR(in, MIB);
	size_t at = 0, pieces[] = { 1, 2, 3, 7, 4095, 4096, 4097, 100000 };

	memset(big, 'y', 70000);
	put(&in, 0x01, "gr\xc3", 3);
	put(&in, 0x89, "there?", 6);
	put(&in, 0x00, "", 0);
	put(&in, 0x80, "\xbc\xc3\x9f", 3);
	put(&in, 0x81, big, 70000);
	put(&in, 0x8a, "", 0);
	put(&in, 0x88, "\x03\xe9gone", 6);
	for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++, at = 0) {
		static const int want[] = { WS_GOT_PING, WS_GOT_TEXT, WS_GOT_TEXT, WS_GOT_PONG,
					    WS_GOT_CLOSE };
		size_t n = 0;

		ws_reader_free(r);
		r = ws_reader_new(70000);
		while (at < in.len && kind != WS_GOT_CLOSE) {
			size_t len = in.len - at < pieces[p] ? in.len - at : pieces[p];

			ws_reader_feed(r, in.p + at, len);
			at += len;
			while ((kind = ws_reader_next(r, NULL, &got)) != WS_GOT_NOTHING) {
				ck_assert_int_eq((int)kind, want[n]);
				if (n == 0)
					ck_assert_mem_eq(got.p, "there?", 6);
				if (n == 1)
					ck_assert_str_eq(got.p, "gr\xc3\xbc\xc3\x9f");
				if (n == 2)
					ck_assert(got.len == 70000 && memcmp(got.p, big, 70000) == 0);
				if (kind == WS_GOT_CLOSE)
					ck_assert(got.code == 1001 && strcmp(got.p, "gone") == 0);
				n++;
				if (kind == WS_GOT_CLOSE)
					break;
			}
		}
		ck_assert_uint_eq(n, 5);
		kind = WS_GOT_NOTHING;
	}
}
END_TEST

START_TEST(a_reader_is_idle_exactly_between_messages)
{
	OWN(ws_reader_free) struct ws_reader *r = ws_reader_new(70000);
	static const size_t sizes[] = { 0, 1, 125, 126, 65535, 65536 };
	OWN(mem_free) char *text = mem_alloc(65536);
	struct ws_got got;
	STR(in, MIB);

	memset(text, 'z', 65536);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		str_clear(&in);
		put(&in, 0x81, text, sizes[i]);
		ws_reader_feed(r, in.p, in.len - 1);
		while (ws_reader_next(r, NULL, &got) != WS_GOT_NOTHING)
			;
		ck_assert(!ws_reader_idle(r));
		ws_reader_feed(r, in.p + in.len - 1, 1);
		ck_assert_int_eq((int)ws_reader_next(r, NULL, &got), WS_GOT_TEXT);
		ck_assert_uint_eq(got.len, sizes[i]);
		ck_assert_int_eq((int)ws_reader_next(r, NULL, &got), WS_GOT_NOTHING);
		ck_assert(ws_reader_idle(r));
	}
	str_clear(&in);
	put(&in, 0x01, "half", 4); /* a whole frame, but not a whole message */
	ws_reader_feed(r, in.p, in.len);
	ck_assert_int_eq((int)ws_reader_next(r, NULL, &got), WS_GOT_NOTHING);
	ck_assert(!ws_reader_idle(r));
}
END_TEST

START_TEST(compressed_messages_are_read_over_fragments)
{
	OWN(ws_reader_free) struct ws_reader *r = ws_reader_new(100);
	OWN(ws_zip_free) struct ws_zip *z = ws_zip_new(100);
	struct ws_got got;
	STR(in, KIB);

	put(&in, 0x41, "\xf2\x48\xcd", 3); /* RFC 7692 7.2.3.1 */
	put(&in, 0x80, "\xc9\xc9\x07\x00", 4);
	put(&in, 0x81, "plain", 5);
	put(&in, 0x41, "\xf2", 1);
	put(&in, 0xc0, "\x48", 1); /* RSV1 belongs to the first frame only */
	ws_reader_feed(r, in.p, in.len);
	ck_assert_int_eq((int)ws_reader_next(r, z, &got), WS_GOT_TEXT);
	ck_assert_str_eq(got.p, "Hello");
	ck_assert_int_eq((int)ws_reader_next(r, z, &got), WS_GOT_TEXT);
	ck_assert_str_eq(got.p, "plain");
	ck_assert_int_eq((int)ws_reader_next(r, z, &got), WS_GOT_BAD);
	ck_assert_int_eq(got.code, 1002);
}
END_TEST

int main(void)
{
	const TTest *all[] = { heads_are_taken_or_refused_with_the_status_that_fits,
			       what_a_head_says_is_handed_on_as_it_was_sent,
			       deflate_is_agreed_when_an_offer_can_be_kept,
			       a_head_over_8_KiB_is_refused_before_it_ends,
			       messages_survive_compression_in_every_window,
			       a_bomb_costs_no_more_than_the_ceiling,
			       frames_that_break_the_rules_are_closed_with_their_code,
			       messages_come_out_whole_however_they_were_cut,
			       a_reader_is_idle_exactly_between_messages,
			       compressed_messages_are_read_over_fragments };

	return RUN_TESTS("ws", all);
}
