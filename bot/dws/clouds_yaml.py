"""Finds and reads `clouds.yaml`, `secure.yaml` and `clouds-public.yaml`, where openstacksdk looks for them.

Source: openstacksdk, `openstack/config/loader.py` (CONFIG_SEARCH_PATH, `_load_yaml_json_file`, `merge_clouds`,
`_expand_vendor_profile`) and the profiles in `openstack/config/vendors`. Where that skips a file that it can't read,
and goes on to another, this says so: the other may hold another account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot import values
from bot.dws import variables
from bot.dws.entries import Entry, flattened
from bot.environment import Environment, is_file

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_PROFILES: Final[Mapping[str, Mapping[str, Any]]] = {
    "otc": {"auth": {"auth_url": "https://iam.{region_name}.otc.t-systems.com/v3"}, "regions": ["eu-de", "eu-nl"]},
    # openstacksdk has no scheme here, with which its requests fail
    "otc-swiss": {"auth": {"auth_url": "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3"}, "regions": ["eu-ch2"]},
}
OTHERS: Final = re.compile(  # profiles that come with openstacksdk, of clouds that have no DWS
    "auro|betacloud|binero|bluebox|catalyst|citycloud|conoha|dreamcompute|elastx|entercloudsuite|fuga|ibmcloud|internap|"
    "limestonenetworks|ovh|ovh-us|rackspace|switchcloud|switchengines|ultimum|unitedstack|vexxhost|zetta"
)


@dataclass(frozen=True, slots=True)
class CloudFile:
    """One file: where it is (None: nowhere), what it holds, and what is wrong with it, which quotes nothing of it."""

    path: Path | None = None
    content: object = field(default=None, repr=False)
    mistake: str = ""

    def section(self, key: str, mistakes: list[str]) -> dict[str, Any]:
        """Return the mapping under *key*, with its own keys as text; empty where there is none, which is a mistake."""
        if self.path is None or self.mistake:
            mistakes.extend([self.mistake] if self.mistake else [])
            return {}
        found = self.content.get(key) if isinstance(self.content, Mapping) else None
        if not isinstance(found, Mapping):
            mistakes.append(f"{self.path} has no mapping `{key}:` at its top: put the clouds' names under it.")
            return {}
        return {str(name): value for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class CloudFiles:
    """The three files; what is wrong in them is told to who needs what is in them, and to nobody else."""

    clouds: CloudFile
    secure: CloudFile
    public: CloudFile

    def names(self) -> list[str]:
        """Return the clouds' names, however usable they are."""
        ignored: list[str] = []
        return list({**self.clouds.section("clouds", ignored), **self.secure.section("clouds", ignored)})

    def file_mistakes(self) -> list[str]:
        """Return what is wrong with the files of clouds as a whole."""
        mistakes: list[str] = []
        for file in (self.clouds, self.secure):
            file.section("clouds", mistakes)
        return mistakes

    def cloud(self, name: str, mistakes: list[str]) -> Entry:
        """Return what the files say of the cloud *name*, one's secrets laid over the other's settings."""
        found: Entry = {}
        for file in (self.clouds, self.secure):
            if name in (clouds := file.section("clouds", [])):
                found |= flattened(clouds[name], f"{file.path}: {name}", mistakes)
        return found

    def profile(self, name: str, where: str, mistakes: list[str]) -> Entry:
        """Return the defaults that the profile *name* brings: one's own before those that come with openstacksdk.

        *where* is what refers to it. A profile that nobody knows brings nothing.
        """
        own = self.public.section("public-clouds", mistakes)
        if name in own:
            return flattened(own[name], f"{self.public.path}: {name}", mistakes)
        if "//" in name:
            mistakes.append(
                f"{where} is an address, from which nothing is fetched: remove it and give `auth_url` under `auth`."
            )
        elif OTHERS.fullmatch(name):
            mistakes.append(
                f"{where} is {name!r}, a cloud without DWS: remove it and give `auth_url` and `region_name` instead."
            )
        return flattened(_PROFILES.get(name, {}), f"profile {name}", mistakes)

    def contents(self) -> Iterator[object]:
        """Yield what each file holds."""
        yield from (self.clouds.content, self.secure.content, self.public.content)


def read_cloud_files(environment: Environment) -> CloudFiles:
    """Read the first file of each kind in the search path.

    The path: `OS_CLIENT_CONFIG_FILE` (`OS_CLIENT_SECURE_FILE`), the working directory, `$XDG_CONFIG_HOME/openstack`,
    `~/.config/openstack`, `$XDG_CONFIG_DIRS/openstack`, `/etc/openstack`; in each folder `.yaml`, `.yml` and `.json`.
    """
    folders, unread = [environment.cwd], list[str]()
    if config_home := environment.read(variables.CONFIG_HOME.name, unread):
        folders.append(environment.path(config_home) / "openstack")
    folders.append(environment.home / ".config" / "openstack")
    machines = environment.read(variables.CONFIG_DIRS.name, unread) or str(environment.etc / "xdg")
    folders += [environment.path(machines) / "openstack"] if ":" not in machines else []  # several: none is found
    folders.append(environment.etc / "openstack")
    return CloudFiles(
        _first(environment, variables.CLOUDS_FILE.name, "clouds", folders, unread),
        _first(environment, variables.SECURE_FILE.name, "secure", folders, unread),
        _first(environment, "", "clouds-public", folders, unread),
    )


def _first(environment: Environment, variable: str, stem: str, folders: list[Path], unread: list[str]) -> CloudFile:
    mistakes = [*unread]
    if given := environment.read(variable, mistakes) if variable else "":
        path = environment.path(given)
        if not is_file(path):
            shown = values.shown_path(given, path)
            return CloudFile(path, mistake=f"{variable} names {shown}, which is no file: correct the path or unset it.")
        return _read(path)
    if mistakes:
        return CloudFile(mistake=mistakes[0])
    paths = (folder / f"{stem}{suffix}" for folder in folders for suffix in _SUFFIXES)
    path_found = next((path for path in paths if is_file(path)), None)
    return _read(path_found) if path_found else CloudFile()


def _read(path: Path) -> CloudFile:
    import yaml  # here: where the cloud is in `OS_*` there is no such file, and it takes long to load

    try:
        text = path.read_text(encoding="utf-8-sig")
        return CloudFile(path, json.loads(text) if path.suffix == ".json" else yaml.safe_load(text))
    except OSError as e:
        mistake = f"{path} can't be read ({e.strerror}): let the bot's user read it."
    except yaml.MarkedYAMLError as e:  # its own text quotes the line, which may hold a password
        line = f" in line {e.problem_mark.line + 1}" if e.problem_mark else ""
        mistake = f"{path} is not YAML: correct it{line}."
    except json.JSONDecodeError as e:
        mistake = f"{path} is not JSON: correct it in line {e.lineno}."
    except (yaml.YAMLError, UnicodeDecodeError):
        mistake = f"{path} is not YAML in UTF-8: correct its characters."
    except (ValueError, TypeError, OverflowError, RecursionError):  # a date, number or depth that Python hasn't
        mistake = f"{path} holds a date, a number or a nesting that can't be read: put texts in quotes."
    return CloudFile(path, mistake=mistake)
