"""What docs/upstream.md says of libraries is still so: else what the bot does about it can go."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "upstream.md").read_text(encoding="utf-8")
SCRIPTS = sorted((ROOT / "docs" / "upstream").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_library_still_does_so(script, tmp_path):
    """In a process of its own, with nothing of ours and no settings."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{script.name}: see docs/upstream.md, and drop what is not needed any more\n{done}"
    assert done.stderr == ""
    assert done.stdout


def test_each_script_is_explained():
    """One that no paragraph leads to would be kept for nobody."""
    assert sorted(re.findall(r"\]\(upstream/([a-z_]+\.py)\)", PAGE)) == [script.name for script in SCRIPTS]


def test_the_versions_are_those_that_are_installed():
    """With another version, somebody has to read its source again."""
    locked = dict(re.findall(r"^([a-z-]+)==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M))
    named = re.findall(r"\b(slack-bolt|aiohttp)\s(\d+(?:\.\d+)+)", re.sub(r"httpx-aiohttp [\d.]+", "", PAGE))
    assert {name for name, _ in named} == {"slack-bolt", "aiohttp"}
    assert [(name, version) for name, version in named if locked[name] != version] == []


def test_what_is_done_by_hand_is_python():
    """It can't be run here; it can be read."""
    [code] = re.findall(r"^```python\n(.+?)^```", PAGE, re.M | re.S)
    compile(code, "docs/upstream.md", "exec")
