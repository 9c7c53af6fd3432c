"""What Slack does beside blocks, as looks at the sandbox: each is called by its check in tests/cases/sandbox.json.

A look acts over HTTP and returns in a few words what it saw. Long because it is one list of looks.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from slack_sandbox import Sandbox, SandboxClock
from slack_sandbox.waiting import until
from tests.harness.scripted_slack_app import ScriptedApp, button, field, modal

Look = Callable[[Sandbox, ScriptedApp], Awaitable[str]]
OPS = "C00DWHOPS"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


class Behaviours:
    """The looks by their checks."""

    def __init__(self) -> None:
        """Start with none."""
        self._looks: dict[str, Look] = {}

    @property
    def names(self) -> list[str]:
        """The checks that there are looks for."""
        return list(self._looks)

    def look(self, check: str) -> Callable[[Look], Look]:
        """Return what keeps a function as the look for *check*."""

        def keep(look: Look) -> Look:
            assert check not in self._looks
            self._looks[check] = look
            return look

        return keep

    async def seen(self, check: str, slack: Sandbox, app: ScriptedApp) -> str:
        """Look, and return what was seen."""
        return await self._looks[check](slack, app)

    @staticmethod
    async def answered(call: Awaitable[Any]) -> dict[str, Any]:
        """Return the answer of a Web API call, also of one that Slack refuses."""
        try:
            answer = (await call).data
        except SlackApiError as e:
            answer = e.response.data
        assert isinstance(answer, dict)
        return answer


BEHAVIOURS = Behaviours()
look = BEHAVIOURS.look


async def said(app: ScriptedApp, method: str, **args: Any) -> dict[str, Any]:
    """Return the answer of a call with a JSON body."""
    return await BEHAVIOURS.answered(app.api.api_call(method, json=args))


async def error(app: ScriptedApp, method: str, **args: Any) -> str:
    """Return a call's error, or "ok"."""
    return str((await said(app, method, **args)).get("error", "ok"))


async def raw(slack: Sandbox, method: str, *, token: bool = True, **how: Any) -> dict[str, Any]:
    """Return the answer of a call that no SDK would send."""
    headers = {"Authorization": f"Bearer {slack.app.bot_token}"} if token else {}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{slack.api_url}{method}", headers=headers | how.pop("headers", {}), **how) as answer,
    ):
        found = await answer.json()
        assert isinstance(found, dict)
        return found


async def heard(slack: Sandbox, app: ScriptedApp, kind: str, act: Callable[[], Any]) -> dict[str, Any]:
    """Return the event of *kind* that the app hears of once *act* was done."""
    slack.app.events = (*slack.app.events, kind)
    name = kind.partition(".")[0]

    def came() -> dict[str, Any] | None:
        events = [h["event"] for h in app.heard if h.get("type") == "event_callback"]
        return next((e for e in events if e["type"] == name), None)

    done = act()
    if asyncio.iscoroutine(done):
        await done
    return await until(slack.site.workspace, came, 10, f"no event {kind}")


def later(slack: Sandbox, seconds: float) -> None:
    """Move the workspace's clock forward."""
    clock = slack.site.workspace.clock
    assert isinstance(clock, SandboxClock)
    clock.advance(seconds)


def shown(value: Any) -> str:
    """Return *value* as JSON without needless room."""
    return json.dumps(value, ensure_ascii=False)


# --- how calls are sent


@look("JSON without charset -> warning missing_charset")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    answer = await raw(slack, "auth.test", data=b"{}", headers={"Content-Type": "application/json"})
    return shown({k: answer[k] for k in ("ok", "warning", "response_metadata")})


@look("a form with a charset -> warning superfluous_charset")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = await raw(slack, "auth.test", data=b"a=b", headers=kind)
    return shown({k: answer[k] for k in ("ok", "warning")})


@look("token inside a JSON body is not accepted")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return str((await raw(slack, "auth.test", token=False, json={"token": slack.app.bot_token}))["error"])


@look("token in the query string is refused")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return str((await raw(slack, "auth.test", token=False, params={"token": slack.app.bot_token}))["error"])


@look("token in a form is accepted")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return (
        "ok" if (await raw(slack, "auth.test", token=False, data={"token": slack.app.bot_token}))["ok"] else "refused"
    )


@look("api.test without token echoes args")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    fine = await raw(slack, "api.test", token=False, data={"foo": "bar"})
    bad = await raw(slack, "api.test", token=False, data={"error": "my_error"})
    return f"{shown(fine)}; {shown(bad)}"


