/* SPDX-License-Identifier: Apache-2.0 */
#include "core/campaign_spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/fleet_util.h"
#include "model/ident.h"
#include "model/path.h"
#include "store/store_turn.h"

static int text_member(const struct json *obj, const char *name, const char *place, const char **ret,
		       struct err *e)
{
	const struct json *j = json_get(obj, name);

	*ret = NULL;
	if (!j || json_kind(j) == JSON_NULL)
		return OK;
	if (json_kind(j) != JSON_STRING) {
		err_set(e, ERR_JSON_FIELD, "'%s' must be a text", name);
		return err_at(e, place, 0, 0);
	}
	*ret = json_text(j);
	return OK;
}

static int int_member(const struct json *obj, const char *name, int64_t min, int64_t max, int64_t otherwise,
		      int64_t *ret, struct err *e)
{
	const struct json *j = json_get(obj, name);
	char place[48];

	*ret = j ? json_int(j, min - 1) : otherwise;
	if (j && (json_kind(j) != JSON_INT || *ret < min || *ret > max)) {
		snprintf(place, sizeof place, "/%s", name);
		err_set(e, ERR_JSON_FIELD, "'%s' must be a whole number from %" PRId64 " to %" PRId64, name,
			min, max);
		return err_at(e, place, 0, 0);
	}
	return OK;
}

static int name_check(const char *name, struct err *e)
{
	if (name && name_is_plain(name, CAMPAIGN_NAME_MAX - 1))
		return OK;
	err_set(e, ERR_JSON_FIELD,
		"a campaign needs a name of 1 to %d bytes that is not a number and has no control characters",
		CAMPAIGN_NAME_MAX - 1);
	return err_at(e, "/name", 0, 0);
}

#define TARGET_SET "set:"

static int set_check(struct db *db, struct campaign_spec *sp, struct err *e)
{
	OWN(mem_free) char *room = mem_zalloc(sizeof(struct set_info));
	struct set_info *set = (struct set_info *)(void *)room;

	if (set_load(db, sp->target + strlen(TARGET_SET), 0, set, e))
		return err_at(e, "/target", 0, 0);
	sp->set_id = set->id;
	snprintf(sp->target_text, sizeof sp->target_text, "set:%.64s", set->name);
	return OK;
}

static int target_check(struct db *db, const struct snapshot *s, struct campaign_spec *sp, struct err *e)
{
	const struct graph_model *m;
	struct ident id;
	uint32_t node;

	if (!sp->target) {
		err_set(e, ERR_JSON_FIELD, "'target' is needed: an Entry ID, 'latest' or 'set:NAME'");
		return err_at(e, "/target", 0, 0);
	}
	if (!strncmp(sp->target, TARGET_SET, strlen(TARGET_SET)))
		return set_check(db, sp, e);
	if (ident_parse(sp->target, true, &id, e))
		return err_at(e, "/target", 0, 0);
	if (id.kind == IDENT_LATEST) {
		str_copy(sp->target_text, sizeof sp->target_text, "latest");
		return OK;
	}
	if (id.kind == IDENT_CPL) {
		err_set(e, ERR_IDENTITY, "'%.40s' may be several entries; name the target by its Entry ID",
			sp->target);
		return err_at(e, "/target", 0, 0);
	}
	node = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (node == NODE_NONE) {
		err_set(e, ERR_NOT_FOUND, "there is no entry %s:%s", id.scheme, id.public_id);
		return err_at(e, "/target", 0, 0);
	}
	sp->target_id = graph_node(s->graph, node)->entry_id;
	m = graph_model(s->graph, graph_node(s->graph, node)->model);
	sp->component = strcmp(m->scheme, "ocpp") ? NULL : m->hardware;
	snprintf(sp->target_text, sizeof sp->target_text, "%s:%s", id.scheme, id.public_id);
	return OK;
}

