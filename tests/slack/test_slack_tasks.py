"""Background work is held, logged and waited for."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from bot.slack.door.tasks import Tasks


async def test_close_waits_for_what_is_under_way():
    """A shutdown lets work end that ends in time."""
    tasks, done = Tasks(), []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(1)

    tasks.spawn(work(), name="work")
    assert len(tasks) == 1
    await tasks.close(grace=5)
    assert done == [1]
    assert len(tasks) == 0


async def test_close_cancels_what_takes_too_long():
    """After the grace the rest is cancelled, and said so."""
    tasks = Tasks()
    tasks.spawn(asyncio.Event().wait(), name="endless")
    await asyncio.sleep(0)
    with capture_logs() as logs:
        await tasks.close(grace=0)
    assert len(tasks) == 0
    assert logs[-1]["tasks"] == ["endless"]


async def test_nothing_starts_after_close():
    """Work that comes too late is dropped, not left hanging."""
    tasks, done = Tasks(), []
    await tasks.close(grace=0)

    async def work() -> None:
        done.append(1)

    with capture_logs() as logs:
        tasks.spawn(work(), name="late")
    assert len(tasks) == 0
    assert done == []
    assert logs[0]["event"] == "task.not_started"


async def test_a_fault_in_the_background_is_logged():
    """No exception is lost."""
    tasks = Tasks()

    async def work() -> None:
        raise RuntimeError("broken")

    with capture_logs() as logs:
        tasks.spawn(work(), name="broken")
        await tasks.idle()
    assert (logs[0]["event"], logs[0]["task"]) == ("task.failed", "broken")
