"""Where the clouds are and how to log in: read as the official clients do, with every mistake told at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from huaweicloudsdkdws.v2.region.dws_region import DwsRegion

from bot.core.errors import ConfigError
from bot.dws import regions
from bot.dws.credentials import CloudSettings, read_clouds
from bot.dws.logins import KeyLogin, PasswordLogin, TokenLogin
from bot.environment import Environment
from bot.secret_values import secret_values

PASSWORD = {
    "OS_AUTH_URL": "https://iam.eu-de.otc.t-systems.com/v3",
    "OS_USERNAME": "bot",
    "OS_PASSWORD": "s3cret-pw",
    "OS_USER_DOMAIN_NAME": "OTC-EU-DE-000",
    "OS_PROJECT_NAME": "eu-de",
}
KEYS = {"OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "s3cret-sk", "OS_PROJECT_ID": "p", "OS_REGION_NAME": "eu-de"}
CLOUDS = """
clouds:
  prod:
    profile: otc
    region_name: eu-de
    auth: {username: bot, password: "s3cret-prod", user_domain_name: OTC-EU-DE-000, project_name: eu-de_prod}
  dev:
    profile: otc-swiss
    access_key: AKDEV
    secret_key: s3cret-dev
    project_id: elsewhere
    auth: {project_id: "0123456789abcdef0123456789abcdef"}
"""

Read = Callable[..., list[CloudSettings]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read with folders of the test's own; `clouds.yaml` and other files by keyword, in the working directory."""

    def read(environ: Mapping[str, str], names: Sequence[str] = (), **files: str) -> list[CloudSettings]:
        cwd = tmp_path / "cwd"
        cwd.mkdir(exist_ok=True)
        for name, text in files.items():
            (cwd / name.replace("_yaml", ".yaml")).write_text(text, encoding="utf-8")
        return read_clouds(Environment(environ, cwd=cwd, home=tmp_path / "home", etc=tmp_path / "etc"), names)

    return read


def mistakes(read: Read, environ: Mapping[str, str], names: Sequence[str] = (), **files: str) -> str:
    """Return what the operator reads."""
    with pytest.raises(ConfigError) as caught:
        read(environ, names, **files)
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


def test_a_users_password_in_the_environment(read: Read) -> None:
    """The variables of every OpenStack client are enough; the catalogue tells the endpoint."""
    (cloud,) = read(PASSWORD)
    login = cloud.login
    assert isinstance(login, PasswordLogin)
    assert (login.iam, login.user_name, login.domain_name) == (
        "https://iam.eu-de.otc.t-systems.com",
        "bot",
        "OTC-EU-DE-000",
    )
    assert (login.project_name, login.password.get_secret_value()) == ("eu-de", "s3cret-pw")
    assert (cloud.name, cloud.endpoint, cloud.region, cloud.interfaces) == ("default", None, "", ("public",))


@pytest.mark.parametrize("suffix", ["", "/", "/v3", "/v3/"])
def test_the_auth_url_may_end_in_its_version(read: Read, suffix: str) -> None:
    """With and without /v3 it is one IAM."""
    (cloud,) = read({**PASSWORD, "OS_AUTH_URL": f"https://iam.example:5000/identity{suffix}"})
    assert isinstance(cloud.login, PasswordLogin)
    assert cloud.login.iam == "https://iam.example:5000/identity"


def test_iam_may_follow_from_the_region(read: Read) -> None:
    """Where the region is known there is no need for OS_AUTH_URL."""
    environ = {**PASSWORD, "OS_AUTH_URL": "", "OS_REGION_NAME": "eu-nl"}
    (cloud,) = read(environ)
    assert isinstance(cloud.login, PasswordLogin)
    assert cloud.login.iam == "https://iam.eu-nl.otc.t-systems.com"


def test_ids_serve_as_well_as_names(read: Read) -> None:
    """A user's id needs no domain, and older spellings of the project count."""
    environ = {"OS_AUTH_URL": "https://i.example", "OS_USER_ID": "u", "OS_PASSWORD": "x", "OS_TENANT_ID": "p"}
    (cloud,) = read(environ)
    assert isinstance(cloud.login, PasswordLogin)
    assert (cloud.login.user_id, cloud.login.project_id) == ("u", "p")


