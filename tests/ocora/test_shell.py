#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The shell of the Configuration Manager at a terminal, in a pipe and as the command that sshd forces, against a service made
here: what is shown when, what is sent, and that nothing leads out of it."""

import http.server
import json
import os
import pty
import queue
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())
PROGRAM = os.path.join(BUILD, "firpath")
PROMPT = {"seq": 7, "kind": "request", "why": "1 of 2 Building Blocks recommends an update.",
          "choices": [{"n": 1, "words": "request update"}, {"n": 2, "words": "stop"}]}


class Fake(http.server.ThreadingHTTPServer):
    """One vehicle, train; remembers what it was told; events() are sent to whoever follows the log."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.vehicles = ["train"]
        self.state, self.prompt = "normal-operation", None
        self.said = []
        self.followers = []
        self.after = []  # Last-Event-ID of each stream
        self.lines = 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request, client_address):
        """Who hangs up in the middle is no fault here."""

    def event(self, text, event="request"):
        self.lines += 1
        line = {"n": self.lines, "at": "2026-11-21T09:00:00Z", "level": "normal", "event": event, "bb": None, "device": None, "text": text}
        for q in list(self.followers):
            q.put((self.lines, line))

    def tell(self):
        """How the vehicle stands, as the stream says now and then."""
        for q in list(self.followers):
            q.put((self.lines, {"name": "train", "state": self.state, "mode": "auto", "running": True, "prompt": self.prompt,
                                "log_last": self.lines}))

    def hang_up(self):
        for q in list(self.followers):
            q.put(None)

    def follower(self, n=1, seconds=10):
        end = time.monotonic() + seconds
        while len(self.after) < n:
            if time.monotonic() > end:
                raise AssertionError("nobody follows the log")
            time.sleep(0.02)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def answer(self, status, body, kind="application/json"):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Request-Id", "r1")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def status(self):
        s = self.server
        return {"name": "train", "state": s.state, "wait": "idle", "mode": "manual", "running": True, "log": "normal", "vc": None,
                "previous_vc": None, "prompt": s.prompt, "progress": None, "building_blocks": 2, "lost": 0, "blocks": [
                    {"n": 1, "name": "DAS", "state": s.state, "life": "ok"}, {"n": 2, "name": "E\x1b[31mTP", "state": s.state, "life": "lost"}]}

    def do_GET(self):  # noqa: N802
        s = self.server
        path = urllib.parse.urlsplit(self.path).path
        if path == "/v1/vehicles":
            self.answer(200, {"vehicles": [{"name": n} for n in s.vehicles], "next": None})
        elif path == "/v1/vehicles/train":
            self.answer(200, self.status())
        elif path == "/v1/vehicles/train/log" and "event-stream" in self.headers.get("Accept", ""):
            self.follow()
        elif path == "/v1/vehicles/train/log":
            self.answer(200, {"lines": [{"n": 1, "at": "2026-11-21T09:00:00Z", "text": "hello \x1b]0;owned\x07\u202e there"}]})
        else:
            self.answer(404, {"code": "not-found", "detail": f"there is no {path}"}, "application/problem+json")

    def follow(self):
        q = queue.Queue()
        self.send_response(200)
        self.send_header("Request-Id", "r2")
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"retry: 1000\n\n: a remark\n\n")
        self.wfile.flush()
        self.server.followers.append(q)
        self.server.after.append(self.headers.get("Last-Event-ID"))
        while True:
            got = q.get()
            if got is None:
                break
            self.wfile.write(f"id: {got[0]}\nevent: line\ndata: {json.dumps(got[1])}\n\n".encode())
            self.wfile.flush()
        self.server.followers.remove(q)
        self.close_connection = True

    def do_POST(self):  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.said.append(body)
        if body["line"] == "trigger update":
            self.answer(409, {"code": "cm-rejected", "detail": "rejected, because 'trigger update' is only for Update Pending"},
                        "application/problem+json")
            return
        if body["line"].startswith(("answer", "request")):
            self.server.prompt = None
        self.answer(200, {"vehicle": "train", "command": body["line"], "says": f"Told all: {body['line']}.", "state": self.server.state,
                          "prompt": self.server.prompt, "result": None})


