/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership by scope. A local declared with OWN(x_free) is released when it leaves scope; MOVE(p) hands it
 * over. Declare in order of acquisition: release runs in reverse. Early return is then always right.
 */
#ifndef FIRPATH_BASE_OWN_H
#define FIRPATH_BASE_OWN_H

#define OWN(fn) __attribute__((cleanup(fn##_own)))

/* Makes fn usable in OWN() for variables of type T *. fn must accept non-NULL only once; NULL is skipped. */
#define DEFINE_OWN(T, fn)                                                                                    \
	static inline void fn##_own(T **p)                                                                   \
	{                                                                                                    \
		if (*p)                                                                                      \
			fn(*p);                                                                              \
	}

/* Makes fn usable in OWN() for embedded structs (x_done style: variable is the struct itself). */
#define DEFINE_OWN_VAL(T, fn)                                                                                \
	static inline void fn##_own(T *p)                                                                    \
	{                                                                                                    \
		fn(p);                                                                                       \
	}

#define MOVE(p)                                                                                              \
	__extension__({                                                                                      \
		__typeof__(p) p_ = (p);                                                                      \
		(p) = NULL;                                                                                  \
		p_;                                                                                          \
	})

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
