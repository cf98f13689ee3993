-- SPDX-License-Identifier: Apache-2.0
-- OTA headers of images, and suppliers' signatures over them.

-- name: ota_of :many
SELECT sha256, manufacturer, image_type, version, hw_min, hw_max, header, size, added_by, added_at
FROM ota_image WHERE sha256 = :sha256 ORDER BY manufacturer, image_type, version, hw_min, hw_max;

-- name: ota_add :exec
INSERT INTO ota_image (sha256, manufacturer, image_type, version, hw_min, hw_max, header, size, added_by, added_at)
VALUES (:sha256, :manufacturer, :image_type, :version, :hw_min, :hw_max, :header, :size, :added_by, :added_at);

-- The next image by hash.
-- name: ota_next :many
SELECT sha256 FROM ota_image WHERE sha256 > :after ORDER BY sha256 LIMIT 1;

-- name: ota_signatures :many
SELECT sha256, user_eui, signature, signed_by, signed_at FROM ota_signature WHERE sha256 = :sha256 ORDER BY user_eui;

-- name: ota_signature_get :many
SELECT sha256, user_eui, signature, signed_by, signed_at FROM ota_signature WHERE sha256 = :sha256 AND user_eui = :user_eui;

-- name: ota_signature_put :exec
INSERT INTO ota_signature (sha256, user_eui, signature, signed_by, signed_at)
VALUES (:sha256, :user_eui, :signature, :signed_by, :signed_at)
ON CONFLICT (sha256, user_eui) DO UPDATE SET signature = excluded.signature, signed_by = excluded.signed_by,
	signed_at = excluded.signed_at;
