/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permessage-deflate (RFC 7692) without context takeover: one message at a time, so one compressor and one
 * expander of a thread serve all its connections and memory does not grow with them. Used by one thread.
 */
#ifndef FIRPATH_WIRE_WS_DEFLATE_H
#define FIRPATH_WIRE_WS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

struct ws_zip;
enum ws_zip_result { WS_ZIP_OK, WS_ZIP_BAD, WS_ZIP_LARGE };

/* max: bytes of a message when expanded. */
struct ws_zip *ws_zip_new(size_t max);
void ws_zip_free(struct ws_zip *z);
DEFINE_OWN(struct ws_zip, ws_zip_free)

/* *ret: borrowed until the next call, NUL behind it. Work stops at the ceiling: a bomb costs max bytes. */
enum ws_zip_result ws_zip_expand(struct ws_zip *z, const void *p, size_t n, const char **ret,
				 size_t *ret_len);
/* bits: window, 9 to 15. False: it would not become shorter. *ret borrowed until the next call. */
bool ws_zip_pack(struct ws_zip *z, int bits, const void *p, size_t n, const unsigned char **ret,
		 size_t *ret_len);

#endif
