"""What is known of one cloud, under one set of names, with the place that each value comes from.

Sources: openstacksdk, "Environment Variables"; gophertelekomcloud and otcextensions (other spellings of access keys);
Huawei Cloud SDK for Python, "Environment variables".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from bot import values as forms

_PLAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "auth_type": ("OS_AUTH_TYPE",),
    "auth_url": ("OS_AUTH_URL",),
    "username": ("OS_USERNAME",),
    "user_id": ("OS_USER_ID",),
    "user_domain_name": ("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME"),
    "user_domain_id": ("OS_USER_DOMAIN_ID", "OS_DOMAIN_ID"),
    "project_name": ("OS_PROJECT_NAME", "OS_TENANT_NAME"),
    "project_id": ("OS_PROJECT_ID", "OS_TENANT_ID", "HUAWEICLOUD_SDK_PROJECT_ID"),
    "project_domain_name": ("OS_PROJECT_DOMAIN_NAME",),
    "project_domain_id": ("OS_PROJECT_DOMAIN_ID",),
    "region_name": ("OS_REGION_NAME",),
    "interface": ("OS_INTERFACE", "OS_ENDPOINT_TYPE"),
    "dws_endpoint_override": ("OS_DWS_ENDPOINT_OVERRIDE",),
    "cacert": ("OS_CACERT",),
}
_SECRET: Final[Mapping[str, tuple[str, ...]]] = {"password": ("OS_PASSWORD",), "token": ("OS_TOKEN",)}
_UNUSABLE: Final = SecretStr("unusable")  # stands for what is a mistake already
_KEYS: Final = ("access_key", "secret_key", "security_token")
# One row is one client's spelling; rows are never mixed, since a key and another key's secret are no pair.
_KEY_SPELLINGS: Final[tuple[tuple[str, str, str], ...]] = (
    ("OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN"),
    ("OS_ACCESS_KEY_ID", "OS_ACCESS_KEY_SECRET", "OS_AKSK_SECURITY_TOKEN"),
    ("OS_AK", "OS_SK", "OS_ST"),
    ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_SECURITY_TOKEN"),
)
# How each value is sent; the others stand in a JSON body or an address.
_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "password": forms.password,
    **dict.fromkeys(("token", "project_id", *_KEYS), forms.for_header),
}
SECRET_VARIABLES: Final = (
    *(name for names in _SECRET.values() for name in names),
    *(n for row in _KEY_SPELLINGS for n in row),
)
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


def fields_from_environ(environ: Mapping[str, str], cwd: Path, mistakes: list[str]) -> Fields:
    """Read what the environment says of the cloud "default"; every secret may also be in a file (NAME_FILE)."""
    values: dict[str, SecretStr] = {}
    labels = {key: names[0] for key, names in (*_PLAIN.items(), *_SECRET.items())}
    for key, names in _PLAIN.items():
        if name := next((n for n in names if environ.get(n, "").strip()), None):
            labels[key] = name
            _keep(values, key, name, environ[name], mistakes)
    for key, names in _SECRET.items():
        for name in names:
            _keep(values, key, name, _secret(environ, name, cwd, mistakes), mistakes)
    spelling = next((row for row in _KEY_SPELLINGS if any(_is_set(environ, name) for name in row)), _KEY_SPELLINGS[0])
    for key, name in zip(_KEYS, spelling, strict=True):
        labels[key] = name
        _keep(values, key, name, _secret(environ, name, cwd, mistakes), mistakes)
    return Fields("default", "environment", True, values, labels, _has_unusable(values))


def fields_from_file(name: str, cloud: Mapping[str, Any], path: Path | None, mistakes: list[str]) -> Fields:
    """Read what `clouds.yaml` says of the cloud *name*: settings at its top or under `auth`."""
    values: dict[str, SecretStr] = {}
    labels: dict[str, str] = {}
    where = f"{path}: {name}"
    auth = cloud["auth"]
    at_top = ("auth_type", "region_name", "interface", "dws_endpoint_override", "cacert", *_KEYS)
    for key in (*_PLAIN, *_SECRET, *_KEYS):
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
        found = _FORMS.get(key, forms.plain)(text)
    except ValueError as e:
        mistakes.append(f"{label} {e}.")
        values[key] = _UNUSABLE
    else:
        if found:
            values[key] = SecretStr(found)


def _has_unusable(values: Mapping[str, SecretStr]) -> bool:
    return any(value is _UNUSABLE for value in values.values())


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())


def _secret(environ: Mapping[str, str], name: str, cwd: Path, mistakes: list[str]) -> str:
    """Return the secret *name*, from the variable or from the file that NAME_FILE names, or ""."""
    value, file = environ.get(name, ""), environ.get(f"{name}_FILE", "").strip()
    if value.strip() and file:
        mistakes.append(f"{name} and {name}_FILE are both set: unset one of them.")
    if value.strip() or not file:
        return value
    try:
        value = (cwd / file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else "not text in UTF-8"
        mistakes.append(f"{name}_FILE names {cwd / file}, which can't be read ({reason}): correct it.")
        return ""
    if not value.strip():
        mistakes.append(f"{name}_FILE names {cwd / file}, which is empty: put the secret in it.")
    return value
