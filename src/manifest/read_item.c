/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON to items, by the tables of model/manifest_rules.c. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "manifest/item_p.h"

int element_of(const char *name)
{
	for (int i = 0; i < ELEMENTS; i++)
		if (!strcmp(name, config_element_text[i]))
			return i;
	return -1;
}

/* Text with the escapes of JSON pointers, cut when long. */
const char *pointer_to(struct reader *r, const char *base, const char *name)
{
	char buf[256];
	size_t n = 0;

	for (; *name && n + 3 < sizeof buf; name++) {
		if (*name == '~' || *name == '/')
			buf[n++] = '~';
		buf[n++] = (char)(*name == '~' ? '0' : *name == '/' ? '1' : *name);
	}
	buf[n] = '\0';
	return say(r->m, "%s/%s", base, buf);
}

/* "System 'CCS-OB'" */
const char *title(struct reader *r, const struct config_item *it)
{
	return it->text[ELEMENT_NAME]
		   ? say(r->m, "%s '%.100s'", config_type_text[it->type], it->text[ELEMENT_NAME])
		   : say(r->m, "this %s", config_type_text[it->type]);
}

bool is_strict(const struct reader *r)
{
	return r->ask->profile == MANIFEST_STRICT;
}

/* ---- what sits in what ---- */

static bool list_takes(int list, enum config_type t)
{
	switch (list) {
	case ELEMENT_SYSTEMS:
		return t == CONFIG_SYSTEM;
	case ELEMENT_BUILDING_BLOCKS:
		return t == CONFIG_BUILDING_BLOCK;
	case ELEMENT_PACKAGES:
		return t == CONFIG_PACKAGE || t == CONFIG_SOFTWARE || t == CONFIG_PARAMETER;
	case ELEMENT_DEPENDENCIES:
		return t == CONFIG_DEPENDENCY;
	default:
		return true;
	}
}

/* NULL: it cannot be used, the problem was noted. */
static struct config_item *item_read(struct reader *r, const struct json *j, const struct place *at);

/* The one type that it holds, -1 = several. */
static int type_of_list(int list)
{
	switch (list) {
	case ELEMENT_SYSTEMS:
		return CONFIG_SYSTEM;
	case ELEMENT_BUILDING_BLOCKS:
		return CONFIG_BUILDING_BLOCK;
	case ELEMENT_DEPENDENCIES:
		return CONFIG_DEPENDENCY;
	default:
		return -1; /* Packages hold three types */
	}
}

/* May the item be here (K1-K7)? */
static bool place_ok(struct reader *r, enum config_type t, const struct place *at)
{
	const struct config_item *owner;
	enum config_type in;
	enum config_nesting may;

	if (!at->parent)
		return true;
	/* The list Packages is itself the Package that its Software and Parameter items are in (Z5). */
	in = at->list == ELEMENT_PACKAGES && (t == CONFIG_SOFTWARE || t == CONFIG_PARAMETER)
		 ? CONFIG_PACKAGE
		 : at->parent->type;
	may = list_takes(at->list, t) ? config_nesting(t, in, r->ask->profile) : NESTING_NO;
	owner = config_owner(at->parent);
	if (may != NESTING_NO && t == CONFIG_SOFTWARE && owner->type != CONFIG_BUILDING_BLOCK) {
		problem(r, FAULT_PLACE, false, at->parent, at->s->name, at->pointer, "J35",
			"Move it into the Packages of a Building Block; only Parameter items may be here.",
			"Software is not allowed in Packages of a %s", config_type_text[owner->type]);
		return false;
	}
	if (may == NESTING_NO)
		problem(r, FAULT_PLACE, false, at->parent, at->s->name, at->pointer, config_nesting_row(t),
			say(r->m, "A %s belongs %s.", config_type_text[t], config_home(t)),
			"a %s is not allowed in %s of %s", config_type_text[t],
			at->list >= 0 ? config_element_text[at->list] : "a Reference", title(r, at->parent));
	else if (may == NESTING_WARN)
		problem(r, FAULT_PLACE, true, at->parent, at->s->name, at->pointer,
			t == CONFIG_BUILDING_BLOCK ? "Z2" : "Z1",
			t == CONFIG_BUILDING_BLOCK ? "Put it into a System."
						   : "Nothing, or put it into a System.",
			"a %s directly in a %s is not in the table of the specification", config_type_text[t],
			config_type_text[in]);
	return may != NESTING_NO;
}

