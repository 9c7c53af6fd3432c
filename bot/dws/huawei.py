"""What Huawei's own tools read beside OS_*: Terraform's `HW_…`, and the SDK's file of access keys.

They say the same in other names. Where two of them are given and say it differently, that is a mistake: which account
was meant isn't ours to guess.

Sources: Terraform's provider for Huawei Cloud, `huaweicloud/provider.go`; huaweicloud-sdk-python-v3,
`huaweicloudsdkcore/auth/provider.py` (`ProfileCredentialProvider`, which comes after the environment).
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot import values
from bot.dws import regions, variables
from bot.dws.entries import TOLD, Entry, Given
from bot.environment import Environment, is_file

_SECTION: Final = "basic"
_OF_FILE: Final[Mapping[str, str]] = {  # its names -> ours; `iam_endpoint` is IAM's address
    "ak": "access_key",
    "sk": "secret_key",
    "security_token": "security_token",
    "project_id": "project_id",
    "iam_endpoint": "auth_url",
}
_BY_KEY: Final = {variable.key: variable for variable in (*variables.LOGIN, *variables.KEYS)}
# What stands for the same in another form, so that it can't be compared: a project's id and its name.
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "user_domain_name": ("domain_name",),
    "user_domain_id": ("domain_id",),
    "project_id": ("project_name", "tenant_name"),
    "project_name": ("project_id", "tenant_id"),
}
_NOT_SET: Final = (None, "")
_NOTHING: Final = Given(None, "")
_PROOFS: Final = {"username", "user_id", "password", "token", "access_key", "secret_key"}
_PROJECT: Final = {"project_id", "project_name", "tenant_id", "tenant_name"}
_ELSEWHERE: Final = ("OS_", "S3_")


@dataclass(frozen=True, slots=True)
class CredentialsFile:
    """The SDK's file: where it is (None: nowhere), what `[basic]` says, and what is wrong, which quotes nothing."""

    path: Path | None = None
    section: Mapping[str, str] = field(default_factory=dict, repr=False)
    mistake: str = ""
    is_named: bool = False  # by the variable, and not just there

    def entry(self, mistakes: list[str]) -> Entry:
        """Return what it says of a login, under our names."""
        mistakes.extend([self.mistake] if self.mistake else [])
        found: Entry = {}
        for name, key in _OF_FILE.items():
            if text := self.section.get(name):
                label = f"{self.path}: {name}"
                if values.is_quoted(text):
                    mistakes.append(f"{label} is in quotes, which would be part of the value: write it without them.")
                found[key] = Given(TOLD if values.is_quoted(text) else text, label)
        if "idp_id" in self.section:
            mistakes.append(f"{self.path}: idp_id: federated logins aren't supported: give ak and sk.")
        return found

    def secrets(self) -> Sequence[str]:
        """Return the secrets in it, as they stand there."""
        return [self.section[name] for name in ("ak", "sk", "security_token") if self.section.get(name)]


def read_credentials_file(environment: Environment) -> CredentialsFile:
    """Read the file that HUAWEICLOUD_SDK_CREDENTIALS_FILE names, else `~/.huaweicloud/credentials` if it is there."""
    name, told = variables.CREDENTIALS_FILE.name, list[str]()
    given = environment.read(name, told)
    if given is None:
        return CredentialsFile(mistake=told[0], is_named=True)
    path = environment.path(given) if given else environment.home / ".huaweicloud" / "credentials"
    if not is_file(path):
        missing = (
            f"{name} names {values.shown_path(given, path)}, which is no file: correct the path or unset it."
            if given
            else ""
        )
        return CredentialsFile(path if given else None, mistake=missing, is_named=bool(given))
    section, mistake = _read(path)
    return CredentialsFile(path, section, mistake, is_named=bool(given))


def _read(path: Path) -> tuple[Mapping[str, str], str]:
    parser = configparser.ConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
        section = {name: values.stripped(text) for name, text in parser.items(_SECTION)}
    except configparser.NoSectionError:
        return {}, f"{path} has no section [{_SECTION}]: put ak and sk under it."
    except OSError as e:
        return {}, f"{path} can't be read ({e.strerror}): let the bot's user read it."
    except (configparser.Error, UnicodeDecodeError):  # its own text quotes the line, which may hold a key
        return {}, f"{path} is not an INI file in UTF-8 with each name once: correct it (a % is written %%)."
    if not (section.get("ak") and section.get("sk")) and "idp_id" not in section:
        return section, f"{path} lacks ak or sk under [{_SECTION}]: give both."
    return section, ""


def lay_under(found: Entry, environment: Environment, file: CredentialsFile | None, mistakes: list[str]) -> None:
    """Add to *found*, which OS_* say, what Huawei's variables and *file* say; what differs is a mistake."""
    others = dict(found)
    if not any(given.label.startswith(_ELSEWHERE) for key, given in others.items() if key in _PROOFS and given.value):
        _refuse(environment, others, mistakes)
    ours: Entry = {}
    for variable in variables.LOGIN:
        for name in variable.names:
            if name.startswith(variables.OF_TERRAFORM) and environment.is_set(name):
                value = environment.read(name, mistakes, variable.form)
                ours[variable.key] = Given(TOLD if value is None else value, name)
    _add(found, others, ours, mistakes)
    if ours.keys() & _PROOFS and "region_name" in ours and not found.keys() & _PROJECT:
        found["project_name"] = ours["region_name"]  # each region has a project of its name
    if file:
        _add(found, dict(found), file.entry(mistakes), mistakes)


def check_keys(environment: Environment, family: int, mistakes: list[str]) -> None:
    """Tell where HW_ACCESS_KEY and its like say something else than the names of the *family* that is taken."""
    of_terraform = next(i for i, n in enumerate(variables.ACCESS_KEY.names) if n.startswith(variables.OF_TERRAFORM))
    if family >= of_terraform or not any(environment.is_set(v.names[of_terraform]) for v in variables.KEYS):
        return
    for variable in variables.KEYS:
        one, other = variable.names[family], variable.names[of_terraform]
        if environment.read(one, [], variable.form) != environment.read(other, [], variable.form):
            mistakes.append(_differ(one, other))
            return


def _add(found: Entry, others: Entry, ours: Entry, mistakes: list[str]) -> None:
    """Add *ours* to *found*, where *others* don't say it otherwise."""
    for key, given in ours.items():
        same = (*_BY_KEY[key].spellings, key)
        also = () if key == "project_name" and "project_id" in ours else _ALSO.get(key, ())
        rivals = [others[k] for k in (*same, *also) if others.get(k, _NOTHING).value not in _NOT_SET]
        if not rivals:
            found[key] = given
        elif TOLD not in (rivals[0].value, given.value) and rivals[0].value != given.value:
            mistakes.append(_differ(rivals[0].label, given.label))


def _differ(one: str, other: str) -> str:
    return f"{one} and {other} say different things: set one of them only."


def _refuse(environment: Environment, others: Entry, mistakes: list[str]) -> None:
    for name, advice in variables.HUAWEI_REFUSED.items():
        value = environment.read(name, mistakes)
        if not value or (name == "HW_INSECURE" and value.lower() in ("0", "f", "false")):
            continue
        if name == "HW_CLOUD":
            region = environment.read("HW_REGION_NAME", []) or str(others.get("region_name", _NOTHING).value or "")
            known = regions.dws_endpoint(region)
            if environment.is_set(variables.ENDPOINT.name) or (known and known.endswith(f".{value}")):
                continue
        mistakes.append(f"{name}: {advice}.")
