"""A small Bolt app that knows nothing of the sandbox, the way its users write them, over Socket Mode or HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from slack_sandbox import Sandbox
from tests.harness.scripted_slack_app import request_url

Body = dict[str, Any]


def text(words: str) -> dict[str, str]:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": words}


def form(title: str = "Order", *, callback_id: str = "order") -> dict[str, object]:
    """Return a modal with an input and a select that is searched."""
    search = {"type": "external_select", "action_id": "v", "min_query_length": 2}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": text(title),
        "submit": text("Send"),
        "notify_on_close": True,
        "blocks": [
            {
                "type": "input",
                "block_id": "name",
                "label": text("Name"),
                "element": {"type": "plain_text_input", "action_id": "v", "min_length": 2},
            },
            {"type": "input", "block_id": "what", "label": text("What"), "optional": True, "element": search},
            {
                "type": "actions",
                "block_id": "more",
                "elements": [{"type": "button", "action_id": "details", "text": text("Details")}],
            },
        ],
    }


class ForeignApp(AsyncApp):
    """The app, and what it *heard* that nobody in Slack sees."""

    def __init__(self, slack: Sandbox) -> None:
        """Be installed in *slack*; nothing is listened for yet."""
        client = AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url)
        super().__init__(name="foreign", client=client, signing_secret=slack.app.signing_secret)
        self.heard: list[tuple[str, bool]] = []


def bolt_app(slack: Sandbox) -> ForeignApp:
    """Return the app, installed in *slack*."""
    app = ForeignApp(slack)

    @app.command("/order")
    async def order(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.command("/hello")
    async def hello(ack: AsyncAck, body: Body) -> None:
        await ack(f"Hello {body['user_name']}, you said {body['text']}")

    @app.view("order")
    async def ordered(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        values = body["view"]["state"]["values"]
        name = values["name"]["v"]["value"]
        match name:
            case "wrong":
                await ack(response_action="errors", errors={"name": "Not that one"})
                return
            case "again":
                await ack(response_action="update", view=form("Again"))
                return
            case "deeper":
                await ack(response_action="push", view=form("Deeper"))
                return
            case "clear":
                await ack(response_action="clear")
                return
        await ack()
        what = values["what"]["v"]["selected_option"]
        button = {"type": "button", "action_id": "approve", "text": text("Approve"), "value": name}
        await client.chat_postMessage(
            channel="C00DWHOPS",
            text=f"Waiting: {name}",
            blocks=[
                {"type": "section", "text": {"type": "mrkdwn", "text": f"Waiting: {name} {what and what['value']}"}},
                {"type": "actions", "elements": [button]},
            ],
        )

    @app.view_closed("order")
    async def closed(ack: AsyncAck, body: Body) -> None:
        await ack()
        app.heard.append(("closed", body["is_cleared"]))

    @app.options("v")
    async def options(ack: AsyncAck, body: Body) -> None:
        await ack(options=[{"text": text(body["value"] + n), "value": body["value"] + n} for n in ("", "-2")])

    @app.action("details")
    async def details(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=form("Details"))

    @app.action("approve")
    async def approve(ack: AsyncAck, body: Body, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        await client.chat_update(channel=channel, ts=ts, text="Approved", blocks=[])
        await client.chat_postEphemeral(channel=channel, user=body["user"]["id"], text="Only you see this")
        await respond(text="By response URL", response_type="ephemeral", replace_original=False)

    @app.event("app_home_opened")
    async def home(event: Body, client: AsyncWebClient) -> None:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": f"Home of <@{event['user']}>"}}
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section]})

    return app


@contextlib.asynccontextmanager
async def over_socket(slack: Sandbox) -> AsyncIterator[ForeignApp]:
    """Run the app in Socket Mode."""
    app = bolt_app(slack)
    handler = AsyncSocketModeHandler(app, slack.app.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt says no types of it
    await slack.wait_for_app()
    try:
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # nor of this


@contextlib.asynccontextmanager
async def over_http(slack: Sandbox) -> AsyncIterator[ForeignApp]:
    """Run the app behind a request URL."""
    app = bolt_app(slack)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async with request_url(slack, events):
        yield app