static int members_check(const struct json *members, struct campaign_spec *sp, struct err *e)
{
	static const char *const either[] = { "filter", "devices", NULL };
	static const char *const filters[] = { "model", "entry", "prefix", "site", "area", NULL };
	size_t n;

	if (json_kind(members) != JSON_OBJECT || json_len(members) != 1) {
		err_set(e, ERR_JSON_FIELD, "'members' must be {\"filter\": {...}} or {\"devices\": [...]}");
		return err_at(e, "/members", 0, 0);
	}
	if (json_only(members, either, "/members", e))
		return (int)e->code;
	sp->filter = json_get(members, "filter");
	sp->devices = json_get(members, "devices");
	if (sp->filter) {
		if (json_kind(sp->filter) != JSON_OBJECT) {
			err_set(e, ERR_JSON_FIELD, "'filter' must be an object");
			return err_at(e, "/members/filter", 0, 0);
		}
		return json_only(sp->filter, filters, "/members/filter", e);
	}
	n = json_kind(sp->devices) == JSON_ARRAY ? json_len(sp->devices) : 0;
	if (!n || n > CAMPAIGN_MEMBERS_MAX) {
		err_set(e, ERR_JSON_FIELD, "'devices' must be a list of 1 to %d device names",
			CAMPAIGN_MEMBERS_MAX);
		return err_at(e, "/members/devices", 0, 0);
	}
	return OK;
}

static int bool_member(const struct json *obj, const char *name, const char *place, bool *ret, struct err *e)
{
	const struct json *j = json_get(obj, name);

	if (j && json_kind(j) != JSON_BOOL) {
		err_set(e, ERR_JSON_FIELD, "'%s' is true or false", name);
		return err_at(e, place, 0, 0);
	}
	*ret = json_bool(j, false);
	return OK;
}

/* What may be done beside the plain walk: a stated downgrade, and what to do when the graph changes. */
static int change_check(const struct json *j, struct campaign_spec *sp, struct err *e)
{
	const char *text;
	int k = 0;

	if (bool_member(j, "allow_downgrade", "/allow_downgrade", &sp->allow_downgrade, e) ||
	    bool_member(j, "notice_read", "/notice_read", &sp->notice_read, e))
		return (int)e->code;
	if (text_member(j, "on_change", "/on_change", &text, e))
		return (int)e->code;
	while (text && on_change_text[k] && strcmp(on_change_text[k], text) != 0)
		k++;
	if (!on_change_text[k]) {
		err_set(e, ERR_JSON_FIELD, "'on_change' is hold, finish-recorded or replan");
		return err_at(e, "/on_change", 0, 0);
	}
	sp->on_change = (enum on_change)k;
	return OK;
}

/* How it goes over many: waves, spread. */
static int pace_check(const struct json *j, struct campaign_spec *sp, struct err *e)
{
	const struct json *waves = json_get(j, "waves");
	const char *spread;

	sp->spread_ms = -1;
	if (bool_member(j, "security", "/security", &sp->security, e) ||
	    text_member(j, "spread", "/spread", &spread, e) || (waves && waves_read(waves, &sp->waves, e)))
		return (int)e->code;
	if (!spread)
		return OK;
	if (parse_duration(spread, &sp->spread_ms, e) || sp->spread_ms > CAMPAIGN_SPREAD_MAX_MS) {
		err_set(e, ERR_JSON_FIELD, "'spread' is a duration of at most 30 minutes, such as '10m'");
		return err_at(e, "/spread", 0, 0);
	}
	return OK;
}

int campaign_spec_read(struct db *db, const struct snapshot *s, const struct json *j,
		       struct campaign_spec *sp, struct err *e)
{
	static const char *const names[] = { "name",       "target",      "members",       "max_active",
					     "stop_after", "prefer",      "allow_removed", "allow_downgrade",
					     "on_change",  "notice_read", "waves",         "spread",
					     "security",   NULL };
	const char *removed = NULL;
	size_t k = 0;

