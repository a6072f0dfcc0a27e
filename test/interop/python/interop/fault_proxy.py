"""A TCP proxy that misbehaves on request."""

import asyncio
import random
import struct
import socket
import threading

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST

FORWARD = "forward"
SILENT = "silent"  # accepts, and never says a word
RESET = "reset"  # resets each connection as soon as it is accepted


class FaultProxy:
    """Forwards connections to a port of this machine, in a thread of its own, until told otherwise.

    `mode` may be changed at any time. `reset_share` is the part of the pieces passed on that end with a reset of their
    connection instead. `sent` and `received` count the bytes from and to the clients, `accepted` their connections.
    """

    def __init__(self, port, mode=FORWARD, reset_share=0.0, seed=1):
        self.mode = mode
        self.reset_share = reset_share
        self.accepted = self.resets = self.sent = self.received = 0
        self._lost = 0
        self._behind = port
        self._random = random.Random(seed)
        self._tasks = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def target(self):
        return f"ipv4:127.0.0.1:{self.port}"

    def lose_connections(self):
        """Those that are open now stay open, and nothing comes through them any more. New ones are forwarded."""
        self._lost = self.accepted

    def stop(self):
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _close(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.accepted += 1
        try:
            await self._serve_in_mode(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(asyncio.current_task())
            writer.close()

    async def _serve_in_mode(self, reader, writer):
        if self.mode == RESET:
            return _reset(writer)
        if self.mode == SILENT:
            return await _swallow(reader)
        number = self.accepted
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        there = asyncio.ensure_future(self._pass_on(reader, behind_writer, "sent", writer, number))
        back = asyncio.ensure_future(self._pass_on(behind_reader, writer, "received", writer, number))
        try:
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            behind_writer.close()

    async def _pass_on(self, source, destination, counter, client, number):
        while piece := await source.read(65536):
            setattr(self, counter, getattr(self, counter) + len(piece))
            if number <= self._lost:
                continue
            if self._random.random() < self.reset_share:
                self.resets += 1
                return _reset(client)
            destination.write(piece)
            await destination.drain()


async def _swallow(reader):
    while await reader.read(65536):
        pass


def _reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
