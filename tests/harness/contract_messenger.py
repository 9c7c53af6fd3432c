"""What every Messenger promises; the fake and the real one pass it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId, MessageRef
from bot.core.message import CARD, RESULT
from bot.core.request import State
from bot.ports import Messenger
from tests.harness.facts import facts_of, in_state

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # the sandbox has the computer's clock
OPS, CLOSED = ChannelId("C00DWHOPS"), ChannelId("C0DWHSECR")
FACTS = facts_of(in_state(State.WAITING))


class Side(Protocol):
    """A Slack with a messenger in front of it."""

    messenger: Messenger

    def lose_the_next_answer(self) -> None: ...

    def delete(self, ref: MessageRef) -> None: ...

    def posted(self) -> int: ...


class MessengerContract:
    """Fixtures: *side*; its channel CLOSED can't be posted to."""

    async def test_a_card_is_posted_where_it_belongs(self, side: Side) -> None:
        """The answer says where the message is."""
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        assert ref.channel == OPS
        assert ref.ts

    async def test_a_reply_goes_into_the_thread(self, side: Side) -> None:
        """A result answers its card, and can be found there only."""
        card = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        facts = facts_of(in_state(State.AVAILABLE))
        key = "R-7K3F:result"
        reply = await side.messenger.post(RESULT, facts, channel=OPS, key=key, thread=card)
        assert await side.messenger.find(key, channel=OPS, since=LONG_AGO, thread=card) == reply

    async def test_a_card_can_be_drawn_again(self, side: Side) -> None:
        """An update changes the message that is there."""
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        await side.messenger.update(facts_of(in_state(State.CREATING)), ref)
        assert side.posted() == 1

    async def test_a_message_is_found_by_its_key(self, side: Side) -> None:
        """The key goes along, so that a post whose answer was lost can be found."""
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO) == ref
        assert await side.messenger.find("R-8888:card", channel=OPS, since=LONG_AGO) is None

    async def test_a_lost_answer_is_not_a_lost_message(self, side: Side) -> None:
        """The post is made once, is not repeated, and may have happened: looking finds it."""
        side.lose_the_next_answer()
        with pytest.raises(SlackUnavailable) as e:
            await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        assert e.value.maybe_done
        assert side.posted() == 1
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO) is not None

    async def test_a_message_of_ours_can_be_removed(self, side: Side) -> None:
        """Nobody finds it any more; once it is gone, Slack says so."""
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        await side.messenger.remove(ref)
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO) is None
        with pytest.raises(SlackRefused) as e:
            await side.messenger.remove(ref)
        assert e.value.meaning is Meaning.GONE

    async def test_a_deleted_card_is_refused_by_name(self, side: Side) -> None:
        """Whether it is posted again is the worker's decision."""
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        side.delete(ref)
        with pytest.raises(SlackRefused) as e:
            await side.messenger.update(FACTS, ref)
        assert e.value.code == "message_not_found"
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO) is None

    async def test_a_channel_that_is_closed_to_us_is_refused(self, side: Side) -> None:
        """A private channel without the bot looks as if it were not there, to post and to look."""
        with pytest.raises(SlackRefused) as e:
            await side.messenger.post(CARD, FACTS, channel=CLOSED, key="R-7K3F:card")
        assert (e.value.code, e.value.maybe_done) == ("channel_not_found", False)
        assert await side.messenger.find("R-7K3F:card", channel=CLOSED, since=LONG_AGO) is None
