/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cm.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "core/cm_row.h"
#include "store/store_fleet.h"

/* The runner's keys are read by their names: the orchestrator is a floor above. */
struct site_settings cm_settings_from(const struct conf *c)
{
	return (struct site_settings){ .answer_limit = conf_ms(c, "cm_answer_limit"),
				       .status_limit = conf_ms(c, "cm_status_limit"),
				       .accept_limit = conf_ms(c, "accept_timeout"),
				       .follow_limit = conf_ms(c, "trigger_timeout"),
				       .result_limit = conf_ms(c, "install_timeout"),
				       .restart_limit = conf_ms(c, "restart_timeout"),
				       .retry_wait = conf_ms(c, "retry_wait"),
				       .request_tries = conf_int(c, "cm_request_tries"),
				       .trigger_tries = conf_int(c, "cm_trigger_tries"),
				       .auto_rollback = conf_bool(c, "cm_auto_rollback") };
}

/* ---- registering ---- */

static int register_check(const char *name, const char *type_id, struct err *e)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:");

	if (!*name || name[n] || name[0] == '.' || strlen(name) > DEVICE_NAME_MAX)
		return err_set(
		    e, ERR_INVALID,
		    "'%.64s' is no name of a vehicle: letters, digits and . _ - : (at most %d), not "
		    "starting with a dot",
		    name, DEVICE_NAME_MAX);
	if (!parse_uuid_ok(type_id))
		return err_set(e, ERR_INVALID, "'%.64s' is no Type ID: a UUID is wanted", type_id);
	return OK;
}

static void lower(char *buf, size_t size, const char *text)
{
	str_copy(buf, size, text);
	for (char *p = buf; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
}

int cm_register(struct db *db, struct scope scope, const struct actor *who, const char *name,
		const char *type_id, struct err *e)
{
	TX(tx);
	struct site s = {
		.running = true, .mode = SITE_AUTO, .state = SITE_NO, .wait = SITE_IDLE, .due_at = -1
	};
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	OWN(site_out_free) struct site_out *out = mem_alloc(sizeof *out);
	struct site_in boot = { .kind = SITE_IN_BOOT, .now = who->now };
	const struct site_settings none = { .retry_wait =
						0 }; /* without Building Blocks nothing is waited for */
	char type[TYPE_ID_SIZE], subject[32], after[160];
	struct store_vehicle there;
	int64_t site;
	bool got, changed;

	if (register_check(name, type_id, e))
		return (int)e->code;
	lower(type, sizeof type, type_id);
	if (tx_begin(&tx, db, true, e) || store_site_put(db, scope.owner, name, who->now, &site, e) ||
	    store_vehicle_get(db, site, &got, &there, &s, e))
		return (int)e->code;
	if (got)
		return err_set(e, ERR_CONFLICT, "vehicle '%.64s' is registered already, with the Type ID %s",
			       name, there.type_id);
	snprintf(subject, sizeof subject, "vehicle/%" PRId64, site);
	snprintf(after, sizeof after, "{\"vehicle\":\"%.64s\",\"type_id\":\"%s\"}", name, type);
	if (store_vehicle_add(db, site, type, &s, who->now, e) ||
	    audit_add(db, who, "vehicle-register", subject, NULL, after, 0, NULL, e) ||
	    cm_vehicle_load(db, site, &v, e) || cm_step(db, v, &none, &boot, out, e) ||
	    cm_vehicle_keep(db, v, who, &changed, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

/* ---- one input ---- */

static bool of_block(enum site_input k)
{
	return k == SITE_IN_STATUS || k == SITE_IN_SERVED || k == SITE_IN_PACKAGED || k == SITE_IN_LIFE;
}

/* E26: when was that asked for to which this status is the answer? -1 = it answers nothing. A command is
 * answered by its number; whoever was asked for its status only, answers by any. */
static int64_t asked_when(const struct cm_vehicle *v, int i, const struct bbum_status *st)
{
	const struct site_bb *bb = &v->site.bb[i];

	if (bb->command == BBUM_CMD_NONE)
		return bb->asked_at;
	return st->cycle_id == v->site.id && st->seq >= bb->seq ? v->more[i].row.sent_at : -1;
}

/* Auto mode decided it; when there is nothing that may become active again, the manager cannot go on. */
static int roll_back(struct db *db, struct cm_vehicle *v, const struct site_settings *set,
		     const struct actor *who, struct site_out *out, struct err *e)
{
	struct site_in fatal = { .kind = SITE_IN_FATAL, .now = who->now };
	char why[SITE_WHY_SIZE];
	int rc = cm_roll_back(db, v, set, who, out, e);

	if (rc != ERR_CM_REJECTED)
		return rc;
	snprintf(why, sizeof why, "the rollback is %.200s", e->msg);
	fatal.why = why;
	return cm_step(db, v, set, &fatal, out, e);
}

int cm_apply(struct db *db, const struct actor *who, const struct site_settings *set, int64_t site_id,
	     int64_t device_id, const struct site_in *in, const struct bbum_parts *parts,
	     struct cm_applied *ret, struct err *e)
{
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	OWN(site_out_free) struct site_out *out = mem_alloc(sizeof *out);
	struct cm_applied done = { .changed = false };
	struct site_in mine = *in;
	int64_t asked_at = -1;

	assert(db->in_write);
	if (cm_vehicle_load(db, site_id, &v, e))
		return (int)e->code;
	done.was = done.now = v->site.state;
	if (ret)
		*ret = done;
	if (of_block(in->kind)) {
		mine.bb = cm_vehicle_bb(v, device_id);
		if (mine.bb < 0)
			return OK;
		if (in->kind == SITE_IN_STATUS)
			asked_at = asked_when(v, mine.bb, in->status);
		if (in->kind == SITE_IN_STATUS && parts)
			v->more[mine.bb].parts = *parts;
	}
	if (cm_step(db, v, set, &mine, out, e))
		return err_wrap(e, "vehicle %s", v->row.name);
	done.refused = out->refused;
	str_copy(done.why, sizeof done.why, out->why);
	if (out->refused) {
		if (ret)
			*ret = done;
		return OK;
	}
	if (asked_at >= 0)
		v->more[mine.bb].row.response_ms = in->now > asked_at ? in->now - asked_at : 0;
	if (in->kind == SITE_IN_STATUS)
		v->more[mine.bb].heard = true;
	if (out->wants_rollback && roll_back(db, v, set, who, out, e))
		return err_wrap(e, "vehicle %s", v->row.name);
	done.now = v->site.state;
	if (cm_vehicle_keep(db, v, who, &done.changed, e))
		return err_wrap(e, "vehicle %s", v->row.name);
	if (ret)
		*ret = done;
	return OK;
}
