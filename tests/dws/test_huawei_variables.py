"""Huawei's own variables and its SDK's file of access keys: as its tools read them, or a mistake by name."""

from __future__ import annotations

import itertools
from pathlib import Path
from unittest import mock

import pytest
from huaweicloudsdkcore.auth.provider import ProfileCredentialProvider

from bot.clouds import cloud_files
from bot.core.errors import ConfigError
from bot.dws.credentials import CloudSettings, read_clouds
from bot.dws.logins import KeyLogin, PasswordLogin, TokenLogin
from bot.environment import Environment
from bot.machine_checks import source_checks
from bot.secret_values import secret_values

KEYS = {"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "s3cret", "HW_REGION_NAME": "cn-north-4"}
USER = {
    "HW_USER_NAME": "bot",
    "HW_USER_PASSWORD": "s3cret-pw",
    "HW_DOMAIN_NAME": "hw000",
    "HW_REGION_NAME": "cn-north-4",
}
DWS = "https://dws.eu-de.otc.t-systems.com"
FILE = "[basic]\nak = AKFILE\nsk = s3cret-of-file\nproject_id = pf\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder, with nothing in it."""
    (tmp_path / "home" / ".huaweicloud").mkdir(parents=True)
    return tmp_path / "home"


def read(environ: dict[str, str], home: Path) -> CloudSettings:
    """Return the one cloud that *environ* describes."""
    (cloud,) = read_clouds(Environment(environ, cwd=home.parent, home=home, etc=home / "etc"))
    return cloud


def told(environ: dict[str, str], home: Path) -> str:
    """Return what is told of *environ*, which holds no value of it."""
    with pytest.raises(ConfigError) as caught:
        read(environ, home)
    text = str(caught.value)
    assert "s3cret" not in text
    assert "AK1" not in text
    return text


def test_terraforms_access_keys(home: Path) -> None:
    """Its three variables are enough: the project is the one that has the region's name."""
    cloud = read({**KEYS, "HW_SECURITY_TOKEN": "ST"}, home)
    assert isinstance(cloud.login, KeyLogin)
    assert (cloud.login.access_key, cloud.login.secret_key.get_secret_value()) == ("AK", "s3cret")
    assert cloud.login.security_token is not None
    assert (cloud.login.project_name, cloud.login.iam) == ("cn-north-4", "https://iam.cn-north-4.myhuaweicloud.com")
    assert cloud.endpoint == "https://dws.cn-north-4.myhuaweicloud.com"


def test_terraforms_project_and_address(home: Path) -> None:
    """By its id; IAM where it is said to be."""
    more = {"HW_PROJECT_ID": "p", "HW_AUTH_URL": "https://iam.cn-east-3.myhuaweicloud.com/v3", "HW_DOMAIN_NAME": "hw"}
    login = read({**KEYS, **more}, home).login
    assert isinstance(login, KeyLogin)
    assert (login.project_id, login.iam) == ("p", "https://iam.cn-east-3.myhuaweicloud.com")


def test_terraforms_user_and_password(home: Path) -> None:
    """The user's domain, and without a project the one that has the region's name."""
    login = read(USER, home).login
    assert isinstance(login, PasswordLogin)
    assert (login.user_name, login.domain_name, login.project_name) == ("bot", "hw000", "cn-north-4")
    assert login.password.get_secret_value() == "s3cret-pw"
    assert login.iam == "https://iam.cn-north-4.myhuaweicloud.com"
    named = read({**USER, "HW_PROJECT_NAME": "cn-north-4_dwh", "HW_USER_ID": "u", "HW_DOMAIN_ID": "d"}, home).login
    assert isinstance(named, PasswordLogin)
    assert (named.project_name, named.user_id, named.domain_id) == ("cn-north-4_dwh", "u", "d")


def test_terraforms_token(home: Path) -> None:
    """In place of user and password."""
    environ = {"HW_AUTH_TOKEN": "t", "HW_AUTH_URL": "https://i.example", "HW_REGION_NAME": "eu-de"}
    login = read(environ, home).login
    assert isinstance(login, TokenLogin)
    assert (login.token.get_secret_value(), login.iam, login.project_name) == ("t", "https://i.example", "eu-de")


def test_a_file_may_hold_each(home: Path) -> None:
    """As for every other variable."""
    (home / "sk").write_text("s3cret\n", encoding="utf-8")
    environ = {"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY_FILE": str(home / "sk"), "HW_REGION_NAME": "eu-de"}
    login = read(environ, home).login
    assert isinstance(login, KeyLogin)
    assert login.secret_key.get_secret_value() == "s3cret"


OS_KEYS = {"OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "s3cret", "OS_PROJECT_ID": "p", "OS_REGION_NAME": "cn-north-4"}
SDK_KEYS = {"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": "s3cret", "HUAWEICLOUD_SDK_PROJECT_ID": "p"}


def test_the_same_said_twice_is_no_contradiction(home: Path) -> None:
    """In every client's spelling at once."""
    both = {**OS_KEYS, **SDK_KEYS, **KEYS, "HW_PROJECT_ID": "p"}
    assert read(both, home) == read(OS_KEYS, home)


@pytest.mark.parametrize(
    ("environ", "one", "other"),
    [
        ({**OS_KEYS, **KEYS, "HW_ACCESS_KEY": "AK1"}, "OS_ACCESS_KEY", "HW_ACCESS_KEY"),
        ({**OS_KEYS, **KEYS, "HW_SECRET_KEY": "s3cret2"}, "OS_SECRET_KEY", "HW_SECRET_KEY"),
        ({**OS_KEYS, **KEYS, "HW_SECURITY_TOKEN": "s3cret"}, "OS_SECURITY_TOKEN", "HW_SECURITY_TOKEN"),
        ({**KEYS, **SDK_KEYS, "HUAWEICLOUD_SDK_AK": "AK1"}, "HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"),
        ({**OS_KEYS, "HW_REGION_NAME": "eu-de"}, "OS_REGION_NAME", "HW_REGION_NAME"),
        ({**OS_KEYS, "HW_PROJECT_ID": "s3cret"}, "OS_PROJECT_ID", "HW_PROJECT_ID"),
        ({**KEYS, **SDK_KEYS, "HW_PROJECT_ID": "s3cret"}, "HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"),
        ({**KEYS, "OS_PROJECT_NAME": "eu-de", "HW_PROJECT_ID": "s3cret"}, "OS_PROJECT_NAME", "HW_PROJECT_ID"),
        ({**KEYS, "OS_TENANT_ID": "s3cret", "HW_PROJECT_NAME": "p"}, "OS_TENANT_ID", "HW_PROJECT_NAME"),
        ({**USER, "OS_PASSWORD": "s3cret"}, "OS_PASSWORD", "HW_USER_PASSWORD"),
        ({**USER, "OS_USER_NAME": "s3cret"}, "OS_USER_NAME", "HW_USER_NAME"),
        ({**USER, "OS_DOMAIN_NAME": "s3cret"}, "OS_DOMAIN_NAME", "HW_DOMAIN_NAME"),
        ({**USER, "OS_USER_DOMAIN_NAME": "s3cret"}, "OS_USER_DOMAIN_NAME", "HW_DOMAIN_NAME"),
        (
            {**KEYS, "OS_AUTH_URL": "https://a.example", "HW_AUTH_URL": "https://b.example"},
            "OS_AUTH_URL",
            "HW_AUTH_URL",
        ),
    ],
)
def test_a_contradiction_is_told_by_both_names(home: Path, environ: dict[str, str], one: str, other: str) -> None:
    """Which one was meant isn't guessed."""
    assert f"{one} and {other} say different things: set one of them only." in told(environ, home)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HW_ACCESS_KEY": "AK1"}, "HW_SECRET_KEY is missing: set it or HW_SECRET_KEY_FILE"),
        ({"HW_SECRET_KEY": "s3cret"}, "HW_ACCESS_KEY is missing"),
        ({**KEYS, "HW_ASSUME_ROLE_AGENCY_NAME": "a"}, "HW_ASSUME_ROLE_AGENCY_NAME: agencies aren't supported"),
        ({**KEYS, "HW_INSECURE": "true"}, "HW_INSECURE: certificates are always checked"),
        ({**KEYS, "HW_CLOUD": "cloud.example"}, "HW_CLOUD: only the clouds of known regions are found"),
        ({"HW_SHARED_CONFIG_FILE": "/x"}, "HW_SHARED_CONFIG_FILE: that file isn't read"),
        ({"HW_PROFILE": "x"}, "HW_PROFILE: the file that it is about isn't read"),
        ({"HUAWEICLOUD_SDK_IDP_ID": "x"}, "HUAWEICLOUD_SDK_IDP_ID: federated logins aren't supported"),
    ],
)
def test_what_is_missing_or_not_supported_is_told(home: Path, environ: dict[str, str], said: str) -> None:
    """In the spelling that was begun with."""
    assert said in told(environ, home)


