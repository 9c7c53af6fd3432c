"""Who is asked to decide, once each; when they are reminded; and which messages that comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.approval import ApprovalRule, Vote
from bot.core.asked import NOBODY_ASKED, Asked
from bot.core.events import ApproversAsked, Reminded
from bot.core.ids import UserId
from bot.core.lifecycle import apply
from bot.core.message import Facts, MessageKind, Owed, owed_by, whom
from tests.harness.facts import NOW, a_request, facts_of

BEN, BEA, DAN, EVE = (UserId(f"U0{name}") for name in ("BEN", "BEA", "DAN", "EVE"))
QUARTER = timedelta(minutes=15)
PEOPLE = st.lists(st.sampled_from([BEN, BEA, DAN, EVE]), unique=True, max_size=4).map(tuple)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@given(rounds=st.lists(st.tuples(PEOPLE, PEOPLE), max_size=6))
def test_everybody_is_asked_once_and_told_in_one_place(rounds):
    """Whatever order they may decide in: no one is in two rounds, or has two direct messages."""
    asked: Asked = NOBODY_ASKED
    owed: list[Owed] = []
    for number, (users, outside) in enumerate(rounds):
        request = a_request(asked=asked)
        asked = asked.further(users, outside, NOW + minutes(number))
        if asked != request.asked:
            owed += owed_by(ApproversAsked(at=NOW, asked=asked), request)
    everybody = [user for of in asked.rounds for user in of]
    assert len(everybody) == len(set(everybody)) == len(asked.everybody)
    assert asked.everybody == {user for users, _ in rounds for user in users}
    copies = [one.to for one in owed if one.kind is MessageKind.COPY]
    assert sorted(copies) == sorted(set(copies)) == sorted(asked.directly)
    assert len(owed) == len(set(owed))


def test_the_first_round_is_the_cards_own_and_a_later_one_is_said():
    """The card mentions whom it waits for; nobody is mentioned a second time for the same."""
    first = NOBODY_ASKED.further((BEN, BEA), (), NOW)
    request = a_request(asked=first)
    assert owed_by(ApproversAsked(at=NOW, asked=first.further((BEN, BEA), (BEA,), NOW)), request) == (
        Owed(MessageKind.COPY, BEA),
    )
    second = first.further((BEA, DAN, EVE), (EVE,), NOW + QUARTER)
    assert second == Asked(((BEN, BEA), (DAN, EVE)), directly=(EVE,), at=NOW + QUARTER)
    assert owed_by(ApproversAsked(at=NOW, asked=second), request) == (
        Owed(MessageKind.COPY, EVE),
        Owed(MessageKind.TURN, number=1),
    )
    alone = first.further((EVE,), (EVE,), NOW)
    assert owed_by(ApproversAsked(at=NOW, asked=alone), request) == (Owed(MessageKind.COPY, EVE),)


def test_a_reminder_goes_to_those_who_have_not_voted_each_in_one_place():
    """The thread for who is in the channel, a direct message for who isn't; nobody who has voted."""
    asked = Asked(((BEN, BEA, DAN),), directly=(BEA, DAN), at=NOW).reminded(NOW + QUARTER)
    event = Reminded(at=NOW + QUARTER, asked=asked)
    one = Owed(MessageKind.REMINDER, number=1)
    assert owed_by(event, a_request(asked=asked)) == (one, replace(one, to=BEA), replace(one, to=DAN))
    voted = a_request(rule=ApprovalRule.of(2), asked=asked, votes=(Vote(BEN, True, NOW), Vote(DAN, True, NOW)))
    assert owed_by(event, voted) == (replace(one, to=BEA),)


def test_reminders_come_after_twice_as_long_each_time_and_what_was_missed_is_one():
    """15, 30, 60 minutes; after an outage of hours one at once, and the next in the series after that."""
    asked = NOBODY_ASKED.further((BEN,), (), NOW)
    due = []
    for _ in range(4):
        at = asked.reminder_at(QUARTER)
        assert at is not None
        due.append(at - NOW)
        asked = asked.reminded(at)
    assert due == [minutes(15), minutes(30), minutes(60), minutes(120)]
    late = NOBODY_ASKED.further((BEN,), (), NOW).reminded(NOW + minutes(70))
    assert late.reminder_at(QUARTER) == NOW + minutes(120)
    assert NOBODY_ASKED.reminder_at(QUARTER) is None


@given(after=st.integers(1, 600), late=st.lists(st.integers(0, 10_000), max_size=8))
def test_the_next_reminder_is_always_after_the_last(after, late):
    """However late each was sent."""
    asked = NOBODY_ASKED.further((BEN,), (), NOW)
    for seconds in late:
        due = asked.reminder_at(timedelta(seconds=after))
        assert due is not None
        asked = asked.reminded(due + timedelta(seconds=seconds))
        again = asked.reminder_at(timedelta(seconds=after))
        assert again is not None
        assert asked.reminded_at is not None
        assert again > asked.reminded_at


def test_a_request_is_looked_at_when_a_reminder_is_due():
    """Unless its rule wants none."""
    asked = NOBODY_ASKED.further((BEN,), (), NOW)
    request = a_request(asked=asked, created_at=NOW, expires_at=NOW + minutes(480))
    assert request.looked_at_again == NOW + QUARTER
    assert replace(request, rule=ApprovalRule(without_reminders=True)).looked_at_again == request.expires_at
    reminded = apply(request, Reminded(at=NOW + QUARTER, asked=asked.reminded(NOW + QUARTER)))
    assert reminded.looked_at_again == NOW + minutes(30)


@pytest.mark.parametrize(
    ("owed", "people"),
    [
        (Owed(MessageKind.TURN, number=1), (DAN,)),
        (Owed(MessageKind.REMINDER, number=1), (BEN, DAN)),
        (Owed(MessageKind.REMINDER, EVE, 1), (EVE,)),
        (Owed(MessageKind.COPY, BEA), ()),  # whose vote counts no more
        (Owed(MessageKind.TURN, number=7), ()),
    ],
)
def test_only_those_are_mentioned_whose_decision_still_counts(owed: Owed, people: tuple[UserId, ...]):
    """Who has a direct message isn't mentioned in the channel as well."""
    asked = Asked(((BEN, BEA), (DAN, EVE)), directly=(EVE,), at=NOW)
    facts: Facts = facts_of(a_request(asked=asked), could_still=(BEN, DAN, EVE))
    assert whom(owed, facts) == people
