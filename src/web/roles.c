/* SPDX-License-Identifier: Apache-2.0 */
#include "web/roles.h"

#include "web/words.h"

static const char *const hints[ROLES] = {
	NULL,
	"Own devices and campaigns, call-outs, watch lists",
	"Proposes and confirms for its own manufacturer codes, answers call-outs",
	"Proposes changes of any path, imports lists",
	"Approves what somebody else proposed",
	"Sees restricted facts, blocks a path at once",
	"As a supplier, for chargers",
	"Runs this service: accounts, fleet, everybody's campaigns",
	"Reads everything but restricted facts, changes nothing",
	NULL,
};

void offer_roles(struct form *f, unsigned roles)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (roles & 1U << i)
			form_option(f, "roles", role_text[i], word_of("role_word", role_text[i]), hints[i]);
}

void roles_given(const struct form *f, char buf[ROLES_TEXT_MAX])
{
	STR(text, ROLES_TEXT_MAX - 1);

	for (size_t i = 0; i < form_count(f, "roles"); i++)
		str_addf(&text, "%s%s", i ? " " : "", form_item(f, "roles", i));
	str_copy(buf, ROLES_TEXT_MAX, str_c(&text));
}