@pytest.mark.parametrize(
    ("key", "secret", "token"),
    [
        ("OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN"),
        ("OS_ACCESS_KEY_ID", "OS_ACCESS_KEY_SECRET", "OS_AKSK_SECURITY_TOKEN"),
        ("OS_AK", "OS_SK", "OS_ST"),
        ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_SECURITY_TOKEN"),
        ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    ],
)
def test_access_keys_in_every_spelling(read: Read, key: str, secret: str, token: str) -> None:
    """Each client has its own names; temporary keys come with a security token."""
    environ = {key: "AK", secret: "SK", token: "ST", "OS_PROJECT_ID": "p", "OS_REGION_NAME": "eu-de"}
    (cloud,) = read(environ)
    login = cloud.login
    assert isinstance(login, KeyLogin)
    assert login.security_token is not None
    assert (login.access_key, login.secret_key.get_secret_value(), login.security_token.get_secret_value()) == (
        "AK",
        "SK",
        "ST",
    )
    assert cloud.endpoint == "https://dws.eu-de.otc.t-systems.com"


def test_two_spellings_are_not_mixed(read: Read) -> None:
    """A key with another key's secret is no pair."""
    told = mistakes(read, {"OS_ACCESS_KEY": "AK", "HUAWEICLOUD_SDK_SK": "s3cret", "OS_REGION_NAME": "eu-de"})
    assert "OS_SECRET_KEY is missing" in told


def test_huaweis_own_variables_are_enough(read: Read) -> None:
    """AK, SK and project, and an endpoint that also names the region; the first of several counts."""
    environ = {
        "HUAWEICLOUD_SDK_AK": "AK",
        "HUAWEICLOUD_SDK_SK": "SK",
        "HUAWEICLOUD_SDK_PROJECT_ID": "p",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://iam.private.example/v3",
        "HUAWEICLOUD_SDK_REGION_DWS_EU_WEST_101": "https://a.example,https://b.example",
    }
    (cloud,) = read(environ)
    assert isinstance(cloud.login, KeyLogin)
    assert (cloud.region, cloud.endpoint) == ("eu-west-101", "https://a.example")
    assert (cloud.login.project_id, cloud.login.iam) == ("p", "https://iam.private.example")


def test_a_project_of_keys_may_be_known_by_name_or_region_alone(read: Read) -> None:
    """Its id is looked up at the region's IAM then; a sub-project's name tells the region."""
    (by_region,) = read({**KEYS, "OS_PROJECT_ID": ""})
    (by_name,) = read({**KEYS, "OS_PROJECT_ID": "", "OS_REGION_NAME": "", "OS_PROJECT_NAME": "eu-nl_analytics"})
    assert isinstance(by_region.login, KeyLogin)
    assert isinstance(by_name.login, KeyLogin)
    assert (by_region.login.project_name, by_region.login.iam) == ("eu-de", "https://iam.eu-de.otc.t-systems.com")
    assert by_name.login.project_name == "eu-nl_analytics"
    assert by_name.endpoint == "https://dws.eu-nl.otc.t-systems.com"


def test_the_type_decides_between_a_token_and_a_password(read: Read) -> None:
    """A token that somebody left there doesn't win in silence; with an endpoint and a project it needs no IAM."""
    both = {**PASSWORD, "OS_TOKEN": "s3cret-token"}
    assert "say with OS_AUTH_TYPE which to use" in mistakes(read, both)
    (by_token,) = read({**both, "OS_AUTH_TYPE": "token"})
    assert isinstance(by_token.login, TokenLogin)
    assert by_token.login.token.get_secret_value() == "s3cret-token"
    assert isinstance(read({**both, "OS_AUTH_TYPE": "password"})[0].login, PasswordLogin)
    (alone,) = read({"OS_TOKEN": "t", "OS_PROJECT_ID": "p", "DWS_ENDPOINT": "https://dws.example"})
    assert isinstance(alone.login, TokenLogin)
    assert alone.login.iam is None


