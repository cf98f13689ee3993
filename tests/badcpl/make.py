# SPDX-License-Identifier: Apache-2.0
"""Broken Central Products Lists, made on the spot: cases() yields what each one is and what import must say.

A case names the threat it stands for (T01, T05, T18, T20), how to write the file, and the expectation: stable code,
words of the message, and the place: line and column, or cell or member."""

import gzip
import io
import os
import random
import struct
import zipfile
from dataclasses import dataclass, field

HEADER = ["Version", "Entry.number", "Entry.status", "Device_Type.name", "Device_Model.manufacturer_identifier",
          "Device_Model.model_identifier", "Device_Model.hardware_version.version",
          "Device_Model.hardware_version.revision",
          "Device_Model.model_identifier_concatenated_with_hardware_version", "Device_Model.firmware_version",
          "SMETS_CHTS Version.Version_number_and_effective_date", "GBCS Version.version_number",
          "Manufacturer_Image.hash"]
VERSION = "Version 5.001 Issued on 01-06-2024"
HASH = "137ED5BC81A21F6D2187BC380381AEA7705BF65D3E4DAEA28EFD44113079D5E9"
ROWS = 30
MIB = 1 << 20


@dataclass
class Case:
    name: str          # with its T-number in front
    data: object       # bytes, or a function that writes to a path
    code: str = "import-file"
    words: str = ""
    line: int = None   # None: not looked at
    column: int = None
    where: str = None
    args: list = field(default_factory=list)
    feed: str = "cpl"


def row(i, **change):
    """A good row as a list; change by header position."""
    cells = [VERSION, f"{i:06d}", "Current", "Gas Smart Meter", "F0B1", "0042", "01", "02", "00420102", f"{i:08X}",
             "SMETS V4.2", "GBCS Version 3.2", HASH if i % 2 else ""]
    for key, value in change.items():
        cells[int(key[1:])] = value
    return cells


def csv(rows=None, header=None, end="\r\n", sep=","):
    rows = [row(i) for i in range(1, ROWS + 1)] if rows is None else rows
    return end.join(sep.join(cells) for cells in [HEADER if header is None else header] + rows) + end


def with_row(i, **change):
    """The good list with one changed row; its line is i + 1."""
    return csv([row(k, **change) if k == i else row(k) for k in range(1, ROWS + 1)]).encode()


# ---- CSV ----


