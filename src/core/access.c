/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/str.h"
#include "core/access.h"

const char *const role_text[ROLES + 1] = { "public", "supplier", "manufacturer", "editor", "approver", "ssc",
					   "cpo",    "operator", "auditor",      "device", NULL };

unsigned role_find(const char *text)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (!strcmp(text, role_text[i]))
			return 1U << i;
	return 0;
}

int roles_read(const char *text, unsigned *ret, struct err *e)
{
	unsigned roles = 0, one;
	const char *near;
	char word[24];

	for (text += strspn(text, " ,"); *text; text += strspn(text, " ,")) {
		size_t n = strcspn(text, " ,");

		one = str_copyn(word, sizeof word, text, n) ? role_find(word) : 0;
		near = one ? NULL : parse_nearest(word, role_text);
		if (!one)
			return err_set(e, ERR_INVALID, "there is no role '%s'%s%s%s", word,
				       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
		roles |= one;
		text += n;
	}
	*ret = roles;
	return OK;
}

char *roles_write(unsigned roles, char buf[ROLES_TEXT_MAX])
{
	struct str s = { 0 };

	s.max = ROLES_TEXT_MAX - 1;
	for (unsigned i = 0; i < ROLES; i++)
		if (roles & 1U << i)
			str_addf(&s, "%s%s", s.len ? " " : "", role_text[i]);
	str_copy(buf, ROLES_TEXT_MAX, s.len ? str_c(&s) : "");
	str_done(&s);
	return buf;
}

struct principal principal_nobody(void)
{
	return (
	    struct principal){ .how = SIGN_IN_NONE, .roles = ROLE_PUBLIC, .signed_in_at = -1, .name = "api" };
}

bool principal_other_person(const struct principal *p, int64_t account_id)
{
	return p->account_id > 0 && p->account_id != account_id;
}

bool principal_owns_code(const struct principal *p, const char *manufacturer)
{
	size_t n = strlen(manufacturer);
	const char *s = p->codes;

	while (n && *s) {
		size_t len = strcspn(s, " ");

		if (len == n && !strncasecmp(s, manufacturer, n))
			return true;
		s += len;
		s += strspn(s, " ");
	}
	return false;
}

int64_t principal_fleet_org(const struct principal *p)
{
	if (may(p, ROLE_OPERATOR | ROLE_AUDITOR))
		return 0;
	return may(p, ROLES_FLEET) && p->org_id ? p->org_id : -1;
}
