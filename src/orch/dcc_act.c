/* SPDX-License-Identifier: Apache-2.0 */
/* What is done for a job: the version is read (11.2), the activation is let go, asked for, checked, signed
 * and sent (11.3, gb-metering 3.2 no. 4, 3.3). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "orch/dcc_p.h"

#define LOOK_MS INT64_C(600000) /* until it is looked again whether people did something */

static const char *hash_of(const struct dcc_round *r, int64_t entry_id)
{
	uint32_t node = graph_find_id(r->snap->graph, entry_id);

	return node == NODE_NONE ? NULL : graph_node(r->snap->graph, node)->hash;
}

static bool hash_bytes(const struct dcc_round *r, const struct store_meter_job *j, uint8_t ret[32])
{
	const char *hash = hash_of(r, j->to_id);

	return hash && parse_hex_bytes(hash, strlen(hash), ret, 32);
}

/* ---- 11.2 ---- */

int dcc_act_read(struct dcc_round *r, struct store_meter_job *j, struct err *e)
{
	struct dcc_out out = { .sent = { .what = DCC_FOR_VERSION,
					 .device_id = j->device_id,
					 .job_id = j->id,
					 .user = j->user_eui,
					 .target = j->eui },
			       .service = DUIS_11_2,
			       .at = -1 };

	if (dcc_send(r, &out, "", &j->read_counter, e))
		return (int)e->code;
	if (!strcmp(j->state, meter_job_text[METER_JOB_READING]))
		j->due_at = dcc_wait_until(r, METER_WAIT_VERSION);
	return OK;
}

/* ---- 11.3 ---- */

int dcc_act_transform(struct dcc_round *r, struct store_meter_job *j, struct err *e)
{
	bool back = !strcmp(j->state, meter_job_text[METER_JOB_TAKING_BACK]);
	struct dcc_out out = { .sent = { .what = DCC_FOR_TRANSFORM,
					 .device_id = j->device_id,
					 .job_id = j->id,
					 .user = j->user_eui,
					 .target = j->eui,
					 .take_back = back },
			       .service = DUIS_11_3,
			       .at = back ? GBCS_CANCEL_AT : j->activate_at };

	if (!hash_bytes(r, j, out.hash))
		return dcc_job_wait(r, j, r->now + LOOK_MS, "no-hash", e);
	if (dcc_send(r, &out, back ? "for the year 3000, which takes the activation back" : "",
		     &j->command_counter, e))
		return (int)e->code;
	j->due_at = dcc_wait_until(r, METER_WAIT_ANSWER);
	return OK;
}

/* The job ends, or waits for what bars it. */
static int barred(struct dcc_round *r, struct store_meter_job *j, const struct dcc_bar *bar, struct err *e)
{
	const struct dcc_word word = { .what = bar->ends == METER_EV_AUTHORITY_LOST ? "authority" : "job",
				       .detail = bar->why };

	return bar->ends == METER_EVENTS ? dcc_job_wait(r, j, bar->until, bar->why, e)
					 : dcc_job_event(r, j, bar->ends, &word, e);
}

int dcc_act_go(struct dcc_round *r, struct store_meter_job *j, struct err *e)
{
	struct dcc_bar bar;

	if (dcc_begin(r, e) || dcc_guard(r, j, false, &bar, e))
		return (int)e->code;
	if (bar.why)
		return barred(r, j, &bar, e);
	j->activate_at = bar.at;
	return dcc_job_event(r, j, METER_EV_GO, NULL, e);
}

/* ---- what the device keeps for its time ---- */

int64_t dcc_dated_until(const struct dcc_round *r, const struct store_meter_job *j)
{
	int64_t over = j->activate_at + r->d->set.wait[METER_WAIT_SCHEDULED], look = r->now + LOOK_MS;

	return look < over ? look : over;
}

/* A hop may fall while its activation waits on the device: then it is taken back. A pause lets the hop end,
 * and what bars our requests bars the one that would take it back, too. */
