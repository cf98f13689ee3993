# SPDX-License-Identifier: Apache-2.0
"""A Configuration Manager for one or more device agents, as doc/bbum-protocol.md says it, with the means to misbehave.
It shares no code with the real one, so agreeing with it means agreeing with the document."""

import hashlib
import http.server
import json
import random
import ssl
import threading
import time
import urllib.parse

MODEL = {"manufacturer": "1081", "model": "00A1", "hardware": "0102"}


def sha(data):
    return hashlib.sha256(data).hexdigest().upper()


def image_of(n, size=40000):
    return random.Random(n).randbytes(size)


def version_of(n):
    return f"{0x10000 + n:08X}"


class Manager:
    def __init__(self, tls=None):
        self.lock = threading.Condition()
        self.images = {}     # SHA-256 -> bytes
        self.manifests = {}  # device -> Manifest
        self.commands = {}   # device -> {"id", "kind"}
        self.statuses = {}   # device -> list of statuses, oldest first
        self.requests = []   # (method, path, Range, Authorization)
        self.cut_after = 0   # bytes of an image after which the connection is cut; 0 = never
        self.cuts = 0
        self.ranges = True
        self.refuse = None   # (status, headers) for every poll
        self.refuse_image = None  # (status, headers) for every image
        self.token = None
        self.wrong_bytes = False
        self.seq = {}
        manager = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def answer(self, status, body=b"", kind="application/json", headers=()):
                if isinstance(body, (dict, list)):
                    body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for k, v in headers:
                    self.send_header(k, v)
                self.end_headers()
                self.wfile.write(body)

            def note(self):
                with manager.lock:
                    manager.requests.append((self.command, self.path, self.headers.get("Range"),
                                             self.headers.get("Authorization")))
                if manager.token and self.headers.get("Authorization") != "Bearer " + manager.token:
                    self.answer(401, {"code": "needs-token"})
                    return False
                return True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.note():
                    self.answer(*manager.poll(self.path, self.headers, body))

            def do_GET(self):
                if not self.note():
                    return
                url = urllib.parse.urlsplit(self.path)
                if url.path == "/bbum/v1/manifest":
                    name = urllib.parse.parse_qs(url.query)["device"][0]
                    with manager.lock:
                        m = manager.manifests.get(name)
                    self.answer(200, m) if m else self.answer(404, {"code": "not-found"})
                elif manager.refuse_image:
                    self.answer(manager.refuse_image[0], {"code": "refused"}, headers=manager.refuse_image[1])
                else:
                    self.image(manager.images.get(url.path.rsplit("/", 1)[1]))

            def image(self, data):
                if data is None:
                    return self.answer(404, {"code": "not-found"})
                if manager.wrong_bytes:
                    data = data[:-1] + bytes([data[-1] ^ 1])
                start, asked = 0, self.headers.get("Range")
                if asked and manager.ranges:
                    start = int(asked.removeprefix("bytes=").rstrip("-"))
                self.send_response(206 if asked and manager.ranges else 200)
                self.send_header("Content-Length", str(len(data) - start))
                if asked and manager.ranges:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.end_headers()
                end = len(data)
                if manager.cut_after and start + manager.cut_after < end:
                    end = start + manager.cut_after
                    manager.cuts += 1
                    self.close_connection = True
                self.wfile.write(data[start:end])

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request, client_address):
                pass  # clients that are killed cut their connections

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls[0], tls[1])
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def poll(self, path, headers, body):
        """(status, answer) to a poll; complains about whatever the document does not allow."""
        assert path == "/bbum/v1/poll" and headers["Content-Type"] == "application/json", (path, headers)
        status = json.loads(body)
        with self.lock:
            if self.refuse:
                return self.refuse[0], {"code": "refused"}, "application/problem+json", self.refuse[1]
            self.statuses.setdefault(status["device"], []).append(status)
            self.lock.notify_all()
            answer = {"command": self.commands.get(status["device"]), "poll_ms": 20}
            if status.get("want_manifest"):
                answer["manifest"] = self.manifests.get(status["device"])
            return 200, answer

    # What a test says

    def offer(self, device, n, size=40000):
        """Entry n becomes the active Manifest."""
        data = image_of(n, size)
        m = {"name": f"cpl:{n:06d}", **MODEL, "version": version_of(n), "hash_type": "SHA256", "hash": sha(data),
             "size": len(data), "image": "/bbum/v1/images/" + sha(data)}
        with self.lock:
            self.images[m["hash"]] = data
            self.manifests[device] = m
        return m

    def order(self, device, kind):
        """A new command; its id."""
        with self.lock:
            self.seq[device] = self.seq.get(device, 0) + 1
            self.commands[device] = {"id": f"1-{self.seq[device]}", "kind": kind}
            return self.commands[device]["id"]

    def wait(self, device, check, seconds=30.0):
        """The first status from now on that check likes."""
        end = time.monotonic() + seconds
        with self.lock:
            seen = len(self.statuses.get(device, []))
            while True:
                for s in self.statuses.get(device, [])[seen:]:
                    if check(s):
                        return s
                seen = len(self.statuses.get(device, []))
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{device} did not say so; its last word: {self.statuses.get(device, [None])[-1]}")
                self.lock.wait(left)

    def ask(self, device, kind, seconds=30.0):
        """Gives a command and waits for its answer."""
        command = self.order(device, kind)
        return self.wait(device, lambda s: s.get("command") == command, seconds)

    def update(self, device, seconds=60.0):
        """Request and trigger; the status with the result, and the id of the trigger."""
        self.wait(device, lambda s: s["state"] == "normal-operation" and s.get("recommendation") == "yes", seconds)
        answer = self.ask(device, "request-update", seconds)
        assert answer["answer"] == "accepted", answer
        trigger = self.order(device, "trigger")
        return self.wait(device, lambda s: s.get("result_of") == trigger, seconds), trigger

    def restart(self, device, seconds=60.0):
        with self.lock:
            boots = self.statuses[device][-1]["boots"]
        self.order(device, "restart")
        return self.wait(device, lambda s: s["boots"] > boots and s["state"] == "update-completed", seconds)

    def hop(self, device, n, seconds=60.0):
        """A whole hop to entry n; the id of its trigger."""
        self.offer(device, n)
        done, trigger = self.update(device, seconds)
        assert done["result"] == "update successful", done
        back = self.restart(device, seconds)
        assert back["version"] == version_of(n), back
        left = self.ask(device, "normal-operation", seconds)
        assert (left["answer"], left["state"]) == ("accepted", "normal-operation"), left
        return trigger