@pytest.mark.parametrize(
    "more",
    [
        {"HW_INSECURE": "false"},
        {"HW_CLOUD": "myhuaweicloud.com"},
        {"HW_CLOUD": "c.example", "DWS_ENDPOINT": "https://dws.cn-north-4.myhuaweicloud.com"},
    ],
)
def test_what_changes_nothing_is_taken(home: Path, more: dict[str, str]) -> None:
    """The default said aloud; an address that is given."""
    assert read({**KEYS, **more}, home).login == read(KEYS, home).login


def test_what_terraform_has_beside_a_login_of_os_is_its_own(home: Path) -> None:
    """Of what isn't asked for, nothing is told."""
    assert read({**OS_KEYS, "HW_INSECURE": "1", "HW_PROFILE": "x"}, home) == read(OS_KEYS, home)


# The SDK's file


@pytest.mark.parametrize(
    "text",
    [
        FILE,
        "[basic]\nAK=AKFILE\nSK : s3cret-of-file\n\n[global]\nak = other\nsk = other\ndomain_id = d\n",
        "; a comment\n[basic]\nak=AKFILE\nsk=s3cret%%=of/file==\nsecurity_token = STF\n",
        "[basic]\nak = AKFILE\nsk = s3cret\niam_endpoint = https://iam.private.example\nproject_id =\n",
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_the_sdks_file_is_read_as_the_sdk_does(home: Path, text: str, is_named: bool) -> None:
    """Where the variable names it, and in its own place."""
    path = home / ("elsewhere" if is_named else ".huaweicloud/credentials")
    path.write_text(text, encoding="utf-8")
    environ = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path)} if is_named else {}
    with mock.patch.dict("os.environ", {"HOME": str(home), **environ}, clear=True):
        theirs = ProfileCredentialProvider.get_basic().get_credentials()
    login = read({**environ, "OS_REGION_NAME": "eu-de", "DWS_ENDPOINT": DWS}, home).login
    assert isinstance(login, KeyLogin)
    token = login.security_token.get_secret_value() if login.security_token else None
    ours = (login.access_key, login.secret_key.get_secret_value(), token, login.project_id)
    assert ours == (theirs.ak, theirs.sk, theirs.security_token, theirs.project_id or "")
    if theirs.iam_endpoint:
        assert login.iam == theirs.iam_endpoint


