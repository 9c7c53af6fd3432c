#!/usr/bin/env python3
"""Write the bill of materials of the bot: every locked package with its version, licence, hashes and what it needs.

CycloneDX 1.6 in JSON, to the file that is named, else to standard output. It is made of requirements.txt and of what is
installed, asks nobody, and is the same whenever and wherever it is made from the same two.
"""

import argparse
import json
import re
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[1]
_PINNED: Final = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>\S+)", re.M)


def main() -> None:
    """Write it, and fail where it isn't what the standard wants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="where it goes; standard output where none is named")
    file = parser.parse_args().file
    text = bill((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"It isn't CycloneDX: {wrong}")
    if file is None:
        print(text)
    else:
        file.write_text(f"{text}\n", encoding="utf-8")


def bill(locked: str) -> str:
    """Return the bill for the packages that are *locked*, as JSON."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bot = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    # named after its contents: of the same contents it is the same
    made = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{project['name']} {project['version']}\n{locked}"))
    made.metadata.component = bot
    packages = {canonicalize_name(p["name"]): package(p, locked) for p in _PINNED.finditer(locked)}
    for component in packages.values():
        made.components.add(component)
    named = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    for component, wanted in [(bot, named), *((c, requirements_of(c)) for c in packages.values())]:
        needed = {canonicalize_name(Requirement(line).name) for line in wanted}
        made.register_dependency(component, [packages[name] for name in sorted(needed & packages.keys())])
    document = JsonV1Dot6(made)
    document.generate()
    told = json.loads(document.output_as_string())
    del told["metadata"]["timestamp"]
    return json.dumps(told, indent=2, ensure_ascii=False)


def package(pinned: re.Match[str], locked: str) -> Component:
    """Return what is known of a package: the hashes that were locked, and the licence where it is installed here."""
    name, version = pinned["name"], pinned["version"]
    block = locked[pinned.end() :]
    block = block[: following.start()] if (following := _PINNED.search(block)) else block
    found = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
    index = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{name}/{version}/"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in found],
    )
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}=={version}",
        purl=PackageURL("pypi", name=canonicalize_name(name), version=version),
        external_references=[index],
        licenses=[LicenseFactory().make_from_string(said)] if (said := licence(name)) else None,
    )


def licence(name: str) -> str:
    """Return the licence by which a package says that it comes, "" where it isn't installed here or says none."""
    try:
        about = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return ""
    stated = about.get("license_expression") or about.get("license") or ""
    classified = [c.rpartition(" :: ")[2] for c in about.get("classifier", ()) if c.startswith("License :: ")]
    return str(stated) if stated and "\n" not in stated else " AND ".join(classified)


def requirements_of(component: Component) -> list[str]:
    """Return what an installed package requires; its extras are left out."""
    try:
        lines = metadata.requires(component.name) or []
    except metadata.PackageNotFoundError:
        return []
    return [line for line in lines if "extra ==" not in line]


if __name__ == "__main__":
    main()