class Terminal:
    """A program in a terminal of 80 columns."""

    def __init__(self, argv, env):
        self.out = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, env)

    def read(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                try:
                    got = os.read(self.fd, 65536)
                except OSError:
                    return False
                if not got:
                    return False
                self.out += got.decode(errors="replace")
                return True
        return True

    def until(self, text, seconds=10):
        end = time.monotonic() + seconds
        while text not in self.out:
            if time.monotonic() > end or not self.read(0.2):
                raise AssertionError(f"'{text}' was not shown; seen: {self.out!r}")
        before, self.out = self.out.split(text, 1)
        return before

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def end(self, seconds=10):
        """Its exit status."""
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(0.1)
                os.close(self.fd)
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            self.read(0.05)
        raise AssertionError(f"it does not end; seen: {self.out!r}")

    def leave(self, test):
        """Ctrl-D at the prompt: before it the terminal itself would take it. A prompt that is just being drawn may
        still throw away what was typed too early, so it is typed again, as a person would."""
        self.until("> ")
        for _ in range(5):
            self.type("\x04")
            try:
                test.assertEqual(self.end(3), 0, self.out)
                return
            except (AssertionError, OSError):
                if not self.pid:
                    raise
        test.fail(f"it does not end; seen: {self.out!r}")

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)