def csv_cases():
    good = csv().encode()
    yield Case("T18 empty file", b"", words="empty", line=1, column=1)
    yield Case("T18 only a BOM", b"\xef\xbb\xbf", words="empty", line=1, column=1)
    yield Case("T18 only line ends", b"\r\n\r\n\r\n", words="empty", line=1, column=1)
    yield Case("T18 header only", csv([]).encode(), words="no entries")
    for i, name in enumerate(HEADER):
        wrong = HEADER[:i] + [name + "x"] + HEADER[i + 1:]
        yield Case(f"T18 header with a wrong name in column {i + 1}", csv(header=wrong).encode(), words=name, line=1,
                   column=i + 1)
    yield Case("T18 header in lower case", csv(header=[h.lower() for h in HEADER]).encode(), words="Version", line=1,
               column=1)
    swapped = HEADER[:]
    swapped[4], swapped[5] = swapped[5], swapped[4]
    yield Case("T18 swapped columns", csv(header=swapped).encode(), words="manufacturer_identifier", line=1, column=5)
    yield Case("T18 header without its last column", csv(header=HEADER[:12]).encode(), words="12 columns", line=1,
               column=13)
    yield Case("T18 header with a column more", csv(header=HEADER + ["x"]).encode(), words="14 columns", line=1, column=14)
    yield Case("T18 no header", csv(header=row(1)).encode(), words="'Version' is expected", line=1, column=1)
    yield Case("T18 header of a statements file", b"entry,kind,bases,source,author\r\n", words="'Version' is expected",
               line=1, column=1)
    yield Case("T18 semicolons", csv(sep=";").encode(), words="'Version' is expected", line=1, column=1)
    yield Case("T18 tabs", csv(sep="\t").encode(), words="'Version' is expected", line=1, column=1)
    yield Case("T18 swapped columns under a right header",
               csv([[c[k] for k in (0, 1, 2, 3, 5, 4, 6, 7, 8, 9, 10, 11, 12)] for c in [row(i) for i in range(1, 9)]]).encode(),
               words="concatenated model", line=2, column=9)

    # Cut off
    cut = good.rfind(b"\r\n", 0, -2) + 2
    for n, words, column in ((20, "1 columns", 2), (60, "4 columns", 5), (90, "9 columns", 10)):
        yield Case(f"T18 cut off {n} bytes into the last row", good[:cut + n], words=words, line=ROWS + 1, column=column)
    odd = csv([row(i) for i in range(1, 30)]).encode()
    yield Case("T18 cut off inside the last hash", odd[:-12], words="54 hex digits", line=30, column=13)
    yield Case("T18 cut off inside quotes", good[:cut] + b'"Version 5.001', words="quote", line=ROWS + 1, column=1)
    yield Case("T18 cut off in the header", good[:95], words="'Device_' where", line=1, column=6)

    # Bytes
    yield Case("T18 NUL in a value", with_row(7, _3="Gas\0Smart"), words="NUL", line=8)
    yield Case("T18 a tail of NULs", good + b"\0" * 5000, words="NUL", line=ROWS + 2)
    yield Case("T18 nothing but NULs", b"\0" * 100000, words="NUL", line=1, column=1)
    yield Case("T18 UTF-16 LE", "\ufeff".encode("utf-16-le") + csv().encode("utf-16-le"), words="UTF-16", line=1, column=1)
    yield Case("T18 UTF-16 BE", "\ufeff".encode("utf-16-be") + csv().encode("utf-16-be"), words="UTF-16", line=1, column=1)
    yield Case("T18 UTF-16 without a BOM", csv().encode("utf-16-le"), words="NUL", line=1)
    yield Case("T18 UTF-32", csv().encode("utf-32-be"), words="NUL", line=1)
    for what, raw in (("Latin-1", b"M\xe9ter"), ("overlong UTF-8", b"\xc0\xaf"), ("a surrogate", b"\xed\xa0\x80"),
                      ("a cut character", b"\xe2\x82"), ("past Unicode", b"\xf5\x80\x80\x80")):
        yield Case(f"T18 {what}", good.replace(b"Gas Smart Meter", raw, 1), words="UTF-8", line=2, column=4)
    yield Case("T18 lone carriage returns", csv(end="\r").encode(), words="carriage return", line=1)
    yield Case("T18 one lone carriage return", with_row(4, _10="SMETS\rV4.2"), words="carriage return", line=5, column=11)
    yield Case("T18 carriage return at the end", good + b"\r", words="carriage return", line=ROWS + 2)
    for byte in (1, 7, 8, 11, 12, 27, 31, 127):
        yield Case(f"T18 control character {byte}", with_row(5, _10=f"SMETS{chr(byte)}"), words=f"0x{byte:02x}", line=6,
                   column=11, where=HEADER[10])
    yield Case("T18 line feed in the status", with_row(5, _2='"Current\n"'), words="0x0a", line=6, column=3)

    # Quotes
    yield Case("T18 quote inside a value", with_row(3, _3='Gas "Smart" Meter'), words="quotes are wrong", line=4, column=4)
    yield Case("T18 text behind a closing quote", with_row(3, _3='"Gas" Meter'), words="quotes are wrong", line=4, column=4)
    yield Case("T18 blank behind a closing quote", with_row(3, _3='"Gas" '), words="quotes are wrong", line=4, column=4)
    yield Case("T18 quote never closed", with_row(ROWS, _3='"Gas Smart Meter'), words="quote", line=ROWS + 1, column=4)
    yield Case("T18 quote never closed in a long file",
               csv([row(i, _3='"Gas') if i == 2 else row(i) for i in range(1, 3000)]).encode(), code="too-large",
               words="closing quote", line=3, column=4)

    # Sizes
    yield Case("T18 10^6 columns", good[:cut] + b"," * 1000000 + b"\r\n", code="too-large", words="64 columns",
               line=ROWS + 1, column=65)
    yield Case("T18 10^6 columns in the header", b"," * 1000000 + b"\r\n", code="too-large", words="64 columns", line=1,
               column=65)
    yield Case("T18 65 columns", good[:cut] + b"x," * 64 + b"x\r\n", code="too-large", words="64 columns", line=ROWS + 1,
               column=65)
    yield Case("T18 a value of 4097 bytes", with_row(2, _3="x" * 4097), code="too-large", words="4 KiB", line=3, column=4)
    yield Case("T18 a value of 20 MB", with_row(2, _3="x" * 20000000), code="too-large", words="4 KiB", line=3, column=4)
    yield Case("T18 a value of 20 MB in quotes", with_row(2, _3='"' + "x\n" * 10000000 + '"'), code="too-large",
               words="4 KiB", line=3, column=4)
    yield Case("T18 a file of 64 MiB and a byte", sparse(64 * MIB + 1), code="too-large", words="64 MiB")
    yield Case("T18 a file of 5 GB", sparse(5000 * MIB), code="too-large", words="64 MiB")
    yield Case("T18 200,001 rows", many_rows(200001), code="too-large", words="200000 rows", line=200002)
    yield Case("T18 12 columns in a row", csv([row(1), row(2)[:12], row(3)]).encode(), words="12 columns", line=3, column=13)
    yield Case("T18 14 columns in a row", csv([row(1), row(2) + ["x"], row(3)]).encode(), words="14 columns", line=3,
               column=14)

    # Values
    for value in ("", " ", "0", "000000", "1000000", "0000001", "-1", "1.0", "1e3", "00000A", "\u0661\u0662"):
        yield Case(f"T18 entry number '{value}'", with_row(6, _1=value), words="entry number", line=7, column=2,
                   where="Entry.number")
    yield Case("T18 an entry number twice", with_row(9, _1="000004"), words="first time in line 5", line=10, column=2)
    yield Case("T18 an entry number twice, once without zeros", with_row(9, _1="4"), words="first time in line 5", line=10,
               column=2)
    yield Case("T18 the list twice in one file", good + good[good.index(b"\n") + 1:], words="first time in line 2",
               line=ROWS + 2, column=2)
    yield Case("T18 two files glued together", good + good, words="", line=ROWS + 2)
    for value in ("", "Suspended", "Currents", "Withdrawn", "1"):
        yield Case(f"T18 status '{value}'", with_row(6, _2=value), words="Current or Removed", line=7, column=3)
    for value, words in (("", "empty"), ("F0B", None), ("F0BG", "hexadecimal"), ("F0B11", "5 hex digits"),
                         ("F:0B1", "colon"), ("1E+02", "hexadecimal"), ("0x12", "hexadecimal")):
        if words:
            yield Case(f"T18 manufacturer '{value}'", with_row(6, _4=value), words=words, line=7, column=5)
    yield Case("T18 model not hex", with_row(6, _5="00-42"), words="hexadecimal", line=7, column=6)
    yield Case("T18 hardware version too long", with_row(6, _6="001"), words="3 hex digits", line=7, column=7)
    yield Case("T18 hardware revision empty", with_row(6, _7=""), words="empty", line=7, column=8)
    yield Case("T18 concatenated model that differs", with_row(6, _8="00420103"), words="00420102", line=7, column=9)
    yield Case("T18 concatenated model empty", with_row(6, _8=""), words="empty", line=7, column=9)
    yield Case("T18 firmware with dots", with_row(6, _9="0.0.0.6"), words="hexadecimal", line=7, column=10)
    yield Case("T18 firmware of nine digits", with_row(6, _9="000000006"), words="9 hex digits", line=7, column=10)
    for value, words in ((HASH[:-1], "63 hex digits"), (HASH + "0", "65 hex digits"), ("none", "hexadecimal"),
                         (HASH[:30] + " " + HASH[30:], "hexadecimal"), ("sha256:" + HASH, "hexadecimal"),
                         (HASH[:32], "32 hex digits")):
        yield Case(f"T12 hash of {len(value)} characters, {words}", with_row(7, _12=value), words=words, line=8, column=13)

    # The version
    for value, words in (("", "must read like"), ("5.001", "must read like"), ("Version 5.001", "must read like"),
                         ("Version 5 Issued on 01-06-2024", "must read like"),
                         ("Version 5.001 Issued on 31-02-2024", "must read like"),
                         ("Version 5.001 Issued on 2024-06-01", "must read like"),
                         ("Version 5.001 Issued on 01-06-24", "must read like"),
                         ("Version 99999.1 Issued on 01-06-2024", "must read like")):
        rows = [row(i, _0=value) for i in range(1, 5)]
        yield Case(f"T04 version text '{value}'", csv(rows).encode(), words=words, line=2, column=1)
    yield Case("T04 two versions in one file", with_row(12, _0="Version 5.002 Issued on 01-06-2024"), words="first row",
               line=13, column=1)
    for value in ("Version 5.001 Issued on 23-11-2026", "Version 5.001 Issued on 01-01-9999"):
        yield Case(f"T05 {value}", csv([row(i, _0=value) for i in range(1, 5)]).encode(), code="import-ahead",
                   words="48 hours", line=2, column=1)
        yield Case(f"T05 {value}, accepted", csv([row(i, _0=value) for i in range(1, 5)]).encode(), code="import-ahead",
                   words="48 hours", line=2, column=1, args=["--accept"])

    # Something else altogether
    others = {"HTML": b"<!DOCTYPE html><html><body>Sign in</body></html>\n", "JSON": b'{"entries": []}\n',
              "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "gzip": gzip.compress(good, mtime=0), "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
              "XML": b'<?xml version="1.0"?><cpl/>', "a script": b"#!/bin/sh\nexit 0\n",
              "random bytes": random.Random(7).randbytes(50000), "ELF": b"\x7fELF\2\1\1" + b"\0" * 64}
    for what, data in others.items():
        yield Case(f"T18 {what} instead of CSV", data, words="")
    yield Case("T18 an old spreadsheet", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, words="save it without a password")
    yield Case("T18 a folder", os.mkdir, code="invalid-input", words="not a file")
    yield Case("T18 a pipe that nobody writes to", os.mkfifo, code="invalid-input", words="not a file")
    yield Case("T18 no such file", lambda path: None, code="no-file", words="no such file")


