"""Names mean one thing, imports have no circles, and a long module says why it is one."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("bot", "slack_sandbox", "dws_sandbox", "snapshot_demo", "benchmarks")
FILES = sorted(f for house in HOUSES for f in (ROOT / house).rglob("*.py"))
MODULES = {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f for f in FILES}
LONG = 300  # lines


@cache
def trees() -> dict[str, ast.Module]:
    """Return each module as Python reads it: not on import, which every process that collects tests would pay for."""
    return {module: ast.parse(file.read_text(encoding="utf-8")) for module, file in MODULES.items()}


def repeated(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return each name that stands in more than one place, of pairs (name, place)."""
    places = defaultdict(list)
    for name, place in named:
        places[name].append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def classes(tree: ast.AST) -> list[str]:
    """Return the names of the classes in *tree*, nested ones too."""
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_a_class_name_means_one_thing():
    """No two classes of the five packages have the same name."""
    assert repeated((name, module) for module, tree in trees().items() for name in classes(tree)) == {}


@pytest.mark.parametrize("house", HOUSES)
def test_a_module_name_means_one_thing_in_its_package(house):
    """No two modules of a package have the same name, in whatever folders they lie."""
    files = [f for f in (ROOT / house).rglob("*.py") if f.name != "__init__.py"]
    assert repeated((f.stem, str(f.relative_to(ROOT))) for f in files) == {}


def test_a_name_that_stands_twice_would_be_noticed():
    """The checks above find a second class of one name, also within a function, and say where both are."""
    trees = {"a": "class Outcome: ...", "b": "def f():\n    class Outcome: ...", "c": "class Result: ..."}
    pairs = [(name, module) for module, code in trees.items() for name in classes(ast.parse(code))]
    assert repeated(pairs) == {"Outcome": ["a", "b"]}


def imported(tree: ast.AST, known: Iterable[str]) -> set[str]:
    """Return the *known* modules that *tree* imports, at its top, within a function or for types only."""
    known = set(known)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & known) or {node.module}
            found |= {node.module} if names - known else set()
    return found & known


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of *graph* (module -> what it imports), or []."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as e:
        return list(e.args[1])
    return []


def test_imports_have_no_circles():
    """No module of the five packages imports itself by way of others, not even within functions or for types."""
    assert circle({module: imported(tree, MODULES) - {module} for module, tree in trees().items()}) == []


def test_a_circle_would_be_noticed():
    """The check above sees an import within a function, one for types, and a submodule that a package gives."""
    codes = {
        "p": "",
        "p.a": "from p import b",
        "p.b": "if TYPE_CHECKING:\n    from p.c import C",
        "p.c": "def f():\n    import p.a",
    }
    graph = {module: imported(ast.parse(code), codes) for module, code in codes.items()}
    assert graph == {"p": set(), "p.a": {"p.b"}, "p.b": {"p.c"}, "p.c": {"p.a"}}
    assert set(circle(graph)) == {"p.a", "p.b", "p.c"}
    assert circle(graph | {"p.c": set()}) == []


def explains_its_length(tree: ast.Module) -> bool:
    """Say whether the docstring has a sentence that starts with "Long because"."""
    return bool(re.search(r"(?:^|[.\n] ?)Long because \S", ast.get_docstring(tree) or ""))


def test_a_long_module_says_why():
    """A module of more than 300 lines has a sentence "Long because …" in its docstring; a shorter one needs none."""
    long = {module for module, file in MODULES.items() if len(file.read_text(encoding="utf-8").splitlines()) > LONG}
    assert {module for module, tree in trees().items() if explains_its_length(tree)} == long


def test_a_long_module_that_says_nothing_would_be_noticed():
    """The check above wants a whole sentence, in the docstring and nowhere else."""
    assert explains_its_length(ast.parse('"""Settings.\n\nLong because it is one table.\n"""'))
    assert explains_its_length(ast.parse('"""Settings. Long because it is one table."""'))
    assert not explains_its_length(ast.parse('"""Settings, not Long because of me."""'))
    assert not explains_its_length(ast.parse('"""Settings."""\n# Long because it is one table.'))