def test_a_password_comes_before_keys_and_keys_before_half_a_login(read: Read) -> None:
    """A full login by token gives a catalogue; a user's name alone doesn't get in the way of keys."""
    assert isinstance(read({**KEYS, **PASSWORD})[0].login, PasswordLogin)
    assert isinstance(read({**KEYS, "OS_USERNAME": "bot"})[0].login, KeyLogin)


@pytest.mark.parametrize(
    "environ", [PASSWORD, KEYS, {**PASSWORD, "OS_DWSV1_ENDPOINT_OVERRIDE": "https://other.example"}]
)
def test_our_endpoint_wins(read: Read, environ: dict[str, str]) -> None:
    """DWS_ENDPOINT comes before the client's own override, the region and the catalogue; its version is dropped."""
    (cloud,) = read({**environ, "DWS_ENDPOINT": "http://127.0.0.1:8100/v1.0/p"})
    assert cloud.endpoint == "http://127.0.0.1:8100"


@pytest.mark.parametrize("name", ["OS_PASSWORD", "OS_TOKEN", "OS_SECRET_KEY", "OS_ACCESS_KEY", "HUAWEICLOUD_SDK_SK"])
def test_every_secret_may_be_in_a_file(read: Read, name: str) -> None:
    """NAME_FILE, as container platforms mount them; the line's end is not part of it."""
    whole = {
        **PASSWORD,
        **KEYS,
        "OS_TOKEN": "",
        **({"OS_PASSWORD": "", "OS_USERNAME": ""} if name != "OS_PASSWORD" else {}),
        **({"OS_ACCESS_KEY": "", "OS_SECRET_KEY": "", "HUAWEICLOUD_SDK_AK": "AK"} if name.startswith("HUAWEI") else {}),
        name: "",
        f"{name}_FILE": "secret.txt",
    }
    (cloud,) = read(whole, **{"secret.txt": "s3cret-in-a-file\n"})
    match cloud.login:
        case PasswordLogin(password=secret) | TokenLogin(token=secret):
            found = [secret.get_secret_value()]
        case KeyLogin(access_key=key, secret_key=secret):
            found = [key, secret.get_secret_value()]
    assert "s3cret-in-a-file" in found


def test_a_secret_file_that_does_not_serve_is_told(read: Read) -> None:
    """Missing, empty, or beside the variable."""
    environ = {**PASSWORD, "OS_PASSWORD": ""}
    assert "OS_PASSWORD_FILE names" in mistakes(read, {**environ, "OS_PASSWORD_FILE": "nowhere"})
    assert "is empty" in mistakes(read, {**environ, "OS_PASSWORD_FILE": "e.txt"}, **{"e.txt": "\n"})
    assert "both set" in mistakes(read, {**PASSWORD, "OS_PASSWORD_FILE": "e.txt"})


def test_nothing_configured_names_both_ways(read: Read) -> None:
    """The first start says what to do."""
    told = mistakes(read, {})
    for word in ("OS_AUTH_URL", "OS_PASSWORD", "OS_ACCESS_KEY", "clouds.yaml", "OS_CLOUD"):
        assert word in told


def test_all_mistakes_are_told_at_once(read: Read) -> None:
    """One start, one list."""
    told = mistakes(
        read, {"OS_USERNAME": "bot", "OS_INTERFACE": "moon", "OS_CACERT": "ca.pem", "DWS_ENDPOINT": "ftp://x"}
    )
    for fragment in ("OS_AUTH_URL", "OS_PASSWORD", "OS_PASSWORD_FILE", "OS_USER_DOMAIN_NAME", "OS_PROJECT_NAME"):
        assert f"- {fragment} is missing" in told or fragment == "OS_PASSWORD_FILE"
    for fragment in ("OS_INTERFACE is 'moon'", "OS_CACERT names", "DWS_ENDPOINT is no usable address"):
        assert fragment in told
    assert told.count("\n- ") == 7


