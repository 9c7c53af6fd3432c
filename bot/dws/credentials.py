"""Reads where the clouds are and how to log in, as the official clients do: environment and `clouds.yaml`.

Sources: openstacksdk, "Configuring OpenStack SDK Applications"; otcextensions, "Configuration" (access keys); Huawei
Cloud SDK for Python, "Environment variables" (HUAWEICLOUD_SDK_*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bot.core.errors import ConfigError
from bot.core.ids import CloudName
from bot.dws import regions, variables
from bot.dws.clouds_yaml import CloudsFile, read_clouds_file
from bot.dws.given import Fields, fields_from_environment, fields_from_file
from bot.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLogin:
    """A user's name and password: IAM gives a token for one project. Ids win over names where both are given."""

    iam: str  # without /v3
    password: SecretStr
    user_name: str = ""
    user_id: str = ""
    domain_name: str = ""  # of the user
    domain_id: str = ""
    project_name: str = ""
    project_id: str = ""
    project_domain_name: str = ""
    project_domain_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogin:
    """A token that somebody else got; the bot can't renew it. *iam* tells project and endpoint where not given."""

    token: SecretStr
    iam: str | None = None
    project_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLogin:
    """Access key and secret key (AK/SK); *security_token* goes with temporary ones.

    Without *project_id* the project's id is looked up by *project_name* at *iam*.
    """

    access_key: str
    secret_key: SecretStr
    security_token: SecretStr | None = None
    project_id: str = ""
    project_name: str = ""
    iam: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSettings:
    """One cloud project and how to log in to it. *endpoint* None: the login's service catalogue names it."""

    name: CloudName
    login: PasswordLogin | TokenLogin | KeyLogin
    endpoint: str | None = None
    region: str = ""
    interface: str = "public"
    ca_file: Path | None = None  # the certificates to trust instead of the usual ones
    source: str = ""  # where it was configured, for the operator

    @property
    def asked(self) -> tuple[str, ...]:
        """The addresses that are asked, as far as they are known before the login."""
        knows_all = self.endpoint and self.login.project_id and not isinstance(self.login, PasswordLogin)
        return tuple(url for url in (self.endpoint, None if knows_all else self.login.iam) if url)


NOTHING: Final = (
    "No cloud is configured. Either set OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME and "
    "OS_PROJECT_NAME (or OS_ACCESS_KEY, OS_SECRET_KEY, OS_PROJECT_ID and OS_REGION_NAME) in the environment, or write "
    "a clouds.yaml and set OS_CLOUD to the cloud's name in it."
)
_AUTH_TYPES: Final = ("", "password", "v3password", "token", "v3token")


def read_clouds(environment: Environment, names: Sequence[str] = ()) -> list[CloudSettings]:
    """Return the settings of every cloud in *names*, by `clouds.yaml`; without names, of the one cloud there is.

    That is the one that OS_CLOUD names; else the one that the environment describes, called "default"; else the only
    one in `clouds.yaml`. DWS_ENDPOINT wins over every other way to name an endpoint.

    Raises:
        ConfigError: something is missing or wrong; the text has every mistake with its fix, and no secret.
    """
    mistakes: list[str] = []
    file = read_clouds_file(environment)
    chosen = _choose(environment, names, file, mistakes)
    mistakes.extend(file.mistakes)
    clouds = [_read_cloud(fields, environment, mistakes) for fields in chosen]
    if mistakes:
        raise ConfigError("\n- ".join(("The cloud's settings are not usable:", *dict.fromkeys(mistakes))))
    return [cloud for cloud in clouds if cloud]


