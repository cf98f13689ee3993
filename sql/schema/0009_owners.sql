-- SPDX-License-Identifier: Apache-2.0
-- Whose devices, sites and campaigns they are, and what a campaign does when the graph changes under it.
-- org_id is an organisation(id) of 0004; NULL = nobody's: the operator's own. Names are unique within one owner only, so
-- that a name that is taken elsewhere tells nobody that it is (T34). What was the unique name becomes a key of owner and
-- name ('7/meter-1'; owner 0 = nobody), kept by the statements that write; nothing else reads it.

ALTER TABLE site RENAME COLUMN name TO owner_key;
ALTER TABLE site ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE site ADD COLUMN org_id @int@;
UPDATE site SET name = owner_key, owner_key = '0/' || owner_key;
CREATE INDEX site_named ON site (name);
CREATE INDEX site_org ON site (org_id, id);

ALTER TABLE device RENAME COLUMN name TO owner_key;
ALTER TABLE device ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN org_id @int@;
UPDATE device SET name = owner_key, owner_key = '0/' || owner_key;
CREATE INDEX device_named ON device (name, id);
CREATE INDEX device_org ON device (org_id, id);

ALTER TABLE campaign RENAME COLUMN name TO owner_key;
ALTER TABLE campaign ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN org_id @int@;
UPDATE campaign SET name = owner_key, owner_key = '0/' || owner_key;
CREATE INDEX campaign_named ON campaign (name);
CREATE INDEX campaign_org ON campaign (org_id, id);
-- Between two hops, when the recorded plan is not what would be planned now.
ALTER TABLE campaign ADD COLUMN on_change TEXT NOT NULL DEFAULT 'hold' CHECK (on_change IN ('hold', 'finish-recorded', 'replan'));
-- May a plan hold a hop to an entry at an earlier position (a stated downgrade)?
ALTER TABLE campaign ADD COLUMN allow_downgrade @int@ NOT NULL DEFAULT 0 CHECK (allow_downgrade IN (0, 1));
UPDATE campaign SET once_key = '0/' || once_key;
