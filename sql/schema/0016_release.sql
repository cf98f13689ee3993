-- SPDX-License-Identifier: Apache-2.0
-- Releases: firmware of charging station components, with what is needed to trust them (doc/adr/0009-stations.md). A release is
-- invisible to the catalogue until it is published; publishing makes its entry in the same transaction. Times UTC ms.

CREATE TABLE release (
	id           @id@,
	entry_id     @int@ UNIQUE REFERENCES entry (id), -- once published
	public_id    TEXT NOT NULL,                -- 'vendor/model/component@version' as ident.h spells it
	vendor       TEXT NOT NULL, model TEXT NOT NULL, component TEXT NOT NULL, version TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'published', 'withdrawn')),
	position     @int@,                        -- order within the model; NULL = after all others
	document     TEXT NOT NULL,                -- RFC 8785 JSON as it was registered (doc/releases.md)
	digest       TEXT NOT NULL,                -- SHA-256 of document; what is approved
	image_hash   TEXT NOT NULL,                -- SHA-256, 64 upper hex digits
	image_md5    TEXT,                         -- 32 lower hex digits (PublishFirmware), made when the image arrives
	image_bytes  @int@,
	regulated    @int@ NOT NULL CHECK (regulated IN (0, 1)),
	certificate  TEXT NOT NULL DEFAULT '',     -- number of the type examination certificate; '' = none recorded
	security_at  @int@,                        -- a security patch: when the vulnerability was disclosed
	signature    TEXT, signing_certificate TEXT, -- what goes into OCPP requests: base64, PEM; NULL = not signed
	report       TEXT NOT NULL DEFAULT '',     -- JSON: what was verified, when published
	org_id       @int@,                        -- whose it is while it is a draft; NULL = nobody's
	created_by   TEXT NOT NULL, created_account @int@, created_at @int@ NOT NULL, -- account NULL = it was none
	approved_by  TEXT, approved_at @int@,
	published_by TEXT, published_at @int@,
	ended_at     @int@
) @strict@;
CREATE UNIQUE INDEX release_standing ON release (public_id) WHERE state <> 'withdrawn';
CREATE INDEX release_image ON release (image_hash) WHERE state = 'published';
CREATE INDEX release_model ON release (vendor, model, component, id);
CREATE INDEX release_public ON release (public_id, id);

CREATE TABLE release_sbom (
	release_id @int@ NOT NULL PRIMARY KEY REFERENCES release (id),
	format     TEXT NOT NULL CHECK (format IN ('CycloneDX', 'SPDX')),
	format_version TEXT NOT NULL,
	digest     TEXT NOT NULL,
	text       TEXT NOT NULL,                  -- as it came
	added_at   @int@ NOT NULL
) @strict@;
-- Its parts: name and version, for searches ("who holds openssl 3.0.1?").
CREATE TABLE release_part (
	release_id @int@ NOT NULL REFERENCES release (id),
	n          @int@ NOT NULL,
	name       TEXT NOT NULL, version TEXT NOT NULL,
	purl       TEXT NOT NULL DEFAULT '', licence TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (release_id, n)
) @strict@;
CREATE INDEX release_part_name ON release_part (name, version);

-- One release per component of one charger model, meant to run together.
CREATE TABLE release_set (
	id         @id@,
	name       TEXT NOT NULL UNIQUE,
	vendor     TEXT NOT NULL, model TEXT NOT NULL,
	note       TEXT NOT NULL,
	created_by TEXT NOT NULL, created_at @int@ NOT NULL
) @strict@;
CREATE TABLE release_set_part (
	set_id     @int@ NOT NULL REFERENCES release_set (id),
	component  TEXT NOT NULL,
	release_id @int@ NOT NULL REFERENCES release (id),
	PRIMARY KEY (set_id, component)
) @strict@;
