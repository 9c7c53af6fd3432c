"""The catalogue and the code fit: none missing, none unused, each with its facts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot
from bot.core.access import Action
from bot.core.groups import GroupState
from bot.core.person import Standing
from bot.core.phrase import Phrase, as_told
from bot.core.record import Damage
from bot.core.request import Kind, State
from bot.core.snapshot import ObstacleCode
from bot.core.why import Code
from bot.words import Languages, listing, text, text_of, worded
from bot.words.catalogue import Catalogue
from tests.harness.contract_store import a_request

HOUSE = Path(bot.__file__).parent
SOURCES = {file.stem: file.read_text("utf-8") for file in sorted((HOUSE / "words").glob("*.ftl"))}
SOURCE = SOURCES["en"]
TIMES = {"at", "made"}  # facts that DATE writes
EVERYWHERE = {"command"}  # facts that come with every phrase
NUMBERS = {"count", "number", "gigabytes", "least", "most"}
CATEGORIES = {"zero", "one", "two", "few", "many", "other"}  # CLDR's, which a number chooses


CHOICES: dict[str, type[StrEnum]] = {
    "action": Action,
    "standing": Standing,
    "state": State,
    "code": ObstacleCode,
    "group_state": GroupState,
}


class Facts(Visitor):
    """Gathers the facts of an entry, and by what it chooses."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.choices: dict[str, set[str]] = {}

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:
        self.names.add(node.id.name)

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:
        if isinstance(node.selector, ftl.VariableReference):
            keys = {v.key.name for v in node.variants if isinstance(v.key, ftl.Identifier)}
            self.choices.setdefault(node.selector.id.name, set()).update(keys)
        self.generic_visit(node)


# Nothing is read on import: every process that collects the tests would pay for it.


@cache
def entries(source: str = SOURCE) -> dict[str, Facts]:
    """Return the facts of each entry in *source* by its code."""
    found = {}
    for entry in FluentParser().parse(source).body:
        if isinstance(entry, ftl.Message):
            for name, pattern in [("", entry.value), *((f".{a.id.name}", a.value) for a in entry.attributes)]:
                found[f"{entry.id.name}{name}"] = facts = Facts()
                if pattern:
                    facts.visit(pattern)
    return found


@cache
def catalogue(language: str = "en") -> Catalogue:
    """Return the texts of *language*."""
    return Catalogue(language, SOURCES[language], None if language == "en" else catalogue())