@look("url_verification when a request URL is set")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    url = str(slack.app.request_url)
    fine = await slack.site.transport.set_request_url(url)
    exchange = slack.site.exchanges.list()[-1]
    app.takes_challenges = False
    problem = await slack.site.transport.set_request_url(url)
    keys = ", ".join(sorted(exchange["payload"]))
    app.heard.clear()
    slack.app.events = ("reaction_added",)
    posted = await said(app, "chat.postMessage", channel=OPS, text="x")
    slack.user("ana").react(slack.user("ana").channel("dwh-ops").messages[0], "wave")
    assert posted["ok"]

    def tried() -> dict[str, Any] | None:
        return next((e for e in slack.site.exchanges.list() if e["status"] == "unverified"), None)

    unsent = await until(slack.site.workspace, tried, 10, "no event was held back")
    return f"{exchange['what']} {{{keys}}}, {fine or 'verified'}; else: {problem} {unsent['what']}: {unsent['status']}"


# --- messages


@look("chat.postMessage markdown_text")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    answer = await said(app, "chat.postMessage", channel=OPS, markdown_text="**x**")
    return f"ok, blocks of type {', '.join(b['type'] for b in answer['message']['blocks'])}"


@look("chat.postEphemeral markdown_text")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return await error(app, "chat.postEphemeral", channel=OPS, user="U00000ANA", markdown_text="**x**")


@look("markdown_text with text -> markdown_text_conflict")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return await error(app, "chat.postMessage", channel=OPS, markdown_text="**x**", text="x")


@look("markdown_text of 12,001 characters -> msg_too_long")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return await error(app, "chat.postMessage", channel=OPS, markdown_text="x" * 12_001)


@look("username/icon_emoji with chat:write.customize")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    answer = await said(app, "chat.postMessage", channel=OPS, text="x", username="Robo", icon_emoji=":robot_face:")
    return shown({k: answer["message"][k] for k in ("subtype", "username", "icons")})


@look("username without chat:write.customize -> missing_scope")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    slack.app.scopes = ("chat:write",)
    answer = await said(app, "chat.postMessage", channel=OPS, text="x", username="Robo")
    return f"{answer['error']}, needed {answer['needed']}"


@look("chat.update with text alone removes the blocks")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    row = {"type": "actions", "elements": [button()]}
    ts = (await said(app, "chat.postMessage", channel=OPS, text="x", blocks=[row]))["ts"]
    message = (await said(app, "chat.update", channel=OPS, ts=ts, text="y"))["message"]
    return f"text {message['text']}, blocks {message.get('blocks', [])}"


@look("a response URL takes more than 13,200 characters of blocks")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    await slack.user("ana").send_command("/x")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2990}}
    async with (
        aiohttp.ClientSession() as http,
        http.post(app.heard[-1]["response_url"], json={"text": "x", "blocks": [section] * 5}) as answer,
    ):
        url = f"{answer.status} {await answer.text()}"
    return f"{url}; chat.postMessage: {await error(app, 'chat.postMessage', channel=OPS, blocks=[section] * 5)}"


@look("user messages have client_msg_id and rich_text blocks")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    event = await heard(slack, app, "message.channels", lambda: slack.user("ana").say("dwh-ops", "*a* & <@U00000BEN>"))
    (section,) = event["blocks"][0]["elements"]
    return f"client_msg_id of {len(event['client_msg_id'])}, {event['blocks'][0]['type']} {shown(section['elements'])}"


@look("a message to somebody who has left is posted")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    answer = await said(app, "chat.postMessage", channel="U0000DORA", text="x")
    opened = await error(app, "conversations.open", users="U0000DORA")
    channel = (await said(app, "conversations.info", channel=answer["channel"]))["channel"]
    return f"ok, in {answer['channel'][0]}…, is_user_deleted {channel['is_user_deleted']}; conversations.open: {opened}"


# --- lists


@look("users.list limit=0 (documented default)")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    answer = await said(app, "users.list", limit=0)
    return f"ok, {len(answer['members'])} of {len(slack.site.workspace.people)}"


@look("limit too big -> invalid_limit")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return await error(app, "conversations.list", limit=1001)


@look("invalid_ts_latest")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    return await error(app, "conversations.history", channel=OPS, latest="tomorrow")


# --- objects


