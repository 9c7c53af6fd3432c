"""What somebody finds who comes to the demo's page: what the days before brought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slack_sandbox import Sandbox
from snapshot_demo import play


async def test_there_is_something_to_look_at(monkeypatch: pytest.MonkeyPatch):
    """Requests with each end, in the channel, on Home and in lists; it is now, and nothing waits."""
    seen: dict[str, str] = {}

    async def look(_: Any, sandbox: Sandbox, *more: Any) -> None:
        ana = sandbox.user("ana")
        seen["channel"] = "\n".join(card.text for card in ana.channel("dwh-ops").messages)
        seen["list"] = (await ana.command_reply("/snapshot list", seconds=30)).text
        home = await ana.home()
        await home.wait_for("Ended lately", seconds=30)
        seen["home"] = home.text
        seen["now"] = sandbox.site.workspace.clock.now().isoformat()

    monkeypatch.setattr(play, "_stay", look)
    await play.play({}, stay=True, story=False, slack="sandbox", cloud="simulator", port=0)
    for end in ("Available", "Declined", "Expired", "Withdrawn"):
        assert end in seen["channel"]
        assert end in seen["list"]
    assert "You have no open requests." in seen["home"]
    assert "before-release-17" in seen["home"]
    assert abs(datetime.fromisoformat(seen["now"]) - datetime.now(UTC)) < timedelta(minutes=10)
