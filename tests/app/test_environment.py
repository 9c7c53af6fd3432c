"""The one door to the environment: values from variables and from files, and nobody who goes around it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot import certificates, config, proxies, values
from bot.core.errors import ConfigError
from bot.dws import variables
from bot.dws.credentials import read_clouds
from bot.environment import Environment
from bot.proxies import Proxies
from bot.secret_values import secret_values

ROOT = Path(__file__).resolve().parents[2]
DOOR = ROOT / "bot" / "environment.py"
MODULES = sorted((ROOT / "bot").rglob("*.py"))
AROUND = {"getenv", "environb", "expanduser", "expandvars", "home", "cwd", "getcwd"}
CLOUD = [name for variable in variables.VARIABLES for name in variable.names]
LOGIN = {
    "OS_AUTH_URL": "https://iam.example/v3",
    "OS_USERNAME": "bot",
    "OS_PASSWORD": "hush",
    "OS_USER_DOMAIN_NAME": "d",
    "OS_PROJECT_NAME": "p",
}


def around(tree: ast.AST) -> list[str]:
    """Return what in *tree* looks at the environment by itself: the process's own, or into a mapping called environ."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=name) if ast.unparse(value) in (
                "os",
                "Path",
                "os.path",
                "pathlib.Path",
            ):
                looks = name in {*AROUND, "environ"}
            case ast.Attribute(value=value) | ast.Subscript(value=value):
                looks = is_environ(value)
            case ast.ImportFrom(module="os" | "os.path", names=names):
                looks = any(alias.name in {*AROUND, "environ"} for alias in names)
            case ast.Compare(comparators=others):
                looks = any(is_environ(other) for other in others)
            case ast.For(iter=over) | ast.comprehension(iter=over):
                looks = is_environ(over)
            case _:
                looks = False
        found += [ast.unparse(node)] * looks
    return found


def is_environ(node: ast.expr) -> bool:
    """Say whether *node* is a mapping that came from the command line."""
    return ast.unparse(node) in ("environ", "self._environ")


@pytest.mark.parametrize("file", MODULES, ids=[str(f.relative_to(ROOT)) for f in MODULES])
def test_nobody_goes_around_the_door(file):
    """Only the door looks into the environment, and only the command line takes the process's own and hands it on."""
    commands = {
        ROOT / "bot" / "cli.py": {"os.environ", "Path.home"},
        ROOT / "bot" / "access_commands.py": {"os.environ"},
        ROOT / "bot" / "audit_commands.py": {"os.environ"},
        ROOT / "bot" / "database.py": {"os.environ"},
        ROOT / "bot" / "freeze_commands.py": {"os.environ"},
        ROOT / "bot" / "granting.py": {"os.environ"},
        ROOT / "bot" / "installing.py": {"os.environ"},
        ROOT / "bot" / "ruling.py": {"os.environ"},
    }
    allowed = ({DOOR: {"Path.cwd", "Path.home"}} | commands).get(file, set())
    assert set(around(ast.parse(file.read_text(encoding="utf-8")))) <= allowed


def test_somebody_who_goes_around_would_be_noticed():
    """Each way that Python has."""
    ways = (
        "os.environ['A']",
        "os.getenv('A')",
        "from os import environ",
        "os.path.expanduser('~')",
        "Path.home()",
        "environ.get('A')",
        "environ['A']",
        "'A' in environ",
        "[n for n in environ]",
        "self._environ['A']",
    )
    assert [way for way in ways if not around(ast.parse(way))] == []


