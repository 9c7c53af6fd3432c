"""Keeps answers within bounds, no matter who sends them: the project's whole snapshot list fits many times over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx

MOST_BYTES: Final = 10 * 1024 * 1024


class AnswerRefused(httpx.RemoteProtocolError):
    """An answer that is not read any further, for the reason in the text."""


class _Bounded(httpx.AsyncByteStream):
    """A body that fails when it grows past the bound."""

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._stream:
            seen += len(chunk)
            if seen > MOST_BYTES:
                raise AnswerRefused(f"the answer is longer than {MOST_BYTES} bytes", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def refuse_boundless(response: httpx.Response) -> None:
    """Bound the body of *response*; an httpx event hook, so that logins are bounded too.

    A compressed body is refused, since its size says nothing about what comes out of it, and none was asked for.

    Raises:
        AnswerRefused: it is compressed, or announced as too long.
    """
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() not in ("", "identity"):
        raise AnswerRefused("the answer is compressed, though that was not asked for", request=response.request)
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced[:20]) > MOST_BYTES:
        raise AnswerRefused(f"the answer is longer than {MOST_BYTES} bytes", request=response.request)
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream, response.request)