def test_the_file_in_its_own_place_is_the_last_that_is_asked(home: Path) -> None:
    """After the environment, as in the SDK, and after clouds.yaml: it is there for others, too."""
    (home / ".huaweicloud" / "credentials").write_text(FILE, encoding="utf-8")
    assert read(OS_KEYS, home).login.project_id == "p"
    assert read({**SDK_KEYS, "OS_REGION_NAME": "eu-de"}, home).login.project_id == "p"
    (home.parent / "clouds.yaml").write_text(
        "clouds: {one: {access_key: AK, secret_key: s3cret, region_name: eu-de, auth: {project_id: y}}}", "utf-8"
    )
    assert read({}, home).login.project_id == "y"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[global]\nak = AK1\nsk = s3cret\n", "has no section [basic]"),
        ("ak = AK1\nsk = s3cret\n", "is not an INI file"),
        ("[basic]\nak = AK1\nak = s3cret\n", "is not an INI file"),
        ("[basic]\nak = AK1\nsk = s3cret%x\n", "is not an INI file"),
        ("[basic]\nak = AK1\n", "lacks ak or sk under [basic]"),
        ('[basic]\nak = AK1\nsk = "s3cret"\n', ": sk is in quotes"),
        ("[basic]\nidp_id = x\nid_token_file = /t\n", "federated logins aren't supported"),
        (None, "which is no file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(home: Path, text: str | None, said: str) -> None:
    """By its path, and nothing of what is in it."""
    path = home / "keys.ini"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    mistakes = told({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path), "OS_REGION_NAME": "eu-de"}, home)
    assert said in mistakes
    assert str(path) in mistakes


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"OS_ACCESS_KEY": "AK1", "OS_SECRET_KEY": "s3cret"}, "OS_ACCESS_KEY"),
        ({"HUAWEICLOUD_SDK_AK": "AKFILE", "HUAWEICLOUD_SDK_SK": "s3cret"}, "HUAWEICLOUD_SDK_SK"),
        ({"HW_PROJECT_ID": "s3cret"}, "HW_PROJECT_ID"),
        ({"OS_PROJECT_NAME": "eu-de"}, "OS_PROJECT_NAME"),
    ],
)
def test_a_named_file_that_contradicts_variables_is_told(home: Path, more: dict[str, str], name: str) -> None:
    """Both are named: the variable, and the file with its key."""
    path = home / "keys.ini"
    path.write_text(FILE, encoding="utf-8")
    text = told({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path), "OS_REGION_NAME": "eu-de", **more}, home)
    assert f"{name} and {path}: " in text
    assert "say different things" in text


