"""Machines that lack what others have: each command ends with one line and its exit code, and `doctor` says the rest.

As processes of their own, with nothing but what is given.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.exits import told
from tests.harness.serving import ROOT

GRANTS = ("grants",)
NOBODY = (  # a process whose user has no name, as OpenShift and `docker --user` have it
    "import pwd, sys\n"
    "def nobody(*_): raise KeyError('uid not found')\n"
    "pwd.getpwuid = pwd.getpwnam = nobody\n"
    "from bot.cli import main\n"
    "main()"
)
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
CLOUD = {
    "OS_ACCESS_KEY": "key",
    "OS_SECRET_KEY": "secret-word",
    "OS_PROJECT_ID": "p",
    "OS_REGION_NAME": "eu-de",
    "DWS_ENDPOINT": "http://127.0.0.1:9",
}


def run(
    folder: Path,
    *arguments: str,
    shell: str = "{}",
    python: Sequence[str] = ("-m", "bot"),
    **environ: str,
) -> subprocess.CompletedProcess[str]:
    """Run a command in *folder* with *environ* and nothing else; *shell* is what a shell does with it."""
    words = shlex.join((sys.executable, *python, *arguments))
    given = {"PYTHONPATH": str(ROOT), "SNAPSHOT_BOT_DATABASE": f"sqlite:///{folder}/bot.db", **environ}
    done = subprocess.run(
        ["/bin/sh", "-c", shell.format(words)],
        env=given,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "Exception ignored" not in done.stderr
    return done


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command said that failed; it is one line."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_with_nothing_at_all(tmp_path):
    """No HOME, no PATH, no locale, a user without a name, and nothing to read or write: what was granted is kept.

    What is printed to a closed stream goes nowhere, and not into a database that was opened in its place.
    """
    closed = "{} <&- >&- 2>&-"
    given = run(tmp_path, "grant", "U024BE7LH", "*", shell=closed, python=("-c", NOBODY))
    assert given.returncode == 0
    (row,) = json.loads(run(tmp_path, "grants", "--json").stdout)
    assert (row["user"], row["granted_by"]) == ("U024BE7LH", f"cli:uid {os.getuid()}")


@pytest.mark.parametrize(
    ("environ", "python"),
    [
        ({"TZ": "No/where", "NO_PROXY": "[::1],fd00::/8,[x", "ALL_PROXY": "socks5://h:1"}, ("-c", NOBODY)),
        ({"HOME": "/dev/null", "SSL_CERT_FILE": "/dev/null/ca.pem"}, ("-m", "bot")),
    ],
    ids=["nobody", "certificates"],
)
def test_doctor_says_all_the_rest(tmp_path, environ, python):
    """Whatever breaks one check, every other has its line; of Slack and the cloud it says that they aren't there."""
    done = run(tmp_path, "doctor", "--json", python=python, **SLACK, **CLOUD, **environ)
    assert (done.returncode, done.stderr) == (1, "")
    checks = {check["what"].partition(":")[0]: check for check in json.loads(done.stdout)}
    assert {"Settings", "Database", "Rights"} <= set(checks)
    slack = next(check for what, check in checks.items() if what.startswith("Slack"))
    cloud = next(check for what, check in checks.items() if what.startswith("Cloud"))
    if "SSL_CERT_FILE" in environ:
        why = "SSL_CERT_FILE names /dev/null/ca.pem, which holds no certificates that can be read (Not a directory)."
        assert (slack["fix"], cloud["fix"]) == (why, why)
    else:
        assert "Slack isn't answering" in slack["fix"]
        assert "Check OS_AUTH_URL" in cloud["fix"]


async def test_a_check_that_breaks_is_one_line(tmp_path, monkeypatch):
    """A fault of our own in one check costs no other check's line."""
    from bot import doctor

    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(doctor, "look_at", broken)
    environ = SLACK | CLOUD | {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{tmp_path}/bot.db"}
    checks = await doctor.examine(environ)
    (line,) = [check for check in checks if check.what == "Database"]
    assert line.fix.startswith("ZeroDivisionError in broken, ")
    assert [check.code for check in checks] == [
        "settings",
        "settings-used",
        "listen",
        "database",
        "slack-token",
        "cloud",
    ]


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("{} >/dev/full", "Error: The output can't be written (No space left on device)."),
        ("{} --help >/dev/full", "Error: The output can't be written (No space left on device)."),
    ],
)
def test_where_the_output_can_not_be_written(tmp_path, shell, said):
    """A full disk behind `>` is said, once, and the exit code is ours: 1."""
    done = run(tmp_path, *GRANTS, shell=shell)
    assert done.returncode == 1
    assert done.stderr == f"{said}\n"


