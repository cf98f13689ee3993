#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two implementations that share no code meet: requests of `firpath duis build` at the played DCC, its answers and messages at
`firpath duis verify`."""

import base64
import hashlib
import os
import re
import subprocess
import tempfile
import time
import unittest

from fake import BUILD, DCC, USER, Client, Endpoint, Fake, Keys, eui, ota, text_of, valid, verified

HUB, METER = 0x00DB000000000000, 0x00DB000000000001
SHA = hashlib.sha256(b"image").digest()


class Meeting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory(prefix="firpath-dcc-")
        cls.addClassCleanup(cls.temp.cleanup)
        cls.keys = Keys(cls.temp.name)
        cls.end = Endpoint()
        cls.addClassCleanup(cls.end.close)
        k = cls.keys.path
        cls.dcc = Fake(cls.temp.name, [
            f"dcc {eui(DCC)} cert={k('dsp.pem')} key={k('dsp.key')}", f"log {cls.temp.name}/dcc.log",
            f"user {eui(USER)} roles=IS xml={k('user-xml.pem')} command={k('user-command.pem')} url=http://127.0.0.1:{cls.end.port}/",
            "model hub kind=CHF manufacturer=1081 model=C0010100 firmware=00000001", "model power kind=ESME manufacturer=1081 model=00A10102 firmware=00010000",
            "firmware power 00010100 gbcs=4.0", "hop power 00010000 00010100", f"han {eui(HUB)} 1 hub,power user={eui(USER)}"])
        cls.addClassCleanup(cls.dcc.close)
        cls.client = Client(cls.keys, cls.dcc.address)  # posts what others built
        cls.image = os.path.join(cls.temp.name, "image.ota")
        with open(cls.image, "wb") as f:
            f.write(ota(0x00010100, trailer=cls.keys.raw("user-command", b"image")))

    def build(self, door, *args):
        out = os.path.join(self.temp.name, "request.xml")
        r = subprocess.run([os.path.join(BUILD, "firpath"), "duis", "build", *args, "--key", self.keys.path("user-xml.key"), "--cert",
                            self.keys.path("user-xml.pem"), "-o", out], capture_output=True, text=True, check=False)
        self.assertEqual(r.returncode, 0, r.stderr)
        status, text = self.client.post(door, text_of(out))
        self.assertEqual(status, 200, text)
        return re.search("ResponseCode>(.*?)<", text).group(1), text

    def test_what_is_built_is_taken_and_what_is_said_is_understood(self):
        code, _ = self.build("D", "11.1", "--target", eui(DCC), "--image", self.image, "--devices", eui(METER))
        self.assertEqual(code, "I0")
        self.assertEqual(self.build("D", "8.2", "--target", eui(DCC), "--device", eui(METER))[0], "I0")
        until = time.monotonic() + 5
        while not any("8F72" in m for m in self.end.messages) and time.monotonic() < until:
            time.sleep(0.01)
        counter = str(int(time.time() * 1000) + 5000)
        code, text = self.build("T", "11.3", "--target", eui(METER), "--hash", SHA.hex(), "--counter", counter)
        payload = base64.b64decode(re.search("GBCSPayload>(.*?)<", text).group(1))
        command = os.path.join(self.temp.name, "command.bin")
        with open(command, "wb") as f:
            f.write(self.client.sign_command(payload))
        code, _ = self.build("S", "11.3", "--target", eui(METER), "--command", command, "--counter", counter)
        self.assertEqual(code, "I99")
        self.assertEqual(self.build("S", "11.2", "--target", eui(METER), "--counter", str(int(counter) + 1))[0], "I99")
        while not any(">11.2<" in m for m in self.end.messages) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual((self.dcc.meter(METER)["version"], self.dcc.sins()), ("00010100", {}))
        requests = self.dcc.documents("D", "S", "T")
        self.assertEqual((len(requests), valid(requests), verified(requests, self.keys.path("user-xml.pem"))), (5, [], []))
        said = self.dcc.documents("answer", "message")
        self.assertGreater(len(said), 8)
        for path in said:
            r = subprocess.run([os.path.join(BUILD, "firpath"), "duis", "verify", path, "--certs", self.keys.path("dsp.pem")], capture_output=True, text=True,
                               check=False)
            self.assertEqual(r.returncode, 0, (path, r.stdout, r.stderr))
            r = subprocess.run([os.path.join(BUILD, "firpath"), "duis", "verify", path, "--certs", self.keys.path("forger.pem")], capture_output=True, text=True,
                               check=False)
            self.assertEqual(r.returncode, 1, (path, r.stdout))


if __name__ == "__main__":
    unittest.main()
