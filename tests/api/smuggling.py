# SPDX-License-Identifier: Apache-2.0
"""Messages that two servers could read differently, as bytes. Each hides a second request behind a doubtful first one:
whoever answers twice has been led astray (T29, F3). Used against firpathd and against nginx before it."""

HIDDEN = b"GET /v1/limits HTTP/1.1\r\nHost: localhost\r\n\r\n"
H = b"Host: localhost\r\n"
BULK = b"POST /v1/path/bulk HTTP/1.1\r\n" + H + b"Content-Type: text/csv\r\n"
GET = b"GET /v1/limits HTTP/1.1\r\n"
N = str(len(HIDDEN)).encode()


def headers(n, name=b"X-A"):
    return b"".join(name + b"-%d: 1\r\n" % i for i in range(n))


# name, bytes. The answer, if there is one, must be an error (or the connection just ends), and the only one.
CASES = [
    ("length and chunks", BULK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("chunks and length", BULK + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("two lengths", BULK + b"Content-Length: 0\r\nContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("two lengths, the other way round", BULK + b"Content-Length: " + N + b"\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
    ("two equal lengths", BULK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN),
    ("a list of lengths", BULK + b"Content-Length: 3,3\r\n\r\nabc" + HIDDEN),
    ("a plus before the length", BULK + b"Content-Length: +3\r\n\r\nabc" + HIDDEN),
    ("a minus before the length", BULK + b"Content-Length: -3\r\n\r\nabc" + HIDDEN),
    ("a hexadecimal length", BULK + b"Content-Length: 0x3\r\n\r\nabc" + HIDDEN),
    ("an octal-looking length with rubbish", BULK + b"Content-Length: 03;a\r\n\r\nabc" + HIDDEN),
    ("a length with a decimal point", BULK + b"Content-Length: 3.0\r\n\r\nabc" + HIDDEN),
    ("a length with blanks inside", BULK + b"Content-Length: 1 2\r\n\r\nabc" + HIDDEN),
    ("an empty length", BULK + b"Content-Length:\r\n\r\nabc" + HIDDEN),
    ("a length of eleven digits", BULK + b"Content-Length: 00000000003\r\n\r\nabc" + HIDDEN),
    ("a length past 64 bits", BULK + b"Content-Length: 18446744073709551619\r\n\r\nabc" + HIDDEN),
    ("a blank before the colon of the length", BULK + b"Content-Length : 3\r\n\r\nabc" + HIDDEN),
    ("a tab before the colon of the length", BULK + b"Content-Length\t: 3\r\n\r\nabc" + HIDDEN),
    ("a folded length", BULK + b"Content-Length:\r\n 3\r\n\r\nabc" + HIDDEN),
    ("a header line without colon", BULK + b"Content-Length 3\r\n\r\nabc" + HIDDEN),
    ("a length behind a folded line", BULK + b"X-A: 1\r\n folded\r\nContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("a length behind a folded first line", b"POST /v1/path/bulk HTTP/1.1\r\n " + H + b"Content-Length: " + N
     + b"\r\n\r\n" + HIDDEN),
    ("a length behind a line with a high byte", BULK + b"\xe9: 1\r\nContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("a length behind a line without name", BULK + b": 1\r\nContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("a length behind a NUL", BULK + b"X-A: 1\x00\r\nContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("lines that end in LF alone", BULK.replace(b"\r", b"") + b"Content-Length: " + N + b"\n\n" + HIDDEN),
    ("a length behind a line that ends in LF alone", BULK + b"X-A: 1\nContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("a header without name", BULK + b": 3\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN),
    ("chunks twice", BULK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("chunks and identity", BULK + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("identity", BULK + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN),
    ("gzip and chunks", BULK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("almost chunked", BULK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("chunked in quotes", BULK + b"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("chunked after a vertical tab", BULK + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("a blank before the colon of the encoding", BULK + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("chunks in HTTP/1.0", b"POST /v1/path/bulk HTTP/1.0\r\n" + H + b"Content-Type: text/csv\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("a chunk size with a plus", BULK + b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    ("a chunk size with 0x", BULK + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    ("a negative chunk size", BULK + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    ("a huge chunk size", BULK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff3\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    ("no chunk size", BULK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    ("a chunk without its end", BULK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n" + HIDDEN),
    ("no host", GET + b"X-A: 1\r\n\r\n" + HIDDEN),
    ("two hosts", GET + H + H + b"\r\n" + HIDDEN),
    ("two different hosts", GET + H + b"Host: evil.example\r\n\r\n" + HIDDEN),
    ("a host with a blank", GET + b"Host: local host\r\n\r\n" + HIDDEN),
    ("a host with a slash", GET + b"Host: localhost/x\r\n\r\n" + HIDDEN),
    ("a foreign host", GET + b"Host: evil.example\r\n\r\n"),
    ("a length behind sixty-four headers", b"POST /v1/path/bulk HTTP/1.1\r\n" + H + b"Content-Type: text/csv\r\n"
     + headers(62) + b"Content-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("an encoding behind sixty-four headers", b"POST /v1/path/bulk HTTP/1.1\r\n" + H + b"Content-Type: text/csv\r\n"
     + headers(70) + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("a NUL in a header", GET + H + b"X-A: a\x00b\r\n\r\n" + HIDDEN),
    ("a control character in a header", GET + H + b"X-A: a\x01b\r\n\r\n" + HIDDEN),
    ("a lone CR in a header", GET + H + b"X-A: a\rContent-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("a control character in a name", GET + H + b"X\x01A: b\r\n\r\n" + HIDDEN),
    ("absolute form of another host", b"GET http://evil.example/v1/limits HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("authority form", b"CONNECT localhost:80 HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("a blank in the target", b"GET /v1/limits x HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("two blanks in the request line", b"GET  /v1/limits HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("no target", b"GET HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("HTTP/2.0", b"GET /v1/limits HTTP/2.0\r\n" + H + b"\r\n" + HIDDEN),
    ("HTTP/1.10", b"GET /v1/limits HTTP/1.10\r\n" + H + b"\r\n" + HIDDEN),
    ("http/1.1 in lower case", b"GET /v1/limits http/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("a method with a control character", b"GE\x01T /v1/limits HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN),
    ("an HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN),
    ("a TLS hello", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(160) + HIDDEN),
    ("a body where none is taken", b"GET /v1/limits HTTP/1.1\r\n" + H + b"Content-Length: " + N + b"\r\n\r\n" + HIDDEN),
    ("a length larger than what comes", BULK + b"Content-Length: 100000\r\n\r\n" + HIDDEN),
]


def answers(data):
    """How many answers are in these bytes, and the status of the first."""
    n = data.count(b"HTTP/1.1 ") + data.count(b"HTTP/1.0 ")
    first = int(data[9:12]) if data[:7] in (b"HTTP/1.", ) and data[9:12].isdigit() else None
    return n, first
