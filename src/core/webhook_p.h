/* SPDX-License-Identifier: Apache-2.0 */
/* What the three files of webhooks share. */
#ifndef FIRPATH_CORE_WEBHOOK_P_H
#define FIRPATH_CORE_WEBHOOK_P_H

#include "core/webhook.h"

#define OVERSEE (ROLE_OPERATOR | ROLE_AUDITOR) /* see everybody's webhooks */

/* Up to which audit row deliveries were made; inside the transaction that makes them. */
int webhook_cursor_put(struct db *db, int64_t seq, struct err *e) MUST_USE;
/* Deliveries of one webhook from an audit row on, made or made due again; *ret_n of them. ERR_TOO_LARGE when
 * that spans more than WEBHOOK_REPLAY_MAX rows. */
int webhook_queue_again(struct db *db, int64_t id, int64_t from, int64_t now, int64_t *ret_n,
			struct err *e) MUST_USE;

#endif
