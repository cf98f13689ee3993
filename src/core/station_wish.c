/* SPDX-License-Identifier: Apache-2.0 */
/* What people ask a station to do. The door that holds its connection takes the row (store_wish_open). */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/station_p.h"
#include "store/store_ledger.h"

const char *const station_command_text[STATION_COMMANDS + 1] = { "read-components",
								 "read-version",
								 "report",
								 "trigger-status",
								 "get-log",
								 "reset",
								 "publish-firmware",
								 "unpublish-firmware",
								 "release-quarantine",
								 NULL };
#define RELEASE_QUARANTINE "release-quarantine"

/* Members that each command knows beside "command" and "why"; those with * must be there. */
static const struct {
	const char *command, *members;
} knows[] = {
	{ "get-log", "type" },                       /* "diagnostics" (unless said) or "security" */
	{ "reset", "when" },                         /* "idle" (unless said) or "now" */
	{ "publish-firmware", "*release location" }, /* number of a release */
	{ "unpublish-firmware", "*release" },
};

void station_wish_members(const struct store_wish *k, struct jw *w)
{
	jw_kint(w, "id", k->id);
	jw_kstr(w, "command", k->command);
	jw_key(w, "args");
	jw_raw(w, k->args, strlen(k->args));
	jw_kstr(w, "asked_by", k->asked_by);
	jw_ktime(w, "asked_at", k->asked_at);
	jw_kstr(w, "state", k->state);
	jw_kstr(w, "answer", k->answer);
	jw_ktime(w, "sent_at", k->sent_at);
	jw_ktime(w, "ended_at", k->ended_at);
}

static const char *members_of(const char *command)
{
	for (size_t i = 0; i < sizeof knows / sizeof *knows; i++)
		if (!strcmp(knows[i].command, command))
			return knows[i].members;
	return "";
}

/* Is `name` among the words? Then whether it must be there. */
static bool word_among(const char *words, const char *name, bool *ret_must)
{
	size_t n = strlen(name);

	for (const char *s = words; *s;) {
		size_t len = strcspn(s, " ");
		bool must = *s == '*';

		if (len - must == n && !memcmp(s + must, name, n)) {
			*ret_must = must;
			return true;
		}
		s += len;
		s += *s == ' ';
	}
	return false;
}

static int value_check(const char *name, const struct json *v, struct err *e)
{
	const char *text = json_text(v);
	char where[64];
	bool ok = true;

	if (!strcmp(name, "release"))
		ok = json_int(v, 0) > 0;
	else if (!strcmp(name, "type"))
		ok = text && (!strcmp(text, "diagnostics") || !strcmp(text, "security"));
	else if (!strcmp(name, "when"))
		ok = text && (!strcmp(text, "idle") || !strcmp(text, "now"));
	else
		ok = text && strlen(text) <= 2000;
	if (ok)
		return OK;
	err_set(e, ERR_JSON_FIELD,
		!strcmp(name, "release") ? "release is the number of a release"
		: !strcmp(name, "type")  ? "type is \"diagnostics\" or \"security\""
		: !strcmp(name, "when")  ? "when is \"idle\" or \"now\""
					 : "location is an address of at most 2,000 bytes");
	snprintf(where, sizeof where, "/%.40s", name);
	return err_at(e, where, 0, 0);
}

static int args_read(const struct json *body, const char *command, struct str *args, struct err *e)
{
	const char *words = members_of(command), *name;
	struct jw w = jw_start(args);
	struct json_walk walk = { 0 };
	const struct json *v;
	bool must, release = false;

	jw_obj(&w);
	while (json_next(body, &walk, &name, &v)) {
		if (!strcmp(name, "command") || !strcmp(name, "why") || !v)
			continue;
		if (!word_among(words, name, &must)) {
			char where[64];

			err_set(e, ERR_JSON_FIELD, "the command %s has no member '%.40s'", command, name);
			snprintf(where, sizeof where, "/%.40s", name);
			return err_at(e, where, 0, 0);
		}
		if (value_check(name, v, e))
			return (int)e->code;
		release |= must;
		jw_key(&w, name);
		jw_node(&w, v);
	}
	jw_end(&w);
	if (*words == '*' && !release) {
		err_set(e, ERR_JSON_FIELD, "the command %s needs the number of a release", command);
		return err_at(e, "/release", 0, 0);
	}
	return OK;
}

static int command_read(const struct json *body, const char **ret, struct err *e)
{
	const char *text = json_text(json_get(body, "command")), *near;

	if (!text) {
		err_set(e, ERR_JSON_FIELD, "\"command\" must name what is asked of the station");
		return err_at(e, "/command", 0, 0);
	}
	for (int i = 0; i < STATION_COMMANDS; i++)
		if (!strcmp(text, station_command_text[i])) {
			*ret = station_command_text[i];
			return OK;
		}
	near = parse_nearest(text, station_command_text);
	err_set(e, ERR_JSON_FIELD, "there is no command '%.40s'%s%s%s", text, near ? ", did you mean '" : "",
		near ? near : "", near ? "'?" : "");
	return err_at(e, "/command", 0, 0);
}

static int wish_show(struct db *db, int64_t id, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_wish k;
	bool got;

	if (store_wish_get(db, id, &r, e) || store_wish_next(r, &k, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_INTERNAL, "the command was not kept");
	jw_obj(&w);
	station_wish_members(&k, &w);
	jw_end(&w);
	return OK;
}

static int wish_make(struct db *db, struct scope scope, const struct actor *who, const char *identity,
		     const char *command, const char *args, struct str *out, struct err *e)
{
	TX(tx);
	char subject[STATION_SUBJECT];
	struct store_station st;
	struct store_wish k;
	STR(after, 8 * KIB);
	struct jw w = jw_start(&after);
	bool fresh;
	int64_t id;

	if (tx_begin(&tx, db, true, e) || station_load(db, scope, identity, &st, e))
		return (int)e->code;
	k = (struct store_wish){ .site_id = st.site_id,
				 .command = command,
				 .args = args,
				 .asked_by = who->name,
				 .asked_at = who->now };
	if (store_wish_add(db, &k, &id, &fresh, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "station", st.identity);
	jw_kstr(&w, "command", command);
	jw_key(&w, "args");
	jw_raw(&w, args, strlen(args));
	jw_end(&w);
	if ((fresh && audit_add(db, who, "station-command", station_subject(st.site_id, subject), NULL,
				str_c(&after), 0, NULL, e)) ||
	    wish_show(db, id, out, e))
		return (int)e->code;
	return fresh ? tx_keep(&tx, e) : OK;
}

int station_command(struct db *db, struct scope scope, const struct actor *who, const char *identity,
		    const struct json *body, struct str *out, struct err *e)
{
	STR(args, 4 * KIB);
	const char *command = NULL;
	struct jw w;

	if (command_read(body, &command, e) || args_read(body, command, &args, e))
		return (int)e->code;
	if (strcmp(command, RELEASE_QUARANTINE) != 0)
		return wish_make(db, scope, who, identity, command, str_c(&args), out, e);
	if (station_quarantine_release(db, scope, who, identity, e))
		return (int)e->code;
	w = jw_start(out);
	jw_obj(&w);
	jw_kstr(&w, "command", command);
	jw_kstr(&w, "state", "done");
	jw_end(&w);
	return OK;
}
