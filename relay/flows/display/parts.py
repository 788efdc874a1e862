"""Reads a multipart request part by part, as a stream; whatever is wrong with it becomes a refusal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from relay.errors import invalid

CHUNK_BYTES = 64 * 1024
# Encodings of a part that leave its bytes as they are; no sender of our time uses another one (RFC 7578, 4.7).
PLAIN = frozenset({"", "binary", "8bit", "7bit"})
MOST_FIELD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Part:
    """One part; it has to be read (or skipped) before the next one comes."""

    name: str
    filename: str
    _reader: BodyPartReader

    async def stream(self) -> AsyncIterator[bytes]:
        """Give the content in chunks. Raises VALIDATION_ERROR when the request breaks off."""
        try:
            while not self._reader.at_eof():
                if chunk := await self._reader.read_chunk(CHUNK_BYTES):
                    yield chunk
        except (ValueError, HttpProcessingError) as error:
            raise invalid("$", "multipart") from error

    async def text(self) -> str | None:
        """Read a small field; None if it is empty."""
        content = await self.content(MOST_FIELD_BYTES)
        try:
            return content.decode("utf-8").strip() or None
        except UnicodeDecodeError as error:
            raise invalid(self.name, "type") from error

    async def content(self, most: int) -> bytes:
        """Read the part wholly. Raises VALIDATION_ERROR when it has more than `most` bytes."""
        content = bytearray()
        async for chunk in self.stream():
            content += chunk
            if len(content) > most:
                raise invalid(self.name, "length")
        return bytes(content)


async def parts_of(request: web.Request, *, most: int) -> AsyncIterator[Part]:
    """Walk through the parts, of which there may be `most`. Raises VALIDATION_ERROR for anything else."""
    if request.content_type != "multipart/form-data":
        raise invalid("$", "multipart")
    try:
        reader = await request.multipart()
        count = 0
        while (part := await reader.next()) is not None:
            count += 1
            if count > most or not isinstance(part, BodyPartReader) or not _is_plain(part):
                raise invalid("$", "multipart")
            # Browsers send a name as it is but for quotes and line ends, aiohttp percent-encodes all of it.
            yield Part(part.name or "", unquote(part.filename or ""), part)
    except (ValueError, KeyError, AssertionError, HttpProcessingError) as error:
        raise invalid("$", "multipart") from error


def _is_plain(part: BodyPartReader) -> bool:
    encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    return encoding in PLAIN and "Content-Encoding" not in part.headers
