"""Importing does nothing, modules hold no state, and who may import whom is kept; what is imported is locked."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("bot", "slack_sandbox", "dws_sandbox", "snapshot_demo")
FILES = sorted(f for house in HOUSES for f in (ROOT / house).rglob("*.py"))
MODULES = [".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in FILES]
MUTATING = {"append", "add", "update", "extend", "insert", "pop", "popitem", "remove", "discard", "clear", "setdefault"}

# Runs in a fresh interpreter without our environment. The libraries come first: what they do is not our doing.
PROBE = """
import json, logging, os, sys, threading
import aiohttp, click, httpx, prometheus_client, pydantic, slack_bolt.async_app, sqlite_utils, structlog, yaml
import slack_bolt.adapter.socket_mode.aiohttp

class Environ(dict):
    def _seen(self, name):
        if any(word in str(name) for word in ("SLACK", "SNAPSHOT", "OS_", "DWS", "HUAWEI", "TOKEN", "SECRET", "PASS")):
            did.append(f"read {name}")
    def get(self, name, default=None): self._seen(name); return super().get(name, default)
    def __getitem__(self, name): self._seen(name); return super().__getitem__(name)
    def __contains__(self, name): self._seen(name); return super().__contains__(name)

def hook(event, args):
    if event.startswith(("socket.", "sqlite3.", "subprocess.", "os.system", "os.remove", "os.mkdir", "tempfile.")):
        did.append(event)
    if event == "open" and args[1] and set(args[1]) & set("wax+") and "__pycache__" not in str(args[0]):
        did.append(f"wrote {args[0]}")

os.environ = Environ()
sys.addaudithook(hook)
found, level, configured = {}, logging.root.level, structlog.is_configured()
for module in sys.argv[1:]:
    did = []
    try:
        __import__(module)
    except BaseException as e:
        did.append(f"raised {e!r}")
    did += [f"started {t.name}" for t in threading.enumerate() if t is not threading.main_thread()]
    did += ["handles logs"] * bool(logging.root.handlers or logging.root.level != level)
    did += ["configured the log"] * (structlog.is_configured() != configured)
    if did:
        found[module] = did
