"""What is installed: the wheel's files and commands, and those that `scripts/setup` writes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this folder."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_carries_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Modules, the sandboxes' READMEs and the page; the catalogue of words."""
    packages = ("bot", "slack_sandbox", "dws_sandbox", "snapshot_demo")
    files = [f for package in packages for f in (ROOT / package).rglob("*") if f.is_file()]
    here = {str(f.relative_to(ROOT)) for f in files if "__pycache__" not in f.parts}
    assert {"slack_sandbox/README.md", "dws_sandbox/README.md", "slack_sandbox/page/index.html"} <= here
    assert here - set(wheel.namelist()) == set()


def test_the_wheel_has_the_three_commands(wheel: zipfile.ZipFile) -> None:
    """The bot's, and one for each sandbox."""
    points = ConfigParser()
    points.read_string(wheel.read(next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))).decode())
    assert dict(points["console_scripts"]) == SCRIPTS
    assert set(SCRIPTS) == {"snapshot-bot", "slack-sandbox", "dws-sandbox"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_setup_writes_every_command(tmp_path: Path, name: str) -> None:
    """What `scripts/setup` runs after it has installed the packages makes each command start."""
    setup = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    code = setup.partition("<<'PYTHON'\n")[2].partition("\nPYTHON\n")[0]
    venv.create(tmp_path / "venv", with_pip=False)
    subprocess.run([tmp_path / "venv" / "bin" / "python", "-c", code], cwd=ROOT, check=True, timeout=60)
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / name, "--help"],
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: {name}" in done.stdout


def test_the_image_carries_the_product_alone() -> None:
    """No sandbox is copied into it, and its one command is the bot."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:] for line in dockerfile.splitlines() if line.startswith("COPY")]
    assert copied == [["requirements.txt", "./"], ["bot", "./bot"], ["--from=build", "/opt/bot", "/opt/bot"]]
    assert {name for name in SCRIPTS if name in dockerfile} == {"snapshot-bot"}
