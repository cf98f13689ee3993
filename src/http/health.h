/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /healthz, /readyz and /metrics, on a listener of their own with threads of its own, so that a crowd at the
 * service's door cannot hide whether it lives (F4).
 */
#ifndef FIRPATH_HTTP_HEALTH_H
#define FIRPATH_HTTP_HEALTH_H

#include "http/worker.h"

/* The whole answer, head included, into w->out; always ends the connection. */
void health_answer(struct worker *w, const struct head *head);

#endif