def sparse(size):
    def write(path):
        with open(path, "wb") as f:
            f.write(csv().encode())
            f.truncate(size)
    return write


def many_rows(n):
    def write(path):
        with open(path, "w", newline="", encoding="ascii") as f:
            f.write(",".join(HEADER) + "\r\n")
            for i in range(1, n + 1):
                f.write(f"{VERSION},{i:06d},Current,Gas Smart Meter,F0B1,0042,01,02,00420102,{i:08X},SMETS V4.2,"
                        "GBCS Version 3.2,\r\n")
    return write


# ---- workbooks ----

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
GROUPS = ["Data Group", "Entry", "Entry", "Device_Type"] + ["Device_Model"] * 5 + [
    "SMETS_CHTS Version", "GBCS Version"] + ["CPA_Certificate"] * 3 + ["DLMS_Certificate"] * 2 + [
    "ZSE_Certificate"] * 2 + ["Manufacturer_Image"] * 3
ATTRIBUTES = ["Data Attribute", "number", "status", "name", "manufacturer_identifier", "model_identifier",
              "hardware_version.version", "hardware_version.revision", "firmware_version",
              "Version_number_and_effective_date", "version_number", "identification_number",
              "security_characteristics_version", "expiry_date", "identification_number", "DLMS_version",
              "identification_number", "ZSE_version", "creator", "hash", "descriptor"]


