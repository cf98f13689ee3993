/* SPDX-License-Identifier: Apache-2.0 */
/* What people ask of a meter. The door that holds its shard takes the wish of the row (store_meter_wishes).
 */
#include <string.h>

#include "base/parse.h"
#include "core/meter_p.h"
#include "model/meter_job.h"
#include "store/store_turn.h"

enum { CMD_READ_VERSION, CMD_READ_INVENTORY, CMD_CANCEL, CMD_RELEASE, CMD_LOST };
const char *const meter_command_text[METER_COMMANDS + 1] = { METER_WISH_READ,   METER_WISH_INVENTORY,
							     METER_WISH_CANCEL, "release",
							     METER_WISH_LOST,   NULL };

static int command_read(const struct json *body, int *ret, struct err *e)
{
	const char *text = json_text(json_get(body, "command")), *near, *name;
	struct json_walk walk = { 0 };
	const struct json *v;

	while (json_next(body, &walk, &name, &v))
		if (strcmp(name, "command") != 0 && strcmp(name, "why") != 0) {
			err_set(e, ERR_JSON_FIELD, "a command has no member '%.40s'", name);
			return err_at(e, name, 0, 0);
		}
	if (!text) {
		err_set(e, ERR_JSON_FIELD, "\"command\" must name what is asked of the meter");
		return err_at(e, "/command", 0, 0);
	}
	for (*ret = 0; *ret < METER_COMMANDS; ++*ret)
		if (!strcmp(text, meter_command_text[*ret]))
			return OK;
	near = parse_nearest(text, meter_command_text);
	err_set(e, ERR_JSON_FIELD, "there is no command '%.40s'%s%s%s", text, near ? ", did you mean '" : "",
		near ? near : "", near ? "'?" : "");
	return err_at(e, "/command", 0, 0);
}

/* What the DCC answers for no device of this class, or to none of ours. */
static int wish_check(struct db *db, const struct store_meter *m, int command, struct err *e)
{
	enum han_class c = han_class_named(m->class);
	struct store_meter_job j;
	bool got;

	if (strcmp(m->authority, "held") != 0 && command != CMD_READ_INVENTORY)
		return err_set(e, ERR_CONFLICT, "authority over meter %s is gone: %s", m->name,
			       m->authority_why);
	if (command == CMD_READ_VERSION &&
	    (c == HAN_CHF || c == HAN_GPF || c == HAN_IHD || c == HAN_CAD || meter_smets1(m, NULL)))
		return err_set(e, ERR_CONFLICT,
			       "a %s%s does not tell its version; read the inventory instead",
			       meter_smets1(m, NULL) ? "SMETS1 " : "", m->class);
	if (command != CMD_CANCEL)
		return OK;
	if (store_meter_job_open(db, m->device_id, &got, &j, e))
		return (int)e->code;
	if (!got || strcmp(j.state, meter_job_text[METER_JOB_SCHEDULED]) != 0)
		return err_set(e, ERR_CONFLICT, "meter %s keeps no activation for later", m->name);
	return OK;
}

static int wish_make(struct db *db, const struct store_meter *m, int command, const struct actor *who,
		     struct err *e)
{
	if (wish_check(db, m, command, e))
		return (int)e->code;
	/* What ends something is not pushed aside by a question. */
	if (command != CMD_CANCEL &&
	    (!strcmp(m->wish, METER_WISH_CANCEL) || !strcmp(m->wish, METER_WISH_LOST)))
		return err_set(e, ERR_CONFLICT,
			       "'%s' of meter %s is under way still; ask again when it is done", m->wish,
			       m->name);
	return store_meter_wish(db, m->device_id, meter_command_text[command], who->now, e);
}

static int release(struct db *db, const struct store_meter *m, const struct actor *who, struct err *e)
{
	if (!*m->quarantine && !strcmp(m->authority, "held"))
		return err_set(e, ERR_CONFLICT,
			       "meter %s is not in quarantine, and authority over it is held", m->name);
	if (store_meter_quarantine(db, m->device_id, "", e) ||
	    store_meter_authority(db, m->device_id, true, "", e) ||
	    meter_note(db, m->device_id, "release", "somebody has looked: released", who->now, e))
		return (int)e->code;
	return store_turn_again(db, m->site_id, who->now, e);
}

static int lose(struct db *db, const struct store_meter *m, const struct actor *who, struct err *e)
{
	static const char why[] = "a person said that it is gone";

	if (strcmp(m->authority, "held") != 0)
		return err_set(e, ERR_CONFLICT, "authority over meter %s is gone already", m->name);
	return store_meter_authority(db, m->device_id, false, why, e) ||
		       store_meter_wish(db, m->device_id, METER_WISH_LOST, who->now, e) ||
		       meter_note(db, m->device_id, "authority", why, who->now, e) ||
		       store_turn_again(db, m->site_id, who->now, e)
		   ? (int)e->code
		   : OK;
}

int meter_command(struct db *db, struct scope scope, const struct actor *who, const char *eui,
		  const struct json *body, struct str *out, struct err *e)
{
	TX(tx);
	char subject[METER_SUBJECT];
	struct jw w = jw_start(out), told;
	struct store_meter m;
	STR(after, KIB);
	int command, rc;
	bool open;

	if (command_read(body, &command, e) || tx_begin(&tx, db, true, e) ||
	    meter_load(db, scope, eui, &m, e))
		return (int)e->code;
	open = command <= CMD_CANCEL;
	rc = command == CMD_RELEASE ? release(db, &m, who, e)
	     : command == CMD_LOST  ? lose(db, &m, who, e)
				    : wish_make(db, &m, command, who, e);
	if (rc)
		return (int)e->code;
	told = jw_start(&after);
	jw_obj(&told);
	jw_kstr(&told, "meter", m.name);
	jw_kstr(&told, "command", meter_command_text[command]);
	jw_end(&told);
	if (audit_add(db, who, command == CMD_RELEASE ? "meter-release" : "meter-command",
		      meter_subject(m.device_id, subject), NULL, str_c(&after), 0, NULL, e) ||
	    tx_keep(&tx, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "eui", m.name);
	jw_kstr(&w, "command", meter_command_text[command]);
	jw_kstr(&w, "state", open ? "open" : "done");
	jw_end(&w);
	return OK;
}
