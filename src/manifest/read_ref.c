/* SPDX-License-Identifier: Apache-2.0 */
/* References: other files in the place of items (6.1.12.11; J55-J57, Z9-Z11). */
#include <string.h>

#include "manifest/item_p.h"

/* An item that stands for another file: only a Reference, perhaps with what describes it. */
bool is_reference(const struct json *j)
{
	struct json_walk w = { 0 };
	const struct json *v;
	const char *name;
	bool has = false;

	while (json_next(j, &w, &name, &v)) {
		int el = element_of(name);

		has = has || el == ELEMENT_REFERENCE;
		if (el != ELEMENT_REFERENCE && el != ELEMENT_CONFIG_TYPE && el != ELEMENT_NAME &&
		    el != ELEMENT_DESCRIPTION)
			return false;
	}
	return has;
}

struct triple {
	const char *description, *signature, *manifest;
};

static bool triple_read(struct reader *r, const struct json *j, const struct place *at, struct triple *ret)
{
	static const enum config_element parts[] = { ELEMENT_DESCRIPTION, ELEMENT_SIGNATURE,
						     ELEMENT_MANIFEST };
	const char **into[] = { &ret->description, &ret->signature, &ret->manifest };
	int64_t before = r->m->errors;
	struct json_walk w = { 0 };
	const struct json *v;
	const char *name;

	for (size_t i = 0; i < 3; i++) {
		const char *el = config_element_text[parts[i]], *mend = "", *fault;

		*into[i] = json_text(json_get(j, el));
		fault = *into[i]
			    ? config_text_fault(config_format(parts[i]), *into[i], r->ask->profile, &mend)
			    : NULL;
		if (!*into[i])
			/* without a trust store nobody asked for signatures: the folder may not be signed yet
			 */
			problem(r, FAULT_REFERENCE, parts[i] == ELEMENT_SIGNATURE && !r->ask->trust,
				at->parent, at->s->name, at->pointer, "J56",
				"A Reference has three texts: Description, Signature and Manifest.",
				"the Reference has no %s", el);
		else if (fault)
			problem(r, parts[i] == ELEMENT_MANIFEST ? FAULT_PATH : FAULT_FORMAT, false,
				at->parent, at->s->name, pointer_to(r, at->pointer, el),
				parts[i] == ELEMENT_SIGNATURE ? "Z7" : NULL, mend,
				"%s of the Reference %s: '%.80s'", el, fault, *into[i]);
	}
	while (json_next(j, &w, &name, &v)) {
		int el = element_of(name);

		if (el != ELEMENT_DESCRIPTION && el != ELEMENT_SIGNATURE && el != ELEMENT_MANIFEST)
			problem(r, FAULT_UNKNOWN, !is_strict(r), at->parent, at->s->name,
				pointer_to(r, at->pointer, name), "J56", "Remove it.",
				"a Reference has no element '%.80s'", name);
	}
	return r->m->errors == before;
}

/* Replaces a Reference by the Manifest that it names (J57). */
static void reference_read(struct reader *r, const struct json *j, const struct place *at)
{
	OWN(json_free) struct json *other = NULL;
	struct triple t = { NULL, NULL, NULL };
	const struct source *s;
	struct config_item *it;
	const char *name;

	if (json_kind(j) != JSON_OBJECT) {
		problem(r, FAULT_REFERENCE, false, at->parent, at->s->name, at->pointer, "J56",
			"Write an object with Description, Signature and Manifest.",
			"a Reference must be an object");
		return;
	}
	if (!triple_read(r, j, at, &t))
		return;
	if (r->folder < 0) {
		problem(
		    r, FAULT_REFERENCE, false, at->parent, at->s->name, at->pointer, NULL,
		    "Send the Manifest of the Building Block itself.",
		    "other files cannot be looked at here, so the Reference to '%.100s' cannot be followed",
		    t.manifest);
		return;
	}
	name = path_join(r->m->arena, at->s->folder, t.manifest);
	s = source_read(r, name, at->s, at->parent,
			pointer_to(r, at->pointer, config_element_text[ELEMENT_MANIFEST]));
	if (s)
		other = source_json(r, s, at->parent);
	it = other ? item_root(r, other, s, at->parent, at->list) : NULL;
	if (it && it->text[ELEMENT_SIGNATURE] && t.signature &&
	    strcmp(it->text[ELEMENT_SIGNATURE], t.signature) != 0)
		problem(r, FAULT_OTHER_SIGNATURE, false, it, at->s->name,
			pointer_to(r, at->pointer, config_element_text[ELEMENT_SIGNATURE]), "Z9",
			"Copy the Signature of that file here; 'firpath manifest sign' does it.",
			"the Reference has another Signature than '%.200s', the file it names", name);
}

/* An element of a list that is a Reference; what stands beside it counts for nothing. */
void reference_element(struct reader *r, const struct json *j, const struct place *at)
{
	struct place inner = *at;
	struct json_walk w = { 0 };
	const struct json *v;
	const char *name;

	while (json_next(j, &w, &name, &v))
		if (element_of(name) != ELEMENT_REFERENCE)
			problem(r, FAULT_UNUSED, !is_strict(r), at->parent, at->s->name,
				pointer_to(r, at->pointer, name), "J57",
				"Remove it: the Reference is replaced by the Manifest that it names.",
				"'%.80s' stands beside a Reference and counts for nothing", name);
	inner.pointer = pointer_to(r, at->pointer, config_element_text[ELEMENT_REFERENCE]);
	reference_read(r, json_get(j, config_element_text[ELEMENT_REFERENCE]), &inner);
}

/* A key `Reference` beside the other elements of an item (Z11). */
void reference_beside(struct reader *r, const struct json *v, const struct config_item *it,
		      const struct place *at)
{
	const char *p = pointer_to(r, at->pointer, config_element_text[ELEMENT_REFERENCE]);
	struct place inner = { at->s, (struct config_item *)(uintptr_t)it, -1, p, false };

	problem(r, FAULT_REFERENCE, !is_strict(r), inner.parent, at->s->name, p, "Z11",
		"Make it an element of a list: \"Building Blocks\": [ ..., {\"Reference\": {...}} ], or of "
		"Systems.",
		"a Reference stands beside the other elements of %s", title(r, it));
	if (is_strict(r))
		return;
	if (json_kind(v) != JSON_ARRAY) {
		reference_read(r, v, &inner);
		return;
	}
	for (size_t i = 0; i < json_len(v) && i < LIST_MAX; i++) {
		inner.pointer = say(r->m, "%s/%zu", p, i);
		reference_read(r, json_at(v, i), &inner);
	}
}
