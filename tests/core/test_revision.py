"""Which revision a button carries, who must look again after a change, and when they are reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.approval import Vote
from bot.core.asked import NOBODY_ASKED, first_asked
from bot.core.events import Changed
from bot.core.ids import RequestId, UserId
from bot.core.lifecycle import apply
from bot.core.message import MessageKind, Owed, owed_by
from bot.core.request import SnapshotRequest, State
from bot.core.revision import RequestPart, Revision, SeenRequest
from tests.harness.contract_store import ANA, BEN, CLEO, NOW, a_request, at

R = RequestId("R-7K3F")


@pytest.mark.parametrize(("seen", "written"), [(SeenRequest(R), "R-7K3F"), (SeenRequest(R, 12), "R-7K3F.12")])
def test_what_was_seen_is_written_and_read(seen: SeenRequest, written: str):
    """Without a revision it is the id alone, as older versions drew it."""
    assert str(seen) == written
    assert SeenRequest.is_written(written)
    assert SeenRequest.read(written) == seen


@pytest.mark.parametrize(
    "carried", ["", "R-7K3F.0", "R-7K3F.01", "R-7K3F.-1", "R-7K3F.1.1", "R-7K3F.1234567", "R-7K3F 1"]
)
def test_nonsense_is_no_request_that_is_there(carried: str):
    """It isn't taken for the request as it was first asked for."""
    assert not SeenRequest.is_written(carried)
    assert SeenRequest.read(carried) == SeenRequest(RequestId(carried))


def revised(number: int = 1, *again: str) -> Revision:
    """Return a change of the description by ana."""
    return Revision(number, ANA, at(60), (RequestPart.DESCRIPTION,), tuple(UserId(user) for user in again))


def test_who_approved_again_need_not_look_again():
    """Nor anybody, once it is decided."""
    request = a_request(revised=revised(1, BEN, CLEO), votes=(Vote(CLEO, True, at(90)),))
    assert request.must_look_again == (BEN,)
    assert replace(request, state=State.DECLINED).must_look_again == ()
    assert a_request().must_look_again == ()


def changed(request: SnapshotRequest, *again: str) -> Changed:
    """Return the event by which *again* are asked once more."""
    users = tuple(UserId(user) for user in again)
    asked = request.asked.again(users, at(60), stages=1)
    asks = {"name": request.name, "start": request.start, "expires_at": request.expires_at}
    return Changed(at=at(60), description="for OPS-43", revised=revised(1, *again), asked=asked, **asks)  # type: ignore[arg-type]


def test_a_change_drops_all_votes():
    """They were given for something else."""
    request = a_request(
        votes=(Vote(BEN, True, at(1)),), counted=((BEN,),), asked=first_asked([BEN, CLEO], NOW, stages=1)
    )
    after = apply(request, changed(request, BEN))
    assert (after.votes, after.counted, after.description) == ((), (), "for OPS-43")
    assert after.as_seen == SeenRequest(request.id, 1)


def test_those_whose_votes_fell_are_called_once_where_they_are():
    """In the channel together, or each by direct message where that is how they were asked."""
    request = a_request(asked=replace(first_asked([BEN, CLEO], NOW, stages=1), directly=(CLEO,)))
    assert owed_by(changed(request, BEN, CLEO), request) == (
        Owed(MessageKind.TURN, CLEO, 1),
        Owed(MessageKind.TURN, number=1),
    )
    assert owed_by(changed(request, CLEO), request) == (Owed(MessageKind.TURN, CLEO, 1),)
    assert owed_by(changed(request), request) == ()


def test_reminders_begin_anew():
    """From the change on, whatever the last one was; nobody is reminded where nobody was asked."""
    asked = first_asked([BEN], NOW, stages=1).reminded(at(15 * 60)).reminded(at(30 * 60))
    again = asked.again((), at(40 * 60), stages=1)
    assert again.reminder_at(timedelta(minutes=15)) == at(55 * 60)
    assert again.reminders == 2  # what was sent stays numbered
    assert NOBODY_ASKED.again((), at(60), stages=1).reminder_at(timedelta(minutes=15)) is None


def test_a_first_round_that_is_a_call_is_no_card():
    """Who voted though nobody was asked by name is called after a change: the card's round is empty."""
    assert NOBODY_ASKED.again((BEN,), at(60), stages=1).rounds == ((), (BEN,))
