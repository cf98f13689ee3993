/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/ota share. */
#ifndef FIRPATH_CORE_OTA_P_H
#define FIRPATH_CORE_OTA_P_H

#include "core/ota.h"
#include "store/store_ota.h"

#define OTA_HEADER_HEX (2 * OTA_HEADER_MAX + 1)

/* The header of a row; false: the row is damaged. */
bool ota_row_header(const struct store_ota *row, uint8_t buf[OTA_HEADER_MAX], struct ota *ret);
bool ota_row_signature(const struct store_ota_sign *row, uint8_t ret[OTA_SIGNATURE_LEN]);
/* Hash of an image as it was asked for, in upper case. ERR_NOT_FOUND: it is none. */
int ota_hash_read(const char *text, char ret[SHA256_HEX], struct err *e) MUST_USE;

#endif
