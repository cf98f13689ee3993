/* SPDX-License-Identifier: Apache-2.0 */
/* Why a walk ended, waits or was refused: the stable word and a sentence for people. Private to the runner.
 */
#ifndef FIRPATH_ORCH_STEP_REASON_H
#define FIRPATH_ORCH_STEP_REASON_H

#include "orch/runner_priv.h"

/* Sets w->reason and w->detail for an event that ends or turns the walk; w->cm is still the state before. */
void step_reason(struct walk *w, enum cm_event ev, const struct bbum_status *status, const struct next *next,
		 const struct stands *stands);
/* The authority over a meter is gone; the campaign may go on. */
void step_reason_authority(struct walk *w);
/* The device was given away under the walk. */
void step_reason_lost(struct walk *w);
/* The note of an event row. */
const char *step_note(const struct walk *w, enum cm_event ev, const struct bbum_status *status);

#endif
