"""Every fault of either far end, at every call of a request's life: what people see, how long it takes, and its end.

`make faults` runs all of it and writes the table (docs/faults.md); in `make test` some that tell most stand for it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from bot.core.request import State
from dws_sandbox.faults import FAULTS, CloudFault, Sort
from slack_sandbox.faults import API_FAULTS
from tests.harness.faulted_lives import FaultedLives, Life, Meanwhile, faulted_lives
from tests.harness.figures import Figures
from tests.harness.lives import LIVES

pytestmark = pytest.mark.proof
CLOUD_CALLS: Final = ("token", "clusters", "list", "show", "create")
SLACK_CALLS: Final = (
    *("users.info", "conversations.info", "chat.postMessage", "chat.update", "chat.postEphemeral", "response_url"),
    *("views.open", "views.update"),
)
# What the cloud says for good, by which a request may end.
REFUSALS: Final = frozenset({"bad_request", "not_found", "rival", "snapshot_fails"})
SOCKETS: Final = ("socket_drop", "socket_refresh", "socket_silence")
EVENTS: Final = ("events_late", "events_twice")
TELLING: Final = ("drop_after", "rival")
ERRORS: Final = ("internal_error", "fatal_error", "msg_too_long", "token_revoked", "edit_window_closed")


def kept(figures: Figures, part: str, case: str, life: Life) -> None:
    """Note a row of the table, and hold that nothing is wrong."""
    figures.keep(
        part,
        case,
        wrong=len(life.wrong),
        ended=str(life.end or "never"),
        seconds=round(life.seconds),
        card=" → ".join(life.states),
        people=" / ".join(life.people),
    )


def cloud_calls(fault: CloudFault) -> tuple[str, ...]:
    """Return the calls at which *fault* can strike in a life."""
    if fault.sort is Sort.TWIST:
        return ("create",)
    return ("token",) if fault.name == "mfa" else CLOUD_CALLS


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fault", [f for f in FAULTS if LIVES or f.name in TELLING], ids=lambda f: f.name)
async def test_whatever_the_cloud_answers_a_request_ends_once_and_truly(
    fault: CloudFault, tmp_path: Path, figures: Figures
):
    """Twice in a row, at each call that a life makes."""
    wrong = {}
    async with faulted_lives(tmp_path, http=True) as lives:
        cloud = lives.world.cloud
        for call in cloud_calls(fault):

            async def arm(call: str = call) -> None:
                options: dict[str, Any] = {"seconds": 1.5} if fault.sort is Sort.DELAY else {}
                if call == "token":
                    cloud.revoke_tokens()
                if call == "show":  # what no list has is asked for by its id
                    cloud.break_next("late_listing", on="create", seconds=90.0)
                cloud.break_next(fault.name, 1 if fault.sort is Sort.TWIST else 2, on=call, **options)

            denied = call == "show" and fault.name in ("bad_request", "not_found")  # nor did two lists have it
            ends = (State.AVAILABLE, State.FAILED) if fault.name in REFUSALS else (State.AVAILABLE,)
            life = await lives.live(arm, ends, is_denied=denied, hurried=True)
            kept(figures, "the cloud", f"{fault.name} at {call}", life)
            if life.wrong:
                wrong[call] = life
    assert not wrong


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fault", [f for f in API_FAULTS if f != "hold" and (LIVES or f in TELLING)])
async def test_whatever_slack_answers_a_request_ends_once_and_truly(fault: str, tmp_path: Path, figures: Figures):
    """Twice in a row, at each call that a life makes; an error of Slack's own with each of several codes."""
    wrong = {}
    async with faulted_lives(tmp_path, http=True) as lives:
        for call in SLACK_CALLS:
            for code in ERRORS if fault == "error" else ("",):

                async def arm(call: str = call, code: str = code) -> None:
                    details: dict[str, Any] = {"error": code} if code else {}
                    await lives.world.slack.fault(fault, method=call, times=2, **details)

                stays = (code, call) == ("edit_window_closed", "chat.update")
                life = await lives.live(arm, by_form=call.startswith("views."), card_stays=stays)
                case = f"{code or fault} at {call}"
                kept(figures, "Slack", case, life)
                if life.wrong:
                    wrong[case] = life
    assert not wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize("http", [True, False], ids=["over HTTP", "over Socket Mode"])
async def test_events_that_come_late_or_twice_and_sockets_that_break_change_nothing(
    http: bool, tmp_path: Path, figures: Figures
):
    """The deliveries of a life, as Slack has them on a bad day."""
    wrong = {}
    async with faulted_lives(tmp_path, http=http) as lives:
        for fault in (*EVENTS, *(() if http else SOCKETS if LIVES else SOCKETS[:1])):

            async def arm(fault: str = fault) -> None:
                times: dict[str, Any] = {"times": 4} if fault in EVENTS else {}
                await lives.world.slack.fault(fault, **times)

            life = await lives.live(arm)
            kept(figures, "deliveries", f"{fault} {'over HTTP' if http else 'over Socket Mode'}", life)
            if life.wrong:
                wrong[fault] = life
    assert not wrong


async def snapshot_deleted(lives: FaultedLives, life: Life) -> None:
    """Somebody deletes the snapshot in the console while it is made."""
    made = await lives.being_made(life)
    await asyncio.sleep(0.1)
    del lives.world.cloud.project.snapshots[made]


async def cluster_deleted(lives: FaultedLives, life: Life) -> None:
    """Somebody deletes the cluster before the approval."""
    await lives.waiting(life)
    del lives.world.cloud.project.clusters[lives.cluster_of(life)]


async def tokens_revoked(lives: FaultedLives, life: Life) -> None:
    """Somebody revokes the bot's tokens while the snapshot is made."""
    await lives.being_made(life)
    lives.world.cloud.revoke_tokens()


async def card_deleted(lives: FaultedLives, life: Life) -> None:
    """Somebody deletes the card while the request waits."""
    await lives.waiting(life)
    await asyncio.sleep(0.2)
    await lives.world.slack.fault("message_deleted")


IN_BETWEEN: Final[dict[str, tuple[Meanwhile, tuple[State, ...]]]] = {
    "the snapshot is deleted while it is made": (snapshot_deleted, (State.FAILED,)),
    "the cluster is deleted before the approval": (cluster_deleted, (State.FAILED,)),
    "the tokens are revoked while it is made": (tokens_revoked, (State.AVAILABLE,)),
    "the card is deleted while it waits": (card_deleted, (State.AVAILABLE,)),
}


@pytest.mark.timeout(600)
async def test_what_somebody_does_elsewhere_meanwhile_is_told_as_it_is(tmp_path: Path, figures: Figures):
    """In the console or in Slack, in the midst of a life."""
    wrong = {}
    async with faulted_lives(tmp_path, http=True) as lives:
        for case, (meanwhile, ends) in IN_BETWEEN.items():
            life = await lives.live_beside(meanwhile, ends)
            kept(figures, "meanwhile", case, life)
            if life.wrong:
                wrong[case] = life
    assert not wrong
