/* SPDX-License-Identifier: Apache-2.0 */
/*
 * T07: two approvers, and an author who edits between reading and approving. An approval names the content that its
 * approver read (a hash); the transaction that publishes compares. BUG approves "the proposal", whatever it says by then.
 * Promise: what is published was read by its approver, by another person than the author, and is published once.
 */
#define AUTHOR 0
#define CONTENTS 3

byte content = 1;      /* the proposal's content, changes with each edit */
bool published = false;
byte times = 0, published_content, approver_read, approver = 255;

proctype author()
{
	do
	:: atomic { content < CONTENTS && !published -> content++ }
	:: break
	od
}

proctype approve(byte who)
{
	byte mine;

	mine = content; /* reads the page */
	atomic { /* the transaction */
		if
		:: who == AUTHOR -> goto end /* 403: whatever other roles that account has */
		:: else
		fi;
		if
		:: published -> goto end /* 409: somebody was faster */
		:: else
		fi;
#ifndef BUG
		if
		:: content != mine -> goto end /* 409: it is another proposal now */
		:: else
		fi;
#endif
		published = true;
		times++;
		published_content = content;
		approver_read = mine;
		approver = who;
		assert(approver_read == published_content);
		assert(approver != AUTHOR);
		assert(times == 1)
	};
end:	skip
}

init { atomic { run author(); run approve(AUTHOR); run approve(1); run approve(2) } }
