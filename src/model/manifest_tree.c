/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the items of a tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/parse.h"
#include "model/manifest.h"

struct look {
	enum manifest_profile profile;
	const struct config_hearer *hear;
	const struct config_item *root;
	const struct config_item **bb;
	int nbbs;
	struct map *config_ids, *bb_types, *network; /* lower-case id or address -> item */
};

const char *config_name(const struct config_item *it)
{
	if (it->text[ELEMENT_NAME] && *it->text[ELEMENT_NAME])
		return it->text[ELEMENT_NAME];
	return it->text[ELEMENT_TYPE_ID] ? it->text[ELEMENT_TYPE_ID] : config_type_text[it->type];
}

const struct config_item *config_owner(const struct config_item *it)
{
	while (it->parent && it->type != CONFIG_BUILDING_BLOCK && it->type != CONFIG_SYSTEM &&
	       it->type != CONFIG_VEHICLE)
		it = it->parent;
	return it;
}

const char *const *config_network(const struct config_item *bb, int *ret_n)
{
	for (; bb; bb = bb->parent)
		if (bb->network && bb->nnetwork) {
			*ret_n = bb->nnetwork;
			return bb->network;
		}
	*ret_n = 0;
	return NULL;
}

/* The next item of the tree of `top` in order; NULL at the end. */
static const struct config_item *tree_next(const struct config_item *top, const struct config_item *at)
{
	if (at->child)
		return at->child;
	while (at != top && !at->next)
		at = at->parent;
	return at == top ? NULL : at->next;
}

const struct config_item *config_archive_next(const struct config_item *of, const struct config_item *at)
{
	for (at = at ? tree_next(of, at) : of; at; at = tree_next(of, at))
		if (at->type == CONFIG_SOFTWARE || at->type == CONFIG_PARAMETER)
			return at;
	return NULL;
}

int config_bbs(const struct config_item *root, const struct config_item **bb, int max)
{
	int n = 0;

	for (const struct config_item *it = root; it; it = tree_next(root, it)) {
		if (it->type != CONFIG_BUILDING_BLOCK)
			continue;
		if (n < max)
			bb[n] = it;
		n++;
	}
	return n;
}

const struct config_item *config_bb_of(const struct config_item *const *bb, int n, const char *type_id)
{
	for (int i = 0; i < n && type_id; i++)
		if (bb[i]->text[ELEMENT_TYPE_ID] && !strcasecmp(bb[i]->text[ELEMENT_TYPE_ID], type_id))
			return bb[i];
	return NULL;
}

bool config_fits(const struct config_version *required, const struct config_version *has)
{
	return required->part[0] == has->part[0] && has->part[1] >= required->part[1];
}

static void tell(struct look *l, enum manifest_fault f, bool warning, const struct config_item *it,
		 enum config_element el, const char *row, const char *what, const char *mend)
{
	/* the tree is the caller's to change; we only look at it */
	l->hear->tell(l->hear->ctx, f, warning, (struct config_item *)(uintptr_t)it, el, row, what, mend);
}

static char *lower(const char *s, char buf[64])
{
	size_t n = strlen(s) < 63 ? strlen(s) : 63;

	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
	buf[n] = '\0';
	return buf;
}

/* Notes who has this key; the one that had it before, or NULL. */
static const struct config_item *seen(struct map *m, const char *key, const struct config_item *it)
{
	char buf[64];
	const struct config_item *before = map_get(m, lower(key, buf));

	if (!before)
		map_put(m, buf, (void *)(uintptr_t)it);
	return before;
}

static void ids_check(struct look *l, const struct config_item *it)
{
	const struct config_item *other;
	const char *id = it->text[ELEMENT_CONFIG_ID], *type = it->text[ELEMENT_TYPE_ID];
	char what[480];

	other = id && parse_uuid_ok(id) ? seen(l->config_ids, id, it) : NULL;
	if (other) {
		snprintf(what, sizeof what, "%s '%.100s' has the Config ID %s that %s '%.100s' has too",
			 config_type_text[it->type], config_name(it), id, config_type_text[other->type],
			 config_name(other));
		tell(l, FAULT_SAME_CONFIG, false, it, ELEMENT_CONFIG_ID, "Z15", what,
		     "Give each Manifest a Config ID of its own (a new UUID).");
	}
	if (it->type != CONFIG_BUILDING_BLOCK || !type || !parse_uuid_ok(type))
		return;
	other = seen(l->bb_types, type, it);
	if (other) {
		snprintf(what, sizeof what,
			 "Building Block '%.100s' has the Type ID %s that Building Block '%.100s' has too: "
			 "Dependencies could not tell them apart",
			 config_name(it), type, config_name(other));
		tell(l, FAULT_SAME_TYPE, false, it, ELEMENT_TYPE_ID, NULL, what,
		     "Give each kind of Building Block a Type ID of its own.");
	}
}

