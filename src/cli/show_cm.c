/* SPDX-License-Identifier: Apache-2.0 */
/* What the Configuration Manager answers, as text; JSON: core/cm.h, core/vc.h, manifest_report(). */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"
#include "model/cm_words.h"

static enum tone state_tone(const char *state)
{
	if (strcmp(state, "error") == 0)
		return TONE_BAD;
	return strcmp(state, "normal-operation") == 0 ? TONE_GOOD : TONE_WARN;
}

/* "yes", "no", or "-" when it is not known. */
static const char *yes(const struct json *o, const char *name)
{
	return !has(o, name) ? "-" : json_bool(json_get(o, name), false) ? "yes" : "no";
}

static const char *check(const struct json *o, const char *name)
{
	return !has(o, name) ? "-" : json_bool(json_get(o, name), false) ? "ok" : "failed";
}

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

/* Name and release version of a Manifest; its hash's beginning where it has neither. */
static void put_manifest(struct str *out, const struct json *m)
{
	str_clear(out);
	if (*txt(m, "manifest"))
		str_add(out, txt(m, "manifest"));
	if (*txt(m, "version") && !strchr(txt(m, "manifest"), '@')) /* "bb:TYPE-ID@1.1.0" has it */
		str_addf(out, "%s%s", out->len ? " " : "", txt(m, "version"));
	if (!out->len && *txt(m, "hash"))
		str_addf(out, "%.12s", txt(m, "hash"));
	if (!out->len)
		str_addc(out, '-');
}

/* ---- Vehicle Configurations --------------------------------------------------------------------------- */

static bool is_one(const struct json *vehicle, const char *which, const struct json *vc)
{
	return has(json_get(vehicle, which), "n") && num(json_get(vehicle, which), "n") == num(vc, "n");
}

void show_vcs(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "vcs");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "No Vehicle Configuration is stored; send one into the inbox.");
		return;
	}
	table_init(&t, 6);
	table_row(&t, "n", "active", "name", "version", "Config ID", "state", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *v = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(v, "n"));
		table_cell(&t, is_one(a, "vc", v) ? "active" : is_one(a, "previous_vc", v) ? "previous" : "");
		table_cell(&t, *txt(v, "name") ? txt(v, "name") : txt(v, "folder"));
		table_cell(&t, txt(v, "version"));
		table_cell(&t, txt(v, "config_id"));
		table_cell(&t, txt(v, "state"));
	}
	table_print(&t, p, true);
}

static void report_checks(struct page *p, const struct json *r)
{
	page_termf(p, 2, "checks", "syntax %s, integrity %s, identity %s, authenticity %s",
		   check(r, "syntax"), check(r, "integrity"), check(r, "identity"), check(r, "authenticity"));
}

static void report_table(struct page *p, const struct json *list, const char *kind, const char *file)
{
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list))
		return;
	str_addc(&p->text, '\n');
	table_init(&t, 7);
	table_row(&t, kind, "version", "integrity", "identity", "authenticity", "signed by", file, NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *m = json_at(list, i);
		STR(name, 600);

		str_addf(&name, "%s%s%s", txt(m, "type"), txt(m, "kind"), *txt(m, "name") ? " " : "");
		str_add(&name, txt(m, "name"));
		table_row(&t, str_c(&name), or_dash(txt(m, "version")), check(m, "integrity"),
			  check(m, "identity"), check(m, "authenticity"), or_dash(txt(m, "signer")),
			  txt(m, "file"), NULL);
	}
	table_print(&t, p, true);
}

static void report_problems(struct page *p, const struct json *r)
{
	const struct json *list = json_get(r, "problems");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *b = json_at(list, i);
		STR(where, 700);

		str_add(&where, txt(b, "file"));
		if (num(b, "line"))
			str_addf(&where, ":%" PRId64 ":%" PRId64, num(b, "line"), num(b, "column"));
		if (*txt(b, "pointer"))
			str_addf(&where, " at %s", txt(b, "pointer"));
		str_addc(&p->text, '\n');
		page_tone(p, strcmp(txt(b, "severity"), "warning") == 0 ? TONE_WARN : TONE_BAD,
			  or_dash(txt(b, "severity")));
		page_line(p, " %s  %s%s%s", txt(b, "code"), str_c(&where), *txt(b, "row") ? "  " : "",
			  txt(b, "row"));
		page_wrap(p, 4, txt(b, "what"));
		if (*txt(b, "mend"))
			page_wrap(p, 4, txt(b, "mend"));
	}
	if (num(r, "more_problems"))
		page_line(p, "\n%" PRId64 " more problems are not shown.", num(r, "more_problems"));
}

