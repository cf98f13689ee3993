-- SPDX-License-Identifier: Apache-2.0
-- Radio data and embargoed notes.

-- What may not be public about the radio of an entry.
CREATE TABLE radio (
	entry        TEXT NOT NULL PRIMARY KEY,   -- Entry ID
	manufacturer TEXT NOT NULL,               -- code, 4 upper hex digits
	band         TEXT NOT NULL CHECK (band IN ('', '2.4-ghz', 'sub-ghz', 'dual')),
	chipset      TEXT NOT NULL,               -- vendor of the chipset, '' = not known
	stack        TEXT NOT NULL,               -- version of the ZigBee stack, '' = not known
	rev          @int@ NOT NULL,              -- counts its changes, from 1
	who          TEXT NOT NULL,
	at           @int@ NOT NULL               -- UTC ms
) @strict@;

-- Notes about an entry that may be public from a date on (T47).
CREATE TABLE note (
	id         @id@,
	entry      TEXT NOT NULL,
	text       TEXT NOT NULL,
	release_at @int@ NOT NULL,                -- UTC ms
	who        TEXT NOT NULL,
	at         @int@ NOT NULL
) @strict@;
CREATE INDEX note_entry ON note (entry, release_at);