/* The type of an item; -1: the problem was noted. */
static int type_read(struct reader *r, const struct json *j, const struct place *at)
{
	const char *name = config_element_text[ELEMENT_CONFIG_TYPE], *text = json_text(json_get(j, name)),
		   *near;
	int t = type_of_list(at->list);

	for (int i = 0; text && i < CONFIG_TYPES; i++)
		if (!strcmp(text, config_type_text[i]))
			return i;
	if (text || json_get(j, name)) {
		near = text ? parse_nearest(text, config_type_text) : NULL;
		problem(r, FAULT_TYPE, false, at->parent, at->s->name, pointer_to(r, at->pointer, name), NULL,
			near ? say(r->m, "Did you mean '%s'?", near)
			     : "Write one of Vehicle, System, Building Block, Dependency, Package, Software, "
			       "Parameter.",
			"'%.80s' is no Config Type", text ? text : "this");
		return -1;
	}
	if (t < 0) { /* nothing says what it is */
		problem(r, FAULT_MISSING, false, at->parent, at->s->name, at->pointer, "L1",
			"Add Config Type; without it the other elements cannot be checked.",
			"an item has no Config Type");
		return -1;
	}
	return t; /* that it is missing is told with the other elements */
}

/* ---- elements ---- */

static void text_read(struct reader *r, struct config_item *it, enum config_element el, const struct json *v,
		      const struct place *at)
{
	const char *name = config_element_text[el], *p = pointer_to(r, at->pointer, name), *mend, *fault;
	const char *text = json_text(v);
	enum config_format f = config_format(el);
	enum manifest_fault kind = f == FORMAT_UUID                                        ? FAULT_UUID
				   : f == FORMAT_ARCHIVE_PATH || f == FORMAT_MANIFEST_PATH ? FAULT_PATH
											   : FAULT_FORMAT;

	if (!text) {
		problem(r, FAULT_KIND, false, it, at->s->name, p, config_usage_row(el),
			"Write a text in double quotes.", "%s of %s is no text", name, title(r, it));
		return;
	}
	it->text[el] = arena_strdup(r->m->arena, text);
	if (f == FORMAT_SIGNATURE && it->type > CONFIG_BUILDING_BLOCK)
		return; /* not used here, or a hash in the wrong place (Z6) */
	fault = config_text_fault(f, text, r->ask->profile, &mend);
	if (fault)
		problem(r, kind, false, it, at->s->name, p, config_usage_row(el), mend,
			"%s of %s %s: '%.100s'", name, title(r, it), fault, text);
	else if (el == ELEMENT_FUNCTIONAL_VERSION)
		(void)config_version_read(text, &it->functional);
	else if (el == ELEMENT_RELEASE_VERSION)
		(void)config_version_read(text, &it->release);
}

static void network_read(struct reader *r, struct config_item *it, const struct json *v,
			 const struct place *at)
{
	const char *name = config_element_text[ELEMENT_NETWORK_IDS], *p = pointer_to(r, at->pointer, name),
		   *mend;
	const char **list;
	size_t n = json_len(v);

	if (json_kind(v) != JSON_ARRAY || n > LIST_MAX) {
		problem(r, FAULT_KIND, false, it, at->s->name, p, "L12", "Write a list: [\"192.168.1.10\"].",
			"Network IDs of %s is no list of at most %d texts", title(r, it), LIST_MAX);
		return;
	}
	list = arena_array(r->m->arena, n + 1, sizeof *list);
	it->network = list;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_text(json_at(v, i));
		const char *fault =
		    text ? config_text_fault(FORMAT_NETWORK, text, r->ask->profile, &mend) : NULL;

		if (text && !fault)
			list[it->nnetwork++] = arena_strdup(r->m->arena, text);
		else
			problem(r, FAULT_FORMAT, false, it, at->s->name, say(r->m, "%s/%zu", p, i), "J43",
				"Write an IPv4 address such as 192.168.1.10.",
				"a Network ID of %s is no IPv4 address: '%.80s'", title(r, it),
				text ? text : "no text");
	}
}

