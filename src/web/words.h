/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stable codes as sentences, and dates, identities and numbers as people read them: the filters of our
 * templates. A code without a row is shown as it is, never left out.
 *
 *   date moment clock    1 June 2023; 1 June 2023 at 09:00 UTC; 09:00:12
 *   sentence             a capital first, a full stop last
 *   person               whom an audit name means: "user:ada" is ada
 *   charger named        an entry or model of a charger as vendor, model, component, version (charger:
 * nothing for others; named: others as they are); set_name: the name in set:NAME octets decimal    hex digits
 * -> 00:04:0A:01, 0.4.10.1 (nothing for what is not hex) count many thousands lasting    length of an array
 * (nothing for none); 12,345; 2 h 5 min kind_word source_word why_word warning hop_warning obstacle
 * state_word phase_word reason_word change_word target_word tag role_word org_word vehicle_word check_word
 * answer_word
 */
#ifndef FIRPATH_WEB_WORDS_H
#define FIRPATH_WEB_WORDS_H

#include "web/template.h"

/* words_fleet.c: the filters charger, named, reason_word, target_word, set_name. */
void words_charger(const struct json *v, struct str *out);
void words_named(const struct json *v, struct str *out);
void words_reason(const struct json *v, struct str *out);
void words_target(const struct json *v, struct str *out);
void words_set(const struct json *v, struct str *out);

extern const struct template_filter web_filters[];

/* The sentence for a code in one of the tables ("warning", "why_word", ...); NULL when it has none. For
 * tests. */
const char *word_of(const char *table, const char *code);

#endif
