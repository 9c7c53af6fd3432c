"""Where a cloud's console shows a snapshot: an address that an operator gives, since clouds document none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bot.core.ids import ClusterRef, SnapshotId

_PLACE: Final = re.compile(r"\{(cloud|cluster|snapshot)\}")  # a project's name, and ids


@dataclass(frozen=True, slots=True)
class Console:
    """The address, with `{cloud}`, `{cluster}` and `{snapshot}` where they belong; "" where nobody gave one."""

    template: str = ""

    def __post_init__(self) -> None:
        """Check it.

        Raises:
            ValueError: it has other braces than those.
        """
        if set("{}") & set(_PLACE.sub("", self.template)):
            raise ValueError("only {cloud}, {cluster} and {snapshot} can stand in braces")

    def address(self, cluster: ClusterRef, snapshot: SnapshotId) -> str:
        """Return where *snapshot* of *cluster* is shown; "" where nobody said."""
        of = {"cloud": cluster.cloud, "cluster": cluster.id, "snapshot": snapshot}
        return _PLACE.sub(lambda place: quote(of[place[1]], safe=""), self.template)


NO_CONSOLE: Final = Console()