def test_all_mistakes_of_an_entry_are_told_at_once(read: Read) -> None:
    """A value that can't be used hides no other mistake, and isn't called missing as well."""
    clouds = """
    clouds:
      prod:
        verify: false
        cert: ~/me.pem
        interface: [1]
        endpoint_type: moon
        region_name: [2]
        cacert: 3
        auth_type: password
        trust_id: t
        auth: {username: 0123, password: s3cret, auth_url: 'ftp://x', passcode: '1'}
    """
    told = mistakes(read, {"OS_CLOUD": "prod"}, clouds_yaml=clouds)
    for fragment in (
        "verify: certificates are always checked",
        "cert: client certificates aren't supported",
        "endpoint_type is 'moon'",
        "region_name must be a list of names",
        "cacert is not text to YAML",
        "trust_id: trusts aren't supported",
        "auth.username is not text to YAML",
        "auth.auth_url is no usable address",
        "auth.passcode: logins that ask a person",
        "auth.user_domain_name is missing",
        "auth.project_name is missing",
    ):
        assert fragment in told
    assert told.count("\n- ") == 11


@pytest.mark.parametrize(
    ("environ", "fragment"),
    [
        ({"OS_TOKEN": "t"}, "OS_AUTH_URL is missing"),
        ({**KEYS, "OS_SECRET_KEY": ""}, "OS_SECRET_KEY is missing"),
        ({**KEYS, "OS_ACCESS_KEY": ""}, "OS_ACCESS_KEY is missing"),
        ({**KEYS, "OS_REGION_NAME": ""}, "the region is not given"),
        ({**KEYS, "OS_REGION_NAME": "eu-mars-1"}, "the region 'eu-mars-1' is unknown"),
        (
            {**KEYS, "OS_REGION_NAME": "", "OS_PROJECT_ID": "", "DWS_ENDPOINT": "https://d.example"},
            "OS_PROJECT_ID is missing",
        ),
        ({**PASSWORD, "OS_AUTH_TYPE": "v3oidcpassword"}, "OS_AUTH_TYPE is 'v3oidcpassword'"),
        ({**PASSWORD, "OS_AUTH_URL": "https://user:s3cret@iam.example"}, "OS_AUTH_URL is no usable address"),
        ({**PASSWORD, "OS_AUTH_URL": "https://iam.example:port"}, "OS_AUTH_URL is no usable address"),
        ({**PASSWORD, "OS_CLOUD": "prod"}, "there is no clouds.yaml"),
        ({"OS_CLIENT_CONFIG_FILE": "nowhere.yaml"}, "OS_CLIENT_CONFIG_FILE names"),
    ],
)
def test_a_mistake_names_its_place(read: Read, environ: dict[str, str], fragment: str) -> None:
    """And never quotes a secret."""
    assert fragment in mistakes(read, environ)


# ---- clouds.yaml


def test_a_named_cloud_is_read_from_the_file(read: Read) -> None:
    """The profile brings IAM's address; the environment's login is another cloud's."""
    (cloud,) = read({**PASSWORD, "OS_CLOUD": "prod"}, clouds_yaml=CLOUDS)
    assert isinstance(cloud.login, PasswordLogin)
    assert (cloud.name, cloud.region) == ("prod", "eu-de")
    assert (cloud.login.iam, cloud.login.project_name) == ("https://iam.eu-de.otc.t-systems.com", "eu-de_prod")
    assert cloud.login.password.get_secret_value() == "s3cret-prod"


def test_several_clouds_are_read_in_order(read: Read) -> None:
    """SNAPSHOT_BOT_CLOUDS names them; each has its own login, region and endpoint."""
    dev, prod = read({}, ["dev", "prod"], clouds_yaml=CLOUDS)
    assert (dev.name, prod.name) == ("dev", "prod")
    assert isinstance(dev.login, KeyLogin)
    assert dev.endpoint == "https://dws.eu-ch2.sc.otc.t-systems.com"
    assert dev.login.iam == "https://iam-pub.eu-ch2.sc.otc.t-systems.com"
    assert dev.login.project_id == "elsewhere"  # at the top, which comes first


def test_the_environment_describes_a_cloud_where_none_is_named(read: Read) -> None:
    """As openstacksdk has it: a login in the environment comes before the file's clouds."""
    (cloud,) = read(PASSWORD, clouds_yaml=CLOUDS)
    assert (cloud.name, cloud.source) == ("default", "environment")


def test_the_only_cloud_of_the_file_needs_no_name(read: Read) -> None:
    """With two, one must be named."""
    only = CLOUDS[: CLOUDS.index("  dev:")]
    assert read({}, clouds_yaml=only)[0].name == "prod"
    assert "set OS_CLOUD to one of dev, prod" in mistakes(read, {}, clouds_yaml=CLOUDS)


