/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as each message between Configuration Manager and device. What a reader takes, the writer
 * must write, and reading that again must give the same message: nothing is lost, nothing is read two ways.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/bbum_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void poll_again(const char *p, size_t n)
{
	struct bbum_poll_msg one, two;
	char mark_one[17], mark_two[17];
	STR(first, 64 * KIB);
	STR(second, 64 * KIB);
	struct err e;

	if (bbum_poll_read(p, n, &one, &e)) {
		must(e.code == ERR_JSON || e.code == ERR_JSON_FIELD);
		return;
	}
	/* Checks of a Manifest that has no name are not written. */
	bbum_poll_write(&one, &first);
	must(!first.over && !bbum_poll_read(str_c(&first), first.len, &two, &e));
	bbum_poll_write(&two, &second);
	must(first.len == second.len && memcmp(first.p, second.p, first.len) == 0);
	bbum_status_mark(&one.status, mark_one);
	bbum_status_mark(&two.status, mark_two);
	must(strcmp(mark_one, mark_two) == 0);
}

static void answer_again(const char *p, size_t n)
{
	struct bbum_answer_msg one, two;
	STR(first, 64 * KIB);
	STR(second, 64 * KIB);
	struct err e;

	if (bbum_answer_read(p, n, &one, &e))
		return;
	must(one.command == BBUM_CMD_NONE || (one.cycle_id > 0 && one.seq > 0));
	if (one.command == BBUM_COMMANDS)
		return; /* a kind that has no word here */
	bbum_answer_write(&one, &first);
	must(!first.over && !bbum_answer_read(str_c(&first), first.len, &two, &e));
	bbum_answer_write(&two, &second);
	must(first.len == second.len && memcmp(first.p, second.p, first.len) == 0);
}

static void manifest_again(const char *p, size_t n)
{
	struct bbum_manifest one, two;
	STR(first, 64 * KIB);
	struct jw w = jw_start(&first);
	struct err e;

	if (bbum_manifest_read(p, n, &one, &e))
		return;
	must(one.size > 0 && strlen(one.hash) == 64 && one.image[0] == '/');
	bbum_manifest_write(&one, &w);
	must(!bbum_manifest_read(str_c(&first), first.len, &two, &e));
	must(strcmp(one.name, two.name) == 0 && strcmp(one.hash, two.hash) == 0 && one.size == two.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	poll_again((const char *)data, size);
	answer_again((const char *)data, size);
	manifest_again((const char *)data, size);
	return 0;
}