/* An object with Packages and nothing else in the list Systems (Z12). */
static bool is_lost_packages(const struct json *j, int list)
{
	struct json_walk w = { 0 };
	const struct json *v;
	const char *name;

	return list == ELEMENT_SYSTEMS && json_len(j) == 1 && json_next(j, &w, &name, &v) &&
	       element_of(name) == ELEMENT_PACKAGES;
}

static void items_read(struct reader *r, struct config_item *it, enum config_element el, const struct json *v,
		       const char *pointer, const struct place *at)
{
	struct place inner = { at->s, it, (int)el, "", false };

	if (json_kind(v) != JSON_ARRAY || json_len(v) > LIST_MAX) {
		problem(r, FAULT_KIND, false, it, at->s->name, pointer, config_usage_row(el),
			"Write a list of items: [ {...}, {...} ].", "%s of %s is no list of at most %d items",
			config_element_text[el], title(r, it), LIST_MAX);
		return;
	}
	for (size_t i = 0; i < json_len(v); i++) {
		const struct json *j = json_at(v, i);

		inner.pointer = say(r->m, "%s/%zu", pointer, i);
		if (is_lost_packages(j, inner.list)) {
			problem(r, FAULT_PLACE, !is_strict(r), it, at->s->name, inner.pointer, "Z12",
				"Move Packages out of the list Systems, to the elements of the Vehicle.",
				"an object with nothing but Packages is in the list Systems");
			if (!is_strict(r))
				items_read(r, it, ELEMENT_PACKAGES, json_get(j, "Packages"),
					   say(r->m, "%s/Packages", inner.pointer), at);
		} else if (is_reference(j) && type_of_list(inner.list) >= 0 &&
			   inner.list != ELEMENT_DEPENDENCIES) {
			reference_element(r, j, &inner);
		} else {
			(void)item_read(r, j, &inner);
		}
	}
}

static void unknown(struct reader *r, struct config_item *it, const char *name, const struct place *at)
{
	/* of thousands that nobody will read, none is looked for */
	const char *near = r->m->more ? NULL : parse_nearest(name, config_element_text);

	problem(r, FAULT_UNKNOWN, !is_strict(r), it, at->s->name, pointer_to(r, at->pointer, name), NULL,
		near ? say(r->m, "Did you mean '%s'?", near)
		     : "Remove it; notes of your own belong into Metadata.",
		"%s has an element '%.80s' that does not exist", title(r, it), name);
}

/* Is the element allowed here? A warning is noted where the profile bears it. */
static bool usage_ok(struct reader *r, struct config_item *it, enum config_element el, const struct place *at)
{
	enum config_usage u = config_usage(el, it->type, r->ask->profile, at->own_file);
	const char *p;

	if (u != USAGE_UNUSED && u != USAGE_UNUSUAL)
		return true;
	p = pointer_to(r, at->pointer, config_element_text[el]);
	problem(
	    r, FAULT_UNUSED, u == USAGE_UNUSUAL, it, at->s->name, p, config_usage_row(el),
	    el == ELEMENT_MANIFEST
		? "Put it into a Reference: {\"Reference\": {\"Description\", \"Signature\", \"Manifest\"}}."
	    : el == ELEMENT_SIGNATURE && config_nesting(it->type, CONFIG_PACKAGE, MANIFEST_STRICT)
		? "Remove it, and give the Archive a Hash: the Manifest around it is signed."
		: "Remove it.",
	    "%s is not used in a %s", config_element_text[el], config_type_text[it->type]);
	return u == USAGE_UNUSUAL;
}

