/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"

#define LINE_MAX_LEN (8 * KIB)
#define VALUE_MAX_LEN (1 * KIB) /* of the raw value; a longer one is cut and marked with "..." */

static bool is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
		      (s[i] >= 'a' && s[i] <= 'z') || strchr("._:/@+,%-", s[i])))
			return false;
	return n > 0;
}

/* C0, DEL and C1 controls and line separators could end the line for some reader or drive a terminal. */
static bool is_control(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (len == 1)
		return u[0] < 0x20 || u[0] == 0x7F;
	if (len == 2)
		return u[0] == 0xC2 && u[1] < 0xA0;
	return len == 3 && u[0] == 0xE2 &&
	       ((u[1] == 0x80 && u[2] >= 0xA8 && u[2] <= 0xAE) ||
		(u[1] == 0x81 && u[2] >= 0xA6 && u[2] <= 0xA9));
}

static void add_quoted(struct str *line, const char *s, size_t n)
{
	bool cut = n > VALUE_MAX_LEN;
	size_t len;

	if (cut)
		n = VALUE_MAX_LEN;
	str_addc(line, '"');
	for (size_t i = 0; i < n; i += len) {
		len = parse_utf8_len(s + i, n - i);
		if (len && !is_control(s + i, len)) {
			if (s[i] == '"' || s[i] == '\\')
				str_addc(line, '\\');
			str_addn(line, s + i, len);
			continue;
		}
		len = len ? len : 1;
		if (s[i] == '\n')
			str_add(line, "\\n");
		else
			for (size_t k = 0; k < len; k++)
				str_addf(line, "\\x%02x", (unsigned)(unsigned char)s[i + k]);
	}
	str_add(line, cut ? "...\"" : "\"");
}

static void add_field(struct str *line, const char *key, const char *val)
{
	size_t n = strlen(val);

	if (line->len)
		str_addc(line, ' ');
	str_add(line, key);
	str_addc(line, '=');
	if (n <= VALUE_MAX_LEN && is_plain(val, n))
		str_addn(line, val, n);
	else
		add_quoted(line, val, n);
}

static void write_line(int fd, const char *p, size_t n)
{
	ssize_t put;

	while (n) {
		put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return; /* nowhere to say so */
		p += put;
		n -= (size_t)put;
	}
}

void log_event(const struct log *l, enum log_level level, const char *event, ...)
{
	STR(line, LINE_MAX_LEN);
	STR(head, 16);
	char when[TIME_TEXT];
	const char *key, *val;
	va_list ap;

	if (!l || level > l->level)
		return;
	if (l->clock)
		add_field(&line, "ts", time_text(clock_wall(l->clock), when));
	add_field(&line, "event", event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)) != NULL) {
		size_t before = line.len;

		val = va_arg(ap, const char *);
		if (!val)
			continue;
		add_field(&line, key, val);
		if (line.over) { /* a field that does not fit is left out whole: no open quote */
			line.len = before;
			line.over = false;
			break;
		}
	}
	va_end(ap);
	if (l->journal)
		str_addf(&head, "<%d>", (int)level);
	str_addn(&head, "", 0);
	OWN(mem_free) char *all = mem_alloc(head.len + line.len + 1);
	memcpy(all, str_c(&head), head.len);
	memcpy(all + head.len, line.p, line.len);
	all[head.len + line.len] = '\n';
	write_line(l->fd, all, head.len + line.len + 1); /* one write: lines of several threads do not mix */
}