/* The Building Block that was probably meant (Z17); NULL = none is near. */
static const struct config_item *meant(const struct look *l, const struct config_item *dep)
{
	const char *name = dep->text[ELEMENT_NAME], *near;
	const struct config_item *owner = config_owner(dep), *found = NULL;
	const char **list;
	int n = 0;

	for (int i = 0; name && i < l->nbbs; i++)
		if (l->bb[i] != owner && l->bb[i]->text[ELEMENT_NAME] &&
		    !strcasecmp(l->bb[i]->text[ELEMENT_NAME], name))
			return l->bb[i];
	list = mem_array((size_t)l->nbbs + 1, sizeof *list);
	for (int i = 0; i < l->nbbs; i++)
		if (l->bb[i] != owner && l->bb[i]->text[ELEMENT_TYPE_ID])
			list[n++] = l->bb[i]->text[ELEMENT_TYPE_ID];
	near = parse_nearest(dep->text[ELEMENT_TYPE_ID], list);
	if (near)
		found = config_bb_of(l->bb, l->nbbs, near);
	free(list);
	return found;
}

static void unresolved(struct look *l, const struct config_item *dep, bool warning)
{
	const struct config_item *near = meant(l, dep);
	char what[480], mend[480];

	snprintf(what, sizeof what,
		 "'%.100s' depends on the Building Block with the Type ID %.40s%s%.60s%s, which is not in "
		 "this Manifest",
		 config_name(config_owner(dep)), dep->text[ELEMENT_TYPE_ID],
		 dep->text[ELEMENT_NAME] ? " (" : "", dep->text[ELEMENT_NAME] ? dep->text[ELEMENT_NAME] : "",
		 dep->text[ELEMENT_NAME] ? ")" : "");
	if (near)
		snprintf(mend, sizeof mend, "Did you mean '%.100s'? Its Type ID is %.40s.", config_name(near),
			 near->text[ELEMENT_TYPE_ID]);
	else
		snprintf(mend, sizeof mend, "Correct the Type ID, or add the Building Block that is needed.");
	tell(l, FAULT_DEPENDENCY, warning, dep, ELEMENT_TYPE_ID, "Z17", what, mend);
}

static void dependency_check(struct look *l, const struct config_item *dep)
{
	const struct config_item *owner = config_owner(dep), *on;
	const char *id = dep->text[ELEMENT_TYPE_ID];
	char what[480], mend[320];

	if (!id || !parse_uuid_ok(id) || owner->type != CONFIG_BUILDING_BLOCK)
		return;
	for (const struct config_item *d = owner->child; d != dep && d; d = d->next)
		if (d->type == CONFIG_DEPENDENCY && d->text[ELEMENT_TYPE_ID] &&
		    !strcasecmp(d->text[ELEMENT_TYPE_ID], id)) {
			snprintf(what, sizeof what, "'%.100s' depends twice on %s", config_name(owner), id);
			tell(l, FAULT_SAME_DEPENDENCY, false, dep, ELEMENT_TYPE_ID, NULL, what,
			     "Keep the one with the version that is needed.");
		}
	if (owner->text[ELEMENT_TYPE_ID] && !strcasecmp(owner->text[ELEMENT_TYPE_ID], id)) {
		snprintf(what, sizeof what, "'%.100s' depends on itself", config_name(owner));
		tell(l, FAULT_SELF, false, dep, ELEMENT_TYPE_ID, NULL, what, "Remove this Dependency.");
		return;
	}
	if (l->root->type == CONFIG_BUILDING_BLOCK)
		return; /* alone: nobody is there to look for */
	on = config_bb_of(l->bb, l->nbbs, id);
	if (!on) {
		unresolved(l, dep, l->root->type != CONFIG_VEHICLE);
		return;
	}
	if (!dep->text[ELEMENT_FUNCTIONAL_VERSION] || !on->text[ELEMENT_FUNCTIONAL_VERSION] ||
	    config_fits(&dep->functional, &on->functional))
		return;
	snprintf(what, sizeof what,
		 "'%.100s' needs '%.100s' with functional version %" PRId64 ".%" PRId64
		 ".x or a later minor one, but %.40s is there",
		 config_name(owner), config_name(on), dep->functional.part[0], dep->functional.part[1],
		 on->text[ELEMENT_FUNCTIONAL_VERSION]);
	snprintf(mend, sizeof mend,
		 "Use a release of '%.100s' with functional version %" PRId64 ".y.z, y at least %" PRId64
		 ", or another release of '%.100s'.",
		 config_name(on), dep->functional.part[0], dep->functional.part[1], config_name(owner));
	tell(l, FAULT_INCOMPATIBLE, false, dep, ELEMENT_FUNCTIONAL_VERSION, NULL, what, mend);
}

