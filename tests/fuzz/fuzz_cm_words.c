/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a command of the Configuration Manager, as it comes by REST, SSH and pipe. What is understood
 * is within its limits; what is refused says so in printable words and changes nothing; what completion
 * offers continues what was typed.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/cm_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void read_line(const char *text)
{
	struct cm_line l, before;
	struct err e;

	memset(&l, 0x5a, sizeof l);
	before = l;
	if (cm_line_parse(text, &l, &e)) {
		need(e.code == ERR_USAGE && *e.msg && !memcmp(&l, &before, sizeof l));
		for (const char *p = e.msg; *p; p++)
			need(isprint((unsigned char)*p));
		return;
	}
	need(l.command >= 0 && l.command < CM_CMDS && l.n >= 0);
	need((l.command == CM_CMD_VERB) == (l.verb < SITE_VERBS));
	need(l.last >= 0 && l.last <= CM_LOG_LAST_MAX);
	if (l.command == CM_CMD_VERB || l.command == CM_CMD_LIST_BB || l.command == CM_CMD_SHOW_LOG)
		need(l.n <= SITE_BBS_MAX);
	need(memchr(l.event, '\0', sizeof l.event) && memchr(l.answer, '\0', sizeof l.answer));
	for (const char *p = l.answer; *p; p++)
		need(isprint((unsigned char)*p) && !isupper((unsigned char)*p));
}

static void complete(const char *text)
{
	const char *begun = text + strlen(text);
	char word[32];

	while (begun > text && begun[-1] != ' ' && begun[-1] != '\t')
		begun--;
	for (int i = 0; cm_complete(text, i, word); i++) {
		need(i < 64 && *word && strlen(word) >= strlen(begun));
		for (size_t k = 0; k < strlen(begun); k++)
			need(word[k] == tolower((unsigned char)begun[k]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	read_line(text);
	complete(text);
	free(text);
	return 0;
}
