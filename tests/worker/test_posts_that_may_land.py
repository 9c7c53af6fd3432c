"""A post that was begun when the process died, in the moments after."""

from __future__ import annotations

import pytest

from tests.harness.working import Bench

pytestmark = pytest.mark.telling


async def test_a_post_that_was_begun_this_very_moment_is_given_time(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """From the first moment on nothing is looked for or posted, until Slack had time to show what it took."""
    await bench.ask()

    async def die(*args: object, **how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(bench.messenger, "post", die)
        with pytest.raises(KeyboardInterrupt):
            await bench.tell()
    (card,) = bench.store.told.values()
    await bench.outbox.tell(bench.owed(card))
    assert bench.messenger.posts == []
    assert bench.messages_due() == [bench.pace.settle]
    bench.clock.advance(bench.pace.settle)
    await bench.tell()
    assert len(bench.messenger.cards) == 1
