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


async def test_what_is_under_way_may_tell_what_it_did():
    """Work that ends within the grace starts the words about it, and the shutdown waits for them, too."""
    tasks, done, let_go = Tasks(), [], asyncio.Event()

    async def words() -> None:
        await asyncio.sleep(0)
        done.append("told")

    async def work() -> None:
        await let_go.wait()
        tasks.spawn(words(), name="words")

    tasks.spawn(work(), name="work")
    closing = asyncio.create_task(tasks.close(grace=5))
    await asyncio.sleep(0)
    let_go.set()
    await closing
    assert (done, len(tasks)) == (["told"], 0)


async def test_what_is_cancelled_starts_nothing():
    """Once the grace is over, nothing that is cut off can leave something behind."""
    tasks = Tasks()

    async def words() -> None:
        raise AssertionError("never")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.spawn(words(), name="words")

    tasks.spawn(work(), name="work")
    await asyncio.sleep(0)
    await tasks.close(grace=0)
    assert len(tasks) == 0


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
