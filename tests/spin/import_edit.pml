/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An import against an edit. An import is judged against the catalogue that was newest when it was read, and applied later;
 * an editor publishes meanwhile. The guard: the transaction that applies it compares revisions and judges anew when they
 * differ. BUG leaves the guard out. Promise: what is applied was judged against exactly the catalogue that it changes, so
 * no publication is overwritten by somebody who had not seen it, and readers see whole revisions only.
 */
#define EDITS 2

byte revision = 1;
byte statement = 0; /* who wrote the statement that both want to write: 0 nobody, 1.. the editor's publications, 100 import */
byte seen;          /* what the importer's judgement was made against */
bool torn = false;  /* a reader saw half of a revision */
byte pair_a = 1, pair_b = 1; /* two rows that change in one revision */

proctype editor()
{
	byte n = 0;

	do
	:: n < EDITS -> atomic { n++; statement = n; revision++; pair_a = revision; pair_b = revision }
	:: break
	od
}

proctype importer()
{
	byte base;

again:
	atomic { base = revision; seen = statement };
	atomic {
#ifndef BUG
		if
		:: revision != base -> goto again
		:: else
		fi;
#endif
		assert(statement == seen); /* else it overwrites what it never saw */
		statement = 100;
		revision++;
		pair_a = revision;
		pair_b = revision
	}
}

proctype reader()
{
	byte a, b;

	d_step { a = pair_a; b = pair_b }; /* one read transaction */
	assert(a == b)
}

init { atomic { run editor(); run importer(); run reader() } }
