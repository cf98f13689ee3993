/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as a template. One that compiles is rendered twice, over harmless and over hostile values
 * of the same shape. Read by a tokenizer that is not the engine's (it follows the HTML standard loosely, as
 * browsers do), both must have the same elements and attributes, and no address may start with anything but
 * what the template itself wrote: values can change text, never markup (T23).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "web/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SHAPE(v)                                                                                             \
	"{\"a\":\"" v "\",\"b\":{\"c\":\"" v "\",\"d\":[\"" v "\",\"" v "\"]},\"l\":[{\"a\":\"" v            \
	"\"},{\"a\":\"" v "\"}]}"
static const char harmless[] = SHAPE("value");
static const char *const hostile[] = {
	SHAPE("\\\"><script>alert(1)</script>"),
	SHAPE("' onmouseover='alert(1)' x='"),
	SHAPE("javascript:alert(1)//--></title></textarea><img src=x onerror=alert(1)>"),
	SHAPE(" onload=alert(1) =\\\" /> <svg/onload=x> \\u0000"),
};

static void same_write(const struct json *v, struct str *out)
{
	if (json_text(v))
		str_add(out, json_text(v));
}

static bool blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* Does the skeleton so far end with an attribute whose value is an address? */
static bool address_waits(const struct str *out)
{
	static const char *const names[] = { " href=", " src=", " action=", " formaction=", " xlink:href=" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i]);

		if (out->len >= n && !strncasecmp(out->p + out->len - n, names[i], n))
			return true;
	}
	return false;
}

/* Appends the skeleton of an HTML text: names of elements and attributes, in order, without values and text.
 */
static void skeleton(const char *s, size_t n, struct str *out)
{
	size_t i = 0;

	while (i < n) {
		if (s[i] != '<' || i + 1 == n || blank(s[i + 1]) || s[i + 1] == '<') {
			i++;
			continue;
		}
		if (n - i >= 4 && !memcmp(s + i, "<!--", 4)) {
			const char *end = memmem(s + i + 4, n - i - 4, "-->", 3);

			str_add(out, "<!--");
			i = end ? (size_t)(end - s) + 3 : n;
			continue;
		}
		for (str_addc(out, s[i++]); i < n && !blank(s[i]) && s[i] != '>'; i++)
			str_addc(out, s[i]);
		while (i < n && s[i] != '>') {
			char quote = 0;

			if (s[i] == '"' || s[i] == '\'') {
				if (n - i > 11 && !memcmp(s + i + 1, "javascript:", 11) && address_waits(out))
					abort();
				for (quote = s[i++]; i < n && s[i] != quote; i++)
					;
				i += i < n;
				continue;
			}
			str_addc(out, blank(s[i]) ? ' ' : s[i]);
			i++;
		}
	}
}

static int try_all(const struct template_set *set)
{
	OWN(json_free) struct json *plain = NULL;
	STR(one, MIB);
	STR(bones, 2 * MIB);
	struct err e;

	if (json_parse(harmless, strlen(harmless), &plain, &e))
		abort();
	if (template_render(set, "page", plain, NULL, &one, &e))
		return 0;
	skeleton(str_c(&one), one.len, &bones);
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		OWN(json_free) struct json *bad = NULL;
		STR(two, 4 * MIB);
		STR(other, 8 * MIB);

		/* The last shape holds an escaped NUL, which the strict reader refuses. */
		if (json_parse(hostile[i], strlen(hostile[i]), &bad, &e))
			continue;
		if (template_render(set, "page", bad, NULL, &two, &e))
			abort();
		skeleton(str_c(&two), two.len, &other);
		if (strcmp(str_c(&bones), str_c(&other)) != 0)
			abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct template_filter filters[] = { { "same", same_write }, { NULL, NULL } };
	struct template_file file = { "page", (const char *)data, size };
	OWN(template_set_free) struct template_set *set = NULL;
	struct err e;

	if (size > 4096 || memmem(data, size, "=value", 6) || memmem(data, size, "javascript", 10))
		return 0; /* a template may compare or write these itself */
	if (template_set_new(&file, 1, filters, false, &set, &e))
		return 0;
	return try_all(set);
}
