"""What is known of one cloud, under one set of names, with the place that each value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from bot.dws import variables
from bot.environment import Environment

_UNUSABLE: Final = SecretStr("unusable")  # stands for what is a mistake already
_KEYS: Final = tuple(variable.key for variable in variables.KEYS)
_BY_KEY: Final[Mapping[str, variables.Variable]] = {v.key: v for v in (*variables.LOGIN, *variables.KEYS)}
SECRET_KEYS: Final = ("password", "token", "secret_key", "sk", "access_key", "ak", "security_token")
_FILE_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "access_key": ("access_key", "ak"),
    "secret_key": ("secret_key", "sk"),
    "user_domain_name": ("user_domain_name", "domain_name"),
    "user_domain_id": ("user_domain_id", "domain_id"),
    "interface": ("interface", "endpoint_type"),
    "project_name": ("project_name", "tenant_name"),
    "project_id": ("project_id", "tenant_id"),
}


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
    unusable: bool = False  # one of them can't be sent, which is told already

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
        return any(
            key in self.values for key in ("username", "user_id", "password", "token", "access_key", "secret_key")
        )

    def with_keys_of(self, other: Fields) -> Fields:
        """Return these fields with *other*'s access keys, unless there is a login here already."""
        if self.describe_a_login:
            return self
        keys = {key: other.values[key] for key in _KEYS if key in other.values}
        return replace(self, values={**self.values, **keys}) if keys else self


def fields_from_environment(environment: Environment, mistakes: list[str]) -> Fields:
    """Read what the environment says of the cloud "default"."""
    values: dict[str, SecretStr] = {}
    labels: dict[str, str] = {}
    keys = range(len(variables.ACCESS_KEY.names))
    spelling = next((i for i in keys if any(environment.is_set(v.names[i]) for v in variables.KEYS)), 0)
    for key, variable in _BY_KEY.items():
        first = variable.names[spelling] if variable in variables.KEYS else environment.first(*variable.names)
        labels[key] = name = first or variable.names[0]
        found = environment.read(name, mistakes, variable.form)
        if found is None:
            values[key] = _UNUSABLE
        elif found:
            values[key] = SecretStr(found)
    return Fields("default", "environment", True, values, labels, _has_unusable(values))


def fields_from_file(name: str, cloud: Mapping[str, Any], path: Path | None, mistakes: list[str]) -> Fields:
    """Read what `clouds.yaml` says of the cloud *name*: settings at its top or under `auth`."""
    values: dict[str, SecretStr] = {}
    labels: dict[str, str] = {}
    where = f"{path}: {name}"
    auth = cloud["auth"]
    at_top = ("auth_type", "region_name", "interface", "dws_endpoint_override", "cacert", *_KEYS)
    for key in _BY_KEY:
        labels[key] = f"{where}: {key}" if key in at_top else f"{where}: auth.{key}"
        for spelling in _FILE_SPELLINGS.get(key, (key,)):
            levels = (("", cloud), ("auth.", auth)) if key in at_top else (("auth.", auth), ("", cloud))
            for prefix, level in levels:
                value = level.get(spelling)
                if value is None or not str(value).strip() or key in values:
                    continue
                labels[key] = f"{where}: {prefix}{spelling}"
                if not isinstance(value, str):  # 0123 is 83 in YAML
                    mistakes.append(f"{labels[key]} is not text to YAML: put it in quotes.")
                _keep(values, key, labels[key], str(value), mistakes)
    if cloud.get("verify") is False or cloud.get("insecure") is True:
        mistakes.append(
            f"{where} switches certificate checks off: name the cloud's certificates with `cacert` instead."
        )
    return Fields(name, str(path), False, values, labels, _has_unusable(values))


def _keep(values: dict[str, SecretStr], key: str, label: str, text: str, mistakes: list[str]) -> None:
    """Keep *text* as it will be sent, unless nothing is left of it; what can't be sent is a mistake of *label*."""
    try:
        found = _BY_KEY[key].form(text)
    except ValueError as e:
        mistakes.append(f"{label} {e}.")
        values[key] = _UNUSABLE
    else:
        if found:
            values[key] = SecretStr(found)


def _has_unusable(values: Mapping[str, SecretStr]) -> bool:
    return any(value is _UNUSABLE for value in values.values())