/* What makes an archive the same as another (Z39): owner, kind, Type ID, Release Version, Hash. */
static bool same_item(const struct config_item *a, const struct config_item *b)
{
	static const enum config_element all[] = { ELEMENT_TYPE_ID, ELEMENT_RELEASE_VERSION, ELEMENT_HASH };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!a->text[all[i]] || !b->text[all[i]] || strcasecmp(a->text[all[i]], b->text[all[i]]) != 0)
			return false;
	return a->type == b->type;
}

static void items_check(struct look *l, const struct config_item *owner)
{
	const struct config_item *one[64];
	char what[320];
	int n = 0;

	for (const struct config_item *it = owner->child; it; it = it->next) {
		if (it->type != CONFIG_SOFTWARE && it->type != CONFIG_PARAMETER)
			continue;
		for (int i = 0; i < n; i++)
			if (same_item(one[i], it)) {
				snprintf(what, sizeof what, "%s '%.100s' is in '%.100s' twice",
					 config_type_text[it->type], config_name(it), config_name(owner));
				tell(l, FAULT_SAME_ITEM, false, it, ELEMENT_TYPE_ID, "Z39", what,
				     "Remove one of them.");
			}
		if (n < 64)
			one[n++] = it;
	}
}

static void network_check(struct look *l, const struct config_item *bb)
{
	const struct config_item *other;
	const char *const *list;
	char what[480];
	bool usual;
	int n;

	list = config_network(bb, &n);
	if (!list) {
		snprintf(what, sizeof what,
			 "Building Block '%.100s' has no Network IDs, nor has what it is part of",
			 config_name(bb));
		tell(l, FAULT_NETWORK, false, bb, ELEMENT_NETWORK_IDS, "L12", what,
		     "Add Network IDs to the Building Block, its System or the Vehicle.");
	}
	for (int i = 0; i < bb->nnetwork; i++) {
		const char *ip = bb->network[i];

		if (!config_ipv4_ok(ip, &usual))
			continue;
		if (!usual) {
			snprintf(what, sizeof what,
				 "Network ID %s of '%.100s' cannot be the address of a device%s", ip,
				 config_name(bb), !strncmp(ip, "255.", 4) ? "; it looks like a netmask" : "");
			tell(l, FAULT_ODD_NETWORK, true, bb, ELEMENT_NETWORK_IDS, "Z37", what,
			     "Write the IPv4 address that the Building Block uses.");
		}
		other = seen(l->network, ip, bb);
		if (other && other != bb) {
			snprintf(what, sizeof what,
				 "Building Blocks '%.100s' and '%.100s' share the Network ID %s",
				 config_name(other), config_name(bb), ip);
			tell(l, FAULT_SAME_NETWORK, true, bb, ELEMENT_NETWORK_IDS, "Z37", what,
			     "Check that both really use this address.");
		}
	}
}

void config_tree_check(struct config_item *root, enum manifest_profile p, const struct config_hearer *h)
{
	OWN(map_free) struct map *ids = map_new();
	OWN(map_free) struct map *types = map_new();
	OWN(map_free) struct map *network = map_new();
	const struct config_item **bb = mem_array(CONFIG_BBS_MAX, sizeof *bb);
	struct look l = { p, h, root, bb, config_bbs(root, bb, CONFIG_BBS_MAX), ids, types, network };

	if (l.nbbs > CONFIG_BBS_MAX) {
		tell(&l, FAULT_LIMIT, false, root, ELEMENT_BUILDING_BLOCKS, NULL,
		     "there are more than 1024 Building Blocks", "Split the vehicle.");
		l.nbbs = CONFIG_BBS_MAX;
	}
	for (const struct config_item *it = root; it; it = tree_next(root, it)) {
		if (it->type <= CONFIG_BUILDING_BLOCK)
			ids_check(&l, it);
		if (it->type == CONFIG_DEPENDENCY)
			dependency_check(&l, it);
		if (it->type == CONFIG_BUILDING_BLOCK)
			network_check(&l, it);
		items_check(&l, it);
	}
	free(bb);
}