void show_manifest_report(struct page *p, const struct json *r)
{
	const struct json *list = json_get(r, "dependencies");
	bool good = json_bool(json_get(r, "good"), false);

	page_tone(p, TONE_STRONG, *txt(r, "name") ? txt(r, "name") : "Manifest");
	page_line(p, " %s", txt(r, "version"));
	page_term(p, 2, "verdict", good ? "verified" : "not to be used");
	page_termf(p, 2, "read as", "%s profile", or_dash(txt(r, "profile")));
	page_term(p, 2, "Config ID", txt(r, "config_id"));
	page_term(p, 2, "Type ID", txt(r, "type_id"));
	page_term(p, 2, "hash", txt(r, "hash"));
	report_checks(p, r);
	report_table(p, json_get(r, "manifests"), "Manifest", "file");
	report_table(p, json_get(r, "archives"), "Archive", "file");
	for (size_t i = 0; i < json_len(list); i++) {
		const char *s = json_text(json_at(list, i));

		if (!i)
			str_addc(&p->text, '\n');
		page_line(p, "  %s", s ? s : txt(json_at(list, i), "sentence"));
	}
	report_problems(p, r);
}

void show_vc(struct page *p, const struct json *v)
{
	char head[64];

	snprintf(head, sizeof head, "Vehicle Configuration %" PRId64 ": ", num(v, "n"));
	page_tone(p, TONE_STRONG, head);
	page_tone(p, strcmp(txt(v, "state"), "verified") == 0 ? TONE_GOOD : TONE_WARN, txt(v, "state"));
	page_line(p, "  (%s)", or_dash(txt(v, "folder")));
	if (has(v, "report"))
		show_manifest_report(p, json_get(v, "report"));
	else
		page_line(p, "It was not verified yet.");
}

/* ---- Building Blocks ---------------------------------------------------------------------------------- */

static void bb_row(struct table *t, const struct json *b)
{
	const struct json *holds = json_get(b, "holds"), *running = json_get(b, "running");
	STR(wants, 300);
	STR(runs, 300);

	put_manifest(&wants, json_get(b, "wanted"));
	put_manifest(&runs, running);
	table_cellf(t, "%" PRId64, num(b, "n"));
	table_cell(t, txt(b, "name"));
	table_cell(t, or_dash(txt(b, "state")));
	table_cell(t, *txt(json_get(b, "wanted"), "version") ? txt(json_get(b, "wanted"), "version")
							     : str_c(&wants));
	table_cell(t, *txt(running, "version") ? txt(running, "version") : str_c(&runs));
	table_cellf(t, "%s/%s/%s", check(holds, "integrity"), check(holds, "identity"),
		    check(holds, "authenticity"));
	table_cell(t, yes(b, "recommends"));
	table_cell(t, yes(b, "accepted"));
	table_cell(t, or_dash(txt(b, "result")));
	if (has(b, "progress"))
		table_cellf(t, "%" PRId64 " %%%s%s", num(b, "progress"), *txt(b, "step") ? " " : "",
			    txt(b, "step"));
	else
		table_cell(t, "-");
	table_cell(t, or_dash(txt(b, "life")));
}

void show_blocks_of(struct page *p, const struct json *list)
{
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no Building Block; activate a Vehicle Configuration.");
		return;
	}
	table_init(&t, 11);
	table_row(&t, "n", "name", "state", "wanted", "running", "int/id/auth", "update?", "accepted",
		  "result", "progress", "life", NULL);
	for (size_t i = 0; i < json_len(list); i++)
		bb_row(&t, json_at(list, i));
	table_print(&t, p, true);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *b = json_at(list, i);

		if (*txt(b, "error"))
			page_line(p, "  %" PRId64 " %s: error %s", num(b, "n"), txt(b, "name"),
				  txt(b, "error"));
		if (*txt(b, "reason"))
			page_line(p, "  %" PRId64 " %s: rejected, because %s", num(b, "n"), txt(b, "name"),
				  txt(b, "reason"));
	}
}

