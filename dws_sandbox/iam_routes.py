"""IAM over HTTP.

Source: IAM API Reference, "Obtaining a User Token", "Verifying a Token", "Querying Project Information", "Obtaining a
Temporary AK/SK"; Keystone's version discovery.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from dws_sandbox import json_http
from dws_sandbox.authentication import Authenticator
from dws_sandbox.iam import Iam, Token
from dws_sandbox.refusals import Refusal, keystone


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _trace(response: web.Response) -> web.Response:
    response.headers["X-IAM-Trace-Id"] = f"token_{response.headers['X-Request-Id']}"
    return response


class IamRoutes:
    """Translates between HTTP and *iam*; *authenticator* checks the calls that need a login."""

    def __init__(self, iam: Iam, authenticator: Authenticator) -> None:
        """Serve *iam*."""
        self._iam = iam
        self._authenticator = authenticator

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes; the part of a name before the first dot is the kind of call."""
        router.add_get("/", self.versions, name="discovery.root")
        for path, name in (("/v3", "plain"), ("/v3/", "slash")):
            router.add_get(path, self.version, name=f"discovery.{name}")
        tokens = router.add_resource("/v3/auth/tokens", name="token")
        tokens.add_route("POST", self.create_token)
        tokens.add_route("GET", self.check_token)
        router.add_get("/v3/projects", self.projects, name="projects")
        router.add_get("/v3/auth/projects", self.projects, name="projects.auth")
        router.add_post("/v3.0/OS-CREDENTIAL/securitytokens", self.temporary_key, name="credential")

    async def versions(self, request: web.Request) -> web.Response:
        """Answer `GET /` with the versions that there are."""
        return json_http.answer(300, {"versions": {"values": [self._version(request)]}})

    async def version(self, request: web.Request) -> web.Response:
        """Answer `GET /v3`."""
        return json_http.answer(200, {"version": self._version(request)})

    async def create_token(self, request: web.Request) -> web.Response:
        """Log in: 201 with the token in `X-Subject-Token`; `?nocatalog` leaves the catalogue out."""
        value, token = self._iam.log_in(_auth(await self._body(request)))
        body = self._token_body(request, token)
        return _trace(json_http.answer(201, body, headers={"X-Subject-Token": value}))

    async def check_token(self, request: web.Request) -> web.Response:
        """Say what the token in `X-Subject-Token` is."""
        await self._require_login(request)
        value = request.headers.get("X-Subject-Token", "")
        token = self._iam.token(value)
        if token is None:
            raise keystone(404, "Not Found", "Could not find token.")
        return _trace(json_http.answer(200, self._token_body(request, token), headers={"X-Subject-Token": value}))

    async def projects(self, request: web.Request) -> web.Response:
        """List the projects, those called `?name=` where it is given."""
        await self._require_login(request)
        account = self._iam.account
        project = {
            "id": account.project_id,
            "name": account.project_name,
            "domain_id": account.domain_id,
            "parent_id": account.domain_id,
            "is_domain": False,
            "enabled": True,
            "description": "",
            "links": {"self": f"{_base(request)}/v3/projects/{account.project_id}"},
        }
        found = [project] if request.query.get("name", account.project_name) == account.project_name else []
        return json_http.answer(200, {"projects": found, "links": {"self": f"{_base(request)}/v3/projects"}})

    async def temporary_key(self, request: web.Request) -> web.Response:
        """Issue a temporary AK/SK with its security token."""
        await self._require_login(request)
        auth = _auth(await self._body(request))
        match auth:
            case {"identity": {"methods": ["token"], **rest}}:
                options = rest.get("token") or {}
            case _:
                raise keystone(400, "Bad Request", "Only the method token is supported.")
        if not isinstance(options, dict):
            raise keystone(400, "Bad Request", "Request body is invalid.")
        ak, key = self._iam.temporary_key(options.get("duration_seconds"))
        assert key.expires_at is not None
        credential = {
            "access": ak,
            "secret": key.secret,
            "securitytoken": key.security_token,
            "expires_at": _time(key.expires_at),
        }
        return _trace(json_http.answer(201, {"credential": credential}))

    async def _require_login(self, request: web.Request) -> None:
        body = await request.read()
        try:
            self._authenticator.check(request.method, request.raw_path, json_http.lower_headers(request), body, None)
        except Refusal as e:
            raise keystone(401, "Unauthorized", str(e.body["error_msg"])) from e

    async def _body(self, request: web.Request) -> dict[str, Any]:
        malformed = keystone(400, "Bad Request", "Request body is invalid.")
        return await json_http.json_object(request, empty=malformed, malformed=malformed)

    def _version(self, request: web.Request) -> dict[str, Any]:
        return {
            "id": "v3.6",
            "status": "stable",
            "updated": "2016-04-04T00:00:00Z",
            "links": [{"rel": "self", "href": f"{_base(request)}/v3/"}],
            "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
        }

    def _token_body(self, request: web.Request, token: Token) -> dict[str, Any]:
        account = self._iam.account
        domain = {"id": account.domain_id, "name": account.domain}
        body: dict[str, Any] = {
            "methods": list(token.methods),
            "issued_at": _time(token.issued_at),
            "expires_at": _time(token.expires_at),
            "user": {"id": account.user_id, "name": account.username, "domain": domain},
            "roles": [{"id": "0", "name": "te_admin"}],
        }
        body |= {"project": account.project} if token.scoped else {"domain": domain}
        if "nocatalog" not in request.query:
            body["catalog"] = self._catalogue(_base(request))
        return {"token": body}

    def _catalogue(self, base: str) -> list[dict[str, Any]]:
        account = self._iam.account
        # Two generations of names: `dwsv1` comes with version and project in its address, `dws` without.
        services = [
            ("dwsv1", "dwsv1", account.region, f"{base}/v1.0/{account.project_id}"),
            ("dws", "dws", account.region, base),
            ("identity", "iam", "*", f"{base}/v3"),
            ("iam", "iam", "*", f"{base}/v3.0"),
        ]
        return [
            {
                "id": f"{number:032x}",
                "type": kind,
                "name": name,
                "endpoints": [
                    {"id": f"{number:031x}e", "interface": "public", "region": region, "region_id": region, "url": url}
                ],
            }
            for number, (kind, name, region, url) in enumerate(services, start=1)
        ]


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _auth(body: dict[str, Any]) -> dict[str, Any]:
    auth = body.get("auth")
    if not isinstance(auth, dict):
        raise keystone(400, "Bad Request", "Request body is invalid: auth is missing.")
    return auth
