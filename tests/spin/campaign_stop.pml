/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G12, T43: stopping a campaign, or taking a device away from it, while the runner works. Two walks share one runner that
 * looks at the campaign, thinks, and writes. The guard: it reads the campaign's state in the transaction that decides a
 * push. BUG uses the state it remembered. Promise: once the stop is kept, no push is; every walk ends; what was pushed
 * before ends with its hop, and no walk begins another one.
 */
#define WALKS 2
#define HOPS 2

bool stopped = false;  /* the store */
byte pushed[WALKS];    /* hops begun */
byte ended = 0;
byte at_stop[WALKS];   /* hops begun when the stop was kept */

proctype operator()
{
	if
	:: atomic { stopped = true; at_stop[0] = pushed[0]; at_stop[1] = pushed[1] }
	:: true /* or never */
	fi
}

proctype walk(byte w)
{
	bool remembered;

	do
	:: pushed[w] == HOPS -> break
	:: else ->
		remembered = stopped;
		if
		:: remembered -> break
		:: else
		fi;
		atomic {
#ifndef BUG
			if
			:: stopped -> break
			:: else
			fi;
#endif
			pushed[w]++;
			assert(!stopped)
		};
		skip /* the device installs: nobody takes that back */
	od;
	atomic {
		ended++;
		assert(!stopped || pushed[w] <= at_stop[w] || at_stop[w] == HOPS)
	}
}

init {
	atomic { run operator(); run walk(0); run walk(1) };
	ended == WALKS /* a walk that does not end is an invalid end state */
}
