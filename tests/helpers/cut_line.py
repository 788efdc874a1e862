"""A way to the relay that a test cuts and mends: at once and noticed, or silently, as a pulled cable does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class CutLine:
    """`cut` ends every connection and takes no new one; `freeze` forwards nothing more, and nobody is told."""

    def __init__(self, to_port: int) -> None:
        self.url = ""
        self.to_port = to_port
        self.is_cut = False
        self.is_frozen = False
        # Answers of the relay are swallowed: what is asked gets through.
        self.is_deaf = False
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        self.is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def freeze(self) -> None:
        self.is_frozen = True

    def mend(self) -> None:
        if self.is_frozen or self.is_deaf:
            self.cut()
        self.is_cut = self.is_frozen = self.is_deaf = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            writer.transport.abort()
            return
        ours = {writer, there_writer}
        self._writers |= ours
        try:
            await asyncio.gather(
                self._forward(reader, there_writer, is_answer=False),
                self._forward(there_reader, writer, is_answer=True),
            )
        finally:
            self._writers -= ours
            for each in ours:
                each.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        with suppress(ConnectionError):
            while content := await reader.read(65_536):
                if not (self.is_frozen or (self.is_deaf and is_answer)):
                    writer.write(content)
                    await writer.drain()
        if not self.is_frozen:
            with suppress(ConnectionError, RuntimeError):
                writer.close()


@asynccontextmanager
async def cut_line(url: str) -> AsyncIterator[CutLine]:
    """Stand before the relay at this address, on a port of its own."""
    line = CutLine(int(url.rpartition(":")[2]))
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        line.cut()
        await asyncio.sleep(0)
