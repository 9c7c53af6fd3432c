"""How loud the end of a request is told in the channel of its card."""

from __future__ import annotations

import enum


@enum.unique
class Loudness(enum.StrEnum):
    """Where the reply in the card's thread is shown, too."""

    CHANNEL = ""  # in the channel
    THREAD = "thread"  # nowhere: in the thread alone
    FAILURE = "failure"  # in the channel where the request ended without its snapshot

    @property
    def written(self) -> str:
        """What it is called in options, files and forms."""
        return self.value or "channel"

    @classmethod
    def called(cls, name: str) -> Loudness:
        """Read what `written` gives.

        Raises:
            ValueError: it is something else.
        """
        if not name:
            raise ValueError("nothing is called so")
        return cls.CHANNEL if name == "channel" else cls(name)
