"""Finds and reads `clouds.yaml` with its `secure.yaml`, as openstacksdk does.

Source: openstacksdk, "Configuring OpenStack SDK Applications"; the profiles are those that it ships for Open Telekom
Cloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from bot.dws import variables
from bot.environment import Environment

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_PROFILES: Final[Mapping[str, tuple[str, str]]] = {  # name -> (auth_url, region where none is given)
    "otc": ("https://iam.{region_name}.otc.t-systems.com/v3", "eu-de"),
    "otc-swiss": ("https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3", "eu-ch2"),
}


@dataclass(frozen=True, slots=True)
class CloudsFile:
    """What the files hold: *clouds* by name, secrets overlaid; *path* is None where there is no file.

    *mistakes* are for the operator and hold nothing of the files' contents.
    """

    path: Path | None = None
    clouds: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()


def read_clouds_file(environment: Environment) -> CloudsFile:
    """Read the first `clouds.yaml` and the first `secure.yaml` of the search path, each `.yaml`, `.yml` or `.json`.

    The path: `OS_CLIENT_CONFIG_FILE` (`OS_CLIENT_SECURE_FILE`), the working directory, `~/.config/openstack`,
    `/etc/openstack`.
    """
    mistakes: list[str] = []
    config_home = environment.path(environment.read(variables.CONFIG_HOME.name, mistakes) or "~/.config")
    folders = [environment.cwd, config_home / "openstack", environment.etc / "openstack"]
    path, document = _first(environment, variables.CLOUDS_FILE.name, "clouds", folders, mistakes)
    secure_path, secure = _first(environment, variables.SECURE_FILE.name, "secure", folders, mistakes)
    clouds = _clouds(document, path, mistakes)
    for name, overlay in _clouds(secure, secure_path, mistakes).items():
        if name in clouds:
            clouds[name] = _overlaid(clouds[name], overlay)
    return CloudsFile(
        path, {name: _with_profile(name, cloud, mistakes) for name, cloud in clouds.items()}, (*mistakes,)
    )


def _first(
    environment: Environment, variable: str, stem: str, folders: Iterable[Path], mistakes: list[str]
) -> tuple[Path | None, object]:
    if given := environment.read(variable, mistakes):
        path = environment.path(given)
        if not path.is_file():
            mistakes.append(f"{variable} names {path}, which is no file: correct the path or unset it.")
            return None, None
    else:
        found = (folder / f"{stem}{suffix}" for folder in folders for suffix in _SUFFIXES)
        if (first := next((p for p in found if p.is_file()), None)) is None:
            return None, None
        path = first
    try:
        return path, yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as e:
        mistakes.append(f"{path} can't be read ({e.strerror}): let the bot's user read it.")
    except yaml.MarkedYAMLError as e:  # its own text quotes the line, which may hold a password
        line = f" in line {e.problem_mark.line + 1}" if e.problem_mark else ""
        mistakes.append(f"{path} is not YAML: correct it{line}.")
    except (yaml.YAMLError, UnicodeDecodeError):
        mistakes.append(f"{path} is not YAML in UTF-8: correct its characters.")
    except (ValueError, OverflowError, RecursionError):  # a date, a number or a depth that Python hasn't; quoted, too
        mistakes.append(f"{path} holds a date, a number or a nesting that can't be read: put texts in quotes.")
    return path, None


def _clouds(document: object, path: Path | None, mistakes: list[str]) -> dict[str, dict[str, Any]]:
    if document is None:
        return {}
    clouds = document.get("clouds") if isinstance(document, dict) else None
    if not isinstance(clouds, dict):
        mistakes.append(f"{path} has no mapping `clouds:` at its top: put the clouds' names under it.")
        return {}
    usable: dict[str, dict[str, Any]] = {}
    for name, cloud in clouds.items():
        if not isinstance(cloud, dict) or not isinstance(cloud.get("auth") or {}, dict):
            mistakes.append(f"{path}: `{name}` and its `auth` must be mappings: indent their settings under them.")
            continue
        usable[str(name)] = {**_keys(cloud), "auth": _keys(cloud.get("auth") or {})}
    return usable


def _keys(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).replace("-", "_"): value for key, value in mapping.items()}


def _overlaid(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return {**below, **above, "auth": {**below["auth"], **above["auth"]}}


def _with_profile(name: str, cloud: dict[str, Any], mistakes: list[str]) -> dict[str, Any]:
    """Lay the profile's values under the cloud's own."""
    profile = cloud.get("profile", cloud.get("cloud"))
    if profile is None:
        return cloud
    if str(profile) not in _PROFILES:
        if not cloud["auth"].get("auth_url"):
            mistakes.append(
                f"{name}: the profile {str(profile)!r} is unknown here (known: {', '.join(_PROFILES)}): "
                "give `auth_url` under `auth` instead."
            )
        return cloud
    auth_url, region = _PROFILES[str(profile)]
    region = str(cloud.get("region_name") or region)
    return _overlaid({"region_name": region, "auth": {"auth_url": auth_url.format(region_name=region)}}, cloud)
