"""What is written for people in the repository is plain English."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("bot", "slack_sandbox", "dws_sandbox", "snapshot_demo", "benchmarks", "scripts", "tests")
# Words that a reader has to think about, beside those that say the same: who, again, action, fix, wrong, so that.
ODD = re.compile(
    r"\b(whoever|whomever|whosoever|anew|afresh|deeds?|mend(?:s|ed|ing)?|amiss|lest|whilst|thereof|therein|herein"
    r"|hitherto|forthwith|betimes|naught)\b",
    re.IGNORECASE,
)
# Pictures in place of what is meant: a check, a form, a permission.
METAPHORS = re.compile(r"\b(desks?|gates?|guards?|guarded)\b", re.IGNORECASE)


def python_words(source: str) -> Iterator[str]:
    """Yield the comments of a module, and the strings in it that are more than one word."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def pages() -> Iterator[Path]:
    """Yield the documents, the catalogues, the page's scripts, and the Makefile, whose comments are its help."""
    yield from (ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md"))
    yield from (path for path in ROOT.glob("deploy/*/*") if path.is_file())
    yield from ROOT.glob("bot/words/*.ftl")
    yield from ROOT.glob("slack_sandbox/page/*.js")


def found(words: re.Pattern[str], path: Path) -> list[str]:
    """Return the *words* that people would read in *path*."""
    source = path.read_text(encoding="utf-8")
    texts = python_words(source) if path.suffix == ".py" else [source]
    return [match[0] for text in texts for match in words.finditer(text)]


@pytest.mark.parametrize("house", HOUSES)
def test_docstrings_comments_and_texts_have_no_odd_words(house: str):
    """Also the help of commands, which is made of docstrings, and the settings' meanings."""
    files = [path for path in (ROOT / house).rglob("*.py") if path != Path(__file__)]
    assert files
    words = {str(path.relative_to(ROOT)): found(ODD, path) for path in files}
    assert {path: odd for path, odd in words.items() if odd} == {}


def test_documents_have_no_odd_words():
    """README, CONTRIBUTING, CHANGELOG, docs/, what people read in Slack, and the sandbox's page."""
    words = {path.name: [*found(ODD, path), *found(METAPHORS, path)] for path in pages()}
    assert {path: odd for path, odd in words.items() if odd} == {}


def test_the_product_is_described_without_metaphors():
    """A check is called a check, a form a form."""
    words = {path.name: found(METAPHORS, path) for path in (ROOT / "bot").rglob("*.py")}
    assert {path: odd for path, odd in words.items() if odd} == {}


def test_an_odd_word_would_be_noticed():
    """In a comment, in a docstring and in a text, in any case; not in a name."""
    source = 'def mended():\n    """Whoever reads this."""  # tries anew\n    return "a good Deed"\n'
    assert [match for text in python_words(source) for match in ODD.findall(text)] == ["anew", "Whoever", "Deed"]