int dcc_act_dated(struct dcc_round *r, struct store_meter_job *j, struct err *e)
{
	static const char *const stays[] = { "campaign-paused", "campaign-halted", "user-held",
					     "no-dcc-user" };
	struct dcc_word word = { .what = "job" };
	struct dcc_bar bar;
	char text[160];

	if (dcc_begin(r, e) || dcc_guard(r, j, true, &bar, e))
		return (int)e->code;
	for (size_t i = 0; bar.why && i < sizeof stays / sizeof *stays; i++)
		if (!strcmp(bar.why, stays[i]))
			bar.why = NULL;
	if (!bar.why) {
		j->due_at = dcc_dated_until(r, j);
		return store_meter_job_move(r->db, j, e);
	}
	snprintf(text, sizeof text, "its activation is taken back: %.100s", bar.why);
	word.detail = text;
	return dcc_job_event(r, j, bar.ends == METER_EVENTS ? METER_EV_CANCEL : bar.ends, &word, e);
}

/* ---- the Pre-Command ---- */

static int sign_with(void *ctx, const uint8_t *p, size_t n, uint8_t ret[64], struct err *e)
{
	return p256_sign(ctx, p, n, ret, e);
}

/* ERR_INVALID, ERR_CONFLICT: it is not what was asked for. */
static int command_check(struct dcc_round *r, const struct dcc_letter *l, const struct store_meter_job *j,
			 struct err *e)
{
	struct gbcs_command c;
	struct gbcs_want want = { .originator = l->sent.user,
				  .device = j->eui,
				  .counter = l->sent.counter,
				  .at = l->sent.take_back ? GBCS_CANCEL_AT : j->activate_at };

	if (!hash_bytes(r, j, want.hash))
		return err_set(e, ERR_INVALID, "the entry has no hash any more");
	return gbcs_read_command(l->message->gbcs, l->message->ngbcs, &c, e) ||
		       gbcs_command_matches(&c, &want, e)
		   ? (int)e->code
		   : OK;
}

int dcc_act_command(struct dcc_round *r, const struct dcc_letter *l, struct store_meter_job *j, struct err *e)
{
	const struct dcc_user *u = dcc_user_eui(r->users, j->user_eui);
	struct dcc_word word = { .way = "in",
				 .what = "11.3",
				 .ref = (int64_t)l->sent.counter,
				 .code = l->message->code,
				 .detail = "the Pre-Command says just what was asked for" };
	struct dcc_out out = { .sent = l->sent, .service = DUIS_11_3, .at = -1 };
	struct dcc_bar bar = { .ends = METER_EVENTS };
	int64_t counter;
	struct err why;

	out.sent.what = DCC_FOR_ACTIVATE;
	if (dcc_begin(r, e))
		return (int)e->code;
	if (command_check(r, l, j, &why)) {
		word.detail = why.msg;
		return dcc_job_event(r, j, METER_EV_COMMAND_BAD, &word, e);
	}
	if (!dcc_job_takes(j, METER_EV_COMMAND_OK)) {
		word.detail = "a Pre-Command that nobody waits for";
		return dcc_say(r, j->device_id, j->id, &word, e);
	}
	/* What takes an activation back is never barred. */
	if (!l->sent.take_back && dcc_guard(r, j, true, &bar, e))
		return (int)e->code;
	if (bar.why) {
		word.detail = bar.why;
		return dcc_job_event(r, j, bar.ends == METER_EVENTS ? METER_EV_HELD : bar.ends, &word, e);
	}
	if (!u || !u->command_key) {
		word.detail = "the key that signs commands is not there";
		return dcc_job_event(r, j, METER_EV_NOT_SENT, &word, e);
	}
	out.command = mem_array(l->message->ngbcs + 65, 1);
	if (gbcs_sign(l->message->gbcs, l->message->ngbcs, sign_with, u->command_key, out.command,
		      &out.ncommand, &why)) {
		dcc_out_done(&out);
		word.detail = why.msg;
		return dcc_job_event(r, j, METER_EV_NOT_SENT, &word, e);
	}
	if (!l->sent.take_back)
		j->activations++;
	if (dcc_job_event(r, j, METER_EV_COMMAND_OK, &word, e)) {
		dcc_out_done(&out);
		return (int)e->code;
	}
	return dcc_send(r, &out, l->sent.take_back ? "for the year 3000" : "", &counter, e);
}
