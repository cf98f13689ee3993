/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a firmware job as a picture: one arrow for all that leads from one state to another with the
 * same deed. What every open state has in common stands at "any open state". */
#ifndef FIRPATH_TESTS_JOB_CHART_H
#define FIRPATH_TESTS_JOB_CHART_H

#include "base/str.h"
#include "model/ocpp_job.h"

#define JOB_SAYS (OCPP_JOB_EVENTS + OCPP_STATUSES) /* events, then statuses */

static inline const struct ocpp_job_move *job_move_on(int s, int says)
{
	if (says == OCPP_EV_STATUS)
		return NULL;
	return says < OCPP_JOB_EVENTS
		   ? ocpp_job_move((enum ocpp_job)s, (enum ocpp_job_event)says, OCPP_STATUSES)
		   : ocpp_job_move((enum ocpp_job)s, OCPP_EV_STATUS,
				   (enum ocpp_status)(says - OCPP_JOB_EVENTS));
}

/* The same move from every open state: drawn once. */
static inline bool job_common(int says)
{
	const struct ocpp_job_move *first = job_move_on(OCPP_JOB_READY, says);

	for (int s = 0; s < OCPP_JOB_PROVEN; s++)
		if (!first || job_move_on(s, says) != first)
			return false;
	return true;
}

static inline void job_arrow(struct str *out, const char *from, const char *to, const char *says,
			     enum ocpp_job_deed deed)
{
	str_addf(out, "\t\"%s\" -> \"%s\" [label=\"%s", from, to, says);
	if (deed != OCPP_DO_NOTHING)
		str_addf(out, " / %s", ocpp_job_deed_text[deed]);
	str_add(out, "\"]\n");
}

static inline const char *job_says(int says)
{
	return says < OCPP_JOB_EVENTS ? ocpp_job_event_text[says] : ocpp_status_text[says - OCPP_JOB_EVENTS];
}

static inline void job_chart_print(struct str *out)
{
	str_add(out,
		"digraph ocpp_job {\n\tlabel=\"Firmware job of a charging station\"\n\tnode [shape=box]\n");
	for (int s = OCPP_JOB_PROVEN; s < OCPP_JOBS; s++)
		str_addf(out, "\t\"%s\" [style=rounded]\n", ocpp_job_text[s]);
	for (int says = 0; says < JOB_SAYS; says++)
		if (job_common(says))
			job_arrow(out, "any open state", ocpp_job_text[job_move_on(0, says)->to],
				  job_says(says), job_move_on(0, says)->deed);
	for (int s = 0; s < OCPP_JOB_PROVEN; s++)
		for (int to = 0; to < OCPP_JOBS; to++)
			for (int deed = 0; deed < OCPP_JOB_DEEDS; deed++) {
				STR(label, 1000);

				for (int says = 0; says < JOB_SAYS; says++) {
					const struct ocpp_job_move *m = job_move_on(s, says);

					if (m && (int)m->to == to && (int)m->deed == deed &&
					    !job_common(says))
						str_addf(&label, "%s%s", label.len ? ", " : "",
							 job_says(says));
				}
				if (label.len)
					job_arrow(out, ocpp_job_text[s], ocpp_job_text[to], str_c(&label),
						  (enum ocpp_job_deed)deed);
			}
	str_add(out, "}\n");
}

#endif
