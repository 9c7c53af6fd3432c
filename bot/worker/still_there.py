"""Whether a snapshot is still in the cloud: a list that lacks it doesn't say so, for lists lag; its id does."""

from __future__ import annotations

from bot.core.errors import CloudNotFound
from bot.core.holdings import Holdings
from bot.core.ids import CloudName, SnapshotId
from bot.core.snapshot import Snapshot
from bot.inventory import Inventory


async def still_there(
    inventory: Inventory, cloud: CloudName, snapshot: SnapshotId | None, seen: Holdings
) -> Snapshot | None:
    """Return *snapshot* as it was *seen*, or as the cloud shows it by its id where the list lacks it; None: it is gone.

    Raises:
        CloudError: the cloud can't be asked.
    """
    if snapshot is None:
        return None
    listed = seen.snapshot(snapshot)
    if listed is not None:
        return listed
    try:
        return await inventory.cloud(cloud).snapshot(snapshot)
    except CloudNotFound:
        return None
