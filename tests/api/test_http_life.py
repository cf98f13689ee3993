#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The service as its operator sees it: configuration, start and graceful end, reload, health, metrics, full disks."""

import os
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from service import BUILD, Service, cpl_csv

FIRPATHD = os.path.join(BUILD, "firpathd")


def run(*args, conf=None, env=None):
    with tempfile.TemporaryDirectory(prefix="firpath-api-") as folder:
        if conf is not None:
            path = os.path.join(folder, "f.conf")
            with open(path, "w", encoding="utf-8") as f:
                f.write(conf)
            args = ("--config", path, *args)
        r = subprocess.run([FIRPATHD, *args], capture_output=True, text=True, timeout=20, check=False, cwd=folder, env=env)
        return r.returncode, r.stdout, r.stderr


class Configuration(unittest.TestCase):
    def test_help_and_version(self):
        status, out, _ = run("--help")
        self.assertEqual(status, 0)
        for key in ("listen", "health_listen", "db", "image_dir", "token_file", "stop_timeout", "contact_timeout"):
            self.assertRegex(out, rf"\n  {key} +\S")
        self.assertRegex(run("--version")[1], r"^firpathd \d+\.\d+\.\d+\n$")

    def test_check_prints_the_effective_configuration_which_is_a_valid_one(self):
        status, out, err = run("--check", "--threads", "7", conf="threads = 9\nlog_level = debug\n")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"\(command line\)\nthreads = 7\n")
        self.assertRegex(out, r"f\.conf:2\)\nlog_level = debug\n")
        status, again, _ = run("--check", conf=out)
        self.assertEqual(status, 0)
        strip = lambda text: [line for line in text.splitlines() if not line.startswith("#")]
        self.assertEqual(strip(again), strip(out))

    def test_every_key_is_an_option(self):
        _, out, _ = run("--check")
        keys = [line.split(" = ")[0] for line in out.splitlines() if " = " in line and not line.startswith("#")]
        self.assertGreater(len(keys), 25)
        for key in keys:
            status, _, err = run("--check", "--" + key.replace("_", "-"), "\x01")
            if status:
                self.assertNotIn("there is no option", err)

    def test_what_is_wrong_is_named(self):
        for args, conf, words in (
                (("--check",), "treads = 4\n", "threads"), (("--check",), "threads = 4\nthreads = 5\n", ":2"),
                (("--check",), "threads = 0\n", "threads"), (("--check",), "threads = many\n", "threads"),
                (("--check",), "log_level = loud\n", "log_level"), (("--check",), "listen = localhost\n", "listen"),
                (("--check",), "listen = 1.2.3:80\n", "listen"), (("--check",), "listen = 127.0.0.1:99999\n", "listen"),
                (("--check",), "listen = [::1]:80\n", "listen"), (("--check",), "public_url = fir.example\n", "public_url"),
                (("--chek",), None, "--check"), (("--treads=4",), None, "--threads"), (("--threads",), None, "needs a value"),
                (("serve",), None, "'serve'"), (("--check",), "no equals sign\n", ":1")):
            status, out, err = run(*args, conf=conf)
            self.assertEqual((status, out), (2, ""), (args, conf, err))
            self.assertIn(words, err)
        self.assertIn("nowhere.conf", run("--check", "--config", "nowhere.conf")[2])

    def test_a_public_listener_needs_two_consents_and_tokens(self):
        with tempfile.NamedTemporaryFile("w", prefix="firpath-token-") as token:
            token.write("a-token-of-enough-characters\n")
            token.flush()
            tokens = f"token_file = {token.name}\ndevice_token_file = {token.name}\n"
            public = "listen = 0.0.0.0:0\n"
            for args, conf, words in (((), public, "not a loopback address"),
                                      (("--public",), public, "not a loopback address"),
                                      ((), public + "allow_public_listen = yes\n", "not a loopback address"),
                                      (("--public",), public + "allow_public_listen = yes\n", "token_file"),
                                      ((), "health_listen = 192.0.2.1:0\n", "not a loopback address")):
                status, _, err = run("--check", *args, conf=conf)
                self.assertEqual(status, 2, (args, conf))
                self.assertIn(words, err)
            status, _, err = run("--check", "--public", conf=public + "allow_public_listen = yes\n" + tokens)
            self.assertEqual((status, err), (0, ""))

    def test_a_public_listener_serves_when_told_twice(self):
        with Service(conf={"listen": "0.0.0.0:0", "allow_public_listen": "yes"}, args=["--public"], start=False) as s:
            with open(os.path.join(s.folder, "t"), "w", encoding="ascii") as f:
                f.write("a-token-of-enough-characters\n")
            s.conf["token_file"] = s.conf["device_token_file"] = os.path.join(s.folder, "t")
            s.start()
            self.assertEqual(s.get("/v1/limits").status, 200)

    def test_token_files_are_checked(self):
        for text in ("short\n", "x" * 300, "with blanks in the token\n", "\n", ""):
            with Service(start=False) as s:
                s.conf["token_file"] = os.path.join(s.folder, "t")
                with open(s.conf["token_file"], "w", encoding="ascii") as f:
                    f.write(text)
                with self.assertRaises(RuntimeError) as caught:
                    s.start()
                self.assertIn("token_file", str(caught.exception))

    def test_a_port_in_use_is_told(self):
        with Service() as s:
            status, _, err = run("--listen", f"127.0.0.1:{s.port}", "--health-listen", "127.0.0.1:0", "--ocpp-profile1", "127.0.0.1:0")
            self.assertEqual(status, 1)
            self.assertIn(f"cannot listen on 127.0.0.1:{s.port}", err)

    def test_a_store_of_something_else_is_refused(self):
        with Service(start=False) as s:
            with open(s.db, "w", encoding="ascii") as f:
                f.write("this is no database, whatever its name says" * 100)
            with self.assertRaises(RuntimeError) as caught:
                s.start()
            self.assertNotIn("event=ready", str(caught.exception))