def _choose(environment: Environment, names: Sequence[str], file: CloudsFile, mistakes: list[str]) -> list[Fields]:
    """Return what is known of each cloud that is asked for."""
    if names:
        if twice := [n for n in dict.fromkeys(names) if names.count(n) > 1]:
            mistakes.append(f"SNAPSHOT_BOT_CLOUDS names {', '.join(twice)} twice: name each cloud once.")
        return _from_file("SNAPSHOT_BOT_CLOUDS", list(dict.fromkeys(names)), file, mistakes)
    here = fields_from_environment(environment, mistakes)
    if named := environment.read(variables.CLOUD.name, mistakes):
        # as otcextensions does: access keys may come from the environment where the file has none
        return [f.with_keys_of(here) for f in _from_file("OS_CLOUD", [named], file, mistakes)]
    if here.describe_a_login:
        return [here]
    if len(file.clouds) == 1:
        return _from_file("OS_CLOUD", list(file.clouds), file, mistakes)
    if file.clouds:
        mistakes.append(f"{file.path} has several clouds: set OS_CLOUD to one of {', '.join(sorted(file.clouds))}.")
    elif not file.mistakes and not mistakes:
        mistakes.append(NOTHING)
    return []


def _from_file(variable: str, names: Sequence[str], file: CloudsFile, mistakes: list[str]) -> list[Fields]:
    known = ", ".join(sorted(file.clouds)) or "none"
    for name in names:
        if file.path is None and not file.mistakes:
            mistakes.append(f"{variable} names {name!r}, but there is no clouds.yaml: write one, or unset {variable}.")
        elif name not in file.clouds and file.path is not None:
            mistakes.append(f"{variable} names {name!r}, which {file.path} doesn't have: name one of those ({known}).")
    return [fields_from_file(name, file.clouds[name], file.path, mistakes) for name in names if name in file.clouds]


def _read_cloud(fields: Fields, environment: Environment, mistakes: list[str]) -> CloudSettings | None:
    if fields.unusable:
        return None
    before = len(mistakes)
    region = fields.get("region_name") or regions.region_of_project(fields.get("project_name"))
    region, by_region = _huawei_region(environment, region, mistakes)
    endpoint = _first_root(
        [
            (variables.ENDPOINT.name, environment.read(variables.ENDPOINT.name, mistakes)),
            (fields.label("dws_endpoint_override"), fields.get("dws_endpoint_override")),
            by_region,
        ],
        mistakes,
    )
    interface = fields.get("interface").removesuffix("URL") or "public"  # older clients write publicURL
    if interface not in ("public", "internal", "admin"):
        mistakes.append(f"{fields.label('interface')} is {interface!r}: use public, internal or admin.")
    if (auth_type := fields.get("auth_type")) not in _AUTH_TYPES:
        mistakes.append(f"{fields.label('auth_type')} is {auth_type!r}: use password or token, or access keys.")
    ca_file = _ca_file(fields, environment, mistakes)
    login, endpoint = _login(fields, environment, region, endpoint, mistakes)
    if login is None or len(mistakes) > before:
        return None
    return CloudSettings(
        name=CloudName(fields.name),
        login=login,
        endpoint=endpoint,
        region=region,
        interface=interface,
        ca_file=ca_file,
        source=fields.source,
    )