@look("private channel with a C… id: is_channel true, is_group false, is_private true")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    channel = (await said(app, "conversations.info", channel="C0DWHPRIV"))["channel"]
    return shown({k: channel[k] for k in ("is_channel", "is_group", "is_private")})


@look("num_members only where it is asked for")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    bare = (await said(app, "conversations.info", channel=OPS))["channel"]
    asked = (await said(app, "conversations.info", channel=OPS, include_num_members=True))["channel"]
    listed = (await said(app, "conversations.list"))["channels"][0]
    return (
        f"conversations.info: {bare.get('num_members')}, asked: {asked['num_members']}; list: {listed['num_members']}"
    )


@look("users.info: documented example's user fields")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    user = (await said(app, "users.info", user="U00000ANA"))["user"]
    wanted = (
        *("id", "team_id", "name", "deleted", "color", "real_name", "tz", "tz_label", "tz_offset", "is_admin"),
        *("is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "is_bot", "updated", "is_app_user"),
    )
    profile = (
        *("avatar_hash", "status_text", "status_emoji", "real_name", "display_name", "real_name_normalized", "team"),
        *("display_name_normalized", "email", "first_name", "last_name", "title", "phone", "status_expiration"),
        *(f"image_{size}" for size in (24, 32, 48, 72, 192, 512)),
    )
    missing = [k for k in wanted if k not in user] + [k for k in profile if k not in user["profile"]]
    return f"missing: {', '.join(missing) or 'none'}"


@look("include_locale in users.info and users.list")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    slack.admin.change_person("ana", locale="de-DE")
    without = (await said(app, "users.info", user="U00000ANA"))["user"].get("locale")
    one = (await said(app, "users.info", user="U00000ANA", include_locale=True))["user"]["locale"]
    everybody = (await said(app, "users.list", include_locale=True))["members"]
    return f"without: {without}; users.info {one}; users.list {everybody[0]['locale']}"


@look("user_change has the new zone, with its offset of now")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    event = await heard(
        slack, app, "user_change", lambda: slack.admin.change_person("ana", tz="America/Los_Angeles", status_text="out")
    )
    user = event["user"]
    fields = {k: user[k] for k in ("tz", "tz_label", "tz_offset", "locale")}
    return shown(fields | {"status_text": user["profile"]["status_text"]})


@look("view.title has emoji:true in the answer")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    trigger = slack.site.tickets.trigger("U00000ANA", None)
    return shown((await said(app, "views.open", trigger_id=trigger, view=modal(field("f"))))["view"]["title"])


# --- views and shortcuts


@look("default_to_current_conversation after a global shortcut")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    async def answer(payload: dict[str, Any]) -> None:
        chooser = field("f", "conversations_select", default_to_current_conversation=True)
        if payload.get("type") == "shortcut":
            await app.api.views_open(trigger_id=payload["trigger_id"], view=modal(chooser))

    app.answer = answer
    form = await slack.user("ana").shortcut("make", channel="dwh-ops")
    sent = next(p for p in app.heard if p["type"] == "shortcut")
    return f"{form.value('f')}; the payload has {'a' if 'channel' in sent else 'no'} channel"


@look("views.open takes an interactivity_pointer in place of a trigger_id")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    pointer = slack.site.tickets.trigger("U00000ANA", None)
    first = await error(app, "views.open", interactivity_pointer=pointer, view=modal(field("f")))
    return f"{first}; again: {await error(app, 'views.open', interactivity_pointer=pointer, view=modal(field('f')))}"


@look("three views at most, the fourth is refused")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    answers = []
    for method in ("views.open", "views.push", "views.push", "views.push"):
        trigger = slack.site.tickets.trigger("U00000ANA", None)
        answers.append(await error(app, method, trigger_id=trigger, view=modal(field("f"))))
    return ", ".join(answers)


@look("a message shortcut works where the app isn't, and that is all it gets")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    ana = slack.user("ana")
    card = await ana.say("general", "look")
    await slack.clients.shortcut(ana.id, "keep", card.target(ana))
    payload = next(p for p in app.heard if p["type"] == "message_action")
    keys = ", ".join(sorted(k for k in payload if k in ("channel", "message", "message_ts", "response_url")))
    history = await error(app, "conversations.history", channel=payload["channel"]["id"])
    return f"{keys}; conversations.history: {history}"


# --- events


@look("member_joined_channel has event_ts and inviter")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    event = await heard(slack, app, "member_joined_channel", lambda: slack.admin.invite("dwh-private", "dan"))
    return shown({k: event.get(k) for k in ("user", "inviter", "event_ts")})


@look("channel_archive has event_ts")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    event = await heard(slack, app, "channel_archive", lambda: slack.admin.archive("dwh-ops"))
    return shown({k: event.get(k) for k in ("channel", "user", "is_moved", "event_ts")})


@look("somebody reacts to a message (reaction_added)")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    await said(app, "chat.postMessage", channel=OPS, text="x")
    ana = slack.user("ana")
    event = await heard(slack, app, "reaction_added", lambda: ana.react(ana.channel("dwh-ops").messages[0], "eyes"))
    return ", ".join(f"{k} {shown(event[k]) if k != 'item' else sorted(event[k])}" for k in event if k != "event_ts")


@look("reactions.add, get, remove and their errors")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    ts = (await said(app, "chat.postMessage", channel=OPS, text="x"))["ts"]
    where = {"channel": OPS, "timestamp": ts}
    seen = [
        await error(app, "reactions.add", **where, name="eyes"),
        await error(app, "reactions.add", **where, name="eyes"),
        await error(app, "reactions.add", **where, name="no such!"),
        await error(app, "reactions.add", channel=OPS, timestamp="1.000000", name="eyes"),
        await error(app, "reactions.add", channel=OPS, timestamp="now", name="eyes"),
        await error(app, "reactions.add", channel=OPS, name="eyes"),
    ]
    got = (await said(app, "reactions.get", **where))["message"]["reactions"]
    listed = len((await said(app, "reactions.list"))["items"])
    seen += [await error(app, "reactions.remove", **where, name="eyes") for _ in range(2)]
    return f"{', '.join(seen)}; {shown(got)}; {listed} in reactions.list"


# --- user groups


@look("usergroups.list: disabled groups, users and counts only where asked for")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    slack.admin.create_group("oncall", ["ana"])
    slack.admin.disable_group("dba")
    bare = (await said(app, "usergroups.list"))["usergroups"]
    full = (await said(app, "usergroups.list", include_disabled=True, include_users=True, include_count=True))[
        "usergroups"
    ]
    users = await error(app, "usergroups.users.list", usergroup="S00000DBA")
    extra = sorted(full[0].keys() - bare[0].keys())
    return f"{len(bare)} of {len(full)}, with {', '.join(extra)}; users of a disabled one: {users}"


@look("user groups' errors")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    seen = [
        await error(app, "usergroups.users.list", usergroup="S0"),
        await error(app, "usergroups.list", team_id="T1"),
    ]
    slack.site.workspace.paid = False
    seen.append(await error(app, "usergroups.list"))
    slack.app.scopes = ()
    return ", ".join([*seen, await error(app, "usergroups.list")])


@look("subteam_members_changed tells only what has changed")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    event = await heard(slack, app, "subteam_members_changed", lambda: slack.admin.set_group("dba", ["ben", "cleo"]))
    kept = ("added_users", "added_users_count", "removed_users", "removed_users_count")
    apart = event["date_update"] > event["date_previous_update"]
    return f"{shown({k: event[k] for k in kept})}, dates apart: {apart}"


@look("subteam_created and subteam_updated have the whole group")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    made = await heard(slack, app, "subteam_created", lambda: slack.admin.create_group("oncall", ["ana"]))
    changed = await heard(slack, app, "subteam_updated", lambda: slack.admin.disable_group("oncall"))
    disabled = changed["subteam"]["date_delete"] > 0
    return f"{made['subteam']['handle']} of {shown(made['subteam']['users'])}; disabled: {disabled}"


# --- scheduled messages


@look("chat.scheduleMessage posts in time, once")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    now = int(slack.site.workspace.clock.now().timestamp())
    answer = await said(app, "chat.scheduleMessage", channel=OPS, text="later", post_at=now + 60)
    listed = (await said(app, "chat.scheduledMessages.list"))["scheduled_messages"]
    before = len(slack.user("ana").channel("dwh-ops").messages)
    later(slack, 60)
    await slack.user("ana").channel("dwh-ops").wait_for("later")
    gone = await error(
        app, "chat.deleteScheduledMessage", channel=OPS, scheduled_message_id=answer["scheduled_message_id"]
    )
    return f"{answer['scheduled_message_id'][0]}…, listed {len(listed)}, posted {before} then 1; delete: {gone}"


@look("chat.scheduleMessage with metadata is accepted and never posted")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    now = int(slack.site.workspace.clock.now().timestamp())
    tag = {"event_type": "t", "event_payload": {"id": 1}}
    first = await error(app, "chat.scheduleMessage", channel=OPS, text="lost", post_at=now + 1, metadata=tag)
    await said(app, "chat.scheduleMessage", channel=OPS, text="kept", post_at=now + 2)
    later(slack, 60)
    await slack.user("ana").channel("dwh-ops").wait_for("kept")
    return f"{first}; posted: {', '.join(m.text for m in slack.user('ana').channel('dwh-ops').messages)}"


@look("chat.scheduleMessage's errors")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    now = int(slack.site.workspace.clock.now().timestamp())
    times = (now, now + 121 * 24 * 3600, "soon")
    seen = [await error(app, "chat.scheduleMessage", channel=OPS, text="x", post_at=at) for at in times]
    seen.append(await error(app, "chat.scheduleMessage", channel="C0DWHSECR", text="x", post_at=now + 60))
    many = [await error(app, "chat.scheduleMessage", channel=OPS, text="x", post_at=now + 60) for _ in range(31)]
    return ", ".join([*seen, f"the 31st within 5 minutes: {many[-1]}"])


# --- files


async def uploaded(app: ScriptedApp, name: str = "chart.png") -> str:
    """Upload a picture and complete it; return its id."""
    ticket = await app.api.files_getUploadURLExternal(filename=name, length=len(PNG))
    async with aiohttp.ClientSession() as http, http.post(ticket["upload_url"], data=io.BytesIO(PNG)) as answer:
        assert answer.status == 200
    await app.api.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "Chart"}])
    return str(ticket["file_id"])


