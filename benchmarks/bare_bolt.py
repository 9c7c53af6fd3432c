"""What the bot's acknowledgements are measured against: a Bolt app with one listener that only acknowledges.

`python -m benchmarks.bare_bolt http PORT API_URL` as Bolt's own aiohttp server; `… socket NAME API_URL` with Bolt's own
Socket Mode handler.
"""

from __future__ import annotations

import asyncio
import sys

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks import universe


async def acknowledged(ack: AsyncAck) -> None:
    """Acknowledge, and do nothing."""
    await ack()


def built(api: str) -> AsyncApp:
    """Return the app as Bolt's guide has it, but for the address of Slack."""
    app = AsyncApp(signing_secret=universe.SECRET, client=AsyncWebClient(token=universe.BOT_TOKEN, base_url=api))
    app.command("/snapshot")(acknowledged)
    app.view("request")(acknowledged)
    return app


def main(how: str, where: str, api: str) -> None:
    """Serve until this process is ended."""
    if how == "http":
        built(api).server(port=int(where), path="/slack/events", host="127.0.0.1").start()
        return

    async def connected() -> None:
        await AsyncSocketModeHandler(built(api), universe.app_token(where)).start_async()  # type: ignore[no-untyped-call]

    asyncio.run(connected())


if __name__ == "__main__":
    main(*sys.argv[1:4])