def colons(text):
    return ":".join(text[i:i + 2] for i in range(0, len(text), 2))


def sheet_cells(i, **change):
    cells = ["", f"{i:06d}", "Current", "Gas Smart Meter", "F0:B1", "00:42", "01", "02", colons(f"{i:08X}"), "SMETS V4.2",
             "GBCS Version 3.2", "[R] X-1", "Security Characteristics version 1.3", "45168", "", "", "Z-1",
             "ZigBee Smart Energy Standard 1.4", "Maker", colons(HASH), "Complete image"]
    for letter, value in change.items():
        cells[ord(letter) - 65] = value
    return cells


def cell_xml(ref, text):
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>' if text else ""


def row_xml(number, cells):
    return f'<row r="{number}">' + "".join(cell_xml(f"{chr(65 + i)}{number}", t) for i, t in enumerate(cells)) + "</row>"


def sheet(rows):
    return (f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>' + "".join(rows) +
            "</sheetData></worksheet>")


def head_rows(groups=None, attributes=None):
    return [row_xml(1, groups or GROUPS), row_xml(2, attributes or ATTRIBUTES), row_xml(3, ["Notes", "A definition"]),
            row_xml(7, ["Valid values", "000001 to 999999"])]


def data_rows(bad=None, change=None):
    return [row_xml(7 + i, sheet_cells(i, **(change if i == bad else {}))) for i in range(1, ROWS + 1)]


def parts(rows=None, names=("Version Control", "Central Products List"), version=VERSION, book="", **more):
    """The members of a good workbook; more replaces members by their path with / as __ and . as _dot_."""
    rows = head_rows() + data_rows() if rows is None else rows
    p = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{KIND}">{book}<sheets>' + "".join(
            f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1)) + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">' + "".join(
            f'<Relationship Id="r{i}" Type="{KIND}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i, _ in enumerate(names, 1)) +
        f'<Relationship Id="rs" Type="{KIND}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>one</t></si></sst>',
        "xl/worksheets/sheet1.xml": sheet([row_xml(1, ["Central Products List"]), row_xml(3, [version])]),
        "xl/worksheets/sheet2.xml": sheet(rows),
    }
    p.update(more.pop("replace", {}))
    return {k: v for k, v in p.items() if v is not None}


