/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A roomy stack for one thread. The HTTP library of Debian 12 is built to give its threads 100 KiB, which
 * readers of workbooks, the store and sanitizers outgrow, and a switch to change that is not in its
 * interface. So each worker runs its requests on a stack of its own with a guard page below: the same thread,
 * another stack. Costs two switches (about 0.3 us) a request.
 */
#ifndef FIRPATH_HTTP_STACK_H
#define FIRPATH_HTTP_STACK_H

#include <stddef.h>

#include "base/own.h"

struct stack;

struct stack *stack_new(void);
void stack_free(struct stack *s); /* not while running on it */
/* Calls fn(arg) on the stack and returns when fn does. Always from the same thread; not nested. */
void stack_run(struct stack *s, void (*fn)(void *arg), void *arg);

#endif
