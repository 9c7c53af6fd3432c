"""A bot that the tests fork is a process as `python -m bot` makes it: what differs would be tested nowhere."""

from __future__ import annotations

import signal

import pytest

from tests.harness.running import a_world
from tests.harness.serving import command, serving


@pytest.mark.parametrize(
    ("args", "environ"),
    [
        (("grants", "--json"), {}),
        (("--help",), {"NO_COLOR": "1"}),
        (("serve",), {"SNAPSHOT_BOT_LOG_FORMAT": "text", "HOME": "", "TZ": "Asia/Tokyo"}),
        (("no-such-command",), {"LANGUAGE": "de"}),
    ],
    ids=lambda v: v[0] if isinstance(v, tuple) else "",
)
async def test_it_says_what_the_real_one_says(tmp_path, args, environ):
    """The exit code, and every character on both streams."""
    forked = await command(environ, tmp_path, *args)
    real = await command(environ, tmp_path, *args, forked=False)
    assert forked == real
    assert forked.out or forked.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)])
@pytest.mark.parametrize("forked", [True, False], ids=["forked", "real"])
async def test_it_ends_by_a_signal_as_the_real_one_does(tmp_path, number, code, forked):
    """`kill -9` leaves it no time for anything; SIGTERM lets it end well."""
    async with a_world(tmp_path, start=False) as world, serving(world.environ, tmp_path, forked=forked) as bot:
        assert bot.process.returncode is None
        assert await bot.end(number) == code
        assert bot.process.returncode == code
    assert ('"bot.stopped"' in bot.err) == (number == signal.SIGTERM)


@pytest.mark.parametrize("asked_of", [signal.SIG_DFL, signal.SIG_IGN], ids=["terminal", "nohup"])
@pytest.mark.parametrize("forked", [True, False], ids=["forked", "real"])
async def test_it_takes_over_what_its_parent_does_at_a_hangup(tmp_path, asked_of, forked):
    """The tests may run under `nohup`, and one of them may say that it doesn't."""
    before = signal.signal(signal.SIGHUP, asked_of)
    try:
        async with a_world(tmp_path, start=False) as world, serving(world.environ, tmp_path, forked=forked) as bot:
            bot.process.send_signal(signal.SIGHUP)
            if asked_of is signal.SIG_DFL:
                assert await bot.wait() == 0
            else:
                assert (await bot.get("/healthz")).status_code == 200
                assert await bot.end(signal.SIGTERM) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
