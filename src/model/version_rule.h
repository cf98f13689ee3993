/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a vendor writes the versions of several components into one text. A rule is stated by somebody; without
 *one a text is one version, and a text that does not fit its rule is no version at all: nothing is guessed.
 *
 *	rule     = a sequence of:  text that must stand there    {NAME} the version of component NAME    *
 *anything example    "MCC {MCC}; SCC [{SCC}, *]"   reads   "MCC 1.2.0; SCC [0.12.0, 0.13.0]"   as MCC 1.2.0,
 *SCC 0.12.0
 *
 * A {NAME} takes one character or more, as few as let the rest fit; no blanks at its ends. * takes none or
 *more, as few as let the rest fit. \ before { } * \ takes the character as it is. Two captures or stars need
 *text between them, so that there is one reading only. Names are those of components: 1 to 50 bytes, each
 *once, and not `default`. Pure.
 */
#ifndef FIRPATH_MODEL_VERSION_RULE_H
#define FIRPATH_MODEL_VERSION_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define VERSION_RULE_MAX 256 /* bytes of a rule */
#define VERSION_RULE_NAMES 16

struct version_rule_found {
	int n;
	struct {
		char name[51], version[51];
	} v[VERSION_RULE_NAMES];
};
/* ERR_INVALID says what is wrong and where. */
int version_rule_check(const char *rule, struct err *e) MUST_USE;
/* false: the text does not fit; found is untouched. The rule must have passed version_rule_check. */
bool version_rule_apply(const char *rule, const char *text, struct version_rule_found *found);

#endif