print(json.dumps(found))
"""


def imported(modules: list[str], folder: Path) -> dict[str, list[str]]:
    """Import *modules* in this order, in a process of their own; return what they did beside that."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROBE, *modules],
        env={"PYTHONPATH": f"{ROOT}:{folder}"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("order", [1, -1], ids=["from the top", "from the bottom"])
def test_importing_a_module_does_nothing(tmp_path, order):
    """In an empty environment, in either order: no secret read, no file, socket, thread or log handler; no cycle."""
    assert imported(MODULES[::order], tmp_path) == {}
    assert len(MODULES) > 100


def test_doing_something_would_be_noticed(tmp_path):
    """The check above finds a secret that is read, a socket, a thread, a file, a log handler, and a broken module."""
    (tmp_path / "busy.py").write_text(
        "import logging, os, socket, threading\n"
        "os.environ.get('SLACK_BOT_TOKEN')\n"
        "socket.socket().close()\n"
        "threading.Thread(target=threading.Event().wait, name='t', daemon=True).start()\n"
        "open('left-behind', 'w').close()\n"
        "logging.basicConfig()\n"
        "raise ValueError('no')\n"
    )
    did = imported(["busy"], tmp_path)["busy"]
    assert did[:5] == [
        "read SLACK_BOT_TOKEN",
        "socket.__new__",
        "wrote left-behind",
        "raised ValueError('no')",
        "started t",
    ]
    assert did[5:] == ["handles logs"]


@cache
def trees() -> dict[str, ast.Module]:
    """Return each module as Python reads it: not on import, which every process that collects tests would pay for."""
    return {m: ast.parse(file.read_text(encoding="utf-8")) for m, file in zip(MODULES, FILES, strict=True)}


def is_final(annotation: ast.expr | None) -> bool:
    """Say whether *annotation* is `Final` or `Final[…]`."""
    return annotation is not None and bool(re.match(r"(typing\.)?Final\b", ast.unparse(annotation)))


def top_level(tree: ast.Module) -> list[tuple[str, ast.expr, bool]]:
    """Return what a module assigns at its top: name, value, and whether it is Final."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            found += [(t.id, node.value, False) for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found.append((node.target.id, node.value, is_final(node.annotation)))
    return found


def is_mutable(value: ast.expr) -> bool:
    """Say whether *value* is something that could be kept state: a container, or an instance of who knows what."""
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if not isinstance(value, ast.Call):
        return False
    made = ast.unparse(value.func)
    harmless = ("frozenset", "tuple", "re.compile", "TypeVar", "NewType", "BeforeValidator", "AfterValidator")
    return made not in harmless and not made.endswith("get_logger")


def mutations(tree: ast.Module, names: set[str]) -> list[str]:
    """Return where *names*, which belong to the module, are changed: `X[…] =`, `del X[…]`, `X.append(…)`, `global`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found.append(f"line {node.lineno}: global {', '.join(node.names)}")
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            target = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATING:
            target = node.func.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id in names:
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def state(tree: ast.Module) -> list[str]:
    """Return what a module keeps at its top that isn't a constant, and where a constant is changed."""
    own = top_level(tree)
    kept = [
        n for n, value, final in own if is_mutable(value) and not final and not re.fullmatch(r"_?[A-Z_]+|__all__", n)
    ]
    return kept + mutations(tree, {name for name, _, _ in own})


def test_a_module_holds_no_state():
    """At the top of a module there are constants; nothing there is ever changed."""
    assert {module: found for module, tree in trees().items() if (found := state(tree))} == {}


def test_state_would_be_noticed():
    """The check above finds a cache, an instance, a global, and a constant that isn't one."""
    tree = ast.parse("cache = {}\nclient = Client()\nLIMITS: Final = {}\ndef f():\n    global n\n    LIMITS['a'] = 1\n")
    assert [found.partition(": ")[0] for found in state(tree)] == ["cache", "client", "line 5", "line 6"]


def test_who_may_import_whom():
    """The contracts in pyproject.toml hold."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def imports(tree: ast.AST) -> set[str]:
    """Return the top-level names of what *tree* imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


def rule_for(module: str, table: dict[str, list[str]]) -> str | None:
    """Return the longest name in *table* that is *module* or what it lies in."""
    fitting = [name for name in table if module == name or module.startswith(f"{name}.")]
    return max(fitting, key=len, default=None)


def unlawful(module: str, tree: ast.AST, allowed: dict[str, dict[str, list[str]]]) -> set[str]:
    """Return what *module* imports without being allowed to; its own name where it has no rule."""
    third_party, standard = allowed["third-party"], allowed["standard"]
    if (rule := rule_for(module, third_party)) is None:
        return {module} if imports(tree) - {"__future__"} else set()
    found = imports(tree) - {*HOUSES, "__future__"}
    wrong = found - sys.stdlib_module_names - {*third_party[rule]}
    if (pure := rule_for(module, standard)) is not None:
        wrong |= (found & sys.stdlib_module_names) - {*standard[pure]}
    return wrong


ALLOWED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["allowed-imports"]


def test_a_module_imports_only_what_its_part_may():
    """By the allow-lists in pyproject.toml: every part has one, and what isn't in it is refused."""
    assert {module: found for module, tree in trees().items() if (found := unlawful(module, tree, ALLOWED))} == {}


def test_the_allow_lists_allow_nothing_that_nobody_needs():
    """A distribution that no module of a part imports any more goes from its list, and a part that is gone too."""
    table = ALLOWED["third-party"]
    unused = {name: {name, *words} for name, words in table.items()}
    for module, tree in trees().items():
        if (rule := rule_for(module, table)) is not None:
            unused[rule] -= {rule, *imports(tree)}
    assert {name: words for name, words in unused.items() if words} == {}


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("bot.core.request", "import yaml", {"yaml"}),
        ("bot.core.request", "from time import time", {"time"}),
        ("bot.service.intake", "from slack_sdk import errors", {"slack_sdk"}),
        ("bot.service.intake", "def f():\n    import sqlite3", {"sqlite3"}),
        ("bot.slack.drawing.views", "import slack_bolt", {"slack_bolt"}),
        ("bot.slack.drawing.views", "import pydantic", set()),
        ("bot.store.sqlite.schema", "import time, sqlite_utils", set()),
        ("bot.novelty", "import re", {"bot.novelty"}),
    ],
)
def test_an_import_that_is_not_allowed_would_be_noticed(module, line, wrong):
    """Also one of the standard library in the pure parts, one within a function, and a part without a list."""
    assert unlawful(module, ast.parse(line), ALLOWED) == wrong


def test_what_is_imported_is_declared_and_locked():
    """Every third-party module belongs to a dependency of the project, and its distribution is in requirements.txt."""
    used = set().union(*(imports(tree) for tree in trees().values()))
    foreign = used - sys.stdlib_module_names - {*HOUSES}
    assert {"slack_bolt", "httpx", "sqlite_utils"} <= foreign
    belongs = packages_distributions()
    distributions = {normal(belongs[module][0]) for module in foreign}
    locked = {
        normal(n)
        for n in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==", (ROOT / "requirements.txt").read_text(), re.M)
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [text for texts in project["optional-dependencies"].values() for text in texts]
    named = [re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0] for text in [*project["dependencies"], *extras]]
    declared = {normal(name) for name in named}
    assert distributions - declared == set()
    assert declared - locked == set()


def normal(name: str) -> str:
    """Return a distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
