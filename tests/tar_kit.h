/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes tar.gz files byte by byte, so that tests can make what no honest program makes. Members are appended
 * to a gzip stream; nothing is checked.
 */
#ifndef FIRPATH_TESTS_TAR_KIT_H
#define FIRPATH_TESTS_TAR_KIT_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

struct tar {
	gzFile f;
};

static inline struct tar tar_open(const char *path, const char *mode)
{
	struct tar t = { gzopen(path, mode) };

	ck_assert_ptr_nonnull(t.f);
	return t;
}

static inline void tar_raw(struct tar *t, const void *p, size_t n)
{
	ck_assert_int_eq(gzwrite(t->f, p, (unsigned)n), (int)n);
}

static inline void tar_zeros(struct tar *t, int64_t n)
{
	static const char none[65536];

	for (; n > 0; n -= (int64_t)sizeof none)
		tar_raw(t, none, n < (int64_t)sizeof none ? (size_t)n : sizeof none);
}

/* A header of 512 bytes: name of at most 100 bytes, type '0' file, '1' hard link, '2' symbolic link, '3'
 * device, '5' folder, '6' pipe, 'L' long name, 'x' pax, 'S' sparse. */
static inline void tar_header_fill(unsigned char h[512], const char *name, size_t len, char type,
				   int64_t size, const char *link)
{
	char text[16];

	memset(h, 0, 512);
	memcpy(h, name, len < 100 ? len : 100);
	memcpy(h + 100, "0000644", 7);
	memcpy(h + 108, "0000000", 7);
	memcpy(h + 116, "0000000", 7);
	snprintf(text, sizeof text, "%011llo", (unsigned long long)size & 077777777777ULL);
	memcpy(h + 124, text, 11);
	memcpy(h + 136, "00000000000", 11);
	h[156] = (unsigned char)type;
	if (link)
		memcpy(h + 157, link, strlen(link) < 100 ? strlen(link) : 100);
	memcpy(h + 257, "ustar\00000", 8);
	if (type == '3')
		memcpy(h + 329,
		       "0000001\0"
		       "0000003",
		       15);
}

/* With its check sum. */
static inline void tar_header_put(struct tar *t, unsigned char h[512])
{
	unsigned sum = 0;
	char text[16];

	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += h[i];
	snprintf(text, sizeof text, "%06o", sum & 0777777u);
	memcpy(h + 148, text, 7);
	tar_raw(t, h, 512);
}

static inline void tar_header(struct tar *t, const char *name, size_t len, char type, int64_t size,
			      const char *link)
{
	unsigned char h[512];

	tar_header_fill(h, name, len, type, size, link);
	tar_header_put(t, h);
}

static inline void tar_body(struct tar *t, const void *p, size_t n)
{
	tar_raw(t, p, n);
	tar_zeros(t, (int64_t)((512 - n % 512) % 512));
}

static inline void tar_file(struct tar *t, const char *name, const char *text)
{
	tar_header(t, name, strlen(name), '0', (int64_t)strlen(text), NULL);
	tar_body(t, text, strlen(text));
}

/* One record of a pax header before a member: "31 path=../evil\n". */
static inline void tar_pax(struct tar *t, const char *key, const char *value, size_t len)
{
	char buf[4096];
	size_t body = strlen(key) + len + 3, n = body + 1;
	int head;

	while ((size_t)snprintf(NULL, 0, "%zu", n) + body != n)
		n = (size_t)snprintf(NULL, 0, "%zu", n) + body;
	head = snprintf(buf, sizeof buf, "%zu %s=", n, key);
	ck_assert_uint_lt((size_t)head + len + 1, sizeof buf);
	memcpy(buf + head, value, len);
	buf[(size_t)head + len] = '\n';
	tar_header(t, "pax", 3, 'x', (int64_t)n, NULL);
	tar_body(t, buf, n);
}

static inline void tar_close(struct tar *t)
{
	tar_zeros(t, 1024);
	ck_assert_int_eq(gzclose(t->f), Z_OK);
}

#endif
