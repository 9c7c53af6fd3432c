"""The image: its Dockerfile as it reads, and its first stage as it runs, in a folder in place of a container.

Without Docker: what `pip` would fetch is taken from this environment.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.cli import cli
from bot.config import Settings

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LABEL = "org.opencontainers.image."


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile: each word with the rest of its lines, comments left out."""
    lines = [n for n in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines() if not n.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


LAST_FROM = max(n for n, (word, _) in enumerate(instructions()) if word == "FROM")
BUILD, IMAGE = instructions()[:LAST_FROM], instructions()[LAST_FROM:]


def the(word: str) -> str:
    """Return what the one instruction *word* of the image says."""
    [rest] = [rest for found, rest in IMAGE if found == word]
    return rest


def pairs(word: str) -> dict[str, str]:
    """Return the settings that *word* (ENV, LABEL) makes."""
    return dict(tuple(pair.split("=", 1)) for pair in shlex.split(the(word)))  # type: ignore[misc]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that stands for `/`, once the first stage has run; `pip` only notes what it is asked for."""
    root = tmp_path_factory.mktemp("root")
    for folder in ("bin", "opt", "src"):
        (root / folder).mkdir()
    for name, does in {"pip": f'echo "$@" >> {root}/pip.log', "python": f'exec {sys.executable} "$@"'}.items():
        (root / "bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (root / "bin" / name).chmod(0o755)
    here = {"PATH": f"{root}/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    for word, rest in BUILD:
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                if (ROOT / source).is_dir():  # without what .dockerignore keeps away
                    shutil.copytree(ROOT / source, root / "src" / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, root / "src" / target)
        elif word == "RUN":
            command = rest.replace("/opt/", f"{root}/opt/")
            subprocess.run(["/bin/sh", "-c", command], cwd=root / "src", env=here, check=True, timeout=120)
    return root


def run(image: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the image's command there, with this environment's packages and nothing else of the project's."""
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    return subprocess.run(
        [image / "opt" / "bot" / "bin" / "snapshot-bot", *arguments],
        cwd=image,
        env={"PYTHONPATH": packages, "HOME": str(image), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_pythons_own_modules_are_compiled(tmp_path: Path) -> None:
    """The base image removes their bytecode, and the bot's user writes none: it is made in the image."""
    [command] = [part for part in the("RUN").split(" && ") if "compileall" in part]
    library = tmp_path / "lib"
    (library / "json").mkdir(parents=True)
    for module in ("json/decoder.py", "idlelib.py"):
        (library / module).write_text("import this_is_only_compiled\n")
    python = f'python() {{ [ "$1" = -m ] && {shlex.quote(sys.executable)} "$@" || echo {library}; }}; '
    subprocess.run(["/bin/sh", "-c", python + command], check=True, timeout=60)
    assert [file.name.partition(".")[0] for file in library.rglob("*.pyc")] == ["decoder"]
    assert pairs("ENV")["PYTHONDONTWRITEBYTECODE"] == "1"


def test_the_first_stage_makes_a_bot_that_runs(image: Path) -> None:
    """Its command, its texts and its manifest are there; it is the one of the project."""
    said = run(image, "--version")
    assert (said.returncode, said.stdout, said.stderr) == (0, f"snapshot-bot, version {PROJECT['version']}\n", "")
    assert run(image, "manifest").stdout == (ROOT / "manifest.yml").read_text(encoding="utf-8")
    refused = run(image, "grant", "Ana", "dwh-prod")
    assert (refused.returncode, "Ana is not a Slack user id" in refused.stderr) == (1, True)


def test_the_packages_are_the_locked_ones_without_pip(image: Path) -> None:
    """pip of the stage is asked for what requirements.txt pins, by hash, and to take back the pip that is among it."""
    environment = f"--python {image}/opt/bot/bin/python"
    installed, removed = (image / "pip.log").read_text(encoding="utf-8").splitlines()
    assert installed.startswith(f"{environment} install ")
    assert installed.endswith(" --require-hashes -r requirements.txt")
    assert removed == f"{environment} uninstall --yes pip"
    assert [path for path in (image / "opt").rglob("*") if re.match(r"(pip|setuptools|wheel|hatch)", path.name)] == []


def test_it_is_compiled_whole(image: Path) -> None:
    """Nothing has to be written beside the code when it runs: the file system may be read-only."""
    [package] = (image / "opt" / "bot" / "lib").glob("python3.*/site-packages/bot")
    modules = {path.relative_to(package).with_suffix("") for path in package.rglob("*.py")}
    assert len(modules) > 100
    compiled = {path.parent.parent / path.name.partition(".")[0] for path in package.rglob("*.pyc")}
    assert {path.relative_to(package) for path in compiled} == modules
    assert pairs("ENV")["PYTHONDONTWRITEBYTECODE"] == "1"


def test_it_carries_the_product_alone() -> None:
    """No sandbox is copied into it; what is copied, and nothing else, is what Docker gets to see."""
    copied = [rest.split() for word, rest in BUILD + IMAGE if word == "COPY"]
    assert copied == [
        ["requirements.txt", "./"],
        ["bot", "./bot"],
        ["manifest.yml", "./bot/"],
        ["--from=build", "/opt/bot", "/opt/bot"],
        ["LICENSE", "/licenses/"],
    ]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignored == ["*", "!bot", "!requirements.txt", "!manifest.yml", "!LICENSE", "**/__pycache__"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert {name for name in PROJECT["scripts"] if name in dockerfile} == {"snapshot-bot"}


def test_its_user_is_a_number_of_group_0() -> None:
    """Kubernetes sees that it isn't root; OpenShift's user of the day is in that group, and so may write to /data."""
    user, group = the("USER").split(":")
    assert (user.isdecimal(), int(user) > 999, group) == (True, True, "0")
    [setup] = [rest for word, rest in IMAGE if word == "RUN"]
    assert f"useradd --uid {user} --gid {group} --home-dir /data " in setup
    assert f"install -d -o {user} -g {group} -m 0770 /data " in setup
    assert [rest for word, rest in IMAGE if word in ("VOLUME", "WORKDIR")] == ["/data", "/data"]
    assert pairs("ENV")["HOME"] == "/data"


def test_what_installs_packages_is_removed() -> None:
    """pip of the base image, and the copy from which Python would make it again."""
    [setup] = [rest for word, rest in IMAGE if word == "RUN"]
    assert "pip uninstall --yes pip" in setup
    assert "import ensurepip" in setup
    assert not re.search(r"apt|curl|wget|pip install", setup)


def test_its_health_check_is_the_bots_own() -> None:
    """It follows the settings: no address stands in it. Docker waits longer than the command does."""
    options, _, command = the("HEALTHCHECK").partition(" CMD ")
    assert json.loads(command) == ["snapshot-bot", "health"]
    assert "health" in cli.commands
    assert "--timeout=5s" in options


def test_it_serves_by_default_from_the_volume() -> None:
    """Its command, its settings, its signal; Slack and a health check from outside reach it on every address."""
    assert json.loads(the("ENTRYPOINT")) + json.loads(the("CMD")) == ["snapshot-bot", "serve"]
    settings = {name: value for name, value in pairs("ENV").items() if name.startswith("SNAPSHOT_BOT_")}
    assert settings == {
        "SNAPSHOT_BOT_DATABASE": "sqlite:////data/snapshot-bot.db",
        "SNAPSHOT_BOT_LISTEN": f"0.0.0.0:{the('EXPOSE')}",
    }
    assert settings.keys() <= {field.alias for field in Settings.model_fields.values()}
    assert the("STOPSIGNAL") == "SIGTERM"


def test_its_labels_are_the_projects_own_words() -> None:
    """Name, description, version, licence and authors, as pyproject.toml has them."""
    assert pairs("LABEL") == {
        f"{LABEL}title": PROJECT["name"],
        f"{LABEL}description": PROJECT["description"],
        f"{LABEL}version": PROJECT["version"],
        f"{LABEL}licenses": PROJECT["license"],
        f"{LABEL}authors": PROJECT["authors"][0]["name"],
    }
