/* SPDX-License-Identifier: Apache-2.0 */
#include "http/stack.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/mem.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define WITH_ASAN 1
#include <sanitizer/common_interface_defs.h>
#else
#define WITH_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#include <sanitizer/tsan_interface.h>
#else
#define WITH_TSAN 0
#endif

#define STACK_BYTES (WITH_ASAN || WITH_TSAN ? 4 * MIB : MIB)

struct stack {
	char *low; /* owned mapping; its first page is the guard */
	size_t size;
	ucontext_t inside, outside;
	void (*fn)(void *arg);
	void *arg;
#if WITH_ASAN
	void *fake_inside, *fake_outside; /* the sanitizer's own stacks */
	const void *outside_low;
	size_t outside_size;
#endif
#if WITH_TSAN
	void *fiber_inside, *fiber_outside;
#endif
};

static void switch_in(struct stack *s)
{
#if WITH_ASAN
	__sanitizer_start_switch_fiber(&s->fake_outside, s->low, s->size);
#endif
#if WITH_TSAN
	s->fiber_outside = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(s->fiber_inside, 0);
#endif
	if (swapcontext(&s->outside, &s->inside))
		abort();
#if WITH_ASAN
	__sanitizer_finish_switch_fiber(s->fake_outside, NULL, NULL);
#endif
}

static void switch_out(struct stack *s)
{
#if WITH_ASAN
	__sanitizer_start_switch_fiber(&s->fake_inside, s->outside_low, s->outside_size);
#endif
#if WITH_TSAN
	__tsan_switch_to_fiber(s->fiber_outside, 0);
#endif
	if (swapcontext(&s->inside, &s->outside))
		abort();
#if WITH_ASAN
	__sanitizer_finish_switch_fiber(s->fake_inside, &s->outside_low, &s->outside_size);
#endif
}

/* The bottom of the stack: one call a round, for ever. makecontext passes ints only. */
static void rounds(unsigned high, unsigned low)
{
	struct stack *s = (struct stack *)(uintptr_t)((uint64_t)high << 32 | low); /* NOLINT: it was one */

#if WITH_ASAN
	__sanitizer_finish_switch_fiber(NULL, &s->outside_low, &s->outside_size);
#endif
	for (;;) {
		s->fn(s->arg);
		switch_out(s);
	}
}

struct stack *stack_new(void)
{
	struct stack *s = mem_zalloc(sizeof *s);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t self = (uintptr_t)s;

	s->size = STACK_BYTES;
	s->low = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (s->low == MAP_FAILED || mprotect(s->low, page, PROT_NONE) || getcontext(&s->inside))
		abort(); /* like any other memory that is not there */
	s->inside.uc_stack.ss_sp = s->low;
	s->inside.uc_stack.ss_size = s->size;
	s->inside.uc_link = NULL;
	makecontext(&s->inside, (void (*)(void))rounds, 2, (unsigned)(self >> 32), (unsigned)self);
#if WITH_TSAN
	s->fiber_inside = __tsan_create_fiber(0);
#endif
	return s;
}

void stack_free(struct stack *s)
{
#if WITH_TSAN
	__tsan_destroy_fiber(s->fiber_inside);
#endif
	munmap(s->low, s->size);
	free(s);
}

void stack_run(struct stack *s, void (*fn)(void *arg), void *arg)
{
	s->fn = fn;
	s->arg = arg;
	switch_in(s);
}
