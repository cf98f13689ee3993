-- SPDX-License-Identifier: Apache-2.0
-- What people keep by the pages: lists of devices to check again. Nothing is kept unless somebody asks for it, and
-- whoever may see a list may remove it for good.

CREATE TABLE saved_list (
	id         @id@,
	org_id     @int@ REFERENCES organisation (id), -- whose list it is; NULL = the account's alone
	account_id @int@ NOT NULL REFERENCES account (id), -- who saved it
	name       TEXT NOT NULL,
	target     TEXT NOT NULL,                 -- what its devices shall run: 'latest' or an identity
	devices    @int@ NOT NULL,                -- rows when it was saved
	text       TEXT NOT NULL,                 -- as it was given
	added_at   @int@ NOT NULL                 -- UTC ms
) @strict@;
CREATE INDEX saved_list_org ON saved_list (org_id);
CREATE INDEX saved_list_account ON saved_list (account_id);
