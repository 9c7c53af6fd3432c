"""What the bot can do beyond manifest.yml where Slack grants it more: each part with its scopes.

Another part is another row. `snapshot-bot manifest --with`, `doctor` and README read the table.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AppPart:
    """A part by the *name* that `--with` takes: its *scopes*, what it *gives*, and what happens *without* it.

    One with *events* is told of them by Slack.
    """

    name: str
    scopes: tuple[str, ...]
    gives: str
    without: str
    events: tuple[str, ...] = ()

    def missing(self, granted: Set[str]) -> list[str]:
        """Return its scopes that aren't among those *granted*."""
        return [scope for scope in self.scopes if scope not in granted]

    @property
    def remedy(self) -> str:
        """Return how an installed app gets it."""
        if self.events:
            return (
                f"To change that, paste what `snapshot-bot manifest --with {self.name}` prints under App Manifest, "
                "then install the app again."
            )
        return (
            f"To change that, add {' and '.join(self.scopes)} under OAuth & Permissions (or paste what `snapshot-bot "
            f"manifest --with {self.name}` prints), then install the app again."
        )


HISTORY: Final = AppPart(
    "history",
    scopes=("channels:history", "groups:history"),
    gives="A message whose posting was cut off is searched in its channel, rather than posted twice.",
    without="a message whose posting was cut off may appear twice",
)
MESSAGES: Final = AppPart(
    "messages",
    scopes=("app_mentions:read", "im:history"),
    events=("app_mention", "message.im"),
    gives="`@snapshots help`, and messages to the bot in its Messages tab, are answered.",
    without="nobody can write in the bot's Messages tab, and mentions of the bot are not answered",
)
GROUPS: Final = AppPart(
    "groups",
    scopes=("usergroups:read",),
    gives="Rights can be given to user groups (`@dba`), and rules can name them.",
    without="nobody has a right by a user group, and what is denied to one is denied to everybody",
)
PARTS: Final = (HISTORY, MESSAGES, GROUPS)


def table() -> str:
    """Return the parts as a Markdown table, for the README."""
    rows = [f"| `{p.name}` | {', '.join(f'`{scope}`' for scope in p.scopes)} | {p.gives} |" for p in PARTS]
    return "\n".join(["| part | scopes | what it gives |", "|---|---|---|", *rows])