@pytest.mark.parametrize("spelling", [KEYS, USER, {**KEYS, "HW_SECURITY_TOKEN": "s3cret-st"}])
def test_the_doctor_names_what_is_used(home: Path, spelling: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable that is set, and the file; never what they hold, which no log repeats either."""
    path = home / "keys.ini"
    path.write_text(FILE, encoding="utf-8")
    environ = {**spelling, "HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path), "HOME": str(home)}
    monkeypatch.setenv("HOME", str(home))
    said = {check.code: check.what for check in source_checks(environ)}
    for name in environ.keys() - {"HOME"}:
        assert name in said["settings-used"]
    assert str(path) in said["cloud-files"]
    assert "s3cret" not in "".join(said.values())
    hidden = {value for value in environ.values() if "s3cret" in value}
    assert {"s3cret-of-file", "AKFILE", *hidden} <= secret_values(environ)
    assert [file.has_secret for file in cloud_files(Environment(environ))] == [True]


def test_whatever_comes_together_nothing_of_it_is_repeated(home: Path) -> None:
    """Each pair of variables, with values that differ and could be secrets."""
    names = sorted({*KEYS, *USER, *OS_KEYS, *SDK_KEYS, "HW_PROJECT_ID", "HW_PROJECT_NAME", "HW_AUTH_URL", "HW_CLOUD"})
    for one, other in itertools.combinations(names, 2):
        environ = {one: "s3cret AK1/1", other: "s3cret AK1/2"}
        try:
            read({**KEYS, **environ}, home)
        except ConfigError as e:
            assert "s3cret" not in str(e), environ  # noqa: PT017 - many are tried in one test