def _login(
    fields: Fields, environment: Environment, region: str, endpoint: str | None, mistakes: list[str]
) -> tuple[PasswordLogin | TokenLogin | KeyLogin | None, str | None]:
    """Return the login that *fields* describe, and the endpoint, which keys must know beforehand."""
    iam_named = (fields.label("auth_url"), fields.get("auth_url"))

    def need(*keys: str, why: str = "") -> None:
        if not any(fields.get(key) for key in keys):
            mistakes.append(f"{fields.label(keys[0])} is missing: set it{why}.")

    if token := fields.secret("token"):
        project_id = fields.get("project_id")
        iam = _first_root([iam_named], mistakes)
        if not iam and not (project_id and endpoint):
            need("auth_url", why=", or both the project's id and DWS_ENDPOINT")
        return TokenLogin(token=token, iam=iam, project_id=project_id), endpoint
    password, secret_key = fields.secret("password"), fields.secret("secret_key")
    has_keys = bool(fields.get("access_key") and secret_key)
    if password or ((fields.get("username") or fields.get("user_id")) and not has_keys):
        iam = _first_root([iam_named, ("", regions.iam_endpoint(region) or "")], mistakes)
        if iam is None and not iam_named[1]:
            need("auth_url", why=' to IAM\'s address, such as "https://iam.eu-de.otc.t-systems.com/v3"')
        need("username", "user_id")
        need("password", why=f" or {fields.label('password')}_FILE" if fields.by_environ else "")
        if not fields.get("user_id"):
            need("user_domain_name", "user_domain_id", why=' to the account\'s domain, such as "OTC-EU-DE-000"')
        need("project_name", "project_id", why=' to the project with the clusters, such as "eu-de"')
        if not (iam and password):
            return None, endpoint
        return _password_login(fields, iam, password), endpoint
    if not fields.describe_a_login:
        mistakes.append(
            f"{fields.source}: {fields.name} has no login: give `auth.username` and `auth.password`, or `access_key` "
            "and `secret_key`."
        )
        return None, endpoint
    need("access_key")
    need("secret_key", why=f" or {fields.label('secret_key')}_FILE" if fields.by_environ else "")
    endpoint = endpoint or regions.dws_endpoint(region)
    if endpoint is None:
        why = f"the region {region!r} is unknown" if region else "the region is not given"
        mistakes.append(
            f"{fields.name}: {why}, so access keys need an endpoint: set {fields.label('region_name')} or DWS_ENDPOINT."
        )
    named_iam = (variables.IAM_ENDPOINT.name, environment.read(variables.IAM_ENDPOINT.name, mistakes))
    iam = _first_root([named_iam, iam_named, ("", regions.iam_endpoint(region) or "")], mistakes)
    project_id, project_name = fields.get("project_id"), fields.get("project_name") or region
    if not project_id and not (project_name and iam):
        need("project_id", why=" to the project with the clusters")
    if not secret_key:
        return None, endpoint
    return (
        KeyLogin(
            access_key=fields.get("access_key"),
            secret_key=secret_key,
            security_token=fields.secret("security_token"),
            project_id=project_id,
            project_name=project_name,
            iam=iam,
        ),
        endpoint,
    )


def _password_login(fields: Fields, iam: str, password: SecretStr) -> PasswordLogin:
    return PasswordLogin(
        iam=iam,
        password=password,
        user_name=fields.get("username"),
        user_id=fields.get("user_id"),
        domain_name=fields.get("user_domain_name"),
        domain_id=fields.get("user_domain_id"),
        project_name=fields.get("project_name"),
        project_id=fields.get("project_id"),
        project_domain_name=fields.get("project_domain_name"),
        project_domain_id=fields.get("project_domain_id"),
    )


def _first_root(candidates: Sequence[tuple[str, str | None]], mistakes: list[str]) -> str | None:
    """Return the first address that is given, in its normal form; a wrong one is a mistake of its label."""
    label, value = next(((label, value) for label, value in candidates if value), ("", ""))
    if not value:
        return None
    try:
        return regions.root(value)
    except ValueError as e:
        mistakes.append(f'{label} is no usable address ({e}): give one such as "https://host.example".')
        return None


def _huawei_region(environment: Environment, region: str, mistakes: list[str]) -> tuple[str, tuple[str, str]]:
    """Return the region and the HUAWEICLOUD_SDK_REGION_DWS_… that belongs to it, which names it where nothing does."""
    prefix = variables.REGION_ENDPOINT.name
    set_for = environment.beginning_with(prefix)
    if not region and len(set_for) == 1:
        region = set_for[0].removeprefix(prefix).lower().replace("_", "-")
    variable = f"{prefix}{region.upper().replace('-', '_')}"
    return region, (variable, (environment.read(variable, mistakes) or "").partition(",")[0])


def _ca_file(fields: Fields, environment: Environment, mistakes: list[str]) -> Path | None:
    if not (given := fields.get("cacert") or environment.read("OS_CACERT", mistakes)):
        return None
    label = fields.label("cacert") if fields.get("cacert") else "OS_CACERT"
    if not (path := environment.cwd / given).is_file():
        mistakes.append(f"{label} names {path}, which is no file: correct the path or unset it.")
    return path
