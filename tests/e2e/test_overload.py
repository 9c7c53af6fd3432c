"""Very many at once, through the real door: who was told "accepted" is served, nobody twice, and posts are in order."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.admin import administering
from tests.harness.figures import Figures
from tests.harness.lives import LONG_FORM, told_of
from tests.harness.running import World, a_world
from tests.harness.serving import serving

MANY = {"SNAPSHOT_BOT_OPEN_REQUESTS": "10000", "SNAPSHOT_BOT_POLL_SECONDS": "3600"}
BOUND = 20  # open requests of one person, where no setting says otherwise


async def asked_at_once(world: World, who: str, names: list[str]) -> list[tuple[str, str, float]]:
    """Let *who* ask for all *names* at once; return of each how it was answered, the words, and after how long."""
    user = world.user(who)

    async def one(name: str) -> tuple[str, str, float]:
        began = time.monotonic()
        result = await user.send_command(f"/snapshot create dwh-prod {name}")
        took = time.monotonic() - began
        channel = user.channel("dwh-ops").channel.id
        answer = world.slack.site.workspace.find(channel, result.ts, user=user.id) if result.ts else None
        return result.status, str(answer.body) if answer else "", took

    return await asyncio.gather(*map(one, names))


async def kept(world: World) -> Counter[str]:
    """Return how many requests there are of each name, in the order in which they were made."""
    async with administering(world.environ) as admin:
        return Counter(r.name for r in reversed(await admin.requests(only_open=False, limit=5000)))


async def all_posted(world: World, count: int, *, seconds: float) -> list[Any]:
    """Return the cards in the channel once there are *count*, in the channel's order."""
    end = time.monotonic() + seconds
    while True:
        cards = [m for m in world.user("ben").channel("dwh-ops").messages if "metadata" in m.body]
        if len(cards) >= count:
            return cards
        assert time.monotonic() < end, f"{len(cards)} of {count} cards"
        await asyncio.sleep(0.2)


async def rush(folder: Path, count: int) -> dict[str, Any]:
    """Let *count* commands come at once over signed HTTP, each from one of two people; return the figures."""
    async with a_world(folder, http=True, rate_limits=False, environ=MANY) as world:
        halves = [[f"rush-{who}-{n}" for n in range(count // 2)] for who in ("ana", "ada")]
        answers = await asyncio.gather(
            *(asked_at_once(world, w, h) for w, h in zip(("ana", "ada"), halves, strict=True))
        )
        statuses = Counter(status for part in answers for status, _, _ in part)
        took = sorted(seconds for part in answers for _, _, seconds in part)
        there = await kept(world)
        assert set(there.values()) <= {1}, "a request twice"
        cards = await all_posted(world, len(there), seconds=60 + count)
        told = told_of(world.user("ben").channel("dwh-ops").messages)
        assert set(told.values()) == {1}
        places = {name: place for place, name in enumerate(there)}
        order = [places[re.findall(r"rush-\w+-\d+", card.text)[0]] for card in cards]
    return {
        "commands": count,
        "acknowledged": statuses["ok"],
        "kept": len(there),
        "cards": len(cards),
        "places_that_a_card_is_off_at_most": max(abs(place - number) for number, place in enumerate(order)),
        "answered_within_three_seconds": sum(seconds <= 3 for seconds in took),
        "seconds_to_the_median_answer": round(statistics.median(took), 2),
        "seconds_to_the_last_answer": round(took[-1], 2),
    }


async def test_who_asks_beside_many_is_answered(tmp_path: Path):
    """Forty commands at once: each is acknowledged, kept once, and has one card."""
    figures = await rush(tmp_path, 40)
    assert (figures["acknowledged"], figures["kept"], figures["cards"]) == (40, 40, 40)


async def one_person(folder: Path, count: int) -> dict[str, Any]:
    """Let one person send *count* commands, a hundred at once; return the figures."""
    async with a_world(folder, http=True, rate_limits=False) as world:
        answers: list[tuple[str, str, float]] = []
        for first in range(0, count, 100):
            names = [f"loop-{n}" for n in range(first, min(first + 100, count))]
            answers += await asked_at_once(world, "ana", names)
        refused = [words for _, words, _ in answers if f"You have {BOUND} open requests" in words]
        there = await kept(world)
        assert Counter(status for status, _, _ in answers) == {"ok": count}
        other = await asked_at_once(world, "ada", ["other-1"])
        assert "other-1" in await kept(world), other
        await all_posted(world, BOUND + 1, seconds=60)
    return {"commands": count, "kept": len(there), "refused_in_words": len(refused)}


async def test_one_person_has_so_many_and_is_told_so(tmp_path: Path):
    """Of fifty sent by one person the bound is kept; each of the others is told how many are open; nobody else is."""
    figures = await one_person(tmp_path, 50)
    assert (figures["kept"], figures["refused_in_words"]) == (BOUND, 50 - BOUND)


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(1800)
async def test_a_thousand_by_one_person(tmp_path: Path, figures: Figures):
    """The same for a thousand."""
    counts = await one_person(tmp_path, 1000)
    wrong = abs(counts["kept"] - BOUND) + abs(counts["refused_in_words"] - (1000 - BOUND))
    figures.keep("overload", "1,000 commands of one person", wrong=wrong, **counts)
    assert wrong == 0


async def hurried_rush(folder: Path, count: int) -> dict[str, Any]:
    """The same, with the bot in a process of its own, and with Slack's three seconds; return the figures."""
    async with a_world(folder, http=True, rate_limits=False, environ=MANY, start=False) as world:
        world.slack.site.transport.ack_seconds = 3.0
        async with serving(world.environ, folder) as bot:
            world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            answers = await asked_at_once(world, "ana", [f"rush-{n}" for n in range(count)])
            late = [n for n, (_, words, _) in enumerate(answers) if "Send it once more" in words]
            unanswered = [n for n, (status, _, _) in enumerate(answers) if status != "ok"]
            told = [n for n in range(count) if n not in {*late, *unanswered}]
            there = await kept(world)
            wrong = [n for n in told if there[f"rush-{n}"] != 1]
            assert set(there.values()) <= {1}, "a request twice"
            await all_posted(world, len(there), seconds=60 + count)
            world.slack.app.request_url = None
    return {
        "commands": count,
        "accepted": len(told),
        "asked_to_send_it_again": len(late),
        "without_an_answer": len(unanswered),
        "of_these_kept": sum(there[f"rush-{n}"] for n in unanswered),
        "accepted_and_not_kept": len(wrong),
        "seconds_to_the_last_answer": round(max(seconds for _, _, seconds in answers), 2),
    }


async def test_with_three_seconds_nobody_is_told_what_is_not_so(tmp_path: Path):
    """Each of a hundred is answered in time: accepted, and then it is kept, or asked to send it once more."""
    figures = await hurried_rush(tmp_path, 100)
    assert figures["accepted_and_not_kept"] == 0


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(1800)
async def test_five_hundred_with_three_seconds(tmp_path: Path, figures: Figures):
    """The same for five hundred."""
    counts = await hurried_rush(tmp_path, 500)
    figures.keep("overload", "500 within Slack's seconds", wrong=counts["accepted_and_not_kept"], **counts)
    assert counts["accepted_and_not_kept"] == 0


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(1800)
async def test_five_hundred_at_once(tmp_path: Path, figures: Figures):
    """The same for five hundred; how long the last waited is in the figures."""
    counts = await rush(tmp_path, 500)
    figures.keep("overload", "500 commands at once", wrong=500 - counts["kept"], **counts)
    assert (counts["acknowledged"], counts["kept"], counts["cards"]) == (500, 500, 500)