@pytest.mark.parametrize("redirected", ["2>/dev/full", "<&- >&- 2>&-"])
def test_where_errors_can_not_be_written_the_exit_code_still_tells(tmp_path, redirected):
    """With standard error full, or with all three closed, wrong settings end with 78."""
    assert run(tmp_path, "serve", shell=f"{{}} {redirected}").returncode == 78


def test_a_terminal_without_the_characters(tmp_path):
    """Where ✔ can't be shown, marks are written in what can, and what else can't be shown as a question mark."""
    done = run(tmp_path, "doctor", PYTHONIOENCODING="iso-8859-1", **SLACK)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("+ Settings: Socket Mode\n")
    assert "\nx Slack's bot token" in done.stdout
    assert "snapshot-bot grant U? CLUSTER" in done.stdout


def test_no_colour_where_none_is_wanted(tmp_path):
    """NO_COLOR holds at a terminal as well."""
    environ = dict.fromkeys(os.environ) | SLACK | {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{tmp_path}/bot.db"}
    colourful = CliRunner(env=environ).invoke(cli, ["doctor"], color=True)
    plain = CliRunner(env=environ | {"NO_COLOR": "1"}).invoke(cli, ["doctor"], color=True)
    assert "\x1b[32m✔" in colourful.output
    assert "\x1b" not in plain.output
    assert "✔ Settings: Socket Mode" in plain.output


@pytest.mark.parametrize(
    ("before", "database", "said"),
    [
        ("ln -s loop loop", "sqlite:///loop", "loop: Too many levels of symbolic links. A link leads back to itself"),
        ("mkdir w; cd w; rmdir ../w", "sqlite:///bot.db", "The working directory was deleted. Start from another."),
        (":", "sqlite:////sys/bot.db", "can't be read and written"),
    ],
    ids=["loop", "no directory", "closed folder"],
)
def test_a_place_that_is_none(tmp_path, before, database, said):
    """One line that names it and what to do: 78, for it doesn't pass by itself."""
    done = run(tmp_path, *GRANTS, shell=f"{before}; {{}}", SNAPSHOT_BOT_DATABASE=database)
    assert done.returncode == 78
    assert said in one_line(done)


@pytest.mark.parametrize("place", ["loop/bot.db", "x" * 300, "file/bot.db"])
def test_a_path_that_leads_nowhere(tmp_path, place):
    """Through a link to itself, too long, through a file: the same, for every command."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()
    done = CliRunner(env={"SNAPSHOT_BOT_DATABASE": f"sqlite:///{tmp_path}/{place}"}).invoke(cli, GRANTS)
    assert (done.exit_code, done.output.count("\n")) == (78, 1)
    assert place[:4] in done.output


def test_few_files(tmp_path):
    """With next to no open files allowed: lines, no stack trace, and nothing kept that isn't."""
    done = run(tmp_path, "doctor", shell="ulimit -n 9; {}", **SLACK, **CLOUD)
    assert done.returncode in (1, 78)
    assert done.stdout + done.stderr


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (PermissionError(13, "x", "/a"), "/a: Permission denied. Give the user that runs the bot the right to it.", 78),
        (OSError(24, "x"), "Too many open files. Raise the number of files that a process may open (`ulimit -n`", 78),
        (OSError(28, "x"), "No space left on device. Try again once that has passed.", 1),
        (MemoryError(), "MemoryError. Give the bot more memory.", 1),
        (ValueError("secret-word"), "ValueError. This is a fault of the bot's own. Report this line", 1),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else "",
)
def test_each_failure_has_its_words_and_its_code(error, words, code):
    """78 where somebody must change something, 1 where it may pass; what a library says of it isn't quoted."""
    said, found = told(error)
    assert (said.startswith(words), found) == (True, code), said
    assert "secret-word" not in said