static void elements_read(struct reader *r, struct config_item *it, const struct json *j,
			  const struct place *at)
{
	struct json_walk w = { 0 };
	const struct json *v;
	const char *name;

	/* The name first: sentences about the item use it. */
	v = json_get(j, config_element_text[ELEMENT_NAME]);
	if (v)
		text_read(r, it, ELEMENT_NAME, v, at);
	while (json_next(j, &w, &name, &v)) {
		int el = element_of(name);

		if (el == ELEMENT_NAME)
			continue;
		if (el < 0) {
			unknown(r, it, name, at);
			continue;
		}
		if (!usage_ok(r, it, (enum config_element)el, at))
			continue;
		if (el == ELEMENT_REFERENCE)
			reference_beside(r, v, it, at);
		else if (config_format((enum config_element)el) == FORMAT_ITEMS)
			items_read(r, it, (enum config_element)el, v, pointer_to(r, at->pointer, name), at);
		else if (el == ELEMENT_NETWORK_IDS)
			network_read(r, it, v, at);
		else
			text_read(r, it, (enum config_element)el, v, at);
	}
}

/* ---- what is missing ---- */

/* Examples of the specification put a SHA-256 where a signature would be (Z6). */
static bool hash_in_signature(struct reader *r, struct config_item *it, const struct place *at)
{
	const char *s = it->text[ELEMENT_SIGNATURE], *mend;

	if (is_strict(r) || !s || config_text_fault(FORMAT_HASH, s, r->ask->profile, &mend))
		return false;
	it->text[ELEMENT_HASH] = s;
	it->text[ELEMENT_SIGNATURE] = NULL;
	problem(r, FAULT_MISSING, true, it, at->s->name, at->pointer, "Z6", "Write it as Hash.",
		"%s has no Hash; its Signature is taken for the SHA-256 of the Archive", title(r, it));
	return true;
}

static void missing(struct reader *r, struct config_item *it, enum config_element el, bool warning,
		    const struct place *at)
{
	bool bb = it->by_composition && it->type == CONFIG_BUILDING_BLOCK;

	if (el == ELEMENT_HASH && hash_in_signature(r, it, at))
		return;
	if (el == ELEMENT_SIGNATURE)
		/* without a trust store nobody asked for signatures (a folder before it is signed) */
		problem(r, FAULT_NOT_SIGNED, warning || !r->ask->trust, it, at->s->name, at->pointer,
			bb ? "Z40" : "L21", "Sign it: 'firpath manifest sign'.", "%s is not signed%s",
			title(r, it),
			bb ? "; a Building Block inside another Manifest needs a signature of its own" : "");
	else
		problem(r, FAULT_MISSING, warning, it, at->s->name, at->pointer,
			el == ELEMENT_CONFIG_ID && warning ? "Z16" : config_usage_row(el),
			say(r->m, "Add \"%s\".", config_element_text[el]), "%s has no %s", title(r, it),
			config_element_text[el]);
}

static bool has_child(const struct config_item *it, enum config_type t)
{
	for (const struct config_item *c = it->child; c; c = c->next)
		if (c->type == t)
			return true;
	return false;
}

