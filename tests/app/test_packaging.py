"""What is handed out: the sdist and the wheel; and the commands that `scripts/setup` writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


PACKAGES = ("bot", "slack_sandbox", "dws_sandbox", "snapshot_demo")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += [*(ROOT / "docs").glob("*.md"), *(ROOT / "deploy").glob("*/README.md")]
DOCUMENTS += [ROOT / package / "README.md" for package in PACKAGES[1:3]]
# What a command that a document shows reads, without its being named.
READ_BY = {
    "make demo": ["Makefile", "scripts/setup", "requirements.txt", "pyproject.toml"],
    "make test": [
        "Makefile",
        "scripts/setup",
        "scripts/npm",
        "requirements-dev.txt",
        "package-lock.json",
        "tsconfig.json",
    ],
    "make mutants": ["requirements-mutants.txt", "scripts/mutants.py"],
    "make bench": ["requirements-bench.txt"],
    "make check": ["scripts/audit.py"],
    "make sbom": ["scripts/sbom.py", "requirements.txt"],
    "make docs": ["scripts/docs.py", "manifest.yml"],
    "docker build": ["Dockerfile", ".dockerignore", "requirements.txt", "manifest.yml", "LICENSE"],
}


def built(kind: str, folder: Path, source: Path = ROOT) -> Path:
    """Return the "sdist" or "wheel" of the project in *source*, built into *folder*."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=60)
    return next(folder.glob("*.tar.gz" if kind == "sdist" else "*.whl"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, built from this folder and unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built("sdist", folder)) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later
        packed.extractall(folder)
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this folder."""
    return zipfile.ZipFile(built("wheel", tmp_path_factory.mktemp("wheel")))


def files_of(folder: Path) -> set[str]:
    """Return the names of the files under *folder*, as seen from there."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def named(document: Path) -> set[str]:
    """Return the project's files that *document* links to, shows, or names; of a folder that it names, all."""
    text = document.read_text(encoding="utf-8")
    words = re.findall(r"\]\(([^)#\s]+)|src=\"([^\"]+)|((?:[\w.-]+/)+(?:[\w.-]*\w)?|[\w-]+\.\w+|Makefile)", text)
    places = {ROOT / word for found in words for word in found if word and not word.startswith(("/", "."))}
    places |= {document.parent / word for found in words for word in found[:2] if word}
    places |= {ROOT / name for command, names in READ_BY.items() if command in text for name in names}
    found = {p.resolve() for p in places if p.exists()}
    files = {file for p in found for file in (p.rglob("*") if p.is_dir() else [p]) if file.is_file()}
    inside = {file.relative_to(ROOT) for file in files if file.is_relative_to(ROOT)}
    return {file.as_posix() for file in inside if "__pycache__" not in file.parts}


def test_what_a_document_names_is_found() -> None:
    """By a link, as a picture, in a line to type, and by a command that reads it; a folder stands for its files."""
    expected = {"docs/architecture.md", "docs/screenshots/result.png", "scripts/setup", "Makefile", "Dockerfile"}
    assert expected | {"LICENSE", "manifest.yml", "tsconfig.json"} <= named(ROOT / "README.md")
    assert {"bot/words/en.ftl", "tests/cases/dws.json", "bot/core/access.py"} <= named(ROOT / "CONTRIBUTING.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_sdist_has_what_the_documents_name(sdist: Path, document: Path) -> None:
    """Every link of its documents leads somewhere in it, and every command can be typed there."""
    assert document.relative_to(ROOT).as_posix() in files_of(sdist)
    assert named(document) - files_of(sdist) == set()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="an unpacked sdist isn't a repository")
def test_the_sdist_is_the_repository(sdist: Path) -> None:
    """Every file that is kept, executable where it was, and nothing else that lies in the folder."""
    kept = set(tracked())
    assert kept - files_of(sdist) == set()
    top = {path.name for path in sdist.iterdir()}
    assert top - {name.split("/")[0] for name in kept} == {"PKG-INFO"}
    assert {name for name in kept if os.access(ROOT / name, os.X_OK)} == {
        name for name in kept if os.access(sdist / name, os.X_OK)
    }


def test_the_wheel_is_the_same_from_the_sdist(sdist: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """A package is made from the sdist as from the repository."""
    assert set(zipfile.ZipFile(built("wheel", tmp_path, sdist)).namelist()) == set(wheel.namelist())


def tracked() -> list[str]:
    """Return the names of the files that are kept."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="an unpacked sdist isn't a repository")
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_what_is_built_is_the_same_to_the_byte(tmp_path: Path, kind: str) -> None:
    """From two clean copies, at other places, of another age, and with other rights for others."""
    packages = []
    for place, age, mode in (("here", 1_000_000_000, 0o600), ("there/below", 1_700_000_000, 0o644)):
        for name in tracked():
            copy = tmp_path / place / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy)
            copy.chmod(mode | (0o111 if os.access(ROOT / name, os.X_OK) else 0) & (mode >> 2 | 0o100))
            os.utime(copy, (age, age))
        packages.append(built(kind, tmp_path / f"{place}-built", tmp_path / place))
    assert packages[0].name == packages[1].name
    assert packages[0].read_bytes() == packages[1].read_bytes()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_wheel_has_what_the_documents_name_of_it(wheel: zipfile.ZipFile, document: Path) -> None:
    """What they name within the packages, the manifest and the licence."""
    place = {"manifest.yml": "bot/manifest.yml"}
    place["LICENSE"] = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
    wanted = {place.get(name, name) for name in named(document) if name in place or name.startswith(PACKAGES)}
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_prints_the_manifest(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """As the file of the repository, from a folder in which there is none."""
    wheel.extractall(tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "manifest"],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path / "installed"), *filter(None, sys.path)])},
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == (ROOT / "manifest.yml").read_bytes()


def test_the_wheel_carries_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Modules, the sandboxes' READMEs and the page; the catalogue of words."""
    files = [f for package in PACKAGES for f in (ROOT / package).rglob("*") if f.is_file()]
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
