-- SPDX-License-Identifier: Apache-2.0
-- GBCS firmware images (doc/adr/0010-meters.md, 3). The Manufacturer Image itself is a file, known by its hash.

-- OTA headers. One image may have several: it is listed for several models, or once more under another version.
CREATE TABLE ota_image (
	sha256       TEXT NOT NULL,                -- of the Manufacturer Image, 64 upper hex digits
	manufacturer TEXT NOT NULL,                -- 4 upper hex digits
	image_type   TEXT NOT NULL,                -- 4 upper hex digits
	version      TEXT NOT NULL,                -- 8 upper hex digits
	hw_min       TEXT NOT NULL,                -- 4 upper hex digits, version then revision; '' = no limit
	hw_max       TEXT NOT NULL,
	header       TEXT NOT NULL,                -- as it came, hex digits
	size         @int@ NOT NULL,               -- of the Manufacturer Image, bytes
	added_by     TEXT NOT NULL,
	added_at     @int@ NOT NULL,
	PRIMARY KEY (sha256, manufacturer, image_type, version, hw_min, hw_max)
) @strict@;

-- Authorising Remote Party Signatures over the Manufacturer Image: of each supplier that distributes it.
CREATE TABLE ota_signature (
	sha256    TEXT NOT NULL,
	user_eui  @int@ NOT NULL,
	signature TEXT NOT NULL,                   -- r and s, 128 upper hex digits
	signed_by TEXT NOT NULL,
	signed_at @int@ NOT NULL,
	PRIMARY KEY (sha256, user_eui)
) @strict@;
