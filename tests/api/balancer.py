# SPDX-License-Identifier: Apache-2.0
"""One address in front of several services, for tests with more than one node."""

import asyncio
import threading


class Balancer:
    """Passes connections on to ports in turn; one that does not answer is left out."""

    def __init__(self, *ports, port=0):
        self.ports, self.n = ports, 0
        self.loop = asyncio.new_event_loop()
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", port, backlog=1000))
        self.port = server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def close(self):
        async def end():
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.loop.stop()
        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join(10)

    @staticmethod
    async def _pass(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    async def _serve(self, reader, writer):
        for _ in self.ports:
            self.n += 1
            try:
                r, w = await asyncio.open_connection("127.0.0.1", self.ports[self.n % len(self.ports)])
            except OSError:
                continue
            await asyncio.gather(self._pass(reader, w), self._pass(r, writer))
            return
        writer.close()
