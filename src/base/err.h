/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors. Functions return int: 0, or an enum err_code after filling the caller's struct err (on the caller's
 * stack, so no hidden state and no allocation). Who knows more puts it in front with err_wrap. Codes are few
 * and stable; err_codes.h is the one table that feeds HTTP, exit codes and pages.
 */
#ifndef FIRPATH_BASE_ERR_H
#define FIRPATH_BASE_ERR_H

#include <stdarg.h>
#include <stdint.h>

#include "base/own.h"

enum err_code {
	OK = 0,
#define X(name, code, http, exit_code, title, next) name,
#include "base/err_codes.h"
#undef X
	ERR_MAX
};

struct err {
	enum err_code code;
	int64_t line;   /* 1-based line or row in the input, 0 = none */
	int64_t col;    /* 1-based column, 0 = none */
	char where[96]; /* file, cell, field name or JSON pointer; empty = none */
	char msg[480];  /* a sentence without the place */
};

struct err_info {
	const char *code;  /* stable code, e.g. "json-syntax" */
	int http;          /* HTTP status */
	int exit;          /* CLI exit status */
	const char *title; /* short phrase */
	const char *next;  /* what to do next */
};

/* Never NULL; unknown codes give the row of ERR_INTERNAL. */
const struct err_info *err_info(enum err_code code);

/* Fill (place cleared) and return the code. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Put "fmt: " in front of the message, keep code and place; returns the code. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Set the place of a filled error; where may be NULL (kept), line/col 0 (kept). Returns the code. */
int err_at(struct err *e, const char *where, int64_t line, int64_t col);
/* "where:line:col: message" into buf (always terminated); returns buf. */
char *err_text(const struct err *e, char *buf, unsigned long size);
/* An errno as ERR_DISK / ERR_FILE / ERR_NO_MEMORY / ERR_INTERNAL with strerror text. */
int err_errno(struct err *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
