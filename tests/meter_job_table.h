/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a meter's firmware job as the table in doc/meters.md: cells that read the same are one line. */
#ifndef FIRPATH_TESTS_METER_JOB_TABLE_H
#define FIRPATH_TESTS_METER_JOB_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/meter_job.h"

/* Everything that a row can remember, by number. */
#define PASTS (2 * 2 * 4 * METER_TOLDS)
static inline struct meter_past past_numbered(int n)
{
	return (struct meter_past){
		.ppmid = n & 1, .future = n & 2, .activations = n / 4 % 4, .told = (enum meter_told)(n / 16)
	};
}

struct line { /* cells that read the same, but for their states and events */
	char cond[80], does[120];
	uint32_t states;
	uint64_t events;
};

/* Which of the values of one kind lead to this move; the conditions of a cell as words. */
static inline void condition_say(enum meter_job s, enum meter_event ev, const struct meter_move *m, char *buf,
				 size_t size)
{
	bool meter[2] = { false }, out[4] = { false }, at[2] = { false }, told[METER_TOLDS] = { false };
	int ntold = 0, cells = 0;
	STR(cond, 200);

	for (int n = 0; n < PASTS; n++) {
		struct meter_past p = past_numbered(n);

		if (meter_job_move(s, ev, &p) != m)
			continue;
		meter[p.ppmid] = out[p.activations] = at[p.future] = told[p.told] = true;
		cells++;
	}
	for (int t = 0; t < METER_TOLDS; t++)
		ntold += told[t];
	if (meter[0] != meter[1])
		str_addf(&cond, ", %s", meter[1] ? "11.4" : "not 11.4");
	if (!out[0] || !out[1])
		str_add(&cond, out[0] ? ", no 11.3 went" : out[1] ? ", an 11.3 went" : ", it went twice");
	else if (!out[2])
		str_add(&cond, out[1] ? ", it went less than twice" : ", no 11.3 went");
	if (cells != (meter[0] + meter[1]) * (out[0] + out[1] + out[2] + out[3]) * (at[0] + at[1]) * ntold)
		str_add(&cond, ", at once or the first"); /* the only condition over two columns */
	if (at[0] != at[1])
		str_addf(&cond, ", %s", at[1] ? "dated" : "at once");
	if (ntold == 1)
		for (int t = 0; t < METER_TOLDS; t++)
			if (told[t])
				str_addf(&cond, ", %s%s%s", t ? "told `" : "nothing told", meter_told_text[t],
					 t ? "`" : "");
	if (ntold > 1 && ntold < METER_TOLDS)
		for (int t = 0; t < METER_TOLDS; t++)
			if (!told[t])
				str_addf(&cond, ", %s%s%s", t ? "not told `" : "something told",
					 meter_told_text[t], t ? "`" : "");
	snprintf(buf, size, "%s", cond.len ? str_c(&cond) + 2 : "");
}

static inline void line_say(enum meter_job s, const struct meter_move *m, struct line *ret)
{
	STR(does, 200);

	str_addf(&does, "%s%s%s | ", (int)m->to == (int)s ? "" : "`",
		 (int)m->to == (int)s ? "stays" : meter_job_text[m->to], (int)m->to == (int)s ? "" : "`");
	if (m->deed != METER_DO_NOTHING)
		str_add(&does, meter_deed_text[m->deed]);
	if (m->told != METER_TOLDS)
		str_addf(&does, "%stold: `%s`", m->deed != METER_DO_NOTHING ? ", " : "",
			 meter_told_text[m->told]);
	str_add(&does, " | ");
	if (m->reason)
		str_addf(&does, "`%s`", m->reason);
	snprintf(ret->does, sizeof ret->does, "%s", str_c(&does));
}

#define LINES 300
/* One line for each move of each cell; then those of one state that read the same are one, then those of
 * several states with the same events. */
static inline size_t lines_of(struct line *v)
{
	size_t n = 0, from;

	for (int s = 0; s < METER_JOB_PROVEN; s++) {
		from = n;
		for (int ev = 0; ev < METER_EVENTS; ev++)
			for (int i = 0; i < PASTS; i++) {
				struct meter_past p = past_numbered(i);
				const struct meter_move *m =
				    meter_job_move((enum meter_job)s, (enum meter_event)ev, &p);
				struct line l = { .states = 1u << s, .events = UINT64_C(1) << ev };
				size_t k = from;

				if (!m)
					continue;
				condition_say((enum meter_job)s, (enum meter_event)ev, m, l.cond,
					      sizeof l.cond);
				line_say((enum meter_job)s, m, &l);
				while (k < n && (strcmp(v[k].cond, l.cond) || strcmp(v[k].does, l.does)))
					k++;
				if (k == LINES)
					abort();
				if (k == n)
					v[n++] = l;
				v[k].events |= l.events;
			}
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (v[i].events == v[k].events && !strcmp(v[i].cond, v[k].cond) &&
			    !strcmp(v[i].does, v[k].does)) {
				v[i].states |= v[k].states;
				memmove(&v[k], &v[k + 1], (n - k - 1) * sizeof *v);
				n--;
				k--;
			}
	return n;
}

static inline void set_print(struct str *out, uint64_t set, const char *const *names)
{
	const char *sep = "";

	for (int i = 0; set >> i; i++)
		if (set >> i & 1) {
			str_addf(out, "%s`%s`", sep, names[i]);
			sep = ", ";
		}
}

static inline void table_print(struct str *out)
{
	struct line v[LINES];
	size_t n = lines_of(v);

	str_add(out, "| in | comes | if | then | does | reason |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		str_add(out, "| ");
		if (v[i].states == (1u << METER_JOB_PROVEN) - 1)
			str_add(out, "every open state");
		else
			set_print(out, v[i].states, meter_job_text);
		str_add(out, " | ");
		set_print(out, v[i].events, meter_event_text);
		str_addf(out, " | %s | %s |\n", v[i].cond, v[i].does);
	}
}

#endif
