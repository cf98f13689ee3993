/* SPDX-License-Identifier: Apache-2.0 */
/* The words of part F, obeyed: one door for all doors. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/parse.h"
#include "core/cm_help.h"
#include "core/cm_row.h"
#include "core/fleet_util.h"

#define RESULT_MAX (2 * VC_REPORT_MAX)

/* One command on its way. */
struct order {
	struct db *db;
	struct scope scope;
	const struct actor *who;
	const struct cm_tools *tools;
	const struct cm_say *say;
	struct cm_line line;
	char words[64]; /* as an operator writes it */
	char says[SITE_WHY_SIZE + 80];
	struct str *result; /* JSON; empty = null */
};

static int rejected(struct err *e, const char *why)
{
	bool said = !strncmp(why, "rejected", 8);

	return err_set(e, ERR_CM_REJECTED, "%s%.240s", said ? "" : "rejected, because ", why);
}

/* An operator's command that changed something, with what it was. */
static int command_audit(const struct order *o, const struct cm_vehicle *v, struct err *e)
{
	STR(after, 1024);
	struct jw w = jw_start(&after);
	char subject[32];

	snprintf(subject, sizeof subject, "vehicle/%" PRId64, v->row.site_id);
	jw_obj(&w);
	jw_kstr(&w, "vehicle", v->row.name);
	jw_kstr(&w, "command", o->words);
	jw_end(&w);
	return audit_add(o->db, o->who, "vehicle-command", subject, NULL, str_c(&after), 0, NULL, e);
}

static void words_of(struct order *o)
{
	const struct cm_line *l = &o->line;
	bool counted = l->verb == SITE_DO_RESTART || l->verb == SITE_DO_NORMAL || l->verb == SITE_DO_PERMIT ||
		       l->verb == SITE_DO_DENY;

	if (l->command == CM_CMD_ACTIVATE)
		snprintf(o->words, sizeof o->words, "activate vc %d", l->n);
	else if (l->command == CM_CMD_VERIFY)
		snprintf(o->words, sizeof o->words, "verify vc %d", l->n);
	else if (l->command == CM_CMD_LOG_MODE)
		snprintf(o->words, sizeof o->words, "log %s", l->extended ? "extended" : "normal");
	else if (l->command == CM_CMD_VERB && counted && l->n)
		snprintf(o->words, sizeof o->words, "%.40s %d", site_verb_text[l->verb], l->n);
	else if (l->command == CM_CMD_VERB)
		snprintf(o->words, sizeof o->words, "%.40s%s", site_verb_text[l->verb],
			 counted ? " all" : "");
}

/* An answer is for one question: never for the next one. */
static int prompt_check(const struct order *o, const struct cm_vehicle *v, struct err *e)
{
	char why[SITE_WHY_SIZE];

	if (o->say->prompt < 0 ||
	    (v->site.prompt != SITE_ASKS_NOTHING && v->site.prompt_seq == o->say->prompt))
		return OK;
	snprintf(why, sizeof why, "question %" PRId64 " is not asked any more", o->say->prompt);
	return rejected(e, why);
}

/* `answer X`: the X-th choice of the standing prompt, or one of them by its words. */
static int answer_verb(struct order *o, const struct cm_vehicle *v, struct err *e)
{
	unsigned choices = site_prompt_choices(v->site.prompt, v->site.state);
	const char *answer = o->line.answer;
	struct cm_line l = { .command = CM_CMD_HELP };
	struct err none;
	uint64_t nth = 0;
	bool number = parse_digits(answer, strlen(answer), &nth);

	if (v->site.prompt == SITE_ASKS_NOTHING)
		return rejected(e, "nothing is asked");
	if (!number && cm_line_parse(answer, &l, &none))
		l.command = CM_CMD_HELP;
	for (int verb = 0; verb < SITE_VERBS; verb++) {
		if (!(choices & (1u << verb)))
			continue;
		if (number ? --nth == 0 : l.command == CM_CMD_VERB && (int)l.verb == verb) {
			o->line.command = CM_CMD_VERB;
			o->line.verb = (enum site_verb)verb;
			o->line.n = number ? 0 : l.n;
			words_of(o);
			return OK;
		}
	}
	return rejected(e, "the question that stands does not offer that choice; 'status' lists its choices");
}

static int load(struct order *o, struct cm_vehicle **ret, struct err *e)
{
	return cm_vehicle_named(o->db, o->scope, o->say->vehicle, ret, e);
}

/* A rollback is two things: the previous Vehicle Configuration becomes active, then the trigger. What bars
 * the second bars the first. */
