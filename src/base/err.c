/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const struct err_info infos[ERR_MAX] = {
	[OK] = { "ok", 200, 0, "Done", "Nothing needs doing." },
#define X(name, code, http, exit_code, title, next) [name] = { code, http, exit_code, title, next },
#include "base/err_codes.h"
#undef X
};

const struct err_info *err_info(enum err_code code)
{
	return &infos[(int)code >= 0 && code < ERR_MAX ? code : ERR_INTERNAL];
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->line = 0;
	e->col = 0;
	e->where[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	return (int)code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char was[sizeof e->msg];
	va_list ap;
	size_t n;

	memcpy(was, e->msg, sizeof was);
	was[sizeof was - 1] = '\0';
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	if (n + 2 < sizeof e->msg) {
		memcpy(e->msg + n, ": ", 3);
		str_copy(e->msg + n + 2, sizeof e->msg - n - 2, was);
	}
	return (int)e->code;
}

int err_at(struct err *e, const char *where, int64_t line, int64_t col)
{
	if (where)
		str_copy(e->where, sizeof e->where, where);
	if (line)
		e->line = line;
	if (col)
		e->col = col;
	return (int)e->code;
}

char *err_text(const struct err *e, char *buf, unsigned long size)
{
	char place[sizeof e->where + 64];
	size_t n = 0;

	str_copy(place, sizeof place, e->where);
	n = strlen(place);
	if (e->line)
		n += (size_t)snprintf(place + n, sizeof place - n, "%s%s%" PRId64, n ? ":" : "",
				      n ? "" : "line ", e->line);
	if (e->col)
		n += (size_t)snprintf(place + n, sizeof place - n, "%s%" PRId64,
				      e->line ? ":" : (n ? ": column " : "column "), e->col);
	snprintf(buf, size, "%s%s%s", place, n ? ": " : "", e->msg);
	return buf;
}

int err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	enum err_code code = ERR_INTERNAL;
	char buf[128];
	va_list ap;
	const char *why = strerror_r(errnum, buf, sizeof buf);

	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EROFS:
	case EFBIG:
		code = ERR_DISK;
		break;
	case EACCES:
	case EPERM:
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EINVAL:
		code = ERR_FILE;
		break;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		code = ERR_NO_MEMORY;
		break;
	default:
		break;
	}
	err_set(e, code, "%s", "");
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	errnum = (int)strlen(e->msg);
	snprintf(e->msg + errnum, sizeof e->msg - (size_t)errnum, "%s%s", errnum ? ": " : "", why);
	return (int)code;
}