void show_block_of(struct page *p, const struct json *b)
{
	const struct json *holds = json_get(b, "holds"), *wanted = json_get(b, "wanted"),
			  *running = json_get(b, "running"), *command = json_get(b, "command");
	STR(line, 400);
	char head[200];

	snprintf(head, sizeof head, "Building Block %" PRId64 " %.120s: ", num(b, "n"), txt(b, "name"));
	page_tone(p, TONE_STRONG, head);
	page_tone(p, state_tone(txt(b, "state")), *txt(b, "state") ? txt(b, "state") : "not heard yet");
	page_line(p, "%s", "");
	page_term(p, 2, "device", txt(b, "device"));
	page_term(p, 2, "system", txt(b, "system"));
	page_term(p, 2, "Type ID", txt(b, "type_id"));
	page_termf(p, 2, "life check", "%s%s%s", or_dash(txt(b, "life")),
		   *txt(b, "last_seen") ? ", last heard " : "", txt(b, "last_seen"));
	if (has(b, "response_ms"))
		page_termf(p, 2, "answered in", "%" PRId64 " ms", num(b, "response_ms"));
	put_manifest(&line, wanted);
	page_term(p, 2, "wanted", str_c(&line));
	put_manifest(&line, running);
	page_termf(p, 2, "running", "%s%s", str_c(&line),
		   !has(running, "as_wanted")                         ? ""
		   : json_bool(json_get(running, "as_wanted"), false) ? " (as wanted)"
								      : " (not as wanted)");
	put_manifest(&line, holds);
	page_term(p, 2, "Manifest", str_c(&line));
	report_checks(p, holds);
	page_term(p, 2, "update?", yes(b, "recommends"));
	page_termf(p, 2, "accepted", "%s%s%s", yes(b, "accepted"), *txt(b, "reason") ? ", because " : "",
		   txt(b, "reason"));
	page_term(p, 2, "result", or_dash(txt(b, "result")));
	if (has(b, "progress"))
		page_termf(p, 2, "progress", "%" PRId64 " %%%s%s", num(b, "progress"),
			   *txt(b, "step") ? ", " : "", txt(b, "step"));
	if (*txt(b, "error"))
		page_term(p, 2, "error", txt(b, "error"));
	if (has(b, "boots"))
		page_termf(p, 2, "restarts", "%" PRId64, num(b, "boots"));
	if (*txt(b, "iec"))
		page_term(p, 2, "application", txt(b, "iec"));
	if (*txt(command, "kind"))
		page_termf(p, 2, "command", "%s is pending", txt(command, "kind"));
}

/* ---- the vehicle -------------------------------------------------------------------------------------- */

static void put_vc(struct page *p, const char *term, const struct json *vc)
{
	if (has(vc, "n"))
		page_termf(p, 2, term, "%" PRId64 "  %s %s, Config ID %s, %s", num(vc, "n"), txt(vc, "name"),
			   txt(vc, "version"), or_dash(txt(vc, "config_id")), or_dash(txt(vc, "state")));
	else
		page_term(p, 2, term, "none");
}

void show_cm_prompt(struct page *p, const struct json *prompt, bool shell)
{
	const struct json *list = json_get(prompt, "choices");

	if (!prompt)
		return;
	page_tone(p, TONE_STRONG, "Question ");
	page_line(p, "%" PRId64 " (%s): %s", num(prompt, "seq"), txt(prompt, "kind"), txt(prompt, "why"));
	for (size_t i = 0; i < json_len(list); i++)
		page_line(p, "  %" PRId64 "  %s", num(json_at(list, i), "n"), txt(json_at(list, i), "words"));
	if (json_len(list) && shell)
		page_line(p, "Answer with a number or with the words.");
	else if (json_len(list))
		page_line(p, "Answer: firpath cm %s, or firpath cm --prompt %" PRId64 " answer %" PRId64,
			  txt(json_at(list, 0), "words"), num(prompt, "seq"), num(json_at(list, 0), "n"));
}

static const char *started(const struct json *v)
{
	return json_bool(json_get(v, "running"), false) ? "started" : "stopped";
}

void show_cm_status(struct page *p, const struct json *v, bool shell)
{
	const struct json *blocks = json_get(v, "blocks");
	char head[200];

	snprintf(head, sizeof head, "Vehicle %.120s: ", txt(v, "name"));
	page_tone(p, TONE_STRONG, head);
	page_tone(p, state_tone(txt(v, "state")), txt(v, "state"));
	page_line(p, ", mode %s, %s", txt(v, "mode"), started(v));
	if (strncmp(txt(v, "wait"), "await-", 6) == 0)
		page_term(p, 2, "waits for", txt(v, "wait") + 6);
	put_vc(p, "active VC", json_get(v, "vc"));
	put_vc(p, "previous VC", json_get(v, "previous_vc"));
	if (json_bool(json_get(v, "rolling_back"), false))
		page_term(p, 2, "rollback", "under way");
	if (has(v, "progress"))
		page_termf(p, 2, "progress", "%" PRId64 " %%", num(v, "progress"));
	page_termf(p, 2, "blocks", "%" PRId64 " %s%s", num(v, "building_blocks"),
		   plural(num(v, "building_blocks"), "Building Block", "Building Blocks"),
		   num(v, "lost") ? "" : ", none lost");
	if (num(v, "lost"))
		page_termf(p, 2, "lost", "%" PRId64 " by the life check", num(v, "lost"));
	page_term(p, 2, "log", txt(v, "log"));
	page_term(p, 2, "changed", txt(v, "changed_at"));
	if (json_len(blocks)) {
		str_addc(&p->text, '\n');
		show_blocks_of(p, blocks);
	}
	if (has(v, "prompt")) {
		str_addc(&p->text, '\n');
		show_cm_prompt(p, json_get(v, "prompt"), shell);
	}
}

