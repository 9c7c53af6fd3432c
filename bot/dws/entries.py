"""One cloud's entry, merged as openstacksdk does: the profile's values, the cloud's own over them, its region's on top.

Source: openstacksdk, `openstack/config/loader.py`: `_get_base_cloud_config`, `_get_known_regions`, `_expand_regions`,
`get_one`, and `_util.normalize_keys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from bot.dws import variables


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it stands there, which may be anything, and the *label* under which an operator finds it."""

    value: Any = field(repr=False)
    label: str


Entry: TypeAlias = dict[str, Given]  # by key, such as "region_name" or "auth.username"

TWICE: Final = object()  # stands for a value that is given twice
TOLD: Final = object()  # stands for a value that can't be read, which is a mistake already


def flattened(mapping: object, where: str, mistakes: list[str]) -> Entry:
    """Return what *mapping* says, what is under `auth` as "auth.…"; keys may have `-` for `_`."""
    if not isinstance(mapping, Mapping):
        mistakes.append(f"{where} must be a mapping: indent its settings under it.")
        return {}
    found: Entry = {}
    for key, value in mapping.items():
        name = _name(key)
        if name != "auth":
            found[name] = Given(TWICE if name in found else value, f"{where}: {key}")
        elif isinstance(value, Mapping):
            for inner_key, inner in value.items():
                inner_name = f"auth.{_name(inner_key)}"
                found[inner_name] = Given(TWICE if inner_name in found else inner, f"{where}: auth.{inner_key}")
        elif value is not None:
            mistakes.append(f"{where}: `auth` must be a mapping: indent its settings under it.")
    return found


def _name(key: object) -> str:
    return str(key) if key in variables.AS_WRITTEN else str(key).replace("-", "_")


def merged(profile: Entry, own: Entry, mistakes: list[str]) -> Entry:
    """Return *own* over *profile*, and over both what belongs to the region; the first of several regions is taken."""
    found = {**profile, **own}
    found.pop("regions", None)
    for entry in (own, profile):
        if "regions" in entry:
            return {**found, **_first_region(entry["regions"], mistakes)}
        if "region_name" in entry:
            given = entry["region_name"]
            if isinstance(given.value, list):
                return {**found, **_first_region(given, mistakes)}
            first = given.value.split(",")[0] if isinstance(given.value, str) else given.value
            return {**found, "region_name": Given(first, given.label)}
    return found


def _first_region(given: Given, mistakes: list[str]) -> Entry:
    """Return what the first of a list of regions says: its name, and what it sets."""
    match given.value:
        case []:
            return {"region_name": Given("", given.label)}
        case [str(name), *_]:
            return {"region_name": Given(name, given.label)}
        case [{"name": str(name), **rest}, *_] if set(rest) <= {"values"}:
            values = flattened(rest.get("values", {}), f"{given.label}: {name}", mistakes)
            set_here = {key: value for key, value in values.items() if value.value is not None}
            return {**set_here, "region_name": Given(name, given.label)}
    mistakes.append(f"{given.label} must be a list of names, or of mappings with `name` and `values`: correct it.")
    return {"region_name": Given(TOLD, given.label)}
