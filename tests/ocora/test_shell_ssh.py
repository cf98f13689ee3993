#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Configuration Manager's command line over SSH (5.1.2): a real sshd forces `firpath cm shell`; one command, a terminal, a
pipe; and nothing else can be had with that key."""

import getpass
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [p for p in (HERE, os.path.join(os.path.dirname(HERE), "api")) if p not in sys.path]

from sshd import Sshd, forced  # noqa: E402
from test_shell import PROGRAM, PROMPT, Fake, Terminal  # noqa: E402


class OverSsh(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory(prefix="firpath-ssh-")
        cls.fake = Fake()
        cls.sshd = Sshd(cls.temp.name, {"operator": forced("/usr/bin/env", "XDG_STATE_HOME=" + cls.temp.name, "NO_COLOR=1", PROGRAM, "cm", "shell",
                                                           "--server", cls.fake.url, "--vehicle", "train")})

    @classmethod
    def tearDownClass(cls):
        cls.sshd.close()
        cls.fake.hang_up()
        cls.fake.shutdown()
        cls.fake.server_close()
        cls.temp.cleanup()

    def setUp(self):
        self.fake.said.clear()
        self.fake.prompt = None

    def test_E5_one_command_over_ssh_is_obeyed_and_its_status_comes_back(self):
        r = self.sshd.run("operator", "list bb")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("DAS", r.stdout)
        r = self.sshd.run("operator", "request", "update")
        self.assertEqual((r.returncode, r.stdout), (0, "Told all: request update.\n"), r.stderr)
        r = self.sshd.run("operator", "trigger", "update")
        self.assertEqual(r.returncode, 1)
        self.assertIn("rejected, because", r.stderr)
        self.assertEqual([s["line"] for s in self.fake.said], ["request update", "trigger update"])

    def test_E5_a_terminal_over_ssh_edits_lines_and_shows_the_log_as_it_comes(self):
        before = len(self.fake.after)
        t = Terminal(["/usr/bin/ssh", "-tt", *self.sshd.options("operator"), "-p", str(self.sshd.port), getpass.getuser() + "@127.0.0.1"],
                     {**os.environ, "TERM": "xterm"})
        try:
            t.until("train normal-operation manual> ")
            self.fake.follower(before + 1)
            self.fake.prompt = PROMPT
            self.fake.event("Send an update request?", "prompt")
            t.until("Question 7")
            t.until("manual> ")
            t.type("ans\\t1\r".replace("\\t", "\t"))
            t.until("Told all: answer 1.")
            t.leave(self)
        finally:
            t.close()
        self.assertEqual(self.fake.said, [{"line": "answer 1", "prompt": 7}])

    def test_E5_lines_through_ssh_without_a_terminal(self):
        r = self.sshd.run("operator", stdin="mode auto\nversion\n")
        self.assertEqual((r.returncode, r.stdout.splitlines()[0]), (0, "Told all: mode auto."), r.stderr)

    def test_no_other_program_and_no_other_service_of_ssh_can_be_had(self):
        for words in (["sh", "-c", "id"], ["status;", "id"], ["$(touch", f"{self.temp.name}/escaped)"], ["/bin/bash", "-i"],
                      ["firpath", "device", "list"], ["cat", "/etc/passwd"]):
            r = self.sshd.run("operator", *words)
            self.assertEqual((r.returncode, r.stdout), (2, ""), words)
            self.assertIn("firpath: ", r.stderr)
        r = self.sshd.sftp("operator", "get /etc/passwd " + self.temp.name + "/stolen")
        self.assertNotEqual(r.returncode, 0)
        self.assertFalse({"escaped", "stolen"} & set(os.listdir(self.temp.name)))
        self.assertEqual(self.fake.said, [])


if __name__ == "__main__":
    unittest.main(verbosity=1 if "-q" in sys.argv else 2)
