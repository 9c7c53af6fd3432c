"""What goes on in the workspace besides messages: groups, reactions, files, zones, and how typed text is kept."""

from __future__ import annotations

import aiohttp
import pytest

from slack_sandbox.inputs import NotPossible
from slack_sandbox.typed import typed_blocks
from tests.harness.slack_behaviours import PNG, uploaded

pytest_plugins = ("tests.harness.strict_sandbox",)

OPS = "C00DWHOPS"


async def driven(slack, name, /, **args):
    """Return status and answer of a call to the driver."""
    async with aiohttp.ClientSession() as http, http.post(f"{slack.origin}/_sandbox/{name}", json=args) as answer:
        return answer.status, await answer.json()


async def test_groups_are_made_disabled_and_enabled_by_the_driver(slack, app):
    """The page hears of it, and the Web API says so."""
    await driven(slack, "workspace", do="create_group", handle="oncall", users=["ana", "dan"], name="On call")
    assert (await driven(slack, "workspace", do="disable_group", group="oncall"))[0] == 200
    shown = {
        g["handle"]: g for g in (await app.api.usergroups_list(include_disabled=True, include_count=True))["usergroups"]
    }
    assert (shown["oncall"]["user_count"], shown["oncall"]["name"]) == (2, "On call")
    assert (shown["oncall"]["date_delete"] > 0, shown["dba"]["date_delete"]) == (True, 0)

    await driven(slack, "workspace", do="enable_group", group="oncall")
    assert len((await app.api.usergroups_list())["usergroups"]) == 2
    await driven(slack, "workspace", do="set_plan", paid=False)
    async with aiohttp.ClientSession() as http:
        bearer = {"Authorization": f"Bearer {slack.app.bot_token}"}
        async with http.get(f"{slack.api_url}usergroups.list", headers=bearer) as answer:
            assert (await answer.json())["error"] == "plan_upgrade_required"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"do": "create_group", "handle": "dba", "users": ["ana"]}, "there is a user group @dba already"),
        ({"do": "set_group", "group": "dba", "users": []}, "at least one member"),
        ({"do": "set_group", "group": "dba", "users": ["gus"]}, "gus can't be in a user group"),
        ({"do": "set_group", "group": "dba", "users": ["otto"]}, "otto can't be in a user group"),
        ({"do": "change_person", "person": "ana", "flags": {"tz": "Middle/Earth"}}, "no time zone Middle/Earth"),
    ],
)
async def test_what_slack_would_not_let_an_administrator_do(slack, change, words):
    """Empty groups, guests and strangers in them, zones that don't exist."""
    status, answer = await driven(slack, "workspace", **change)

    assert (status, words in answer["error"]) == (400, True)


async def test_people_react_and_take_it_back(slack, app):
    """By the driver as on the page; twice, or where they can't write, is not possible."""
    ts = (await app.api.chat_postMessage(channel=OPS, text="x"))["ts"]
    call = {"user": "ana", "channel": OPS, "ts": ts, "name": "eyes"}
    assert (await driven(slack, "react", **call))[0] == 200
    assert (await driven(slack, "react", **call))[1]["error"] == "already_reacted"
    (message,) = (await app.api.conversations_history(channel=OPS))["messages"]
    assert message["reactions"] == [{"name": "eyes", "users": ["U00000ANA"], "count": 1}]

    assert (await driven(slack, "react", **call, remove=True))[0] == 200
    assert "reactions" not in (await app.api.conversations_history(channel=OPS))["messages"][0]
    slack.admin.archive("dwh-ops")
    card = slack.user("ben").channel("dwh-ops").messages[0]
    with pytest.raises(NotPossible, match="can't react here"):
        slack.user("ben").react(card, "eyes")


async def test_a_message_takes_so_many_reactions(slack, app):
    """23 of one person; the next is refused with Slack's code."""
    ts = (await app.api.chat_postMessage(channel=OPS, text="x"))["ts"]
    for n in range(23):
        await app.api.reactions_add(channel=OPS, timestamp=ts, name=f"emoji_{n}")
    card = slack.user("ana").channel("dwh-ops").messages[0]
    slack.user("ana").react(card, "eyes")

    answer = await app.api.api_call("reactions.get", params={"channel": OPS, "timestamp": ts})
    assert len(answer["message"]["reactions"]) == 24
    with pytest.raises(NotPossible, match="already_reacted"):
        slack.user("ana").react(card, "eyes")


async def test_a_file_goes_to_the_app_and_the_page_only(slack, app):
    """Its private address wants the token, the page its own; a deleted one is gone from both."""
    slack.site.workspace.scan_seconds = 0.0
    file = await uploaded(app)
    found = (await app.api.files_info(file=file))["file"]
    bearer = {"Authorization": f"Bearer {slack.app.bot_token}"}
    shown = f"{slack.origin}/_sandbox/files/{file}"
    async with aiohttp.ClientSession() as http:

        async def read(url, **headers):
            async with http.get(url, headers=headers) as answer:
                return answer.status, await answer.read()

        assert await read(found["url_private"], **bearer) == (200, PNG)
        assert (await read(found["url_private"]))[0] == 403
        assert await read(shown) == (200, PNG)
        assert (await read(shown, Origin="https://elsewhere.example"))[0] == 403
        await app.api.files_delete(file=file)
        assert (await read(shown))[0] == 404


async def test_a_request_url_that_does_not_answer_is_told(slack, app):
    """The driver says what Slack's page would say; one that answers has no problem."""
    url = slack.app.request_url
    assert (await driven(slack, "request_url", url=url))[1]["problem"] == ""
    app.takes_challenges = False
    said = (await driven(slack, "request_url", url=url))[1]["problem"]
    assert said == "Your URL didn't respond with the value of the challenge parameter."
    said = (await driven(slack, "request_url", url="http://127.0.0.1:1/"))[1]["problem"]
    assert said == "Your URL can't be reached: connection_failed."


TYPED = [
    ("a b", [("rich_text_section", [("a b", "")])]),
    ("*a* `b` ~c~", [("rich_text_section", [("a", "bold"), (" ", ""), ("b", "code"), (" ", ""), ("c", "strike")])]),
    ("2 * 3 * 4 snake_case_name", [("rich_text_section", [("2 * 3 * 4 snake_case_name", "")])]),
    ("&gt; quoted\nnot", [("rich_text_quote", [("quoted", "")]), ("rich_text_section", [("not", "")])]),
    (
        "see\n```\nx &amp; *y*\n```",
        [("rich_text_section", [("see", "")]), ("rich_text_preformatted", [("x & *y*", "")])],
    ),
]


@pytest.mark.parametrize(("text", "parts"), TYPED, ids=[t[0] for t in TYPED])
def test_what_is_typed_becomes_rich_text(text, parts):
    """Styles, quotes and code; what only looks like a style stays."""
    found = typed_blocks(text)["elements"]

    assert [part["type"] for part in found] == [kind for kind, _ in parts]
    for part, (_, leaves) in zip(found, parts, strict=True):
        assert [(leaf["text"], "".join(leaf.get("style", ""))) for leaf in part["elements"]] == leaves