def pack(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, text in members.items():
            z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, compress_type=method)
    return out.getvalue()


def book(**kw):
    return pack(parts(**kw))


def replaced(name, text):
    return book(replace={name: text})


SHEET = "xl/worksheets/sheet2.xml"
STRINGS = "xl/sharedStrings.xml"


def raw_rows(extra):
    return head_rows() + data_rows() + [extra]


def bomb(name, before, after, size, fill=b" "):
    """A member that inflates to size; the other members are good."""
    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
            for n, text in parts(replace={name: None}).items():
                z.writestr(n, text)
            with z.open(name, "w") as f:
                f.write(before)
                block = fill * (MIB // len(fill))
                for _ in range(size // MIB):
                    f.write(block)
                f.write(after)
    return write


def patched(data, find_central, find_local):
    """Flips bits in the headers of the sheet: central directory and local header."""
    data = bytearray(data)
    name = SHEET.encode()
    at = data.index(name)
    find_local(data, at - 30)
    at = data.index(name, data.index(b"PK\1\2"))
    find_central(data, at - 46)
    return bytes(data)


def encrypted():
    def flag(offset):
        def do(data, at):
            data[at + offset] |= 1
        return do
    return patched(book(), flag(8), flag(6))


def wrong_crc():
    def put(offset):
        def do(data, at):
            data[at + offset:at + offset + 4] = struct.pack("<I", 0x12345678)
        return do
    return patched(book(), put(16), put(14))


def wrong_method():
    def put(offset):
        def do(data, at):
            data[at + offset:at + offset + 2] = struct.pack("<H", 77)
        return do
    return patched(book(), put(10), put(8))


def symlink():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for n, text in parts(replace={SHEET: None}).items():
            z.writestr(n, text)
        info = zipfile.ZipInfo(SHEET)
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        z.writestr(info, "/etc/passwd")
    return out.getvalue()


def twice():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for n, text in parts().items():
            z.writestr(n, text)
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            z.writestr(SHEET, sheet(head_rows()))
    return out.getvalue()


def damaged(data, name):
    """Noise in the middle of one member's packed bytes."""
    data = bytearray(data)
    at = data.index(name.encode()) + len(name)
    for i in range(at + 200, at + 240):
        data[i] ^= 0x5a
    return bytes(data)


LAUGHS = '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)) + "]>"


def workbook_cases():
    good = book()
    text = sheet(head_rows() + data_rows())
    place = "Central Products List!"

    # Not quite a zip
    yield Case("T18 zip signature and nothing else", b"PK\3\4", words="damaged")
    yield Case("T18 zip signature and noise", b"PK\3\4" + random.Random(1).randbytes(3000), words="damaged")
    yield Case("T18 an empty zip", b"PK\5\6" + b"\0" * 18, words="damaged")
    for percent in (1, 10, 30, 50, 70, 90, 99):
        yield Case(f"T18 workbook cut off at {percent} %", good[:len(good) * percent // 100], words="damaged")
    yield Case("T18 a zip without a workbook", pack({"hello.txt": "hello"}), words="is it a spreadsheet", where="xl/workbook.xml")
    yield Case("T18 an OpenDocument spreadsheet", pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                                                        "content.xml": "<x/>"}), words="is it a spreadsheet")
    yield Case("T18 a workbook in a zip", pack({"cpl.xlsx": "x"}), words="is it a spreadsheet")
    yield Case("T18 encrypted zip", encrypted(), words="encrypted", where=SHEET)
    yield Case("T18 wrong checksum", wrong_crc(), words="damaged", where=SHEET)
    yield Case("T18 unknown compression", wrong_method(), words="damaged", where=SHEET)
    yield Case("T18 damaged sheet", damaged(good, SHEET), where=SHEET)
    yield Case("T18 damaged directory of sheets", damaged(pack(parts(book="<x/>" * 400)), "xl/workbook.xml"), words="damaged")
    yield Case("T16 a member that is a link", symlink(), words="not a plain file", where=SHEET)
    yield Case("T16 a member twice", twice(), words="twice", where=SHEET)
    many = {f"x/{i}": "" for i in range(2100)}
    yield Case("T16 2100 members", pack({**parts(), **many}), code="too-large", words="2000 members")

    # Bombs
    inner = (b'<?xml version="1.0"?><worksheet><sheetData>', b"</sheetData></worksheet>")
    yield Case("T16 zip bomb of blanks in the sheet", bomb(SHEET, *inner, 300 * MIB), code="too-large", words="inflates")
    yield Case("T16 zip bomb in the shared texts", bomb(STRINGS, b"<sst>", b"</sst>", 300 * MIB, b"<si><t>x</t></si>"),
               code="too-large", words="inflates")
    yield Case("T16 zip bomb of rows", bomb(SHEET, *inner, 100 * MIB, b"<row></row>     "), code="too-large",
               words="inflates")
    cell = ("".join(head_rows()) + '<row r="8"><c r="B8" t="inlineStr"><is><t>').encode()
    yield Case("T18 a cell of 200 MB", bomb(SHEET, inner[0] + cell, b"</t></is></c></row>" + inner[1], 200 * MIB, b"x"),
               code="too-large", words="256 KiB", where=place + "B8")
    yield Case("T18 a shared text of 200 MB", bomb(STRINGS, b"<sst><si><t>one</t></si><si><t>", b"</t></si></sst>", 200 * MIB,
                                                  b"x"), code="too-large", words="256 KiB", where=STRINGS + ", text 1")
    yield Case("T18 an attribute of 100 MB", bomb(SHEET, inner[0] + b'<row r="', b'"></row>' + inner[1], 100 * MIB, b"1"),
               code="too-large", words="256 KiB", where=SHEET)
    yield Case("T18 a comment of 100 MB", bomb(SHEET, inner[0] + b"<!--", b"-->" + inner[1], 100 * MIB, b"x"),
               code="too-large", words="256 KiB", where=SHEET)
    yield Case("T18 an endless tag name", bomb(SHEET, inner[0] + b"<", b">" + inner[1], 50 * MIB, b"x"), where=SHEET,
               code="", words="")
    wide = {SHEET: sheet(head_rows() + ['<row r="8"><c r="B8"><v>1</v></c>' + "<c><v>1</v></c>" * 1000000 + "</row>"])}
    yield Case("T18 10^6 columns in the sheet", pack(parts(replace=wide), zipfile.ZIP_STORED), words="Current or Removed",
               line=8, column=3, where=place + "C8")
    yield Case("T16 10^6 columns in the sheet, well packed", pack(parts(replace=wide)), code="too-large", words="inflates")

    # XML
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", STRINGS, "xl/worksheets/sheet1.xml", SHEET):
        plain = parts()[name].replace('<?xml version="1.0" encoding="UTF-8"?>', "")
        yield Case(f"T20 DOCTYPE in {name}", replaced(name, "<!DOCTYPE x>" + plain), words="DOCTYPE", where=name)
        yield Case(f"T20 DTD of a file in {name}", replaced(name, '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + plain),
                   words="DOCTYPE", where=name)
        yield Case(f"T20 not well formed: {name}", replaced(name, plain[:-5]), words="well formed", where=name)
    yield Case("T20 billion laughs", replaced(SHEET, LAUGHS + text.replace('<?xml version="1.0" encoding="UTF-8"?>', "")
                                              .replace("Gas Smart Meter", "&a9;", 1)), words="DOCTYPE", where=SHEET)
    yield Case("T20 an entity of a file", replaced(SHEET, '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' +
               text.replace('<?xml version="1.0" encoding="UTF-8"?>', "").replace("Gas Smart Meter", "&f;", 1)),
               words="DOCTYPE", where=SHEET)
    yield Case("T20 an entity that nobody declared", replaced(SHEET, text.replace("Gas Smart Meter", "&nbsp;", 1)),
               words="well formed", where=SHEET)
    yield Case("T20 nested too deeply", replaced(SHEET, sheet(["<x>" * 200 + "</x>" * 200])), words="nested", where=SHEET)
    yield Case("T18 sheet of bytes that are no UTF-8", replaced(SHEET, text.encode().replace(b"Gas Smart", b"G\xe9s", 1)),
               words="well formed", where=SHEET)
    yield Case("T18 sheet with a NUL", replaced(SHEET, text.encode().replace(b"Gas Smart", b"Gas\0", 1)), words="well formed",
               where=SHEET)
    yield Case("T18 sheet that is empty", replaced(SHEET, ""), words="well formed", where=SHEET)
    yield Case("T18 sheet that is text", replaced(SHEET, "hello"), words="well formed", where=SHEET)

    # The wrong workbook
    yield Case("T18 no sheet of the list", book(names=("Version Control", "Sheet1")), words="'Central Products List'")
    yield Case("T18 no sheet of the version", book(names=("Sheet1", "Central Products List")), words="'Version Control'")
    yield Case("T18 another sheet in its place", replaced(SHEET, sheet([row_xml(1, ["a", "b"]), row_xml(2, ["c"])])),
               words="'Entry' is expected", where=place + "B1")
    yield Case("T18 the sheet of the CSV under its name", replaced(SHEET, sheet([row_xml(1, HEADER)] + [
        row_xml(i + 1, row(i)) for i in range(1, 9)])), words="'Entry' is expected", where=place + "B1")
    yield Case("T18 a sheet that is not there", book(replace={SHEET: None}), words="no member", where=SHEET)
    yield Case("T18 no list of targets", book(replace={"xl/_rels/workbook.xml.rels": None}), words="no member")
    yield Case("T18 a target outside", replaced("xl/_rels/workbook.xml.rels", parts()["xl/_rels/workbook.xml.rels"].replace(
        "worksheets/sheet2.xml", "../../etc/passwd")), words="no sheet 'Central Products List'")
    yield Case("T18 dates counted from 1904", book(book='<workbookPr date1904="1"/>'), words="1904")
    yield Case("T18 100 sheets", book(names=["Version Control", "Central Products List"] + [f"s{i}" for i in range(98)]),
               code="too-large", words="64 sheets")
    yield Case("T04 no version", book(version=""), words="version of the CPL is expected", where="Version Control!A3")
    yield Case("T04 a version that is none", book(version="Version two"), words="must read like", where="Version Control!A3")
    yield Case("T05 a workbook of the future", book(version="Version 5.001 Issued on 23-11-2026"), code="import-ahead",
               words="48 hours", where="Version Control!A3")

    # Header and data
    for column in (1, 8, 13, 20):
        names = ATTRIBUTES[:]
        names[column] = "x"
        letter = chr(65 + column)
        yield Case(f"T18 a wrong name in {letter}2", book(rows=head_rows(attributes=names) + data_rows()),
                   words=f"'{ATTRIBUTES[column]}' is expected", where=f"{place}{letter}2")
    swap = ATTRIBUTES[:]
    swap[18], swap[19] = swap[19], swap[18]
    yield Case("T18 swapped columns in the sheet", book(rows=head_rows(attributes=swap) + data_rows()),
               words="'hash' is expected", where=place + "T2")
    groups = GROUPS[:]
    groups[11] = "CPB"
    yield Case("T18 a wrong group", book(rows=head_rows(groups=groups) + data_rows()), words="'CPA_Certificate' is expected",
               where=place + "L1")
    yield Case("T18 no header rows", book(rows=data_rows()), words="header row is expected", where=place + "A1")
    yield Case("T18 no entries", book(rows=head_rows()), words="no entries")
    values = {"B": ("0", "entry number"), "C": ("Gone", "Current or Removed"), "E": ("F0:B", "hex digits"),
              "F": ("00:4G", "hexadecimal"), "G": ("123", "hex digits"), "H": ("", "empty"), "I": ("00:00:00", "hex digits"),
              "T": (colons(HASH[:-2]), "62 hex digits")}
    for letter, (value, words) in values.items():
        yield Case(f"T18 a wrong value in {letter}", book(rows=head_rows() + data_rows(5, {letter: value})), words=words,
                   where=f"{place}{letter}12", line=12)
    yield Case("T18 a number twice in the sheet", book(rows=head_rows() + data_rows(9, {"B": "000004"})),
               words="first time in row 11", where=place + "B16")
    yield Case("T18 a value of 5000 bytes", book(rows=head_rows() + data_rows(5, {"U": "x" * 5000})), code="too-large",
               words="4 KiB", where=place + "U12")
    yield Case("T18 a NUL by escape", book(rows=head_rows() + data_rows(5, {"U": "a_x0000_b"})), words="NUL",
               where=place + "U12")
    yield Case("T18 an escape character by escape", book(rows=head_rows() + data_rows(5, {"U": "a_x001B_b"})), words="0x1b",
               where=place + "U12")
    yield Case("T18 an error in a cell", book(rows=raw_rows('<row r="60"><c r="B60" t="e"><v>#REF!</v></c></row>')),
               words="#REF!", where=place + "B60")
    yield Case("T18 a shared text that is not there", book(rows=raw_rows('<row r="60"><c r="B60" t="s"><v>7</v></c></row>')),
               words="shared text 7", where=place + "B60")
    yield Case("T18 a shared text below zero", book(rows=raw_rows('<row r="60"><c r="B60" t="s"><v>-1</v></c></row>')),
               words="shared text -1", where=place + "B60")
    yield Case("T18 a number that a spreadsheet spoiled",
               book(rows=raw_rows('<row r="60"><c r="B60"><v>1.0E+2</v></c></row>')), words="entry number", where=place + "B60")
    yield Case("T18 a true cell", book(rows=raw_rows('<row r="60"><c r="B60" t="b"><v>1</v></c></row>')), words="'TRUE'",
               where=place + "B60")
    yield Case("T18 rows that go back", book(rows=raw_rows(row_xml(9, sheet_cells(99)))), words="'9' stands where")
    yield Case("T18 a row past the end of sheets", book(rows=raw_rows('<row r="1048577"></row>')), words="'1048577' stands where")
    yield Case("T18 cells that go back", book(rows=raw_rows('<row r="60"><c r="C60"><v>1</v></c><c r="B60"><v>1</v></c></row>')),
               words="'B60' stands where")
    yield Case("T18 a cell of another row", book(rows=raw_rows('<row r="60"><c r="B61"><v>1</v></c></row>')),
               words="'B61' stands where")
    yield Case("T18 a cell without a number", book(rows=raw_rows('<row r="60"><c r="B"><v>1</v></c></row>')),
               words="'B' stands where")
    yield Case("T18 1.6 million shared texts", replaced(STRINGS, "<sst>" + "<si><t></t></si>" * 1600000 + "</sst>"),
               code="too-large", words="")


# ---- statements files ----


def statement_cases():
    head = "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
    line = '{"entry":"000002","kind":"any","source":"secas","author":"A"}\n'

    def case(name, data, **kw):
        return Case("T18 statements: " + name, data if callable(data) else data.encode() if isinstance(data, str) else data,
                    feed="statements", **kw)

    yield case("empty", "", words="empty", line=1, column=1)
    yield case("a CPL", csv(), words="'Version' is no column", line=1, column=1)
    yield case("a workbook", book(), words="not from a spreadsheet")
    yield case("10^6 columns", "," * 1000000, code="too-large", words="64 columns", line=1, column=65)
    yield case("an excerpt of 5 MB", head + "000002,any,,secas,A,,," + "x" * 5000000 + ",\n", code="too-large",
               words="4 KiB", line=2, column=8)
    yield case("a quote never closed", head + '000002,any,,secas,A,,,"x,\n' + "000003,any,,secas,A,,,,\n" * 3, words="quotes",
               line=2, column=8)
    yield case("NUL", head + "000002,any,,secas,A\0,,,,\n", words="NUL", line=2, column=5)
    yield case("an unknown entry", head + "000777,any,,secas,A,,,,\n", words="no entry cpl:000777", line=2, column=1,
               where="entry")
    yield case("a base that is the entry", head + "000002,bases,000002,secas,A,,,,\n", words="its own base", line=2, column=3,
        where="bases")
    yield case("JSON: a line of 20 MB", line + '{"entry":"' + "0" * 20000000 + '"}\n', code="too-large", words="64 KiB", line=2)
    yield case("JSON: one line without an end", "{" * 300000, code="too-large", words="64 KiB", line=1)
    yield case("JSON: nested", line + '{"bases":' + "[" * 40 + "]" * 40 + "}\n", code="json-syntax", words="", line=2)
    yield case("JSON: a name twice", line + '{"entry":"000002","entry":"000003"}\n', code="json-syntax", words="", line=2)
    yield case("JSON: NaN", line + '{"entry":NaN}\n', code="json-syntax", words="", line=2)
    yield case("JSON: not an object", line + '["entry"]\n', words="JSON object", line=2)
    yield case("JSON: an unknown member", line + '{"entri":"000002"}\n', words="did you mean 'entry'", line=2)
    yield case("JSON: Latin-1", line.encode() + b'{"entry":"\xe9"}\n', code="json-syntax", words="", line=2)
    yield case("200,001 rows", head + "000002,any,,secas,A,,,,\n" * 200001, code="too-large", words="200000 rows",
               line=200002)
    yield case("JSON: 200,001 rows", line * 200001, code="too-large", words="200000 rows", line=200001)
    yield case("a file of 64 MiB and a byte", sparse(64 * MIB + 1), code="too-large", words="64 MiB")


def cases():
    yield from csv_cases()
    yield from workbook_cases()

    yield from statement_cases()