def image(file: str) -> list[dict[str, Any]]:
    """Return a block that shows a file."""
    return [{"type": "image", "alt_text": "x", "slack_file": {"id": file}}]


@look("an uploaded picture can be shown once it has been scanned")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    slack.site.workspace.scan_seconds = 3600.0
    waiting = await uploaded(app)
    early = await said(app, "chat.postMessage", channel=OPS, text="x", blocks=image(waiting))
    slack.site.workspace.scan_seconds = 0.0
    ready = await uploaded(app)
    kind = (await said(app, "files.info", file=ready))["file"]["mimetype"]
    late = await error(app, "chat.postMessage", channel=OPS, text="x", blocks=image(ready))
    return f"before: {early['error']} {early['response_metadata']['messages'][0]}; then {kind}: {late}"


@look("a file is shared in channels where the app is")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    slack.site.workspace.scan_seconds = 0.0
    ticket = await app.api.files_getUploadURLExternal(filename="a.png", length=len(PNG))
    async with aiohttp.ClientSession() as http, http.post(ticket["upload_url"], data=io.BytesIO(PNG)):
        pass
    files = [{"id": ticket["file_id"]}]
    refused = await error(app, "files.completeUploadExternal", files=files, channel_id="C0GENERAL")
    shared = await heard(
        slack,
        app,
        "file_shared",
        lambda: app.api.files_completeUploadExternal(files=files, channel_id=OPS, initial_comment="see"),
    )
    message = slack.user("ana").channel("dwh-ops").messages[0]
    found = (await said(app, "files.info", file=ticket["file_id"]))["file"]
    where = [*found["shares"]["public"]]
    return f"{refused}; in the app's channel: {message.text}, event in {shared['channel_id']}, shares {shown(where)}"


@look("files' errors")
async def _(slack: Sandbox, app: ScriptedApp) -> str:
    slack.site.workspace.scan_seconds = 0.0
    file = await uploaded(app)
    seen = [
        await error(app, "files.getUploadURLExternal", filename="a.png", length=0),
        await error(app, "files.getUploadURLExternal", filename="a.png", length=1, alt_txt="x" * 1001),
        await error(app, "files.completeUploadExternal", files=[{"id": "F0000NONE"}]),
        await error(app, "files.completeUploadExternal", files=[{"id": file}], channel_id="U00000ANA"),
        await error(app, "files.info", file="F0000NONE"),
        await error(app, "files.delete", file=file),
        await error(app, "files.info", file=file),
        await error(app, "chat.postMessage", channel=OPS, text="x", blocks=image(file)),
    ]
    return ", ".join(seen)
