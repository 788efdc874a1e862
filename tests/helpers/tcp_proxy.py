"""A way to the relay that can be cut off without anybody being told: what a pulled cable or a forgetful router does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class TcpProxy:
    """Forwards bytes; `freeze` stops that for the connections there are, which stay open and silent."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.accepted = 0
        self._to = port
        self._open: list[_Pipe] = []

    def freeze(self) -> None:
        for pipe in self._open:
            pipe.is_frozen = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        ways = (_Pipe(reader, there_writer), _Pipe(there_reader, writer))
        self._open += ways
        try:
            await asyncio.gather(*(way.run() for way in ways))
        finally:
            for each in (writer, there_writer):
                each.close()


class _Pipe:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.is_frozen = False
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        with suppress(ConnectionError):
            while content := await self._reader.read(65_536):
                if not self.is_frozen:
                    self._writer.write(content)
                    await self._writer.drain()
        if not self.is_frozen:
            self._writer.close()


@asynccontextmanager
async def tcp_proxy(url: str) -> AsyncIterator[TcpProxy]:
    """Stand before the relay at this address."""
    proxy = TcpProxy(int(url.rpartition(":")[2]))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for pipe in proxy._open:
            pipe._writer.transport.abort()
