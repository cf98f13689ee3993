/* SPDX-License-Identifier: Apache-2.0 */
/*
 * F9, T08: a push against an edit. The runner decides from a snapshot that it took some time before; an editor withdraws
 * and restates the edge meanwhile, and the service may die at any point and begin again from what is stored. The guard:
 * the transaction that writes the push looks whether the snapshot's revision is still the newest, and reads anew when not.
 * BUG leaves the guard out. Promise: no push is ever kept while the edge does not stand; the device is triggered at most
 * once by one command, however often it is sent.
 */
#define EDITS 3
#define DEATHS 2

bool edge = true;      /* the store: does the edge stand */
byte revision = 1;     /* the store: of the catalogue */
byte command = 0;      /* the store: number of the newest command, 0 = none */
bool sent = false;     /* on its way to the device */
byte followed = 0;     /* commands that the device followed, and the newest of them */
byte followed_last = 0;
bool held = false;

proctype editor()
{
	byte n = 0;

	do
	:: n < EDITS -> atomic { edge = !edge; revision++; n++ }
	:: break
	od
}

proctype runner()
{
	bool snap_edge;
	byte snap_revision, deaths = 0;

begin:
	/* After a death: what is stored is sent again, with its number. */
	if
	:: command != 0 -> sent = true; goto end
	:: else
	fi;
again:
	atomic { snap_edge = edge; snap_revision = revision };
	if
	:: !snap_edge -> held = true; goto end
	:: else
	fi;
	if
	:: deaths < DEATHS -> deaths++; goto begin
	:: true
	fi;
	atomic { /* the transaction: nobody else writes in it */
#ifndef BUG
		if
		:: revision != snap_revision -> goto again
		:: else
		fi;
#endif
		command++;
		assert(edge)
	};
	if
	:: deaths < DEATHS -> deaths++; goto begin /* between commit and sending */
	:: true
	fi;
	sent = true;
	if
	:: deaths < DEATHS -> deaths++; goto begin /* after sending: sent once more */
	:: true
	fi;
end:	skip
}

proctype device()
{
	do
	:: atomic { sent -> sent = false;
		if
		:: command != followed_last -> followed_last = command; followed++
		:: else /* heard before */
		fi;
		assert(followed <= 1) }
	:: timeout -> break
	od
}

init { atomic { run editor(); run runner(); run device() } }
