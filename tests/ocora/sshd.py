# SPDX-License-Identifier: Apache-2.0
"""A real OpenSSH server on the loopback for one test: file transfer into the inbox, the Configuration Manager's shell as a
forced command. Runs as whoever runs the test; ended by its pid."""

import getpass
import os
import shlex
import socket
import subprocess
import time

SSHD = "/usr/sbin/sshd"


class Sshd:
    """keys: {name: forced command}; `internal-sftp` options allow file transfer."""

    def __init__(self, folder, keys):
        self.folder = os.path.join(folder, "ssh")
        os.makedirs(self.folder, mode=0o700)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # where sshd separates its privileges
        for k in ("host", *keys):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(k)], check=True, stdin=subprocess.DEVNULL)
        with open(self.path("authorized"), "w", encoding="utf-8") as f:
            for k, command in keys.items():
                with open(self.path(k + ".pub"), encoding="utf-8") as pub:
                    f.write('restrict,pty,command="' + command.replace('"', '\\"') + '" ' + pub.read())
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        with open(self.path("config"), "w", encoding="utf-8") as f:
            f.write(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.path('host')}\nPidFile none\nStrictModes no\n"
                    f"AuthorizedKeysFile {self.path('authorized')}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                    "UsePAM no\nPermitRootLogin forced-commands-only\nAllowTcpForwarding no\nX11Forwarding no\n"
                    "Subsystem sftp internal-sftp\nLogLevel VERBOSE\n")
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.path("config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 10
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as c:
                    if c.recv(4) == b"SSH-":
                        return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                raise RuntimeError("sshd did not start: " + self.log())
            time.sleep(0.02)

    def path(self, name):
        return os.path.join(self.folder, name)

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def options(self, key):
        return ["-F", "none", "-i", self.path(key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
                "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.path('known')}"]

    def run(self, key, *words, stdin=None, timeout=30):
        """ssh with that key; words are what somebody typed behind the host."""
        return subprocess.run(["ssh", *self.options(key), "-p", str(self.port), getpass.getuser() + "@127.0.0.1", *words], input=stdin,
                              stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)

    def sftp(self, key, *lines, timeout=30):
        """sftp in batch mode with these commands."""
        return subprocess.run(["sftp", *self.options(key), "-P", str(self.port), "-b", "-", getpass.getuser() + "@127.0.0.1"],
                              input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=timeout, check=False)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)


def forced(*words):
    """A forced command of these words."""
    return " ".join(shlex.quote(w) for w in words)
