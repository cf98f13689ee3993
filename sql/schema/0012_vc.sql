-- SPDX-License-Identifier: Apache-2.0
-- Vehicle Configurations that this service holds (OCORA-TWS15-060 annex, 5.1.1, 5.1.2.2-4). The files are in folders
-- (vc_inbox, vc_dir); what was found in them when they were last looked at is here.

-- One folder of the inbox, or one that was taken into the service's own keeping. n never changes and is never given
-- again, so that "activate vc 2" means the same tomorrow (Z21).
CREATE TABLE vc (
	id          @id@,
	n           @int@ NOT NULL UNIQUE,
	folder      TEXT NOT NULL,                -- its name in the inbox
	config_id   TEXT,                         -- of the Vehicle Manifest, lower case; NULL = it could not be read
	type_id     TEXT,                         -- of the vehicle
	name        TEXT,
	version     TEXT,                         -- Release Version
	manifest    TEXT,                         -- path of the Vehicle Manifest in the folder
	hash        TEXT,                         -- SHA-256 of its canonical form, with all that it references
	state       TEXT NOT NULL CHECK (state IN ('arriving', 'stored', 'verified', 'failed', 'gone')),
	mark        TEXT NOT NULL,                -- what the folder looked like: names, sizes, times; '' = not complete
	kept        @int@ NOT NULL CHECK (kept IN (0, 1)), -- copied into vc_dir: may be active
	report      TEXT NOT NULL,                -- JSON: the newest verify report, '' = none
	seen_at     @int@ NOT NULL,               -- when the folder was first seen, UTC ms
	verified_at @int@                         -- of the report
) @strict@;
CREATE INDEX vc_config ON vc (config_id);

-- The Building Blocks of a kept Vehicle Configuration, in the order of the Manifest.
CREATE TABLE vc_bb (
	vc_id     @int@ NOT NULL REFERENCES vc (id),
	n         @int@ NOT NULL,                 -- 1, 2, 3 ...
	type_id   TEXT NOT NULL,                  -- lower case
	config_id TEXT,
	name      TEXT NOT NULL,
	version   TEXT NOT NULL,                  -- Release Version
	functional TEXT NOT NULL,                 -- Functional Version
	system    TEXT NOT NULL,                  -- names of the Systems above it, joined by " / "
	wave      @int@ NOT NULL,                 -- place in the update sequence, from 0
	depends   TEXT NOT NULL,                  -- JSON: [{"type_id","name","required","has","fits","sentence"}]
	network   TEXT NOT NULL,                  -- allowed IPv4 addresses, separated by blanks, after inheritance
	manifest  TEXT NOT NULL,                  -- the BB Manifest, canonical JSON with its Signature
	hash      TEXT NOT NULL,                  -- SHA-256 of it, 64 upper hex digits
	archives  TEXT NOT NULL,                  -- JSON: [{"kind","name","type_id","version","hash","size","path"}]
	PRIMARY KEY (vc_id, n)
) @strict@;
