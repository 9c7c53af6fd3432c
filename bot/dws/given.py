"""What is known of one cloud, under one set of names, with the place that each value comes from.

Source: openstacksdk, `openstack/config/loader.py`: `magic_fixes` (`_fix_backwards_auth`, `_handle_domain_id`) and
`_validate_auth`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import SecretStr

from bot.dws import huawei, variables
from bot.dws.entries import TOLD, TWICE, Entry, Given
from bot.dws.huawei import CredentialsFile
from bot.environment import Environment
from bot.values import plain

_UNUSABLE: Final = SecretStr("unusable")  # stands for what is a mistake already, so that it isn't missing as well
_WITH_DEFAULT: Final = frozenset(variable.key for variable in variables.LOGIN if variable.at_top)
_KEYS: Final = tuple(variable.key for variable in variables.KEYS)
_BY_KEY: Final[Mapping[str, variables.Variable]] = {v.key: v for v in (*variables.LOGIN, *variables.KEYS)}
_LOGIN_KEYS: Final = (
    "username",
    "user_id",
    "password",
    "token",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "access_key",
    "secret_key",
)
SECRET_KEYS: Final = frozenset(
    {"passcode", "client_secret", *(key for v in _BY_KEY.values() if v.is_secret for key in (v.key, *v.spellings))}
)
_PROJECTS: Final = ("OS_PROJECT_ID", "OS_TENANT_ID", "OS_PROJECT_NAME", "OS_TENANT_NAME")


@dataclass(frozen=True, slots=True)
class Fields:
    """*values* by openstacksdk's names, and by name the *labels* under which an operator finds them.

    Every value is kept as a secret, so that nothing of a cloud is shown by accident.
    """

    name: str
    source: str
    by_environ: bool
    values: Mapping[str, SecretStr]
    labels: Mapping[str, str]
    unusable: bool = False  # one of them can't be used, which is told already

    def get(self, key: str) -> str:
        """Return the value, or ""."""
        found = self.values.get(key)
        return found.get_secret_value() if found else ""

    def secret(self, key: str) -> SecretStr | None:
        """Return the value as a secret, or None."""
        return self.values.get(key)

    def label(self, key: str) -> str:
        """Return what to call *key* when speaking to the operator, whether it is there or not."""
        return self.labels.get(key, key)

    @property
    def describe_a_login(self) -> bool:
        """Say whether anything here is about who logs in."""
        return any(key in self.values for key in _LOGIN_KEYS)

    def with_keys_of(self, other: Fields) -> Fields:
        """Return these fields with *other*'s access keys, unless there is a login here already."""
        if self.describe_a_login:
            return self
        keys = {key: other.values[key] for key in _KEYS if key in other.values}
        return replace(self, values={**self.values, **keys}, unusable=self.unusable or other.unusable) if keys else self


def entry_of_environment(environment: Environment, file: CredentialsFile | None, mistakes: list[str]) -> Entry:
    """Return what the environment's variables say, each at the top of an entry, as openstacksdk has it.

    *file* is Huawei's file of access keys, where one is asked for.
    """
    found: Entry = {}

    def read(key: str, name: str, form: Callable[[str], str] = plain) -> None:
        if environment.is_there(name):
            value = environment.read(name, mistakes, form)
            found[key] = Given(TOLD if value is None else value, name)

    for variable in (*variables.LOGIN, variables.PROFILE):
        for name in variable.names:
            if not name.startswith(variables.OF_TERRAFORM):
                read(name.removeprefix("OS_").lower(), name, variable.form)
    families = range(len(variables.ACCESS_KEY.names))
    family = next((i for i in families if any(environment.is_set(v.names[i]) for v in variables.KEYS)), 0)
    for variable in variables.KEYS:
        read(variable.key, variable.names[family], variable.form)
    huawei.check_keys(environment, family, mistakes)
    for key in (*variables.REFUSED, "insecure", "verify"):
        read(key, f"OS_{key.upper()}")
    # openstacksdk doesn't know Huawei's, which is for where there is no other
    of_sdk = found.pop("huaweicloud_sdk_project_id", None)
    if of_sdk and not any(environment.is_set(name) for name in _PROJECTS):
        found["project_id"] = of_sdk
    huawei.lay_under(found, environment, file, mistakes)
    return found


