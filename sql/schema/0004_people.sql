-- SPDX-License-Identifier: Apache-2.0
-- People and machines: organisations, accounts, sessions, API tokens. No secret is kept, only digests of secrets.
-- Accounts and organisations are never deleted: the audit names them.

CREATE TABLE organisation (
	id       @id@,
	name     TEXT NOT NULL UNIQUE,
	kind     TEXT NOT NULL,                   -- 'supplier', 'manufacturer', 'secas', 'ssc', 'cpo', 'operator', 'other'
	codes    TEXT NOT NULL,                   -- its manufacturer codes, upper case, separated by blanks; '' = none
	rev      @int@ NOT NULL,                  -- counts its changes, from 1: the validator of If-Match
	added_at @int@ NOT NULL                   -- UTC ms
) @strict@;

CREATE TABLE account (
	id       @id@,
	login    TEXT NOT NULL UNIQUE,            -- lower case
	name     TEXT NOT NULL,                   -- as people write it
	org_id   @int@ REFERENCES organisation (id), -- NULL = none
	roles    @int@ NOT NULL,                  -- set of bits of enum role
	state    TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
	password TEXT,                            -- 'scrypt$log2N$r$p$salt$digest' in hex, NULL = signs in elsewhere or not at all
	issuer   TEXT,                            -- OpenID Connect: who vouches, and
	subject  TEXT,                            -- for whom; both or none
	rev      @int@ NOT NULL,                  -- counts its changes, from 1
	added_at @int@ NOT NULL,                  -- UTC ms
	UNIQUE (issuer, subject),
	CHECK ((issuer IS NULL) = (subject IS NULL))
) @strict@;
CREATE INDEX account_org ON account (org_id);

-- Sessions of browsers; a row that has ended is removed.
CREATE TABLE session (
	id         @id@,
	hash       TEXT NOT NULL UNIQUE,          -- SHA-256 of the session's secret
	account_id @int@ NOT NULL REFERENCES account (id),
	made_at    @int@ NOT NULL,                -- UTC ms of the sign-in
	used_at    @int@ NOT NULL                 -- UTC ms; written at most once a minute
) @strict@;
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_used ON session (used_at);

CREATE TABLE api_token (
	id         @id@,
	hash       TEXT NOT NULL UNIQUE,          -- SHA-256 of the token
	prefix     TEXT NOT NULL,                 -- its first characters, to recognise it by
	label      TEXT NOT NULL,                 -- what it is for
	account_id @int@ NOT NULL REFERENCES account (id),
	roles      @int@ NOT NULL,                -- at most these of the account's roles
	made_at    @int@ NOT NULL,                -- UTC ms
	ends_at    @int@ NOT NULL,                -- UTC ms
	used_at    @int@,                         -- UTC ms, NULL = never; written at most once a minute
	revoked_at @int@                          -- UTC ms, NULL = it was not
) @strict@;
CREATE INDEX api_token_account ON api_token (account_id);