@cache
def modules() -> list[tuple[Path, list[ast.AST]]]:
    """Return the product's modules, each with all that stands in it."""
    return [(path, list(ast.walk(ast.parse(path.read_text("utf-8"))))) for path in sorted(HOUSE.rglob("*.py"))]


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield where, which code, and with which facts (None: they aren't written there) a text is asked for."""
    for path, nodes in modules():
        for node in nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            where = f"{path.relative_to(HOUSE)}:{node.lineno}"
            code = node.args[1 if node.func.id == "text_of" else 0]
            codes = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
            for one in codes:
                if not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                    continue
                if node.func.id in ("text", "text_of"):
                    names = {k.arg for k in node.keywords}
                    yield where, one.value, None if None in names else {n for n in names if n}
                elif node.func.id == "Phrase":
                    given = node.args[1] if len(node.args) > 1 else ast.Dict([], [])
                    keys = given.keys if isinstance(given, ast.Dict) else None
                    yield where, one.value, keys if keys is None else {ast.literal_eval(k) for k in keys if k}


@pytest.mark.no_cover  # it reads the code rather than running it
def test_a_text_that_is_asked_for_is_there_with_exactly_its_facts():
    """A code without an entry, a fact too few or too many, is found before anybody reads it."""
    asked = list(calls())
    assert len(asked) > 500
    there = entries()
    assert [(where, code) for where, code, _ in asked if code not in there] == []
    wrong = [
        (where, code, facts, there[code].names)
        for where, code, facts in asked
        if facts is not None and facts not in (there[code].names, there[code].names - EVERYWHERE)
    ]
    assert wrong == []


def test_no_entry_is_left_over():
    """What no module names is nobody's text."""
    strings = {
        node.value
        for _, nodes in modules()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    by_reason = {code for code in entries() if code.partition(".")[0] in {f"why-{reason}" for reason in Code}}
    by_kind = {code for code in entries() if code.partition(".")[2] in set(Kind)}
    by_damage = {f"record-{damage}" for damage in Damage}
    assert entries().keys() - strings - by_reason - by_kind - by_damage == set()


@pytest.mark.parametrize(("fact", "members"), CHOICES.items(), ids=str)
def test_each_choice_is_one_of_the_facts_values(fact: str, members: type[StrEnum]):
    """A misspelled choice would never be taken; one that stands for all others is the last of them."""
    offering = {code: facts.choices[fact] for code, facts in entries().items() if fact in facts.choices}
    assert offering
    for code, keys in offering.items():
        assert keys <= {member.value for member in members}, code


@pytest.mark.parametrize("state", State)
def test_each_state_has_words_of_its_own(state: State):
    """Also the one whose words stand in for what is missing."""
    said = [catalogue().text("status", {"state": s}) for s in State]
    assert said.count(catalogue().text("status", {"state": state})) == 1


@pytest.mark.parametrize("code", [c for c in ObstacleCode if not c.startswith("other-")])
def test_each_obstacle_has_words_of_its_own(code: ObstacleCode):
    """What keeps a cluster from a snapshot is told apart."""
    said = [catalogue().text("obstacle", {"code": c}) for c in ObstacleCode if not c.startswith("other-")]
    assert said.count(catalogue().text("obstacle", {"code": code})) == 1


def misfits(source: str) -> set[str]:
    """Return the entries of *source* that English has not, or that lack a fact, name another or choose by another."""
    return {
        code
        for code, facts in entries(source).items()
        if code not in entries()
        or facts.names != entries()[code].names
        or any(not keys - CATEGORIES <= entries()[code].choices.get(by, set()) for by, keys in facts.choices.items())
    }


@pytest.mark.parametrize("language", SOURCES)
def test_each_entry_of_each_language_has_the_facts_and_choices_of_the_english_one(language: str):
    """A language says of everything what English says of it, or leaves the entry out."""
    assert misfits(SOURCES[language]) == set()


@pytest.mark.parametrize(
    "entry",
    [
        "stopp = { $words }.",
        "stop = Ende.",
        "stop = { $words } { $mehr }.",
        "list-last = { $first } { $joiner ->\n    [oder] oder\n   *[and] und\n} { $last }",
        "stop = { $words }.\n    .advice = Noch einmal.",
    ],
)
def test_an_entry_that_does_not_fit_the_english_one_is_found(entry: str):
    """A code that nobody asks for, a fact that is missing or unknown, a choice that is never made."""
    assert misfits(f"{entry}\n")


@pytest.mark.no_cover  # the same few lines, ten thousand times
@pytest.mark.parametrize("language", SOURCES)
def test_each_entry_reads_with_any_number_and_any_list(language: str):
    """None, one, two and a thousand; no list, a list of one, two and three; each choice that it offers."""
    for code in entries(SOURCES[language]):
        facts = entries()[code]
        names = sorted(facts.names)
        offered = [sorted(facts.choices.get(name, set()) - CATEGORIES) or [""] for name in names]
        for number, length, choice in product((0, 1, 2, 1000), range(4), product(*offered)):
            given = {name: key or a_fact(name, number, length) for name, key in zip(names, choice, strict=True)}
            words = catalogue(language).text(code, given)
            assert not set(words) & set("{}\u2066\u2067\u2068\u2069"), code
            assert length == 0 or words == words.strip() != "", code


def a_fact(name: str, number: int, length: int) -> str | int | datetime:
    """Return what may stand for the fact called *name*."""
    if name in TIMES:
        return datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    return number if name in NUMBERS else listing(["a", "b", "c"][:length])


def test_what_is_missing_is_an_error():
    """No entry, no fact: nobody reads half a sentence."""
    with pytest.raises(LookupError, match="no text for nothing"):
        catalogue().text("nothing", {})
    with pytest.raises(LookupError, match="too-long"):
        catalogue().text("too-long", {"count": 3})


@pytest.mark.parametrize(("source", "why"), [("a = b\na = c\n", "a stands twice"), ("a = { $b\n", "no Fluent")])
def test_a_catalogue_that_can_not_be_read_is_refused(source: str, why: str):
    """A mistake in the file is found when it is read, not when somebody reads the text."""
    with pytest.raises(ValueError, match=why):
        Catalogue("en", source)


def test_another_language_says_in_english_what_it_lacks():
    """One text of a second language is one entry in one file; numbers, plurals and dates go by its rules."""
    source = """
too-long = Zu lang: { $count ->
    [one] ein Zeichen
   *[other] { $count } Zeichen
}, höchstens { $most }.
size = { NUMBER($gigabytes, minimumFractionDigits: 1) } GB
moment = { DATE($at, pattern: "d. MMMM HH:mm") } UTC
"""
    german = Catalogue("de", source, catalogue())
    assert german.text("too-long", {"count": 1, "most": 0}) == "Zu lang: ein Zeichen, höchstens 0."
    assert german.text("size", {"gigabytes": 1042.5}) == "1042,5 GB"
    assert german.text("moment", {"at": datetime(2026, 5, 3, 14, 5, tzinfo=UTC)}) == "3. Mai 14:05 UTC"
    assert german.text("too-short", {"count": 1, "least": 4}) == "Too short: 1 character, at least 4."


def test_an_advice_that_a_language_lacks_is_english():
    """An entry's second text is as good as an entry: what isn't translated is said all the same."""
    german = Catalogue("de", "why-snapshot-gone = Der Snapshot ist weg.\n", catalogue())
    assert german.text("why-snapshot-gone.advice", {}) == "Ask again."
    assert german.text("why-login-refused.advice", {}) == ""


def test_a_kind_of_request_has_words_of_its_own_where_the_entry_has_them(tmp_path: Path):
    """Another kind brings its words to the same entries; where it has none, those of all kinds are said."""
    (tmp_path / "de.ftl").write_text("card-title = Antrag\n    .create = Snapshot von { $cluster }\n", "utf-8")
    request = a_request()
    with Languages(tmp_path).spoken("de"):
        assert text_of(request, "card-title", cluster="dwh") == "Snapshot von dwh"
        assert text("card-title", cluster="dwh") == "Antrag"
        assert text_of(request, "cancel") == "Cancel"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de-DE", "Abbrechen"),
        ("de-AT", "Öha"),
        ("de", "Abbrechen"),
        ("en-GB", "Cancel"),
        ("", "Cancel"),
        ("x", "Cancel"),
    ],
)
def test_a_locale_speaks_its_own_file_else_its_languages_else_english(tmp_path: Path, locale: str, words: str):
    """The nearest that there is; a second language is one more file."""
    (tmp_path / "de.ftl").write_text("cancel = Abbrechen\n", "utf-8")
    (tmp_path / "de-AT.ftl").write_text("cancel = Öha\n", "utf-8")
    with Languages(tmp_path).spoken(locale):
        assert text("cancel") == words
    assert text("cancel") == "Cancel"


def test_text_that_is_not_ours_is_no_fluent():
    """Braces that somebody typed are braces; what was told as it is stays so."""
    assert worded(Phrase("no-cluster-called", {"called": "{ $x }", "action": "view"})).startswith(
        "There is no cluster called { $x } whose"
    )
    assert worded(as_told("{ x }")) == "{ x }"
