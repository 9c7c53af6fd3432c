"""Reads where the clouds are and how to log in, as the official clients do: environment and `clouds.yaml`.

openstacksdk itself isn't used for it: it reads the process's environment and working directory on import, logs lines of
files that it can't read, fetches profiles from the network, and tells one mistake at a time. That we send what it would
send is a test (`tests/dws/test_cloud_configurations.py`).

Sources: openstacksdk, "Configuring OpenStack SDK Applications"; otcextensions, "Configuration" (access keys); Huawei
Cloud SDK for Python, "Environment variables" (HUAWEICLOUD_SDK_*); Terraform's provider for Huawei Cloud (HW_*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot import values
from bot.core.errors import ConfigError
from bot.core.ids import CloudName
from bot.dws import regions, variables
from bot.dws.clouds_yaml import CloudFiles, read_cloud_files
from bot.dws.entries import Entry, merged
from bot.dws.given import Fields, entry_of_environment, fields_of
from bot.dws.huawei import CredentialsFile, read_credentials_file
from bot.dws.login_choice import KeysPlace, LoginChoice, address
from bot.dws.logins import KeyLogin, Login
from bot.environment import Environment, is_file


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSettings:
    """One cloud project and how to log in to it. *endpoint* None: the login's service catalogue names it."""

    name: CloudName
    login: Login
    endpoint: str | None = None
    region: str = ""  # as it is given: where it isn't, the first in the catalogue is taken
    interfaces: tuple[str, ...] = ("public",)  # the first that there is
    ca_file: Path | None = None  # the certificates to trust instead of the usual ones
    source: str = ""  # where it was configured, for the operator

    @property
    def asked(self) -> tuple[str, ...]:
        """The addresses that are asked, as far as they are known before the login."""
        knows_all = self.endpoint and isinstance(self.login, KeyLogin) and self.login.project_id
        return tuple(url for url in (self.endpoint, None if knows_all else self.login.iam) if url)


NOTHING: Final = (
    "No cloud is configured. Either set OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME and "
    "OS_PROJECT_NAME (or OS_ACCESS_KEY, OS_SECRET_KEY, OS_PROJECT_ID and OS_REGION_NAME) in the environment, or write "
    "a clouds.yaml and set OS_CLOUD to the cloud's name in it."
)


def read_clouds(environment: Environment, names: Sequence[str] = ()) -> list[CloudSettings]:
    """Return the settings of every cloud in *names*, by `clouds.yaml`; without names, of the one cloud there is.

    That is the one that OS_CLOUD names; else the one that the environment describes, called "default"; else the only
    one in `clouds.yaml`; else, where there is no such file, that of the keys in `~/.huaweicloud/credentials`.
    DWS_ENDPOINT wins over every other way to name an endpoint.

    Raises:
        ConfigError: something is missing or wrong; the text has every mistake with its fix, and no secret.
    """
    mistakes: list[str] = []
    files, credentials = read_cloud_files(environment), read_credentials_file(environment)
    chosen = _CloudChoice(environment, files, credentials, mistakes).read(names)
    clouds = [_read_cloud(fields, environment, mistakes) for fields in chosen]
    if mistakes:
        raise ConfigError("\n- ".join(("The cloud's settings are not usable:", *dict.fromkeys(mistakes))))
    return [cloud for cloud in clouds if cloud]


