/* SPDX-License-Identifier: Apache-2.0 */
/* What people ask of stations (POST /v1/stations/{identity}/commands): rows that the node with the connection
 * takes. */
#include <stdio.h>
#include <string.h>

#include "orch/ocpp_p.h"
#include "store/store_release.h"

#define WISHES_MAX 64

struct wish {
	int64_t id, site_id;
	char command[32], args[512];
};

static const struct {
	const char *command;
	enum ask ask;
} asks[] = {
	{ "read-version", ASK_VERSION },
	{ "report", ASK_REPORT },
	{ "trigger-status", ASK_STATUS },
	{ "reset", ASK_RESET },
};

/* The release a person named, {"release": its number}; *ret_entry 0: it has no entry (yet). */
static int entry_of(struct round *r, const char *args, int64_t *ret_entry, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	OWN(rows_done) struct rows *rows = NULL;
	struct store_release rel;
	bool got = false;
	struct err bad;

	*ret_entry = 0;
	if (json_parse(args, strlen(args), &j, &bad))
		return OK;
	if (store_release_get(r->db, json_int(json_get(j, "release"), 0), &rows, e) ||
	    store_release_next(rows, &rel, &got, e))
		return (int)e->code;
	if (got)
		*ret_entry = rel.entry_id;
	return OK;
}

static int begin(struct round *r, struct session *s, const struct wish *w, struct err *e)
{
	struct store_station st;
	int64_t entry;
	bool got;

	if (!strcmp(w->command, "read-components")) {
		if (store_station_of_site(r->db, s->site_id, &got, &st, e))
			return (int)e->code;
		st.components = -1; /* asked for: whatever it answered before */
		session_discover(r, s, &st);
		return OK;
	}
	if (!strcmp(w->command, "get-log"))
		return log_wish(r, s, e);
	if (!strcmp(w->command, "publish-firmware") || !strcmp(w->command, "unpublish-firmware"))
		return entry_of(r, w->args, &entry, e) || publish_wish(r, s, *w->command == 'u', entry, e)
			   ? (int)e->code
			   : OK;
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		if (!strcmp(asks[i].command, w->command)) {
			struct talk *t = round_talk(r, s);

			t->reading = t->reading || asks[i].ask <= ASK_BOOT;
			t->said = t->said && !(asks[i].ask <= ASK_BOOT);
			session_want(r, s, asks[i].ask);
			return OK;
		}
	return err_set(e, ERR_INVALID, "the door does not know the command %.30s", w->command);
}

static int take(struct round *r, const struct wish *w, struct err *e)
{
	struct store_station st;
	struct session *s;
	struct err why;
	bool got;

	if (store_station_of_site(r->db, w->site_id, &got, &st, e))
		return (int)e->code;
	s = got ? round_session(r, w->site_id, st.identity) : NULL;
	if (!s || !s->t.registered)
		return OK;
	if (begin(r, s, w, &why)) {
		/* What is wrong with the wish ends it; what is wrong with the store ends the round. */
		if (why.code != ERR_INVALID) {
			*e = why;
			return (int)e->code;
		}
		return store_wish_set(r->db, w->id, "failed", why.msg, r->now, e);
	}
	return store_wish_set(r->db, w->id, "done", "asked; the answer stands in the story of the station",
			      r->now, e) ||
		       story_note(r, w->site_id, 0, e, "command", "%s", w->command) || session_pump(r, s, e)
		   ? (int)e->code
		   : OK;
}

int wish_take(struct round *r, struct err *e)
{
	struct wish *v = NULL;
	int64_t n = 0;
	int rc;

	{
		OWN(rows_done) struct rows *rows = NULL;
		struct store_wish w;
		bool got = true;

		rc = store_wish_open(r->db, r->d->init.node, WISHES_MAX, &rows, e);
		while (!rc && got) {
			rc = store_wish_next(rows, &w, &got, e);
			if (rc || !got || strcmp(w.state, "open") != 0)
				continue;
			v = mem_realloc(v, (size_t)n + 1, sizeof *v);
			memset(&v[n], 0, sizeof v[n]);
			v[n].id = w.id;
			v[n].site_id = w.site_id;
			str_copy(v[n].command, sizeof v[n].command, w.command);
			str_copy(v[n].args, sizeof v[n].args, w.args);
			n++;
		}
	}
	if (!rc && n)
		rc = round_begin(r, e);
	for (int64_t i = 0; i < n && !rc; i++)
		rc = take(r, &v[i], e);
	free(v);
	return rc;
}
