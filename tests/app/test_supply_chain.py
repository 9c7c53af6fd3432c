"""What the bot is installed with: locked by hashes, and listed in a bill of materials that is the same each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.txt"))


def pinned(lock: str) -> dict[str, list[str]]:
    """Return the packages of *lock*, as `name==version`, with their hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[\w.-])", re.sub(r"^#.*\n", "", text, flags=re.M), flags=re.M)[1:]
    return {
        re.sub(r"\[[\w,-]+\]", "", block.split()[0]): re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
        for block in blocks
    }


def bill(folder: Path, **environ: str) -> bytes:
    """Return what `scripts/sbom.py` writes."""
    file = folder / "sbom.json"
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "sbom.py", file],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environ},
        check=True,
        timeout=120,
    )
    return file.read_bytes()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    """One version of each, and what may come is known to the byte."""
    found = pinned(lock)
    assert len(found) > 10
    assert {name for name, hashes in found.items() if "==" not in name or not hashes} == set()


def test_the_bill_lists_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    """By its package URL, with the licence, and which needs which; it is the same wherever and whenever it is made."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    written = bill(one)
    assert written == bill(other, TZ="Asia/Tokyo", PYTHONHASHSEED="7", SOURCE_DATE_EPOCH="1")
    told: dict[str, Any] = json.loads(written)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    hashes = {
        component["bom-ref"]: sorted(h["content"] for h in component["externalReferences"][0]["hashes"])
        for component in told["components"]
    }
    assert hashes == {name: sorted(locked) for name, locked in pinned("requirements.txt").items()}
    assert all(c["purl"].startswith("pkg:pypi/") and c["licenses"] for c in told["components"])
    needs = {d["ref"]: d.get("dependsOn", []) for d in told["dependencies"]}
    reached, following = set[str](), [told["metadata"]["component"]["bom-ref"]]
    while following:
        for name in needs[following.pop()]:
            if name not in reached:
                reached.add(name)
                following.append(name)
    extra = {name for name in hashes if name.startswith("psycopg-binary==")}  # what psycopg needs by its extra
    assert reached | extra == hashes.keys(), "the bot, or what it needs, needs each"