@dataclass(frozen=True, slots=True)
class _CloudChoice:
    """Finds what is known of each cloud that is asked for. Of what isn't asked for, no mistake is told."""

    environment: Environment
    files: CloudFiles
    credentials: CredentialsFile
    mistakes: list[str]

    def read(self, names: Sequence[str]) -> list[Fields]:
        """Return the fields of the clouds in *names*; without names, of the one there is."""
        if names:
            if twice := [n for n in dict.fromkeys(names) if names.count(n) > 1]:
                shown = ", ".join(map(values.quoted, twice))
                self.mistakes.append(f"SNAPSHOT_BOT_CLOUDS names {shown} twice: name each cloud once.")
            return self._named("SNAPSHOT_BOT_CLOUDS", list(dict.fromkeys(names)))
        if named := self.environment.read(variables.CLOUD.name, self.mistakes):
            if self._is_environments(named):
                return self._of_environment("OS_CLOUD", named, "default")
            # as otcextensions does: access keys may come from the environment where the file has none
            return [self._with_keys(fields) for fields in self._named("OS_CLOUD", [named])]
        told: list[str] = []
        if (here := self._fields_of_environment("default", told)).describe_a_login:
            self.mistakes.extend(told)
            return [here]
        if len(only := self.files.names()) == 1:
            return self._named("OS_CLOUD", only)
        if not only and self.credentials.path and not self.credentials.is_named:  # as Huawei's SDK does at last
            return [self._fields_of_environment("default", self.mistakes, self.credentials)]
        wrong = self.files.file_mistakes()
        self.mistakes.extend((*told, *wrong))
        if only:
            self.mistakes.append(
                f"{self.files.clouds.path} has several clouds: set OS_CLOUD to one of {_listed(only)}."
            )
        elif not self.mistakes:
            self.mistakes.append(NOTHING)
        return []

    def _named(self, variable: str, names: Sequence[str]) -> list[Fields]:
        known = self.files.names()
        wrong = self.files.file_mistakes()
        found: list[Fields] = []
        for name in names:
            if self._is_environments(name):
                found += self._of_environment(variable, name, name)
                continue
            self.mistakes.extend(wrong)
            shown = values.quoted(name)
            if "/" in name:
                self.mistakes.append(
                    f"{variable} names a cloud with a slash, which stands between a cloud and its cluster here: give "
                    "it another name, in clouds.yaml, too."
                )
            elif name in known:
                found.append(self._fields_of_file(name))
            elif not known and not wrong:
                self.mistakes.append(
                    f"{variable} names {shown}, but there is no clouds.yaml: write one, or unset {variable}."
                )
            elif not wrong:
                self.mistakes.append(
                    f"{variable} names {shown}, which {self.files.clouds.path} doesn't have: name one of "
                    f"those ({_listed(known)})."
                )
        return found

    def _with_keys(self, fields: Fields) -> Fields:
        told: list[str] = []
        found = fields.with_keys_of(self._fields_of_environment("default", told))
        self.mistakes.extend(told if found is not fields else [])
        return found

    def _is_environments(self, name: str) -> bool:
        return name == (self.environment.read(variables.ENVIRONMENTS_NAME.name, self.mistakes) or "envvars")

    def _of_environment(self, variable: str, named: str, name: str) -> list[Fields]:
        """Return the fields of the environment's cloud, which *variable* *named* and which is called *name* here."""
        shown = values.quoted(named)
        if named in self.files.names():
            self.mistakes.append(
                f"{variable} names {shown}, which is the cloud of OS_*, and {self.files.clouds.path} has one, too: "
                "give that another name."
            )
        fields = self._fields_of_environment(name, self.mistakes)
        if not fields.describe_a_login:
            self.mistakes.append(
                f"{variable} names {shown}, the cloud of OS_*, but these have no login: name another, or set them."
            )
            return []
        return [fields]

    def _fields_of_environment(self, name: str, mistakes: list[str], file: CredentialsFile | None = None) -> Fields:
        named = self.credentials if self.credentials.is_named else None
        own = entry_of_environment(self.environment, file or named, mistakes)
        return fields_of(name, "environment", "", self._merged(own, mistakes), mistakes)

    def _fields_of_file(self, name: str) -> Fields:
        own = self.files.cloud(name, self.mistakes)
        source = str(self.files.clouds.path or self.files.secure.path)
        return fields_of(name, source, f"{source}: {name}", self._merged(own, self.mistakes), self.mistakes)

    def _merged(self, own: Entry, mistakes: list[str]) -> Entry:
        entry = merged(self._profile(own, mistakes), own, mistakes)
        named = self.environment.is_set(variables.ENDPOINT.name)  # then it doesn't matter how DWS would be found
        return {key: given for key, given in entry.items() if not (named and key in variables.OF_ENDPOINT)}

    def _profile(self, own: Entry, mistakes: list[str]) -> Entry:
        given = own.get("profile", own.get("cloud"))  # the older word
        if not given or not given.value:
            return {}
        before = len(mistakes)
        profile = self.files.profile(str(given.value), given.label, mistakes)
        if len(mistakes) == before and not {"auth_url", "auth.auth_url"} & {*own, *profile}:
            shown = values.quoted(str(given.value))
            mistakes.append(f"{given.label} is {shown}, which brings no `auth_url`: give it under `auth`.")
        return profile


