/* SPDX-License-Identifier: Apache-2.0 */
/* OTA files of any octets: all places are inside, and the header can be written for another size. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/ota.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char what[8][OTA_DIFFERENCE_SIZE];
	const struct ota_entry entry = { 1, 2, 3, 4, "" };
	uint8_t header[OTA_HEADER_MAX];
	struct ota o, again;
	struct err e;

	if (ota_read(data, size, &o, &e))
		return 0;
	if (!o.image_len || o.image_at + o.image_len > size || o.header_len > OTA_HEADER_MAX ||
	    (o.signature_at && o.signature_at + OTA_SIGNATURE_LEN != size) || strlen(o.text) > 32)
		abort();
	(void)ota_differs(&o, "x", &entry, what, 8);
	if (ota_header_resize(data, o.header_len, o.header_len + o.image_len, header, &e) ||
	    ota_read_header(header, o.header_len, &again, &e) || again.version != o.version ||
	    again.total != o.header_len + o.image_len)
		abort();
	return 0;
}
