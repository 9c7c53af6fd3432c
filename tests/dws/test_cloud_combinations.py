"""Whatever keys come together, at whichever level and in whichever file: openstacksdk's request, or a mistake."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.cloud_requests import plain, sent_by_openstacksdk, sent_by_the_bot

pytestmark = pytest.mark.no_cover  # most of what runs is openstacksdk

WHOLE = {
    "auth_url": "https://iam.a.example",
    "username": "U",
    "password": "s3cret",
    "user_domain_name": "D",
    "project_id": "P",
}
OF_LOGINS: dict[str, list[object]] = {
    "auth_url": ["https://iam.b.example/v3", "http://iam.c.example/identity/"],
    "username": ["U2", ""],
    "user_name": ["U3"],
    "user_id": ["I"],
    "password": ["s3cret2"],
    "user_domain_name": ["D2", ""],
    "user_domain_id": ["DI"],
    "domain_name": ["D3"],
    "domain_id": ["DJ"],
    "default_domain_name": ["D4"],
    "default_domain_id": ["DK"],
    "project_name": ["PN", ""],
    "project_id": ["P2", ""],
    "tenant_name": ["PT"],
    "tenant_id": ["P3"],
    "project_domain_name": ["PD"],
    "project_domain_id": ["PDI"],
    "token": ["s3cret-t"],
    "auth_token": ["s3cret-u"],
    "application_credential_id": ["A"],
    "application_credential_name": ["AN"],
    "application_credential_secret": ["s3cret-a"],
    "trust_id": ["T"],
    "system_scope": ["all"],
}
OF_CLOUDS: dict[str, list[object]] = {
    "auth_type": ["password", "token", "v3password", "v3token", "v3applicationcredential"],
    "auth_plugin": ["token"],
    "region_name": ["eu-de", "eu-nl", "", ["eu-nl", "eu-de"], "eu-nl,eu-de"],
    "regions": [
        ["eu-nl"],
        [],
        [{"name": "eu-nl", "values": {"interface": "internal", "auth": {"username": "R"}}}, "eu-de"],
        [{"name": "eu-de", "values": {"project_id": "R", "region_name": "eu-nl"}}],
    ],
    "interface": ["internal", "publicURL", ["internal", "public"], ""],
    "endpoint_type": ["admin"],
    "dwsv1_interface": ["internal"],
    "dwsv1_region_name": ["eu-nl"],
    "dwsv1_endpoint_override": ["https://o.example/v1.0/PID"],
    "dws_endpoint_override": ["https://p.example"],
    "profile": ["otc", "mine", "unknown"],
    "cloud": ["otc"],
    "verify": [True, False],
    "identity_api_version": ["3", 2],
}


@st.composite
def entries(draw: st.DrawFn, *, whole: bool) -> dict[str, Any]:
    """Return a cloud's entry: most of a login, and a few keys more, at the top or under `auth`, with - or _."""
    auth: dict[str, Any] = {}
    top: dict[str, Any] = {}

    def put(level: dict[str, Any], key: str, value: object) -> None:
        level[draw(st.sampled_from([key] * 7 + [key.replace("_", "-")]))] = value

    left_out = draw(st.sets(st.sampled_from([*WHOLE]), max_size=1)) if whole else {*WHOLE}
    for key in WHOLE.keys() - left_out:
        put(draw(st.sampled_from([auth, auth, auth, top])), key, WHOLE[key])
    for key in draw(st.sets(st.sampled_from([*OF_LOGINS]), max_size=3)):
        put(draw(st.sampled_from([auth, top])), key, draw(st.sampled_from(OF_LOGINS[key])))
    for key in draw(st.sets(st.sampled_from([*OF_CLOUDS]), max_size=3)):
        put(top, key, draw(st.sampled_from(OF_CLOUDS[key])))
    return {**top, "auth": auth} if auth else top


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep openstacksdk's warnings out of the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def hold_together(environ: dict[str, str], files: dict[str, Any]) -> None:
    """Fail where both log in and what they send differs, or where a mistake holds a secret."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("cwd", "home"):
            (folder / part).mkdir()
        for file, content in files.items():
            (folder / "cwd" / file).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        theirs = sent_by_openstacksdk(environ, folder)
        ours = asyncio.run(sent_by_the_bot(environ, folder))
    assert "s3cret" not in ours.error
    if not ours.error and not theirs.error:
        assert (plain(ours.url), ours.body) == (plain(theirs.url), theirs.body)
        assert plain(ours.clusters) == plain(theirs.clusters)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(own=entries(whole=True), secure=st.none() | entries(whole=False), profile=st.none() | entries(whole=False))
def test_keys_of_files_come_to_openstacksdks_request(
    own: dict[str, Any], secure: dict[str, Any] | None, profile: dict[str, Any] | None
) -> None:
    """Own entry, secure.yaml over it, a profile of one's own below."""
    files: dict[str, Any] = {"clouds.yaml": {"clouds": {"p": own}}}
    if secure is not None:
        files["secure.yaml"] = {"clouds": {"p": secure}}
    if profile is not None:
        files["clouds-public.yaml"] = {"public-clouds": {"mine": profile}}
    hold_together({"OS_CLOUD": "p"}, files)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(own=entries(whole=True))
def test_variables_come_to_openstacksdks_request(own: dict[str, Any]) -> None:
    """The same keys as OS_*."""
    keys = {**own, **own.get("auth", {})}
    texts = {key: value for key, value in keys.items() if isinstance(value, str) and "-" not in key and key != "cloud"}
    hold_together({f"OS_{key.upper()}": value for key, value in texts.items()}, {})