class Life(unittest.TestCase):
    def test_it_starts_and_ends_within_a_moment(self):
        begun = time.monotonic()
        with Service() as s:
            self.assertEqual(s.get("/v1/limits").status, 200)
            self.assertEqual(s.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5)
        with Service() as s:
            self.assertEqual(s.stop(signal.SIGINT), 0)
            self.assertIn("event=stopping signal=INT", s.log())
            self.assertIn("event=stopped", s.log())

    def test_what_was_imported_is_there_after_a_kill(self):
        with Service() as s:
            s.import_sample()
            s.kill()
            s.start()
            self.assertEqual(s.get("/v1/path?from=1&to=4").json()["result"], "path")
            self.assertTrue(s.get("/v1/audit/verify").json()["ok"])

    def test_running_requests_end_before_the_service_does(self):
        with Service(conf={"request_timeout": "10s"}) as s:
            s.import_sample()
            # The import may still be counted: only the next request may be the one that runs.
            s.wait_for(lambda: "firpath_http_running 0" in s.health("/metrics").body.decode())
            c = socket.create_connection(("127.0.0.1", s.port), timeout=10)
            c.sendall(b"POST /v1/path/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
                      b"Content-Length: 28\r\n\r\ndevice,from,to\r\na,1")
            s.wait_for(lambda: "firpath_http_running 1" in s.health("/metrics").body.decode())
            s.process.send_signal(signal.SIGTERM)
            s.wait_for(lambda: s.health().status == 503)
            r = s.get("/v1/limits")
            self.assertEqual((r.status, r.json()["code"], r.headers["Connection"]), (503, "stopping", "close"))
            self.assertTrue(r.headers["Retry-After"])
            self.assertIsNone(s.process.poll())
            c.sendall(b",4\r\nb,1,2"[:28 - 19])
            got = b""
            while piece := c.recv(65536):
                got += piece
            c.close()
            self.assertTrue(got.startswith(b"HTTP/1.1 200 "), got)
            self.assertIn(b"a,1,4,path", got)
            self.assertEqual(s.stop(), 0)

    def test_event_streams_do_not_hold_the_end_up(self):
        with Service() as s:
            s.import_sample()
            s.post("/v1/devices", "name,adapter,identity\nd1,fake,1081:00A10102:00010000\n", "text/csv")
            where = s.post("/v1/campaigns", {"name": "c", "target": "000004", "members": {"filter": {}}}).headers["Location"]
            c = socket.create_connection(("127.0.0.1", s.port), timeout=10)
            c.sendall(f"GET {where}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
            self.assertTrue(c.recv(4096).startswith(b"HTTP/1.1 200 "))
            begun = time.monotonic()
            self.assertEqual(s.stop(), 0)
            self.assertLess(time.monotonic() - begun, 5)
            c.close()

    def test_a_request_that_never_ends_is_cut_after_the_time_allowed(self):
        with Service(conf={"stop_timeout": "500ms", "request_timeout": "60s"}) as s:
            c = socket.create_connection(("127.0.0.1", s.port))
            c.sendall(b"POST /v1/path/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
                      b"Content-Length: 1000\r\n\r\ndevice")
            s.wait_for(lambda: "firpath_http_running 1" in s.health("/metrics").body.decode())
            begun = time.monotonic()
            self.assertEqual(s.stop(), 0)
            self.assertLess(time.monotonic() - begun, 10)
            self.assertIn("event=stop-cuts-requests", s.log())
            c.close()

    def test_reload_tells_what_it_took_and_what_not(self):
        with Service() as s:
            s.conf.update(log_level="error", threads="9")
            s.write_conf()
            s.process.send_signal(signal.SIGHUP)
            s.wait_for(lambda: "event=reloaded log_level=error needs_restart=threads" in s.log())
            s.conf["threads"] = "none"
            s.write_conf()
            s.process.send_signal(signal.SIGHUP)
            s.wait_for(lambda: "event=reload-refused" in s.log())
            self.assertEqual(s.get("/v1/limits").status, 200)

    def test_the_service_manager_is_told(self):
        with tempfile.TemporaryDirectory(prefix="firpath-api-") as folder:
            path = os.path.join(folder, "notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(path)
                manager.settimeout(10)
                with Service(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}) as s:
                    ready = manager.recv(4096).decode()
                    self.assertEqual(ready, f"READY=1\nSTATUS=serving on http://127.0.0.1:{s.port}")
                    self.assertEqual([manager.recv(4096), manager.recv(4096)], [b"WATCHDOG=1"] * 2)
                    s.process.send_signal(signal.SIGHUP)
                    got = set()
                    while b"READY=1" not in got:
                        got.add(manager.recv(4096))
                    self.assertIn(b"RELOADING=1", got)
                    s.process.send_signal(signal.SIGTERM)
                    while not manager.recv(4096).startswith(b"STOPPING=1"):
                        pass
                    self.assertEqual(s.stop(), 0)


class Watching(unittest.TestCase):
    SAMPLE_LINE = re.compile(r'^([a-z_:][a-z0-9_:]*)(\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})? (-?[0-9.e+-]+)$')

    def test_health_pages(self):
        with Service() as s:
            self.assertEqual((s.health("/healthz").status, s.health("/healthz").body), (200, b"alive\n"))
            r = s.health("/readyz")
            self.assertEqual((r.status, r.body), (200, b"ready, degraded: no CPL was imported yet\n"))
            s.import_sample()
            self.assertEqual(s.health("/readyz").body, b"ready\n")
            self.assertEqual(s.health("/").status, 404)
            self.assertEqual(s.health("/healthz?x=1").status, 400)
            self.assertEqual(s.request("POST", "/healthz", port=s.health_port).status, 400)
            self.assertEqual(s.get("/healthz", {"Host": "evil.example"}, port=s.health_port).status, 421)
            self.assertEqual(s.get("/healthz").status, 404)  # not on the service's own listener
            self.assertEqual(s.get("/v1/limits", port=s.health_port).status, 404)

    def test_ready_is_not_when_the_store_is_gone(self):
        with Service() as s:
            s.import_sample()
            os.rename(s.db, s.db + ".away")
            try:
                with open(s.db, "wb") as f:
                    f.write(b"rubbish" * 1000)
                s2 = s.health("/readyz")
                # The open connection may go on with the file that was renamed; a fresh one cannot.
                self.assertIn(s2.status, (200, 503))
                self.assertEqual(s.get("/v1/path?from=1&to=4").json()["result"], "path")  # the snapshot still answers
            finally:
                os.rename(s.db + ".away", s.db)

    def metrics(self, s):
        return s.health("/metrics")

    def test_metrics_are_well_formed(self):
        with Service() as s:
            s.import_sample()
            for _ in range(10):
                s.get("/v1/path?from=1&to=4")
            s.post("/v1/path/bulk", "device,from,to\na,1,4\nb,1,4\n", "text/csv")
            s.get("/")
            s.get("/nothing")
            for want in ('group="page",status="2xx"} 1\n', 'group="none",status="4xx"} 1\n', 'group="path",status="2xx"} 11\n'):
                s.wait_for(lambda want=want: want in self.metrics(s).body.decode())  # counted after the answer was sent
            r = self.metrics(s)
            self.assertEqual(r.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            kinds, helps, seen, values = {}, set(), set(), {}
            for line in r.body.decode().splitlines():
                if line.startswith("# HELP "):
                    name, text = line[7:].split(" ", 1)
                    self.assertNotIn(name, helps, "one HELP for each")
                    self.assertTrue(text.endswith("."))
                    helps.add(name)
                elif line.startswith("# TYPE "):
                    name, kind = line[7:].split(" ")
                    self.assertIn(name, helps)
                    self.assertIn(kind, ("counter", "gauge", "histogram"))
                    kinds[name] = kind
                else:
                    m = self.SAMPLE_LINE.match(line)
                    self.assertTrue(m, line)
                    base = re.sub(r"_(bucket|sum|count)$", "", m[1]) if re.sub(r"_(bucket|sum|count)$", "", m[1]) in kinds else m[1]
                    self.assertIn(base, kinds, line)
                    self.assertEqual(base, list(kinds)[-1], "samples stand under their family")
                    self.assertNotIn((m[1], m[2]), seen, line)
                    seen.add((m[1], m[2]))
                    values[(m[1], m[2] or "")] = float(m[3])
                    if kinds[base] == "counter":
                        self.assertTrue(base.endswith("_total"), base)
                    if kinds[base] != "counter":
                        self.assertFalse(base.endswith("_total"), base)
            self.assertLessEqual(len(seen), 300)
            self.assertGreater(len(seen), 100)
            for base in [k for k, v in kinds.items() if v == "histogram"]:
                series = {}
                for (name, labels), v in values.items():
                    if name == base + "_bucket":
                        le = re.search(r'le="([^"]+)"', labels)[1]
                        rest = re.sub(r',?le="[^"]+"', "", labels).replace("{}", "")
                        series.setdefault(rest, []).append((float(le.replace("+Inf", "inf")), v))
                for rest, buckets in series.items():
                    self.assertEqual(buckets, sorted(buckets), base)
                    self.assertEqual([v for _, v in buckets], sorted(v for _, v in buckets), "cumulative")
                    self.assertEqual(buckets[-1], (float("inf"), values[(base + "_count", rest)]), base)
            self.assertEqual(values[("firpath_http_requests_total", '{group="path",status="2xx"}')], 11)
            self.assertEqual(values[("firpath_http_requests_total", '{group="page",status="2xx"}')], 1)
            self.assertEqual(values[("firpath_http_requests_total", '{group="none",status="4xx"}')], 1)
            self.assertEqual(values[("firpath_bulk_questions_total", "")], 2)
            self.assertEqual(values[("firpath_revision", "")], 2)
            self.assertGreater(values[("firpath_cpl_issued_age_seconds", "")], 86400)

    def test_metrics_do_not_grow_with_what_is_asked(self):
        with Service() as s:
            before = self.metrics(s).body.count(b"\n")
            for i in range(50):
                s.get(f"/x{i}")
                s.get(f"/v1/entries/{i}")
            self.assertEqual(self.metrics(s).body.count(b"\n"), before)


class FullDisk(unittest.TestCase):
    def test_T39_when_nothing_can_be_written_changes_are_refused_and_reading_goes_on(self):
        """A limit on file size stands for the full disk: every write past it fails."""
        with Service(start=False) as s:
            s.start()
            s.import_sample()
            s.stop()
            s.write_conf()
            size = os.path.getsize(s.db)

            def limit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

            log = subprocess.PIPE
            p = subprocess.Popen([FIRPATHD, "--config", s.conf_path, "--orchestrator", "no"], stderr=log, stdin=subprocess.DEVNULL,
                                 preexec_fn=limit, restore_signals=False)
            try:
                text = b""
                while b"event=ready" not in text:
                    text += os.read(p.stderr.fileno(), 65536)
                s.port = int(re.search(rb"listen=127\.0\.0\.1:(\d+)", text)[1])
                rows = "name,adapter,identity\n" + "".join(f"device-{i:06d},fake,1081:00A10102:00010000\n" for i in range(20000))
                r = s.post("/v1/devices", rows, "text/csv")
                self.assertIn(r.status, (503, 507, 500), r)
                self.assertEqual(r.headers["Content-Type"], "application/problem+json")
                self.assertIn(r.json()["code"], ("disk", "store", "busy"), r)
                self.assertEqual(s.get("/v1/devices").json()["devices"], [])
                self.assertEqual(s.get("/v1/path?from=1&to=4").json()["result"], "path")
            finally:
                p.terminate()
                p.wait(20)
                p.stderr.close()
            s.start()
            self.assertEqual(s.get("/v1/devices").json()["devices"], [])
            self.assertTrue(s.get("/v1/audit/verify").json()["ok"])
            self.assertEqual(s.post("/v1/devices", rows, "text/csv").json()["added"], 20000)


if __name__ == "__main__":
    unittest.main()
