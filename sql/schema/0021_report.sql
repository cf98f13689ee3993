-- SPDX-License-Identifier: Apache-2.0
-- Reports count a fleet by what it runs without reading its rows: the first index holds all that is counted, the second
-- one what devices say of themselves where the catalogue knows no entry for it.

CREATE INDEX device_count ON device (org_id, entry_id, adapter, entry_why);
CREATE INDEX device_unknown ON device (org_id, scheme, manufacturer, model, hardware, version, adapter, entry_why, entry_id)
	WHERE entry_why <> 'known';
