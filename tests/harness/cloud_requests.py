"""What openstacksdk and the bot send for a cloud configuration, recorded where it would leave the machine."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import httpx
import openstack.config.loader
import otcextensions.sdk
import requests
from keystoneauth1.session import Session
from openstack.connection import Connection
from requests.adapters import BaseAdapter

from bot.certificates import Certificates
from bot.clients import HttpClients
from bot.core.errors import CloudError, ConfigError
from bot.dws.client import open_cloud
from bot.dws.credentials import read_clouds
from bot.environment import Environment
from tests.fakes.impatient_clock import ImpatientClock

PROJECT = "PID"
REGIONS = ("eu-de", "eu-nl")
INTERFACES = ("public", "internal", "admin")


@dataclass
class Sent:
    """The request for a token, the address at which clusters are then asked for, or why there is none."""

    url: str = ""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    clusters: str = ""
    error: str = ""


def catalogue() -> list[dict[str, Any]]:
    """Return a service catalogue in which each region and interface has an address of its own."""
    endpoints = [
        {
            "region": region,
            "region_id": region,
            "interface": interface,
            "id": f"{region}-{interface}",
            "url": f"https://dwsv1-{interface}.{region}.cat.example/v1.0/{PROJECT}",
        }
        for region in REGIONS
        for interface in INTERFACES
    ]
    return [{"type": "dwsv1", "name": "dws", "id": "dws", "endpoints": endpoints}]


def token() -> dict[str, Any]:
    """Return what IAM says of a token."""
    return {
        "token": {
            "methods": ["password"],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "project": {"id": PROJECT, "name": "p", "domain": {"id": "d", "name": "d"}},
            "user": {"id": "u", "name": "u", "domain": {"id": "d", "name": "d"}},
            "roles": [],
            "catalog": catalogue(),
        }
    }


class _Wire(BaseAdapter):
    """Where openstacksdk's requests end: the versions that IAM speaks, a token, and no clusters."""

    def __init__(self, sent: Sent) -> None:
        super().__init__()
        self._sent = sent

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = str(request.url)
        if request.method == "POST" and url.endswith("/tokens"):
            self._sent.url = url
            assert isinstance(request.body, str | bytes)
            self._sent.body = json.loads(request.body)
            return _response(request, 201, token(), {"X-Subject-Token": "T"})
        if url.partition("?")[0].endswith("/clusters"):
            self._sent.clusters = url.partition("?")[0]
            return _response(request, 200, {"clusters": [], "count": 0})
        base = url.rstrip("/")
        version = "v2.0" if base.endswith("v2.0") else "v3.14"
        base = base if base.endswith(("v2.0", "v3")) else f"{base}/v3"
        link = {"rel": "self", "href": base}
        return _response(request, 200, {"version": {"id": version, "status": "stable", "links": [link]}})

    def close(self) -> None:
        """Nothing is open."""


def _response(
    request: requests.PreparedRequest, status: int, body: object, headers: Mapping[str, str] | None = None
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.raw = io.BytesIO(json.dumps(body).encode())
    response.headers.update({"Content-Type": "application/json", **(headers or {})})
    response.url, response.request = str(request.url), request
    return response


def _fresh_loader() -> ModuleType:
    """Load openstacksdk's loader once more: it works its search path out on import."""
    spec = importlib.util.spec_from_file_location("openstack.config.loader", openstack.config.loader.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sent_by_openstacksdk(environ: Mapping[str, str], folder: Path) -> Sent:
    """Return what openstacksdk, with otcextensions, sends where it is told the same."""
    sent, before = Sent(), Path.cwd()
    wire = requests.Session()
    wire.mount("https://", _Wire(sent))
    wire.mount("http://", _Wire(sent))
    with (
        mock.patch.dict(os.environ, {"HOME": str(folder / "home"), **environ}, clear=True),
        mock.patch.object(requests, "get", side_effect=OSError("there is no network here")),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        os.chdir(folder / "cwd")
        try:
            config = _fresh_loader().OpenStackConfig(session_constructor=lambda **kw: Session(session=wire, **kw))
            region = config.get_one()
            region.config.pop("vendor_hook", None)  # otcextensions' own, which asks for its eighty services
            connection: Any = Connection(config=region)  # gets a service that its class doesn't have
            otcextensions.sdk.register_single_service(connection, "dws", PROJECT)
            list(connection.dws.clusters())
        except Exception as e:  # whatever it is: openstacksdk doesn't work with this configuration
            sent.error = f"{type(e).__name__}: {e}"
        finally:
            os.chdir(before)
    return sent


async def sent_by_the_bot(environ: Mapping[str, str], folder: Path) -> Sent:
    """Return what the bot sends where it is told nothing but *environ* and the folders `cwd` and `home` in *folder*."""
    sent = Sent()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.url, sent.body, sent.headers = str(request.url), json.loads(request.content), dict(request.headers)
            return httpx.Response(201, json=token(), headers={"X-Subject-Token": "T"})
        sent.clusters = str(request.url)
        return httpx.Response(200, json={"clusters": [], "count": 0})

    try:
        environment = Environment(environ, cwd=folder / "cwd", home=folder / "home", etc=folder / "etc")
        (cloud,) = read_clouds(environment)
        clients = HttpClients(certificates=Certificates(folder=folder))  # the usual ones take long to read
        transport = httpx.MockTransport(answer)
        async with open_cloud(cloud, clock=ImpatientClock(), clients=clients, transport=transport) as client:
            await client.clusters()
    except (ConfigError, CloudError) as e:
        sent.error = str(e)
    return sent


def plain(url: str) -> str:
    """Return *url* without the port that its scheme implies."""
    parts = urlsplit(url)
    implied = {"https": ":443", "http": ":80"}[parts.scheme]
    return parts._replace(netloc=parts.netloc.removesuffix(implied)).geturl()
