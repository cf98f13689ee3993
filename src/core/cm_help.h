/* SPDX-License-Identifier: Apache-2.0 */
/* Help about the words of the Configuration Manager (model/cm_words.h) as JSON; the same from the service and
 * without one. */
#ifndef FIRPATH_CORE_CM_HELP_H
#define FIRPATH_CORE_CM_HELP_H

#include "base/json.h"

/* {"commands":[{"form","says","where","row"}]}: those that begin with topic (any case), "" = all. */
void cm_help_write(const char *topic, struct jw *w);

#endif