static int verb_step(struct order *o, struct cm_vehicle *v, struct site_out *out, struct err *e)
{
	struct site_in in = {
		.kind = SITE_IN_VERB, .verb = o->line.verb, .n = o->line.n, .now = o->who->now
	};
	const char *bar = site_verb_bar(v->site.state, o->line.verb);
	char why[SITE_WHY_SIZE];

	if (o->line.verb == SITE_DO_ROLLBACK && bar)
		return err_set(e, ERR_CM_REJECTED, "rejected, because '%s' is allowed %s; the state is %s",
			       site_verb_text[SITE_DO_ROLLBACK], bar, site_state_text[v->site.state]);
	if (o->line.verb == SITE_DO_ROLLBACK && !site_may_activate(&v->site, why))
		return rejected(e, why);
	if (o->line.verb == SITE_DO_ROLLBACK ? cm_roll_back(o->db, v, o->tools->set, o->who, out, e)
					     : cm_step(o->db, v, o->tools->set, &in, out, e))
		return (int)e->code;
	return out->refused ? rejected(e, out->why) : OK;
}

static int verb_obey(struct order *o, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	OWN(site_out_free) struct site_out *out = mem_alloc(sizeof *out);
	bool changed;

	if (tx_begin(&tx, o->db, true, e) || load(o, &v, e) || prompt_check(o, v, e))
		return (int)e->code;
	if (o->line.command == CM_CMD_ANSWER && answer_verb(o, v, e))
		return (int)e->code;
	if (o->line.n > v->site.nbbs)
		return err_set(e, ERR_NOT_FOUND, "vehicle '%.64s' has no building block %d; it has %d",
			       v->row.name, o->line.n, v->site.nbbs);
	if (verb_step(o, v, out, e))
		return (int)e->code;
	if (out->wants_rollback && cm_roll_back(o->db, v, o->tools->set, o->who, out, e))
		return (int)e->code;
	if (command_audit(o, v, e) || cm_vehicle_keep(o->db, v, o->who, &changed, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

static int log_mode_obey(struct order *o, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	bool changed;

	if (tx_begin(&tx, o->db, true, e) || load(o, &v, e))
		return (int)e->code;
	if (v->row.extended == o->line.extended)
		return OK;
	v->row.extended = o->line.extended;
	if (command_audit(o, v, e) || cm_vehicle_keep(o->db, v, o->who, &changed, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

/* ---- activate vc <n> ---- */

static int may_activate(struct order *o, const struct cm_vehicle *v, struct err *e)
{
	char why[SITE_WHY_SIZE];

	if (prompt_check(o, v, e))
		return (int)e->code;
	return site_may_activate(&v->site, why) ? OK : rejected(e, why);
}

static int activate_obey(struct order *o, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *early = NULL, *v = NULL;
	struct vc_info vc;
	bool changed;

	if (!o->tools->vcs)
		return rejected(e, "this service holds no Vehicle Configurations (vc_dir)");
	if (load(o, &early, e) || vc_by_n(o->db, o->line.n, &vc, e))
		return (int)e->code;
	if (vc.id == early->row.active_vc) {
		snprintf(o->says, sizeof o->says, "Vehicle Configuration %" PRId64 " is active already",
			 vc.n);
		return OK;
	}
	/* Before anything is copied: may it be, and is it for this vehicle? */
	if (may_activate(o, early, e))
		return (int)e->code;
	if (vc.type_id[0] && !vc_targets(&vc, early->row.type_id))
		return err_set(e, ERR_CM_REJECTED,
			       "rejected, because Vehicle Configuration %" PRId64
			       " is for vehicles of the Type ID %s, and this one has %s",
			       vc.n, vc.type_id, early->row.type_id);
	if (vc_keep(o->db, o->tools->vcs, o->who, o->line.n, &vc, e))
		return (int)e->code;
	if (tx_begin(&tx, o->db, true, e) || load(o, &v, e) || may_activate(o, v, e) ||
	    cm_activate(o->db, v, o->tools->set, vc.id, cm_previous_of(v), o->who, e) ||
	    command_audit(o, v, e) || cm_vehicle_keep(o->db, v, o->who, &changed, e))
		return (int)e->code;
	snprintf(o->says, sizeof o->says, "Vehicle Configuration %" PRId64 " (%.80s %.30s) is active", vc.n,
		 vc.name, vc.version);
	return tx_keep(&tx, e);
}

/* ---- what is asked for ---- */

static int verify_obey(struct order *o, struct err *e)
{
	bool good;

	if (!o->tools->vcs)
		return rejected(e, "this service holds no Vehicle Configurations (vc_dir)");
	if (vc_verify(o->db, o->tools->vcs, o->who, o->line.n, &good, e) ||
	    vc_get_json(o->db, o->line.n, o->result, e))
		return (int)e->code;
	snprintf(o->says, sizeof o->says, "Vehicle Configuration %d is %s", o->line.n,
		 good ? "good" : "not good: its report says what to mend");
	return OK;
}

static int vcs_obey(struct order *o, struct err *e)
{
	if (o->tools->vcs && vc_scan(o->db, o->tools->vcs, o->who, NULL, e))
		return (int)e->code;
	return vc_list_json(o->db, false, o->result, e);
}

static int list_bb_obey(struct order *o, struct err *e)
{
	if (o->line.n)
		return cm_bb_json(o->db, o->scope, o->say->vehicle, o->line.n, o->result, e);
	return cm_blocks_json(o->db, o->scope, o->say->vehicle, o->result, e);
}

static int version_obey(struct order *o, struct err *e)
{
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	struct jw w = jw_start(o->result);
	const char *operating;

	if (load(o, &v, e))
		return (int)e->code;
	operating = v->site.running ? "start" : "stop";
	snprintf(o->says, sizeof o->says, "%s is operating in %s mode v%s", CM_SERVICE, operating,
		 PACKAGE_VERSION);
	jw_obj(&w);
	jw_kstr(&w, "service", CM_SERVICE);
	jw_kstr(&w, "version", PACKAGE_VERSION);
	jw_kstr(&w, "operating", operating);
	jw_kstr(&w, "text", o->says);
	jw_end(&w);
	return OK;
}

static int log_show_obey(struct order *o, struct err *e)
{
	const struct cm_line *l = &o->line;
	struct cm_log_filter f = { .level = !l->has_level ? NULL
					    : l->extended ? "extended"
							  : "normal",
				   .bb = l->n,
				   .event = *l->event ? l->event : NULL,
				   .since = -1,
				   .last = l->last };

	return cm_log_json(o->db, o->scope, o->say->vehicle, &f, o->result, e);
}

void cm_help_write(const char *topic, struct jw *w)
{
	struct cm_word word;

	jw_obj(w);
	jw_key(w, "commands");
	jw_arr(w);
	for (int i = 0; cm_word_at(i, &word); i++) {
		if (strncasecmp(word.form, topic, strlen(topic)) != 0)
			continue;
		jw_obj(w);
		jw_kstr(w, "form", word.form);
		jw_kstr(w, "says", word.says);
		jw_kstr(w, "where", word.where);
		jw_kstr(w, "row", word.row);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static int help_obey(struct order *o)
{
	struct jw w = jw_start(o->result);

	cm_help_write(o->line.answer, &w);
	return OK;
}

static int obey(struct order *o, struct err *e)
{
	switch (o->line.command) {
	case CM_CMD_VERB:
	case CM_CMD_ANSWER:
		return verb_obey(o, e);
	case CM_CMD_VCS:
		return vcs_obey(o, e);
	case CM_CMD_ACTIVATE:
		return activate_obey(o, e);
	case CM_CMD_VERIFY:
		return verify_obey(o, e);
	case CM_CMD_LIST_BB:
		return list_bb_obey(o, e);
	case CM_CMD_STATUS:
		return cm_status_json(o->db, o->scope, o->say->vehicle, o->result, e);
	case CM_CMD_VERSION:
		return version_obey(o, e);
	case CM_CMD_LOG_MODE:
		return log_mode_obey(o, e);
	case CM_CMD_SHOW_LOG:
		return log_show_obey(o, e);
	case CM_CMD_HELP:
		return help_obey(o);
	case CM_CMDS:
		break;
	}
	return err_set(e, ERR_INTERNAL, "command %d", (int)o->line.command);
}

static const char *const plain_words[CM_CMDS] = {
	[CM_CMD_VCS] = "vcs",         [CM_CMD_LIST_BB] = "list bb",   [CM_CMD_STATUS] = "status",
	[CM_CMD_VERSION] = "version", [CM_CMD_SHOW_LOG] = "show log", [CM_CMD_HELP] = "help",
	[CM_CMD_ANSWER] = "answer"
};

static void answer_write(const struct order *o, const struct cm_vehicle *v, struct str *out)
{
	struct jw w = jw_start(out);
	const struct site *s = &v->site;

	jw_obj(&w);
	jw_kstr(&w, "vehicle", v->row.name);
	jw_kstr(&w, "command", o->words);
	jw_kstr(&w, "says", o->says);
	jw_kstr(&w, "state", site_state_text[s->state]);
	jw_kstr(&w, "mode", site_mode_text[s->mode]);
	jw_kbool(&w, "running", s->running);
	jw_key(&w, "prompt");
	cm_prompt_write(s, &w);
	jw_key(&w, "result");
	if (o->result->len)
		jw_raw(&w, str_c(o->result), o->result->len);
	else
		jw_null(&w);
	jw_end(&w);
}

int cm_command(struct db *db, struct scope scope, const struct actor *who, const struct cm_tools *tools,
	       const struct cm_say *say, struct str *out, struct err *e)
{
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	STR(result, RESULT_MAX);
	struct order o = { .db = db,
			   .scope = scope,
			   .who = who,
			   .tools = tools,
			   .say = say,
			   .line = say->line,
			   .result = &result };

	if (o.line.command < CM_CMDS && plain_words[o.line.command])
		str_copy(o.words, sizeof o.words, plain_words[o.line.command]);
	words_of(&o);
	/* Whoever does not see the vehicle learns nothing, whatever the command. */
	if (load(&o, &v, e))
		return (int)e->code;
	cm_vehicle_free(MOVE(v));
	if (obey(&o, e) || load(&o, &v, e))
		return (int)e->code;
	if (result.over)
		return err_set(e, ERR_TOO_LARGE, "the answer is longer than %zu bytes", RESULT_MAX);
	if (!*o.says)
		snprintf(o.says, sizeof o.says, "%s: the vehicle is in state %s", o.words,
			 site_state_text[v->site.state]);
	answer_write(&o, v, out);
	return OK;
}