/* Of Systems and Building Blocks, at least one must hold something; of a Vehicle, Systems (Z2-Z4). */
static void content_check(struct reader *r, struct config_item *it, const struct json *j,
			  int64_t errors_before, const struct place *at)
{
	bool any = has_child(it, CONFIG_SYSTEM) || (has_child(it, CONFIG_BUILDING_BLOCK));
	bool packages = json_get(j, config_element_text[ELEMENT_PACKAGES]) != NULL;

	if (r->m->errors != errors_before)
		return; /* what is in it was found wrong: that it counts for nothing is no news */
	if ((it->type == CONFIG_VEHICLE || it->type == CONFIG_SYSTEM) && !any)
		problem(r, FAULT_CONTENT, false, it, at->s->name, at->pointer,
			it->type == CONFIG_VEHICLE ? "L13" : "Z4",
			it->type == CONFIG_VEHICLE ? "Add a System with Building Blocks to Systems."
						   : "Add Systems or Building Blocks.",
			"%s holds nothing", title(r, it));
	if ((it->type == CONFIG_BUILDING_BLOCK || it->type == CONFIG_PACKAGE) && packages &&
	    !config_archive_next(it, NULL))
		problem(r, FAULT_CONTENT, false, it, at->s->name, at->pointer, "L15",
			"Add a Software or Parameter item with its Archive.", "Packages of %s holds nothing",
			title(r, it));
}

static void missing_check(struct reader *r, struct config_item *it, const struct json *j,
			  const struct place *at)
{
	for (int i = 0; i < ELEMENTS; i++) {
		enum config_element el = (enum config_element)i;
		enum config_usage u = config_usage(el, it->type, r->ask->profile, at->own_file);

		if (json_get(j, config_element_text[el]))
			continue;
		if (u == USAGE_MANDATORY)
			missing(r, it, el, false, at);
		else if (u == USAGE_WISHED)
			missing(r, it, el, true, at);
	}
}

/* ---- one item ---- */

static void item_append(struct config_item *parent, struct config_item *it)
{
	struct config_item **end = &parent->child;

	while (*end)
		end = &(*end)->next;
	*end = it;
}

static struct config_item *item_new(struct reader *r, enum config_type t, const struct place *at)
{
	struct config_item *it = arena_alloc(r->m->arena, sizeof *it);

	it->type = t;
	it->parent = at->parent;
	it->file = at->s->name;
	it->folder = at->s->folder;
	it->pointer = at->pointer;
	it->own_file = at->own_file;
	it->by_composition = !at->own_file;
	it->size = -1;
	it->syntax_ok = it->integrity_ok = it->identity_ok = it->authentic_ok = true;
	if (at->parent)
		item_append(at->parent, it);
	return it;
}

/* Recursion is bounded by JSON_DEPTH_DEEP in a file and MANIFEST_DEPTH_MAX files. */
static struct config_item *item_read(struct reader *r, const struct json *j, const struct place *at)
{
	struct config_item *it;
	int64_t before = r->m->errors;
	int t;

	if (json_kind(j) != JSON_OBJECT) {
		problem(r, FAULT_KIND, false, at->parent, at->s->name, at->pointer, NULL,
			"Write an object with a Config Type: { \"Config Type\": ... }.",
			"an item must be an object");
		return NULL;
	}
	t = type_read(r, j, at);
	if (t < 0 || !place_ok(r, (enum config_type)t, at))
		return NULL;
	if (++r->nitems > ITEMS_MAX) {
		if (r->nitems == ITEMS_MAX + 1)
			problem(r, FAULT_LIMIT, false, at->parent, at->s->name, at->pointer, NULL,
				"Split the Manifest.", "there are more than %d items", ITEMS_MAX);
		return NULL;
	}
	it = item_new(r, (enum config_type)t, at);
	elements_read(r, it, j, at);
	missing_check(r, it, j, at);
	content_check(r, it, j, before, at);
	if (it->type <= CONFIG_BUILDING_BLOCK)
		item_seal(r, it, j);
	if (it->type == CONFIG_SOFTWARE || it->type == CONFIG_PARAMETER)
		archive_check(r, it);
	return it;
}

struct config_item *item_root(struct reader *r, const struct json *j, const struct source *s,
			      struct config_item *parent, int list)
{
	struct place at = { s, parent, list, "", true };

	if (json_kind(j) == JSON_OBJECT && is_reference(j)) {
		problem(r, FAULT_REFERENCE, false, parent, s->name, "", NULL, "Name the Manifest itself.",
			"'%.200s' holds nothing but a Reference", s->name);
		return NULL;
	}
	return item_read(r, j, &at);
}
