# SPDX-License-Identifier: Apache-2.0
"""Messages that two servers could read differently, as bytes. Each hides a second request behind a doubtful first one:
whoever answers twice has been led astray (T29, F3). Used against firpathd and against nginx before it."""


def headers(n, name=b"X-A"):
    return b"".join(name + b"-%d: 1\r\n" % i for i in range(n))


def hidden_request(host=b"localhost"):
    return b"GET /v1/limits HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


def doubtful_messages(host=b"localhost"):
    """(name, bytes) of each. The answer, if there is one, must be an error (or the connection just ends), and the only
    one."""
    hidden = hidden_request(host)
    host_line = b"Host: " + host + b"\r\n"
    bulk = b"POST /v1/path/bulk HTTP/1.1\r\n" + host_line + b"Content-Type: text/csv\r\n"
    get = b"GET /v1/limits HTTP/1.1\r\n"
    length = str(len(hidden)).encode()
    return [
        ("length and chunks", bulk + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("chunks and length", bulk + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden),
        ("two lengths", bulk + b"Content-Length: 0\r\nContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("two lengths, the other way round", bulk + b"Content-Length: " + length + b"\r\nContent-Length: 0\r\n\r\n" + hidden),
        ("two equal lengths", bulk + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + hidden),
        ("a list of lengths", bulk + b"Content-Length: 3,3\r\n\r\nabc" + hidden),
        ("a plus before the length", bulk + b"Content-Length: +3\r\n\r\nabc" + hidden),
        ("a minus before the length", bulk + b"Content-Length: -3\r\n\r\nabc" + hidden),
        ("a hexadecimal length", bulk + b"Content-Length: 0x3\r\n\r\nabc" + hidden),
        ("an octal-looking length with rubbish", bulk + b"Content-Length: 03;a\r\n\r\nabc" + hidden),
        ("a length with a decimal point", bulk + b"Content-Length: 3.0\r\n\r\nabc" + hidden),
        ("a length with blanks inside", bulk + b"Content-Length: 1 2\r\n\r\nabc" + hidden),
        ("an empty length", bulk + b"Content-Length:\r\n\r\nabc" + hidden),
        ("a length of eleven digits", bulk + b"Content-Length: 00000000003\r\n\r\nabc" + hidden),
        ("a length past 64 bits", bulk + b"Content-Length: 18446744073709551619\r\n\r\nabc" + hidden),
        ("a blank before the colon of the length", bulk + b"Content-Length : 3\r\n\r\nabc" + hidden),
        ("a tab before the colon of the length", bulk + b"Content-Length\t: 3\r\n\r\nabc" + hidden),
        ("a folded length", bulk + b"Content-Length:\r\n 3\r\n\r\nabc" + hidden),
        ("a header line without colon", bulk + b"Content-Length 3\r\n\r\nabc" + hidden),
        ("a length behind a folded line", bulk + b"X-A: 1\r\n folded\r\nContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("a length behind a folded first line", b"POST /v1/path/bulk HTTP/1.1\r\n " + host_line + b"Content-Length: " + length
         + b"\r\n\r\n" + hidden),
        ("a length behind a line with a high byte", bulk + b"\xe9: 1\r\nContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("a length behind a line without name", bulk + b": 1\r\nContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("a length behind a NUL", bulk + b"X-A: 1\x00\r\nContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("lines that end in LF alone", bulk.replace(b"\r", b"") + b"Content-Length: " + length + b"\n\n" + hidden),
        ("a length behind a line that ends in LF alone", bulk + b"X-A: 1\nContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("a header without name", bulk + b": 3\r\nContent-Length: 3\r\n\r\nabc" + hidden),
        ("chunks twice", bulk + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("chunks and identity", bulk + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden),
        ("identity", bulk + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc" + hidden),
        ("gzip and chunks", bulk + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("almost chunked", bulk + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden),
        ("chunked in quotes", bulk + b"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + hidden),
        ("chunked after a vertical tab", bulk + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + hidden),
        ("a blank before the colon of the encoding", bulk + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("chunks in HTTP/1.0", b"POST /v1/path/bulk HTTP/1.0\r\n" + host_line + b"Content-Type: text/csv\r\n"
         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("a chunk size with a plus", bulk + b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n" + hidden),
        ("a chunk size with 0x", bulk + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n" + hidden),
        ("a negative chunk size", bulk + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n" + hidden),
        ("a huge chunk size", bulk + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff3\r\nabc\r\n0\r\n\r\n" + hidden),
        ("no chunk size", bulk + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n" + hidden),
        ("a chunk without its end", bulk + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n" + hidden),
        ("no host", get + b"X-A: 1\r\n\r\n" + hidden),
        ("two hosts", get + host_line + host_line + b"\r\n" + hidden),
        ("two different hosts", get + host_line + b"Host: evil.example\r\n\r\n" + hidden),
        ("a host with a blank", get + b"Host: local host\r\n\r\n" + hidden),
        ("a host with a slash", get + b"Host: localhost/x\r\n\r\n" + hidden),
        ("a foreign host", get + b"Host: evil.example\r\n\r\n"),
        ("a length behind sixty-four headers", b"POST /v1/path/bulk HTTP/1.1\r\n" + host_line + b"Content-Type: text/csv\r\n"
         + headers(62) + b"Content-Length: " + length + b"\r\n\r\n" + hidden),
        ("an encoding behind sixty-four headers", b"POST /v1/path/bulk HTTP/1.1\r\n" + host_line + b"Content-Type: text/csv\r\n"
         + headers(70) + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("a NUL in a header", get + host_line + b"X-A: a\x00b\r\n\r\n" + hidden),
        ("a control character in a header", get + host_line + b"X-A: a\x01b\r\n\r\n" + hidden),
        ("a lone CR in a header", get + host_line + b"X-A: a\rContent-Length: " + length + b"\r\n\r\n" + hidden),
        ("a control character in a name", get + host_line + b"X\x01A: b\r\n\r\n" + hidden),
        ("absolute form of another host", b"GET http://evil.example/v1/limits HTTP/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("authority form", b"CONNECT localhost:80 HTTP/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("a blank in the target", b"GET /v1/limits x HTTP/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("two blanks in the request line", b"GET  /v1/limits HTTP/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("no target", b"GET HTTP/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("HTTP/2.0", b"GET /v1/limits HTTP/2.0\r\n" + host_line + b"\r\n" + hidden),
        ("HTTP/1.10", b"GET /v1/limits HTTP/1.10\r\n" + host_line + b"\r\n" + hidden),
        ("http/1.1 in lower case", b"GET /v1/limits http/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("a method with a control character", b"GE\x01T /v1/limits HTTP/1.1\r\n" + host_line + b"\r\n" + hidden),
        ("an HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden),
        ("a TLS hello", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(160) + hidden),
        ("a body where none is taken", b"GET /v1/limits HTTP/1.1\r\n" + host_line + b"Content-Length: " + length + b"\r\n\r\n" + hidden),
        ("a length larger than what comes", bulk + b"Content-Length: 100000\r\n\r\n" + hidden),
    ]


# Where nginx has a reading of its own that the RFCs allow (leading zeros, LF alone, absolute form, blanks) and hands two
# proper requests on: two answers are right there.
RIGHT_FOR_A_FRONT = {
    "a length of eleven digits", "an encoding behind sixty-four headers", "a control character in a header",
    "absolute form of another host", "two blanks in the request line", "HTTP/1.10",
}


def answers(data):
    """How many answers are in these bytes, and the status of the first."""
    n = data.count(b"HTTP/1.1 ") + data.count(b"HTTP/1.0 ")
    first = int(data[9:12]) if data[:7] in (b"HTTP/1.", ) and data[9:12].isdigit() else None
    return n, first
