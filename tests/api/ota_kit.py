# SPDX-License-Identifier: Apache-2.0
"""OTA files of the entries of the sample catalogue (service.SAMPLE), put together here octet by octet."""

import struct

from service import SAMPLE, image


def ota_file(number, signature=None, body=None, **other):
    """other: manufacturer, model, version, hw (least and largest) instead of those of the entry."""
    row = next(r for r in SAMPLE if r[0] == number)
    hw = int(row[5] + row[6], 16)
    body = image(number) if body is None else body
    low, high = other.get("hw", (hw, hw))
    total = 60 + len(body) + (66 if signature else 0)
    head = struct.pack("<IHHHHHIH32sIHH", 0x0BEEF11E, 0x0100, 60, 4, other.get("manufacturer", int(row[3], 16)),
                       other.get("model", int(row[4], 16)), other.get("version", int(row[7], 16)), 2, b"made for tests", total, low, high)
    return head + body + (b"\x00\x40" + signature if signature else b"")
