"""What Slack says of a channel."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.phrase import Phrase


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A channel as Slack shows it to the bot: *problem* is why it can't post there (None: it can).

    Of a private one only its members may learn anything.
    """

    problem: Phrase | None = None
    is_private: bool = False