def _listed(names: Sequence[str]) -> str:
    return ", ".join(sorted(names))


def _read_cloud(fields: Fields, environment: Environment, mistakes: list[str]) -> CloudSettings | None:
    before = len(mistakes)
    given_region = fields.get("dwsv1_region_name") or fields.get("region_name")
    region = given_region or regions.region_of_project(fields.get("project_name"))
    endpoint = _endpoint(fields, environment, mistakes)
    interfaces = _interfaces(fields, mistakes)
    ca_file = _ca_file(fields, environment, mistakes)
    region, of_keys = _place_of_keys(environment, region, endpoint)
    login = LoginChoice(fields, region, endpoint, of_keys, mistakes).read()
    if isinstance(login, KeyLogin) and not fields.unusable:
        endpoint = of_keys.endpoint or _endpoint_of_region(fields, region, login.iam, mistakes)
    if login is None or fields.unusable or len(mistakes) > before:
        return None
    return CloudSettings(
        name=CloudName(fields.name),
        login=login,
        endpoint=endpoint,
        region=region if isinstance(login, KeyLogin) else given_region,
        interfaces=interfaces,
        ca_file=ca_file,
        source=fields.source,
    )


def _endpoint(fields: Fields, environment: Environment, mistakes: list[str]) -> str | None:
    """Return DWS's address where it is named."""
    if ours := environment.read(variables.ENDPOINT.name, mistakes):
        return address(variables.ENDPOINT.name, ours, mistakes)
    return address(fields.label("dwsv1_endpoint_override"), fields.get("dwsv1_endpoint_override"), mistakes)


def _endpoint_of_region(fields: Fields, region: str, iam: str | None, mistakes: list[str]) -> str | None:
    """Return the address of the region's DWS for access keys, which come without a catalogue that names it."""
    endpoint = regions.dws_endpoint(region)
    if endpoint is None:
        why = f"the region {values.quoted(region, values.REGION)} is unknown" if region else "the region is not given"
        mistakes.append(
            f"{fields.name}: {why}, so access keys need an endpoint: set {fields.label('region_name')} or DWS_ENDPOINT."
        )
    elif iam and not regions.same_company(iam, endpoint):
        mistakes.append(
            f"{fields.name}: IAM's address isn't of the company of {endpoint}, where DWS would be looked for: set "
            "DWS_ENDPOINT to its address."
        )
    return endpoint


def _interfaces(fields: Fields, mistakes: list[str]) -> tuple[str, ...]:
    key = "dwsv1_interface" if fields.get("dwsv1_interface") else "interface"
    given = [one.strip().removesuffix("URL") for one in fields.get(key).split(",")]  # older clients write publicURL
    found = tuple(one or "public" for one in given)
    if wrong := [one for one in found if one not in ("public", "internal", "admin")]:
        mistakes.append(f"{fields.label(key)} is {values.quoted(wrong[0])}: use public, internal or admin.")
    return found


def _place_of_keys(environment: Environment, region: str, endpoint: str | None) -> tuple[str, KeysPlace]:
    """Return the region and what Huawei's variables say; HUAWEICLOUD_SDK_REGION_DWS_… names it where nothing does."""
    prefix = variables.REGION_ENDPOINT.name
    set_for = environment.beginning_with(prefix)
    if not region and len(set_for) == 1:
        region = set_for[0].removeprefix(prefix).lower().replace("_", "-")
    mistakes: list[str] = []
    variable, iam = f"{prefix}{region.upper().replace('-', '_')}", variables.IAM_ENDPOINT.name
    by_region = (environment.read(variable, mistakes) or "").partition(",")[0]
    return region, KeysPlace(
        endpoint or address(variable, by_region, mistakes),
        address(iam, environment.read(iam, mistakes) or "", mistakes),
        mistakes,
    )


def _ca_file(fields: Fields, environment: Environment, mistakes: list[str]) -> Path | None:
    if not (given := fields.get("cacert") or environment.read("OS_CACERT", mistakes)):
        return None
    label = fields.label("cacert") if fields.get("cacert") else "OS_CACERT"
    if not is_file(path := environment.path(given)):
        shown = values.shown_path(given, path)
        mistakes.append(f"{label} names {shown}, which is no file: correct the path or unset it.")
    return path