def test_secure_yaml_lies_over_it(read: Read) -> None:
    """Secrets may be kept apart."""
    clouds = CLOUDS.replace(', password: "s3cret-prod"', "")
    assert "auth.password is missing" in mistakes(read, {"OS_CLOUD": "prod"}, clouds_yaml=clouds)
    secure = "clouds: {prod: {auth: {password: s3cret-apart}}, other: {auth: {}}}"
    (cloud,) = read({"OS_CLOUD": "prod"}, clouds_yaml=clouds, secure_yaml=secure)
    assert isinstance(cloud.login, PasswordLogin)
    assert cloud.login.password.get_secret_value() == "s3cret-apart"
    assert cloud.login.user_name == "bot"


def test_keys_may_be_in_the_environment(read: Read) -> None:
    """As otcextensions has it, for a named cloud whose entry has no login."""
    clouds = "clouds: {prod: {profile: otc, auth: {project_name: eu-de}}}"
    (cloud,) = read({"OS_CLOUD": "prod", "OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "SK"}, clouds_yaml=clouds)
    assert isinstance(cloud.login, KeyLogin)
    assert (cloud.endpoint, cloud.login.project_name) == ("https://dws.eu-de.otc.t-systems.com", "eu-de")


def test_the_files_own_keys_win(read: Read) -> None:
    """Other keys in the environment belong to another account."""
    (cloud,) = read({"OS_CLOUD": "dev", "OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "SK"}, clouds_yaml=CLOUDS)
    assert isinstance(cloud.login, KeyLogin)
    assert (cloud.login.access_key, cloud.login.secret_key.get_secret_value()) == ("AKDEV", "s3cret-dev")


@pytest.mark.parametrize("folder", ["cwd", "home/.config/openstack", "etc/xdg/openstack", "etc/openstack"])
@pytest.mark.parametrize("suffix", ["yaml", "yml", "json"])
def test_the_file_is_looked_for_where_openstack_has_it(read: Read, tmp_path: Path, folder: str, suffix: str) -> None:
    """Working directory, the user's configuration, the machine's."""
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / f"clouds.{suffix}").write_text(
        CLOUDS.replace("\n", "\n")
        if suffix != "json"
        else (
            '{"clouds": {"prod": {"profile": "otc", "auth": {"username": "u", "password": "p", '
            '"user_domain_name": "d", "project_name": "eu-de"}}}}'
        )
    )
    assert read({"OS_CLOUD": "prod"})[0].source.startswith(str(tmp_path / folder))


def test_the_file_may_be_named(read: Read, tmp_path: Path) -> None:
    """OS_CLIENT_CONFIG_FILE comes before every folder; `~` is the home directory."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine.yaml").write_text(CLOUDS)
    (cloud,) = read(
        {"OS_CLOUD": "prod", "OS_CLIENT_CONFIG_FILE": "~/mine.yaml"}, clouds_yaml="clouds: {prod: {auth: {}}}"
    )
    assert cloud.source == str(tmp_path / "home" / "mine.yaml")


@pytest.mark.parametrize(
    ("clouds", "fragment"),
    [
        ("clouds: {prod: {auth: {password: 's3cret', x: [}}}", "is not YAML: correct it in line 1"),
        ("just text", "has no mapping `clouds:`"),
        ("clouds: {prod: text}", "prod must be a mapping"),
        ("clouds: {prod: {auth: text}}", "prod: `auth` must be a mapping"),
        ("clouds: {prod: {profile: mars, auth: {}}}", "profile is 'mars', which brings no `auth_url`"),
        ("clouds: {prod: {profile: otc}}", "prod has no login"),
        ("clouds: {prod: {auth: {password: 0123}}}", "auth.password is not text to YAML: put it in quotes"),
        (CLOUDS.replace("region_name", "verify: false\n    region_name"), "certificates are always checked"),
        (CLOUDS.replace("region_name", "cacert: none.pem\n    region_name"), "cacert names"),
        (
            CLOUDS.replace("profile: otc\n", "dwsv1_endpoint_override: ftp://x\n"),
            "dwsv1_endpoint_override is no usable",
        ),
        ("clouds: {test: {}}", "names 'prod', which"),
    ],
)
def test_a_wrong_file_is_told_without_its_contents(read: Read, clouds: str, fragment: str) -> None:
    """Where and what to correct; YAML's own complaint would quote the line."""
    assert fragment in mistakes(read, {"OS_CLOUD": "prod"}, clouds_yaml=clouds)


def test_a_file_that_is_not_text_is_told(read: Read, tmp_path: Path) -> None:
    """In any encoding but UTF-8 a secret would come out wrong."""
    (tmp_path / "latin.yaml").write_bytes(CLOUDS.encode("latin-1") + b"# \xe9")
    told = mistakes(read, {"OS_CLOUD": "prod", "OS_CLIENT_CONFIG_FILE": str(tmp_path / "latin.yaml")})
    assert "is not YAML in UTF-8" in told


def test_an_unknown_profile_with_an_address_serves(read: Read) -> None:
    """Profiles bring defaults only."""
    (cloud,) = read(
        {"OS_CLOUD": "prod"},
        clouds_yaml=CLOUDS.replace("profile: otc\n", "profile: mine\n").replace(
            "{username", "{auth_url: 'https://iam.mine.example/v3', username"
        ),
    )
    assert isinstance(cloud.login, PasswordLogin)
    assert cloud.login.iam == "https://iam.mine.example"


def test_unknown_and_doubled_names_are_told(read: Read) -> None:
    """Each with what there is."""
    told = mistakes(read, {}, ["prod", "prod", "qa"], clouds_yaml=CLOUDS)
    assert "names 'prod' twice" in told
    assert "'qa', which" in told
    assert "(dev, prod)" in told


def test_the_environments_cloud_stands_beside_those_of_the_file(read: Read) -> None:
    """Under the name that openstacksdk has for it."""
    here, prod = read(PASSWORD, ["envvars", "prod"], clouds_yaml=CLOUDS)
    assert (here.name, here.source, prod.name) == ("envvars", "environment", "prod")
    assert "these have no login" in mistakes(read, {}, ["envvars", "prod"], clouds_yaml=CLOUDS)


def test_a_name_with_a_slash_is_refused(read: Read) -> None:
    """CLOUD/CLUSTER-ID could be read in two ways."""
    assert "names a cloud with a slash" in mistakes(
        read, {}, ["prod/eu"], clouds_yaml=CLOUDS.replace("  prod:", "  prod/eu:")
    )


def test_only_what_is_used_must_be_right(read: Read) -> None:
    """Another cloud's entry, Huawei's variables beside a password, a file beside OS_*: no mistake of theirs is told."""
    others = CLOUDS + "  broken: [1]\n  worse: {profile: 'https://x.example', auth: 1, verify: false}\n"
    assert read({"OS_CLOUD": "prod"}, clouds_yaml=others)
    huaweis = {"HUAWEICLOUD_SDK_IAM_ENDPOINT": "ftp://x", "HUAWEICLOUD_SDK_REGION_DWS_EU_DE": "ftp://x"}
    assert read({**PASSWORD, "OS_REGION_NAME": "eu-de", **huaweis})
    told = mistakes(read, {**KEYS, **huaweis})
    assert "HUAWEICLOUD_SDK_IAM_ENDPOINT is no usable" in told
    assert "HUAWEICLOUD_SDK_REGION_DWS_EU_DE is no usable" in told
    assert read(PASSWORD, clouds_yaml="clouds: [")
    assert "worse" not in mistakes(read, {"OS_CLOUD": "broken"}, clouds_yaml=others)


def test_how_dws_would_be_found_does_not_matter_where_it_is_named(read: Read) -> None:
    """DWS_ENDPOINT is what the mistake asks for."""
    environ = {**PASSWORD, "OS_DWS_ENDPOINT_OVERRIDE": "https://o.example"}
    assert "or set DWS_ENDPOINT" in mistakes(read, environ)
    assert read({**environ, "DWS_ENDPOINT": "https://mine.example"})[0].endpoint == "https://mine.example"


@pytest.mark.parametrize("given", ["~/ca.pem", "../home/ca.pem"])
def test_certificates_may_be_in_the_home_directory(read: Read, tmp_path: Path, given: str) -> None:
    """As openstacksdk and a shell read it, in the file and in the environment."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ca.pem").touch()
    clouds = CLOUDS.replace("region_name", f"cacert: {given}\n    region_name")
    (by_file,) = read({"OS_CLOUD": "prod"}, clouds_yaml=clouds)
    (by_variable,) = read({**PASSWORD, "OS_CACERT": given})
    assert by_file.ca_file is not None
    assert by_file.ca_file == by_variable.ca_file
    assert by_file.ca_file.resolve() == tmp_path / "home" / "ca.pem"


def test_nobodys_home_and_a_path_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home directory has no file there; a path that can't be looked at is no file."""

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert read_clouds(Environment({**PASSWORD, "XDG_CONFIG_HOME": "/" + "x" * 300}, cwd=tmp_path, etc=tmp_path))
    with pytest.raises(ConfigError, match="OS_CACERT names"):
        read_clouds(Environment({**PASSWORD, "OS_CACERT": "/" + "x" * 300}, cwd=tmp_path, etc=tmp_path))
    with pytest.raises(ConfigError, match=r"OS_CLIENT_CONFIG_FILE names .*, which is no file"):
        read_clouds(Environment({"OS_CLOUD": "p", "OS_CLIENT_CONFIG_FILE": "~/c.yaml"}, cwd=tmp_path, etc=tmp_path))


def test_every_secret_of_the_files_is_known_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it stands, in whichever spelling, used or not: nothing that is logged repeats it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clouds.yaml").write_text(
        "clouds: {p: {token: one, auth: {application-credential-secret: two}, regions: [{name: r, values: {auth: "
        "{password: three}}}]}, q: [{password: four}], r: {auth_type: v3oidcpassword, client_secret: five}}"
    )
    (tmp_path / "secure.yaml").write_text("clouds: {p: {auth: {auth_token: six, passcode: 7}}}")
    (tmp_path / "clouds-public.yaml").write_text("public-clouds: {otc: {secret_key: eight, access-key: nine}}")
    assert {"one", "two", "three", "four", "five", "six", "7", "eight", "nine"} <= secret_values({})
    (tmp_path / "clouds.yaml").write_text("clouds: &c {p: &p [*p, *c, {password: one}]}")
    assert "one" in secret_values({})


def test_secrets_are_not_shown(read: Read) -> None:
    """Settings may be logged whole."""
    shown = repr(read({}, ["dev", "prod"], clouds_yaml=CLOUDS)) + repr(read(PASSWORD)) + repr(read(KEYS))
    assert "s3cret" not in shown


def test_nothing_of_the_process_is_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the mapping that is given counts."""
    for name, value in PASSWORD.items():
        monkeypatch.setenv(name, value)
    assert "No cloud is configured" in mistakes(read, {})


# ---- against the official clients


@pytest.mark.parametrize("region", sorted(DwsRegion.static_fields))
def test_huaweis_regions_have_huaweis_endpoints(region: str) -> None:
    """Every region that the official SDK knows, at the same address."""
    assert [regions.dws_endpoint(region)] == DwsRegion.static_fields[region].endpoints


def test_otcs_regions_have_their_endpoints() -> None:
    """Germany, the Netherlands, Switzerland; elsewhere nothing is guessed."""
    assert regions.dws_endpoint("eu-de") == "https://dws.eu-de.otc.t-systems.com"
    assert regions.iam_endpoint("eu-nl") == "https://iam.eu-nl.otc.t-systems.com"
    assert regions.iam_endpoint("eu-ch2") == "https://iam-pub.eu-ch2.sc.otc.t-systems.com"
    assert regions.iam_endpoint("eu-west-101") == "https://iam.myhuaweicloud.eu"
    assert regions.iam_endpoint("cn-north-4") == "https://iam.cn-north-4.myhuaweicloud.com"
    assert regions.dws_endpoint("") is regions.dws_endpoint("mars") is regions.iam_endpoint("mars") is None


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("iam-pub.eu-ch2.sc.otc.t-systems.com/v3", "https://iam-pub.eu-ch2.sc.otc.t-systems.com"),
        ("https://dws.example/v1.0/0123", "https://dws.example"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://proxy.example/cloud/v2", "https://proxy.example/cloud"),
        (" https://dws.example ", "https://dws.example"),
    ],
)
def test_addresses_are_brought_to_their_root(url: str, root: str) -> None:
    """Scheme, host and port, and what stands before the version."""
    assert regions.root(url) == root


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "https://", "https://a.example?x=1", "https://u@a.example", "https://a:0"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """Rather than tried."""
    with pytest.raises(ValueError, match=r"address|only|port"):
        regions.root(url)


PASTED = [
    "gAAAAABm3vZ1s3cretQx7",
    "s3cret-Tr0ub4dor&3",
    "AKIAS3CRET0000000001",
    "S3CRETsk/0000+000=",
    "s3cret",
    "hunter2s3cret",
    "xoxb-s3cret-12",
    "eyJhbGciOiJIUzI1NiJ9.s3cret.c2ln",
    "/s3cret/aB3+xyz==",
]


@pytest.mark.parametrize("secret", PASTED)
@pytest.mark.parametrize(
    "name",
    [
        "OS_CLOUD",
        "OS_PROFILE",
        "OS_REGION_NAME",
        "HW_REGION_NAME",
        "OS_AUTH_TYPE",
        "OS_INTERFACE",
        "OS_AUTH_URL",
        "DWS_ENDPOINT",
        "OS_CACERT",
        "OS_CLIENT_CONFIG_FILE",
        "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
        "SNAPSHOT_BOT_CLOUDS",
    ],
)
@pytest.mark.parametrize("beside", [KEYS, PASSWORD])
def test_a_secret_in_the_wrong_variable_is_not_quoted(
    read: Read, name: str, secret: str, beside: dict[str, str]
) -> None:
    """What is told quotes names that look like names; anything else is described."""
    environ = {**{k: v for k, v in beside.items() if k != "OS_AUTH_URL"}, name: secret}
    names = [secret] if name == "SNAPSHOT_BOT_CLOUDS" else []
    try:
        read(environ, names, clouds_yaml=CLOUDS if name in ("OS_CLOUD", "SNAPSHOT_BOT_CLOUDS") else "{}")
    except ConfigError as e:
        assert "s3cret" not in str(e).lower()  # noqa: PT017 - some of them are taken


@pytest.mark.parametrize("secret", PASTED)
def test_a_secret_in_the_place_of_an_address_is_none(read: Read, secret: str) -> None:
    """It would be asked for in the DNS, and what is told of a host that isn't found names it."""
    for name in ("OS_AUTH_URL", "DWS_ENDPOINT"):
        assert f"{name} is no usable address" in mistakes(read, {**PASSWORD, name: secret})


@pytest.mark.parametrize(
    "address", ["iam.example", "iam.example:5000/v3", "10.0.0.1/v3", "localhost:5000", "[::1]:5000", "iam:5000/v3"]
)
def test_an_address_needs_no_scheme(read: Read, address: str) -> None:
    """It is https then."""
    login = read({**PASSWORD, "OS_AUTH_URL": address})[0].login
    assert login.iam == f"https://{address.removesuffix('/v3')}"


@pytest.mark.parametrize("key", ["profile", "region_name", "auth_type", "interface", "cacert"])
@pytest.mark.parametrize("secret", PASTED)
def test_a_secret_under_the_wrong_key_is_not_quoted(read: Read, key: str, secret: str) -> None:
    """Nor where it stands in the file."""
    entry = {"access_key": "AK", "secret_key": "x", "auth": {"project_id": "p"}, key: secret}
    told = mistakes(read, {"OS_CLOUD": "prod"}, clouds_yaml=json.dumps({"clouds": {"prod": entry}}))
    assert "s3cret" not in told.lower()
    assert key in told


@pytest.mark.parametrize("name", ["prod", "otc-prod", "eu-de", "Prod_2", "dwh.prod.1", "team prod"])
def test_what_looks_like_a_name_is_quoted(read: Read, name: str) -> None:
    """It helps who looks for a slip of the pen."""
    assert f"names {name!r}" in mistakes(read, {**KEYS, "OS_CLOUD": name})
