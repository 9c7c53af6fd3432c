"""What Slack does, case by case with its source: tests/cases/sandbox.json, over HTTP; README.md's table is made of it.

Each case says what the sandbox was seen to do (`says`), and the tests see it again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.slack_behaviours import BEHAVIOURS

pytest_plugins = ("tests.harness.strict_sandbox",)

DATA = json.loads((Path(__file__).parents[1] / "cases" / "sandbox.json").read_text(encoding="utf-8"))
BLOCKS = [case for name, cases in DATA.items() if name != "behaviours" for case in cases]


def written_out(value: Any) -> Any:
    """Return *value* with each {"times": n, "of": x} as n of them: a list, or a text that is as long."""
    if isinstance(value, dict) and value.keys() == {"times", "of"}:
        return written_out(value["of"]) * value["times"] if isinstance(value["of"], str) else _copies(value)
    if isinstance(value, dict):
        return {name: written_out(v) for name, v in value.items()}
    return [written_out(v) for v in value] if isinstance(value, list) else value


def _copies(value: dict[str, Any]) -> list[Any]:
    return [written_out(value["of"]) for _ in range(value["times"])]


@pytest.mark.parametrize("case", BLOCKS, ids=[c["case"] for c in BLOCKS])
async def test_slack_takes_or_refuses_such_blocks(slack, app, case):
    """They are posted, opened or published; what is wrong is named with Slack's code, and nothing else is shown."""
    payload = written_out(case["payload"])
    match case["surface"]:
        case "message":
            call = app.api.api_call("chat.postMessage", json={"channel": "C00DWHOPS", "text": "x", "blocks": payload})
        case "modal":
            trigger = slack.site.tickets.trigger("U00000ANA", None)
            call = app.api.api_call("views.open", json={"trigger_id": trigger, "view": payload})
        case _:
            call = app.api.api_call("views.publish", json={"user_id": "U00000ANA", "view": payload})
    answer = await BEHAVIOURS.answered(call)

    messages = answer.get("response_metadata", {}).get("messages", [])
    seen = "ok" if answer["ok"] else "; ".join([answer["error"], *messages])
    assert seen == case["says"]
    assert seen.startswith("ok" if case["expected"] == "valid" else case["expected"])
    shown = [*slack.user("ana").channel("dwh-ops").messages, *slack.user("ana").modals]
    assert bool(shown or slack.site.workspace.homes) == answer["ok"]


@pytest.mark.parametrize("case", DATA["behaviours"], ids=[c["check"] for c in DATA["behaviours"]])
async def test_slack_behaves_so(slack, app, case):
    """The sandbox does what the case says that it was seen to do."""
    assert await BEHAVIOURS.seen(case["check"], slack, app) == case["says"]


def test_each_behaviour_is_a_case():
    """No behaviour is looked at that the table doesn't have, and none is in it twice."""
    assert sorted(case["check"] for case in DATA["behaviours"]) == sorted(BEHAVIOURS.names)


def test_each_case_has_a_source():
    """Slack's own pages, its SDKs, or an issue; a third party is called so."""
    assert [c for c in (*BLOCKS, *DATA["behaviours"]) if not c["source"]] == []
