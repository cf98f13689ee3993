/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand, for tests of what the service does with devices that fail: "WHAT@WHERE[:COUNT]", several
 * separated by commas. COUNT = how often it happens (default: every time); what was used up is memorised by
 * the device, so a fault that ends the process does not come back for ever.
 *
 *	fail     the step fails, and the device says so
 *	stall    the step never ends, until the process is ended
 *	lie      the step is said to be done, but is not (report: another version is told than runs)
 *	vanish   the process ends without a word (with --many: the device falls silent)
 *	corrupt  what the step made is damaged (download: a byte differs; install: the stored image)
 */
#ifndef FIRPATH_AGENT_FAULT_H
#define FIRPATH_AGENT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum fault_what { FAULT_NONE, FAULT_FAIL, FAULT_STALL, FAULT_LIE, FAULT_VANISH, FAULT_CORRUPT, FAULT_WHATS };
extern const char *const fault_what_text[FAULT_WHATS + 1];

enum fault_where {
	FAULT_AT_DOWNLOAD,
	FAULT_AT_VERIFY,
	FAULT_AT_INSTALL,
	FAULT_AT_RESTART,
	FAULT_AT_REPORT,
	FAULT_WHERES
};
extern const char *const fault_where_text[FAULT_WHERES + 1];

#define FAULTS_MAX 8
struct faults {
	struct {
		enum fault_what what;
		enum fault_where where;
		int64_t count; /* -1 = every time */
	} v[FAULTS_MAX];
	int n;
};

/* text may be empty. ERR_USAGE names the word that is not known. */
int faults_parse(const char *text, struct faults *ret, struct err *e) MUST_USE;
/* Does one happen here now? used[i] counts what fault i did; the caller keeps it. */
enum fault_what fault_at(const struct faults *f, enum fault_where where, int64_t used[FAULTS_MAX]);

#endif