	memset(sp, 0, sizeof *sp);
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a campaign is a JSON object");
	if (json_only(j, names, "", e) || text_member(j, "name", "/name", &sp->name, e) ||
	    text_member(j, "target", "/target", &sp->target, e) ||
	    text_member(j, "prefer", "/prefer", &sp->prefer, e) ||
	    text_member(j, "allow_removed", "/allow_removed", &removed, e) ||
	    int_member(j, "max_active", 1, 1000000, CAMPAIGN_ACTIVE_DEFAULT, &sp->max_active, e) ||
	    int_member(j, "stop_after", 0, 1000000000, json_get(j, "waves") ? 0 : CAMPAIGN_STOP_AFTER_DEFAULT,
		       &sp->stop_after, e) ||
	    name_check(sp->name, e) || target_check(db, s, sp, e) || pace_check(j, sp, e) ||
	    members_check(json_get(j, "members"), sp, e))
		return (int)e->code;
	if (!sp->prefer)
		sp->prefer = "hops";
	while (path_prefer_text[k] && strcmp(path_prefer_text[k], sp->prefer) != 0)
		k++;
	if (!path_prefer_text[k]) {
		err_set(e, ERR_JSON_FIELD, "'prefer' is hops, time, bytes or restarts");
		return err_at(e, "/prefer", 0, 0);
	}
	if (removed && strcmp(removed, "hop") != 0) {
		err_set(e, ERR_JSON_FIELD, "'allow_removed' is 'hop' or not given");
		return err_at(e, "/allow_removed", 0, 0);
	}
	sp->allow_removed = removed != NULL;
	return change_check(j, sp, e);
}

/* A filter of stations: what the set names, or an area. */
static int stations_add(const struct campaign_ctx *c, const struct actor *who, int64_t id,
			const struct campaign_spec *sp, const struct device_filter *f, const char *area,
			const struct store_device_filter *sf, int64_t *ret_added, struct err *e)
{
	struct store_set_filter sets = { .set_id = sp->set_id,
					 .prefix = f->prefix,
					 .site = f->site,
					 .area = area,
					 .entry_id = sf->entry_id,
					 .manufacturer = sf->manufacturer,
					 .model = sf->model,
					 .component = sf->hardware };

	return store_member_set(c->db, id, &sets, who->now, ret_added, e);
}

static int filter_add(const struct campaign_ctx *c, const struct actor *who, int64_t id,
		      const struct campaign_spec *sp, struct err *e)
{
	struct device_filter f = { 0 };
	struct store_device_filter sf;
	const char *area = NULL;
	char buf[3][5];
	int64_t added;

	if (text_member(sp->filter, "model", "/members/filter/model", &f.model, e) ||
	    text_member(sp->filter, "entry", "/members/filter/entry", &f.entry, e) ||
	    text_member(sp->filter, "prefix", "/members/filter/prefix", &f.prefix, e) ||
	    text_member(sp->filter, "site", "/members/filter/site", &f.site, e) ||
	    text_member(sp->filter, "area", "/members/filter/area", &area, e))
		return (int)e->code;
	if (fleet_filter(c->snap, &f, &sf, buf, e))
		return err_at(e, "/members/filter", 0, 0);
	if (area || sp->set_id ? stations_add(c, who, id, sp, &f, area, &sf, &added, e)
			       : store_member_filter(c->db, id, &sf, who->now, &added, e))
		return (int)e->code;
	if (added)
		return OK;
	err_set(e, ERR_NOT_FOUND, "no device fits the filter");
	return err_at(e, "/members/filter", 0, 0);
}

/* A name is a device, or a station: then all its components that the target is for. */
static int name_add(const struct campaign_ctx *c, const struct actor *who, int64_t id,
		    const struct campaign_spec *sp, const char *name, int64_t *ret_added, struct err *e)
{
	if (store_member_station(c->db, id, name, sp->set_id, sp->component, who->now, ret_added, e))
		return (int)e->code;
	return *ret_added ? OK : store_member_add(c->db, id, name, who->now, ret_added, e);
}

int campaign_spec_members(const struct campaign_ctx *c, const struct actor *who, int64_t id,
			  const struct campaign_spec *sp, struct err *e)
{
	char place[48];
	int64_t added;

	if (sp->filter)
		return filter_add(c, who, id, sp, e);
	for (size_t i = 0; i < json_len(sp->devices); i++) {
		const char *name = json_text(json_at(sp->devices, i));

		snprintf(place, sizeof place, "/members/devices/%zu", i);
		if (!name) {
			err_set(e, ERR_JSON_FIELD, "a device is named by a text");
			return err_at(e, place, 0, 0);
		}
		if (name_add(c, who, id, sp, name, &added, e))
			return e->code == ERR_CONFLICT
				   ? (err_set(e, ERR_JSON_FIELD, "device '%.64s' is named twice", name),
				      err_at(e, place, 0, 0))
				   : (int)e->code;
		if (!added) {
			err_set(e, ERR_NO_DEVICE, "there is no device '%.64s'", name);
			return err_at(e, place, 0, 0);
		}
	}
	return OK;
}
