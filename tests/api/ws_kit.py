# SPDX-License-Identifier: Apache-2.0
"""tests/ws_echo as a process of one's own, and a client of raw sockets that can do everything wrong.

    with Echo("rate=100") as e:
        c = e.dial("known1"); c.say(b"hello"); assert c.hear() == (1, b"hello")"""

import base64
import json
import os
import socket
import struct
import subprocess
import time
import zlib

BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(op, payload=b"", fin=1, rsv=0, masked=True, length=None, mask=b"\x37\xfa\x21\x3d"):
    n = len(payload) if length is None else length
    m = 0x80 if masked else 0
    head = bytes([fin << 7 | rsv << 4 | op])
    if n < 126:
        head += bytes([m | n])
    elif n < 65536:
        head += bytes([m | 126]) + struct.pack(">H", n)
    else:
        head += bytes([m | 127]) + struct.pack(">Q", n)
    if not masked:
        return head + payload
    key = (mask * (len(payload) // 4 + 1))[:len(payload)]
    return head + mask + (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(len(payload), "big")


def packed(text):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (c.compress(text) + c.flush(zlib.Z_SYNC_FLUSH))[:-4]


def unpacked(data):
    return zlib.decompressobj(-15).decompress(data + b"\0\0\xff\xff")


def head(name, password="secret", offers="ocpp2.0.1", more="", path=None):
    auth = base64.b64encode(f"{name}:{password}".encode()).decode()
    return (f"GET {path or '/ocpp/' + name} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nAuthorization: Basic {auth}\r\n"
            + (f"Sec-WebSocket-Protocol: {offers}\r\n" if offers else "") + more + "\r\n").encode()


class Client:
    def __init__(self, port, source=None, context=None, timeout=5):
        self.s = socket.create_connection(("127.0.0.1", port), timeout, source_address=(source, 0) if source else None)
        if context:
            self.s = context.wrap_socket(self.s)
        self.buf = b""

    def send(self, data):
        self.s.sendall(data)

    def more(self):
        """Some bytes more; False at the end (a reset is an end too)."""
        try:
            got = self.s.recv(65536)
        except ConnectionError:
            return False
        self.buf += got
        return bool(got)

    def answer(self):
        """Status and head of the answer to a request; body and frames stay in the buffer."""
        while b"\r\n\r\n" not in self.buf and self.more():
            pass
        text, _, self.buf = self.buf.partition(b"\r\n\r\n")
        self.head = text.decode()
        return int(self.head.split()[1]) if self.head else 0

    def hello(self, *args, **more):
        self.send(head(*args, **more))
        return self.answer()

    def raw_frame(self):
        """(first byte, payload) of a frame of the server, None at the end."""
        while True:
            b = self.buf
            if len(b) >= 2:
                n, at = b[1] & 0x7f, 2
                if n == 126 and len(b) >= 4:
                    n, at = struct.unpack(">H", b[2:4])[0], 4
                elif n == 127 and len(b) >= 10:
                    n, at = struct.unpack(">Q", b[2:10])[0], 10
                if (n < 126 or at > 2) and len(b) >= at + n:
                    assert not b[1] & 0x80, "a frame of the server is masked"
                    self.buf = b[at + n:]
                    return b[0], b[at:at + n]
            if not self.more():
                return None

    def hear(self):
        """(opcode, text) of the next frame; a compressed one is expanded; None at the end."""
        f = self.raw_frame()
        if f is None:
            return None
        return f[0] & 15, unpacked(f[1]) if f[0] & 0x40 else f[1]

    def say(self, text, **more):
        self.send(frame(TEXT, text, **more))

    def close_code(self):
        """The code of the close frame that comes next (others are skipped), and that the end comes after it."""
        while True:
            f = self.hear()
            if f is None:
                return None
            if f[0] == CLOSE:
                break
        try:
            self.send(frame(CLOSE, f[1]))
        except OSError:
            pass  # the other side was faster
        while self.more():
            pass
        return struct.unpack(">H", f[1][:2])[0] if f[1] else 1005

    def ended(self):
        while self.more():
            pass
        return True

    def close(self):
        self.s.close()


class Echo:
    """Profile 1 on a free port of 127.0.0.1, unless listen=... is among the options."""

    def __init__(self, *options, preexec=None, tell=False):
        if not any(o.startswith("listen=") for o in options):
            options = ("listen=1@127.0.0.1:0",) + options
        env = dict(os.environ, **({"WS_ECHO_TELL": "1"} if tell else {}))
        self.p = subprocess.Popen([os.path.join(BUILD, "tests/ws_echo"), *options], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True, preexec_fn=preexec, env=env)
        self.clients = []
        self.story = []  # lines of WS_ECHO_TELL that came before an answer
        self.ports = []
        for o in options:
            if o.startswith("listen="):
                self.ports.append(int(self.p.stdout.readline().split()[1]))
        self.port = self.ports[0]

    def client(self, *args, **more):
        c = Client(more.pop("port", self.port), *args, **more)
        self.clients.append(c)
        return c

    def dial(self, name, source=None, **more):
        c = self.client(source=source)
        status = c.hello(name, **more)
        assert status == 101, c.head
        return c

    def ready(self, name, **more):
        """Dials and waits until the server counts it among those that are sent to."""
        c = self.dial(name, **more)
        c.say(b"ready")
        assert c.hear() == (TEXT, b"ready")
        return c

    def command(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        while True:  # lines of WS_ECHO_TELL may come between
            got = self.p.stdout.readline().strip()
            if not got.startswith(("CLOSED", "REFUSED")):
                return got
            self.story.append(got)

    def counts(self):
        return json.loads(self.command("counts"))

    def await_count(self, name, n, seconds=5):
        end = time.monotonic() + seconds
        while self.counts()[name] < n and time.monotonic() < end:
            time.sleep(0.01)
        return self.counts()[name]

    def told(self):
        return self.story.pop(0) if self.story else self.p.stdout.readline().strip()

    def close(self):
        for c in self.clients:
            c.close()
        self.p.stdin.close()
        try:
            status = self.p.wait(10)
        finally:
            self.p.kill()
            self.p.stdout.close()
        assert status == 0, f"ws_echo ended with {status}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
