/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded queue of fixed-size messages, many writers, one reader; the only way threads hand work to another
 * thread. The one lock of its kind: held for a memcpy.
 */
#ifndef FIRPATH_BASE_MAILBOX_H
#define FIRPATH_BASE_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct mailbox;
struct mailbox *mailbox_new(size_t msg_size, size_t capacity);
void mailbox_free(struct mailbox *m);
bool mailbox_post(struct mailbox *m,
		  const void *msg); /* false when full (the sender tries again later) or closed */
/* Takes up to max messages into buf, waiting up to wait_ms for the first; returns how many. */
size_t mailbox_take(struct mailbox *m, void *buf, size_t max, int64_t wait_ms);
void mailbox_wake(struct mailbox *m);  /* ends a wait early */
void mailbox_close(struct mailbox *m); /* posts fail from now on, waits end */
DEFINE_OWN(struct mailbox, mailbox_free)

#endif