void show_vehicles(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "vehicles");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no vehicle; 'firpath vehicle add NAME --type-id UUID' registers one.");
		return;
	}
	table_init(&t, 8);
	table_row(&t, "vehicle", "state", "mode", "manager", "VC", "blocks", "lost", "question", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *v = json_at(list, i), *vc = json_get(v, "vc");

		table_cell(&t, txt(v, "name"));
		table_cell(&t, txt(v, "state"));
		table_cell(&t, txt(v, "mode"));
		table_cell(&t, started(v));
		if (has(vc, "n"))
			table_cellf(&t, "%" PRId64 " %s %s", num(vc, "n"), txt(vc, "name"),
				    txt(vc, "version"));
		else
			table_cell(&t, "-");
		table_cellf(&t, "%" PRId64, num(v, "building_blocks"));
		table_cellf(&t, "%" PRId64, num(v, "lost"));
		table_cell(&t, or_dash(txt(json_get(v, "prompt"), "kind")));
	}
	table_print(&t, p, true);
}

void show_vehicle(struct page *p, const struct json *v)
{
	show_cm_status(p, v, false);
}

/* ---- log and help ------------------------------------------------------------------------------------- */

void show_cm_log_line(struct page *p, const struct json *l)
{
	page_tone(p, TONE_FAINT, txt(l, "at"));
	page_line(p, "  %s", txt(l, "text"));
}

void show_cm_log(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "lines");

	if (!json_len(list))
		page_line(p, "The log has no such line.");
	for (size_t i = 0; i < json_len(list); i++)
		show_cm_log_line(p, json_at(list, i));
}

/* Does the form begin with these words, whole or not? */
static bool about(const char *form, const char *words)
{
	size_t n = strlen(words);

	return strncmp(form, words, n) == 0 && (!form[n] || form[n] == ' ' || !n);
}

void show_cm_help(struct page *p, const char *words)
{
	struct cm_word w;
	char topic[64];
	size_t n;

	str_copy(topic, sizeof topic, words);
	for (;;) { /* 'help restart all' is help on restart */
		bool found = false;

		for (int i = 0; cm_word_at(i, &w); i++) {
			if (!about(w.form, topic))
				continue;
			found = true;
			page_line(p, "%s", w.form);
			page_line(p, "    %s Allowed: %s.", w.says, w.where);
		}
		if (found)
			return;
		n = strlen(topic);
		while (n && topic[n - 1] != ' ')
			n--;
		if (!n)
			return;
		topic[n - 1] = '\0';
	}
}

/* ---- whatever was asked ------------------------------------------------------------------------------- */

void show_cm(struct page *p, const struct cm_line *l, const struct json *a, bool shell)
{
	const struct json *r = json_get(a, "result");

	switch (l->command) {
	case CM_CMD_VCS:
		show_vcs(p, r);
		return;
	case CM_CMD_VERIFY:
		show_vc(p, r);
		return;
	case CM_CMD_LIST_BB:
		if (l->n)
			show_block_of(p, r);
		else
			show_blocks_of(p, json_get(r, "building_blocks"));
		return;
	case CM_CMD_STATUS:
		show_cm_status(p, r, shell);
		return;
	case CM_CMD_VERSION:
		page_line(p, "%s", txt(r, "text"));
		return;
	case CM_CMD_SHOW_LOG:
		show_cm_log(p, r);
		return;
	case CM_CMD_HELP:
		show_cm_help(p, l->answer);
		return;
	case CM_CMD_VERB:
	case CM_CMD_ACTIVATE:
	case CM_CMD_LOG_MODE:
	case CM_CMD_ANSWER:
	case CM_CMDS:
		break;
	}
	page_line(p, "%s", *txt(a, "says") ? txt(a, "says") : "Done.");
	if (!shell)
		show_cm_prompt(p, json_get(a, "prompt"), shell);
}
