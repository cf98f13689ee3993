/* SPDX-License-Identifier: Apache-2.0 */
/* doc/openapi.json, packed into the program at build (openapi_gen.c). */
#ifndef FIRPATH_HTTP_OPENAPI_H
#define FIRPATH_HTTP_OPENAPI_H

#include <stddef.h>

extern const char openapi_json[];
extern const size_t openapi_json_len;

#endif