@pytest.mark.parametrize("name", [*config.VARIABLES, *proxies.VARIABLES, *certificates.VARIABLES, *CLOUD])
def test_every_variable_may_be_in_a_file(tmp_path, name):
    """NAME_FILE, from the working directory; both at once, an empty file and none at all are mistakes that name it."""
    (tmp_path / "value").write_text("\ufeff the value \r\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n")
    environment = Environment({f"{name}_FILE": " value\n"}, cwd=tmp_path)
    mistakes: list[str] = []
    assert environment.read(name, mistakes) == "the value"
    assert environment.is_set(name)
    assert mistakes == []
    for given, said in (
        ({f"{name}_FILE": "value", name: "another"}, f"{name} and {name}_FILE are both set: unset one of them."),
        ({f"{name}_FILE": "empty"}, f"{name}_FILE names {tmp_path}/empty, which is empty: put the value in it."),
        ({f"{name}_FILE": f"{tmp_path}/none"}, f"{name}_FILE names {tmp_path}/none, which can't be read"),
        ({f"{name}_FILE": "none"}, f"{name}_FILE names a file that can't be read"),
        ({name: ' "value"\n'}, f"{name} is in quotes, which would be part of the value: write it without them."),
        ({name: "\u2018value\u2019"}, f"{name} is in quotes"),
    ):
        mistakes = []
        assert Environment(given, cwd=tmp_path).read(name, mistakes) is None
        assert [mistake.startswith(said) for mistake in mistakes] == [True]


def test_what_is_blank_is_not_set(tmp_path):
    """Neither a blank variable nor a blank path; a blank variable leaves the word to its file."""
    environment = Environment({"A": " \n", "B_FILE": " "}, cwd=tmp_path)
    assert not environment.is_set("A")
    assert not environment.is_set("B")
    assert environment.is_there("A")
    (tmp_path / "a").write_text("from the file")
    assert Environment({"A": " \n", "A_FILE": "a"}, cwd=tmp_path).read("A", []) == "from the file"


def test_a_value_has_its_form_or_is_a_mistake():
    """The form's words follow the variable's name, and the value isn't in them."""
    mistakes: list[str] = []
    assert Environment({"A": "s3cret\nline"}).read("A", mistakes, values.for_header) is None
    assert mistakes == [
        "A holds a line break or another character that no HTTP header can carry: copy it again.",
    ]


def test_the_cloud_may_come_from_files_alone(tmp_path):
    """Address, names and password, each in a file; what isn't a secret as well as what is."""
    for name, value in (LOGIN | {"DWS_ENDPOINT": "https://dws.example/v1.0"}).items():
        (tmp_path / name).write_text(f"{value}\n")
    files = {f"{name}_FILE": name for name in (*LOGIN, "DWS_ENDPOINT")}
    (from_files,) = read_clouds(Environment(files, cwd=tmp_path, home=tmp_path, etc=tmp_path))
    (from_variables,) = read_clouds(
        Environment(LOGIN | {"DWS_ENDPOINT": "https://dws.example"}, cwd=tmp_path, home=tmp_path, etc=tmp_path)
    )
    assert from_files == from_variables


def test_the_cloud_s_own_variables_are_stripped_and_checked(tmp_path):
    """A line end after an address or a name is no part of it; what is no text is named."""
    odd = {name: f" {value}\n" for name, value in LOGIN.items() if name != "OS_PASSWORD"}
    given = LOGIN | odd | {"DWS_ENDPOINT": " https://dws.example\n", "OS_CLOUD": "\n"}
    (cloud,) = read_clouds(Environment(given, cwd=tmp_path, home=tmp_path, etc=tmp_path))
    assert cloud.endpoint == "https://dws.example"
    used = dict.fromkeys(("DWS_ENDPOINT", "OS_CLOUD", "OS_REGION_NAME"), LOGIN)
    used |= {name: {"OS_CLOUD": "p"} for name in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "XDG_CONFIG_HOME")}
    for name, beside in used.items():
        with pytest.raises(ConfigError, match=rf"{name} (holds a line break|is not text in UTF-8)"):
            read_clouds(Environment(beside | {name: "a\x07b"}, cwd=tmp_path, home=tmp_path, etc=tmp_path))


def test_a_proxy_may_be_in_a_file(tmp_path):
    """Its password is kept apart there, and hidden wherever it shows; a file that isn't there is a mistake."""
    (tmp_path / "proxy").write_text("http://user:S3cretWord@proxy.example:3128\n")
    given = {"HTTPS_PROXY_FILE": f"{tmp_path}/proxy"}
    assert Proxies.read(Environment(given)).url("https://a.example") == "http://user:S3cretWord@proxy.example:3128"
    assert "S3cretWord" in secret_values(given)
    (said,) = Proxies.read(Environment({"https_proxy_FILE": f"{tmp_path}/none"})).mistakes()
    assert said.startswith(f"https_proxy_FILE names {tmp_path}/none, which can't be read")
