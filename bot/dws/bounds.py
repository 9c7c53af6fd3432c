"""Keeps answers within bounds, no matter who sends them: the project's whole snapshot list fits many times over.

None is asked to be compressed; what a gateway compresses all the same is unpacked piece by piece, within that bound.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx

MOST_BYTES: Final = 10 * 1024 * 1024
_PIECE: Final = 64 * 1024  # bytes that are unpacked at once, however little they were before
_MOST_MEMBERS: Final = 100  # of one gzip: each costs time, however small it is
_GZIP: Final = b"\x1f\x8b"  # no JSON begins so
_UNPACKED: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


class AnswerRefused(httpx.RemoteProtocolError):
    """An answer that is not read any further, for the reason in the text."""


class _Unpacking:
    """Unpacks gzip (of any number of members) and deflate (with and without zlib's frame)."""

    def __init__(self, begins: bytes) -> None:
        framed = len(begins) > 1 and begins[0] & 0x0F == 8 and int.from_bytes(begins[:2], "big") % 31 == 0
        self._bits = 31 if begins.startswith(_GZIP) else 15 if framed else -15
        self._unpacker: Any = zlib.decompressobj(self._bits)
        self._members = 1

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what is in *chunk*, a piece at a time.

        Raises:
            zlib.error: it isn't what it is said to be, or in too many members.
        """
        while chunk:
            yield self._unpacker.decompress(chunk, _PIECE)
            chunk = self._unpacker.unconsumed_tail
            while not (chunk or self._unpacker.eof) and (rest := self._unpacker.decompress(b"", _PIECE)):
                yield rest
            if self._unpacker.eof and (following := self._unpacker.unused_data.lstrip(b"\0")):
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise zlib.error("too many members")
                chunk, self._unpacker = following, zlib.decompressobj(self._bits)

    def is_whole(self) -> bool:
        """Say whether the end has come."""
        return bool(self._unpacker.eof)


class _Bounded(httpx.AsyncByteStream):
    """A body that fails when it grows past the bound; *encoding* is how it is said to be compressed."""

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request, encoding: str) -> None:
        self._stream = stream
        self._request = request
        self._encoding = encoding

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for piece in self._pieces():
            seen += len(piece)
            if seen > MOST_BYTES:
                raise self._refused(f"is longer than {MOST_BYTES} bytes")
            yield piece

    async def _pieces(self) -> AsyncIterator[bytes]:
        """Yield the body, unpacked where it is packed: what it begins with tells, as some call plain text gzip."""
        begins, unpacking, has_begun, read = b"", None, False, 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > MOST_BYTES:  # what unpacks to nothing has a bound as well
                raise self._refused(f"is longer than {MOST_BYTES} bytes")
            begins += chunk
            if not has_begun and len(begins) < len(_GZIP):
                continue
            if not has_begun and (self._encoding == "deflate" or begins.startswith(_GZIP)):
                unpacking = _Unpacking(begins)
            chunk, begins, has_begun = begins, b"", True
            try:
                for piece in unpacking.pieces(chunk) if unpacking else (chunk,):
                    yield piece
            except zlib.error:
                raise self._refused(f"can't be unpacked as {self._encoding or 'gzip'}") from None
        if begins:
            yield begins
        if unpacking and not unpacking.is_whole():
            raise self._refused("is compressed, and breaks off")

    def _refused(self, why: str) -> AnswerRefused:
        return AnswerRefused(f"the answer {why}", request=self._request)

    async def aclose(self) -> None:
        await self._stream.aclose()


async def refuse_boundless(response: httpx.Response) -> None:
    """Bound the body of *response* and unpack it; an httpx event hook, so that logins are bounded too.

    Raises:
        AnswerRefused: it is compressed in a way that isn't known here, or announced as too long.
    """
    encoding = response.headers.pop("Content-Encoding", "").strip().lower()
    if encoding not in _UNPACKED:
        raise AnswerRefused("the answer is compressed, though that was not asked for", request=response.request)
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced[:20]) > MOST_BYTES:
        raise AnswerRefused(f"the answer is longer than {MOST_BYTES} bytes", request=response.request)
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream, response.request, encoding)