class Shell(unittest.TestCase):
    def setUp(self):
        self.fake = Fake()
        self.temp = tempfile.TemporaryDirectory(prefix="firpath-shell-")
        self.home = self.temp.name
        self.terminals = []
        os.mkdir(self.home + "/bin")
        for name in ("vi", "sh", "touch"):  # what an escape would start leaves a trace
            with open(f"{self.home}/bin/{name}", "w", encoding="utf-8") as f:
                f.write(f"#!/bin/sh\n: > {self.home}/escaped\n")
            os.chmod(f"{self.home}/bin/{name}", 0o755)

    def tearDown(self):
        for t in self.terminals:
            t.close()
        self.fake.hang_up()
        self.fake.shutdown()
        self.fake.server_close()
        self.temp.cleanup()

    def terminal(self, *more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("FIRPATH_", "XDG_", "SSH_"))}
        env.update(HOME=self.home, TERM="xterm", NO_COLOR="1", EDITOR="touch " + self.home + "/escaped", PATH=self.home + "/bin")
        t = Terminal([PROGRAM, "cm", "shell", "--server", self.fake.url, *more], env)
        self.terminals.append(t)
        return t

    def piped(self, text, env=None, args=()):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("FIRPATH_", "SSH_"))}
        return subprocess.run([PROGRAM, "cm", "shell", "--server", self.fake.url, *args], input=text, capture_output=True, text=True,
                              timeout=30, env={**clean, "HOME": self.home, **(env or {})}, check=False)

    def test_E5_E18_the_prompt_shows_vehicle_state_and_mode_and_commands_are_sent(self):
        t = self.terminal()
        t.until("train normal-operation manual> ")
        self.fake.state = "update-pending"
        t.type("cancel update\r")
        t.until("Told all: cancel update.")
        t.until("train update-pending manual> ")
        t.type("trigger update\r")
        t.until("rejected, because 'trigger update' is only for Update Pending")
        t.type("exit\r")
        self.assertEqual(t.end(), 0)
        self.assertEqual([s["line"] for s in self.fake.said], ["cancel update", "trigger update"])

    def test_the_tabulator_completes_and_lists(self):
        t = self.terminal()
        t.until("manual> ")
        t.type("req\t")
        t.until("uest ")
        t.type("\t\r")
        t.until("Told all: request update.")
        t.until("manual> ")
        t.type("st\t")
        t.until("start  stop  status")
        t.until("train normal-operation manual> st")
        t.type("at\t\r")
        t.until("Vehicle train: normal-operation")
        self.assertEqual(self.fake.said[-1]["line"].strip(), "request update")

    def test_history_comes_back_also_in_the_next_shell_and_its_file_is_private(self):
        t = self.terminal()
        t.until("manual> ")
        t.type("mode auto\r")
        t.until("Told all: mode auto.")
        t.until("manual> ")
        t.type("\x1b[A\r")
        t.until("Told all: mode auto.")
        t.leave(self)
        path = self.home + "/.local/state/firpath/cm_history"
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        t = self.terminal()
        t.until("manual> ")
        t.type("\x10\r")
        t.until("Told all: mode auto.")
        t.leave(self)
        # a home that cannot be written, a history that is a link: no history, and no fault
        os.remove(path)
        os.symlink(self.home + "/elsewhere", path)
        t = self.terminal()
        t.until("manual> ")
        t.type("mode auto\r")
        t.until("Told all: mode auto.")
        t.leave(self)
        self.assertFalse(os.path.exists(self.home + "/elsewhere"))

    def test_H0_B25_a_line_of_the_log_appears_above_the_line_that_is_typed(self):
        t = self.terminal()
        t.until("manual> ")
        self.fake.follower()
        t.type("mode ma")
        t.until("mode ma")
        self.fake.event("Update is requested from all Building Blocks.")
        t.until("Update is requested from all Building Blocks.")
        t.until("train normal-operation manual> mode ma")
        t.type("nual\r")
        t.until("Told all: mode manual.")
        self.assertEqual(self.fake.said, [{"line": "mode manual"}])

    def test_a_line_longer_than_the_terminal_is_drawn_anew_as_a_whole(self):
        t = self.terminal()
        t.until("train normal-operation manual> ")
        self.fake.follower()
        t.type("show log extended bb 1 event result last 100 " + "x" * 20)
        t.until("x" * 16)
        self.fake.event("Here it is.")
        t.until("\x1b[1A")
        t.until("Here it is.")
        t.until("train normal-operation manual> show log extended bb 1 event result last")

    def test_a_question_appears_as_it_comes_and_is_answered_by_its_number_or_words(self):
        t = self.terminal()
        t.until("manual> ")
        self.fake.follower()
        self.fake.prompt = PROMPT
        self.fake.event("Send an update request?", "prompt")
        t.until("Question 7 (request): 1 of 2 Building Blocks recommends an update.")
        t.until("1  request update")
        t.until("2  stop")
        t.until("manual> ")
        t.type("1\r")
        t.until("Told all: answer 1.")
        self.assertEqual(self.fake.said, [{"line": "answer 1", "prompt": 7}])
        self.fake.prompt = {**PROMPT, "seq": 8}
        self.fake.event("Send an update request?", "prompt")
        t.until("Question 8")
        t.type("answer request update\r")
        t.until("Told all: answer request update.")
        self.assertEqual(self.fake.said[-1], {"line": "answer request update", "prompt": 8})
        t.until("manual> ")
        t.type("1\r")  # no question stands
        t.until("there is no command '1'")
        self.assertEqual(len(self.fake.said), 2)

    def test_E17_the_prompt_follows_the_state_while_a_line_is_typed(self):
        t = self.terminal()
        t.until("train normal-operation manual> ")
        self.fake.follower()
        t.type("stat")
        t.until("stat")
        self.fake.state = "update"
        self.fake.tell()
        t.until("train update auto> stat")
        t.type("us\r")
        t.until("Vehicle train: update")

    def test_ctrl_c_clears_the_line_and_ctrl_d_leaves(self):
        t = self.terminal()
        t.until("manual> ")
        t.type("stop\x03status\r")
        t.until("Vehicle train: normal-operation")
        t.type("\x03\x03")  # also while a command is obeyed; the terminal may throw away what was just written
        time.sleep(0.5)
        t.type("st\x03stop\x15\x04")
        self.assertEqual(t.end(), 0)
        self.assertEqual(self.fake.said, [])

    def test_the_log_goes_on_where_it_broke_off(self):
        t = self.terminal()
        t.until("manual> ")
        self.fake.follower()
        self.fake.event("first line")
        t.until("first line")
        self.fake.hang_up()
        self.fake.follower(2)
        self.fake.event("second line")
        t.until("second line")
        self.assertEqual(self.fake.after, [None, "1"])

    def test_nothing_leads_out_of_the_shell(self):
        t = self.terminal()
        t.until("manual> ")
        for line in ("!sh", "sh", "/bin/sh", "`id`", "$(id)", "status; id", "| sh", "vi", ":!sh", "-c id"):
            t.type(line + "\r")
            t.until("there is no command")
            t.until("manual> ")
        # libedit could start an editor: by its extended commands, and by keys bound to that
        for lead in ("\x1bx", "\x1bX"):
            t.type(lead + "bind ^G vi-histedit\r")
            t.until("manual> ")
            t.type("\x07\x03")
        t.type("\x1b:\x1bv\x16\x07\x03")
        t.type("status\r")
        t.until("Vehicle train: normal-operation")
        t.leave(self)
        self.assertFalse(os.path.exists(self.home + "/escaped"))
        self.assertEqual(self.fake.said, [])

    def test_what_others_wrote_does_not_drive_the_terminal(self):
        t = self.terminal()
        t.until("manual> ")
        self.fake.follower()
        t.type("list bb 2\r")
        shown = t.until("lost") + t.out
        t.type("show log\r")
        shown += t.until("hello") + t.until("there")
        self.fake.event("line \x1b[2J\x9b31m \x07 end")
        t.until("line ?[2J")
        shown += t.until(" end")
        self.assertIn("E?[31mTP", shown)
        for bad in ("\x1b[31m", "\x1b[2J", "\x1b]0", "\x07", "\x9b", "\u202e"):
            self.assertNotIn(bad, shown)

    def test_E5_without_a_terminal_lines_go_in_and_text_comes_out(self):
        self.fake.prompt = PROMPT
        r = self.piped("status\n\n  VERSION \n1\nnonsense\nexit\nstop\n")
        self.assertEqual(r.returncode, 2)
        self.assertIn("Question 7", r.stdout)
        self.assertIn("Told all: answer 1.", r.stdout)
        self.assertIn("there is no command 'nonsense'", r.stderr)
        self.assertNotIn("\x1b", r.stdout)
        self.assertEqual([s["line"] for s in self.fake.said], ["VERSION", "answer 1"])
        self.assertEqual(self.piped("help\n").returncode, 0)
        r = self.piped("x" * 5000 + "\nstop\n")
        self.assertEqual((r.returncode, [s["line"] for s in self.fake.said][-1]), (2, "stop"))

    def test_E5_the_command_that_ssh_was_given_is_obeyed_and_its_status_is_ours(self):
        def forced(command):
            return self.piped("stop\n", {"SSH_ORIGINAL_COMMAND": command})
        r = forced("list bb")
        self.assertEqual(r.returncode, 0)
        self.assertIn("DAS", r.stdout)
        self.assertEqual(forced("request update").returncode, 0)
        r = forced("trigger update")
        self.assertEqual(r.returncode, 1)
        self.assertIn("rejected, because", r.stderr)
        self.assertEqual([s["line"] for s in self.fake.said], ["request update", "trigger update"])
        for bad in ("sh", "bash -i", "list bb; sh", "list bb && sh", "status\nstop", "internal-sftp", "scp -t /", "firpath vehicle list",
                    "answer 1", "x" * 3000):
            r = forced(bad)
            self.assertEqual(r.returncode, 2, bad)
            self.assertEqual(r.stdout, "", bad)
        self.assertEqual(len(self.fake.said), 2)

    def test_which_vehicle_is_asked_when_there_are_several(self):
        self.fake.vehicles = ["train", "tram"]
        r = self.piped("status\n")
        self.assertEqual(r.returncode, 5)
        self.assertIn("train, tram", r.stderr)
        self.assertEqual(self.piped("status\n", {"FIRPATH_VEHICLE": "train"}).returncode, 0)
        self.assertEqual(self.piped("status\n", args=("--vehicle", "train")).returncode, 0)
        self.fake.vehicles = []
        r = self.piped("status\n")
        self.assertEqual(r.returncode, 3)
        self.assertIn("firpath vehicle add", r.stderr)

    def test_json_in_the_shell_is_one_object_a_line(self):
        r = self.piped("list bb 1\nhelp stop\n", args=("--json",))
        lines = [json.loads(x) for x in r.stdout.splitlines()]
        self.assertEqual(lines[0]["name"], "DAS")
        self.assertEqual(lines[1]["commands"][0]["form"], "stop")

    def test_B25_watch_writes_the_lines_as_they_come(self):
        p = subprocess.Popen([PROGRAM, "cm", "watch", "--server", self.fake.url, "--vehicle", "train"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        try:
            self.fake.follower()
            self.fake.event("Update is requested.")
            self.assertRegex(p.stdout.readline(), re.compile(r"^2026-11-21T09:00:00Z  Update is requested\.$"))
        finally:
            p.terminate()
            p.communicate(timeout=10)


if __name__ == "__main__":
    unittest.main(verbosity=1 if "-q" in sys.argv else 2)