def fields_of(name: str, source: str, where: str, entry: Entry, mistakes: list[str]) -> Fields:
    """Return what *entry* comes to; *where* is the entry in a file, "" for the environment's variables."""
    values: dict[str, SecretStr] = {}
    labels: dict[str, str] = {}
    for key, variable in _BY_KEY.items():
        labels[key] = f"{where}: {key if variable.at_top else f'auth.{key}'}" if where else _called(variable, entry)
        if given := _winner(variable, entry):
            labels[key] = given.label
            if (value := _text(variable, given, mistakes)) is not None:
                values[key] = value
    unusable = {key for key, value in values.items() if value is _UNUSABLE}
    values = {key: value for key, value in values.items() if key not in unusable & _WITH_DEFAULT}
    for key in ("auth_url", "dwsv1_endpoint_override"):
        if key in values:
            region = values["region_name"].get_secret_value() if "region_name" in values else ""
            values[key] = SecretStr(values[key].get_secret_value().replace("{region_name}", region))
    _share_domain(values, labels)
    _refuse(entry, mistakes)
    return Fields(name, source, not where, values, labels, bool(unusable))


def _called(variable: variables.Variable, entry: Entry) -> str:
    """Return what an environment's value is called that isn't there: in the spelling of the keys that are."""
    if variable in variables.KEYS:
        there = {entry[key].label for key in _KEYS if key in entry}
        for i, _ in enumerate(variables.ACCESS_KEY.names):
            if there & {v.names[i] for v in variables.KEYS}:
                return variable.names[i]
    return variable.name


def _winner(variable: variables.Variable, entry: Entry) -> Given | None:
    """Return the one of a key's values that openstacksdk takes, where there are several; None where none is left."""
    if variable.key in variables.MOVED:  # what is empty hides the others
        spellings = [spelling for key in variable.spellings for spelling in (key.replace("_", "-"), key)]
        found = (entry.get(level + key) for key in spellings for level in ("", "auth."))
        first = next((given for given in found if given), None)
        return first if first and first.value != "" else None
    for level in ("", "auth.") if variable.at_top else ("auth.", ""):
        for key in variable.spellings:
            if (given := entry.get(level + key)) and given.value not in (None, "", []):
                return given
    return None


def _text(variable: variables.Variable, given: Given, mistakes: list[str]) -> SecretStr | None:
    """Return a value as it will be sent, None where nothing is left of it; what can't be sent is a mistake."""
    value = given.value
    if variable.key.endswith("interface") and isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ",".join(value)
    if not isinstance(value, str):
        if value is TWICE:
            mistakes.append(f"{given.label} is given twice, with - and with _: remove one.")
        elif value is None:
            mistakes.append(f"{given.label} is empty: give it a value, or remove it.")
        elif value is not TOLD:  # 0123 is 83 in YAML
            mistakes.append(f"{given.label} is not text to YAML: put it in quotes.")
        return _UNUSABLE
    try:
        found = variable.form(value)
    except ValueError as e:
        mistakes.append(f"{given.label} {e}.")
        return _UNUSABLE
    return SecretStr(found) if found else None


def _share_domain(values: dict[str, SecretStr], labels: dict[str, str]) -> None:
    """Let `domain_…` be the domain of user and project where those have none, and where there is a project."""
    if not values.keys() & {"project_id", "project_name"}:
        return
    for kind in ("id", "name"):
        if (domain := values.pop(f"domain_{kind}", None)) is not None:
            for whose in ("user", "project"):
                if f"{whose}_domain_{kind}" not in values:
                    values[f"{whose}_domain_{kind}"] = domain
                    labels[f"{whose}_domain_{kind}"] = labels[f"domain_{kind}"]


def _refuse(entry: Entry, mistakes: list[str]) -> None:
    """Tell of what changes what openstacksdk sends, and isn't supported."""
    for key, advice in variables.REFUSED.items():
        for level in ("", "auth."):
            if (given := entry.get(level + key)) and given.value not in (None, ""):
                mistakes.append(f"{given.label}: {advice}.")
    for key, is_checked in (("verify", lambda text: text in ("", "true")), ("insecure", lambda text: text != "true")):
        if (given := entry.get(key)) and not is_checked(str(given.value).lower()):
            mistakes.append(
                f"{given.label}: certificates are always checked: remove it, and name your own with `cacert`."
            )


def secrets_in(content: object) -> Iterator[str]:
    """Yield every secret in what a file of clouds holds, wherever it stands."""
    return _under(content, set())


def _under(content: object, seen: set[int]) -> Iterator[str]:
    if id(content) in seen:  # with anchors, a part of a YAML file may contain itself, or be there a million times
        return
    seen.add(id(content))
    if isinstance(content, list):
        for item in content:
            yield from _under(item, seen)
    elif isinstance(content, Mapping):
        for key, value in content.items():
            if isinstance(value, Mapping | list):
                yield from _under(value, seen)
            elif str(key).replace("-", "_") in SECRET_KEYS:
                yield str(value)
