/* SPDX-License-Identifier: Apache-2.0 */
/* Which fault happens when, and what the service side did wrong. */
#include "fake.h"

#include <string.h>

const char *const kind_text[KINDS] = { "ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD" };
const char *const status_text[STATUSES] = { "Pending",        "Commissioned", "Suspended",
					    "Decommissioned", "Withdrawn",    "InstalledNotCommissioned" };
const char *const word_text[WORD_COUNT] = {
#define X(id, text, what) text,
	WORDS(X)
#undef X
};
const char *const word_what[WORD_COUNT] = {
#define X(id, text, what) what,
	WORDS(X)
#undef X
};
const char *const sin_text[SINS] = { "bricked",   "doubled", "counter-reused", "counter-fell", "signature",
				     "structure", "service", "target",         "role",         "list",
				     "image",     "to-hub",  "to-type-2",      "misfit",       "hub-cannot",
				     "early",     "command", "signed-lie",     "replayed",     "not-its" };

int word_named(const char *text)
{
	for (int i = 0; i < WORD_COUNT; i++)
		if (!strcmp(text, word_text[i]))
			return i;
	return -1;
}

static uint32_t *faults_of(struct world *w, uint32_t meter)
{
	return meter == NOBODY ? &w->faults : &w->meter[meter].faults;
}

void fault_add(struct world *w, uint32_t meter, enum word word, int64_t times, int64_t arg)
{
	uint32_t *first = faults_of(w, meter);

	for (uint32_t i = *first; i; i = w->fault[i - 1].next)
		if (w->fault[i - 1].word == word) { /* said anew */
			w->fault[i - 1].left = times;
			w->fault[i - 1].arg = arg;
			return;
		}
	w->fault = grow(w->fault, &w->cfaults, w->nfaults + 1, sizeof *w->fault);
	w->fault[w->nfaults++] = (struct fault){ meter, word, *first, times, arg };
	*first = (uint32_t)w->nfaults;
}

bool fault_now(struct world *w, uint32_t meter, enum word word, int64_t *ret_arg)
{
	for (uint32_t i = *faults_of(w, meter); i; i = w->fault[i - 1].next) {
		struct fault *f = &w->fault[i - 1];

		if (f->word != word || !f->left)
			continue;
		if (f->left > 0)
			f->left--;
		if (ret_arg)
			*ret_arg = f->arg;
		return true;
	}
	if (w->rate[word] <= 0 || (double)(chance(&w->random) >> 11) / 9007199254740992.0 >= w->rate[word])
		return false;
	if (ret_arg)
		*ret_arg = w->rate_arg[word];
	return true;
}

void sin_add(struct world *w, enum sin s, uint32_t meter, const char *detail)
{
	char eui[EUI_SIZE] = "-";

	w->sin[s]++;
	if (meter != NOBODY)
		eui_text(w->meter[meter].eui, eui);
	if (w->sin[s] <= 20)
		fprintf(stderr, "firpath-fakedcc: %s: %s: %s\n", sin_text[s], eui, detail);
}
