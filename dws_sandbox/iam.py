"""IAM without HTTP: one user, one project, their tokens and keys.

Source: IAM API Reference, "Obtaining a User Token", "Obtaining a Temporary AK/SK".
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from dws_sandbox.model import CloudClock
from dws_sandbox.refusals import keystone

TOKEN_LIFE: Final = timedelta(hours=24)
_TOKEN_BYTES: Final = 2400  # real tokens are several KB of text


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in, and to what."""

    region: str
    project_id: str
    project_name: str
    domain: str
    username: str
    password: str
    ak: str
    sk: str

    @property
    def user_id(self) -> str:
        """Return an id that belongs to the user's name, 32 hex digits."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"user {self.username}").hex

    @property
    def domain_id(self) -> str:
        """Return an id that belongs to the domain's name, 32 hex digits."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"domain {self.domain}").hex

    @property
    def project(self) -> dict[str, Any]:
        """Return the project as a token names it."""
        domain = {"id": self.domain_id, "name": self.domain}
        return {"id": self.project_id, "name": self.project_name, "domain": domain}


@dataclass(frozen=True, slots=True)
class Token:
    """A token; without a project it is of no use for DWS."""

    methods: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    scoped: bool


@dataclass(frozen=True, slots=True)
class Key:
    """An AK's secret; a temporary one has a security token and an end."""

    secret: str
    security_token: str | None = None
    expires_at: datetime | None = None


class Iam:
    """Tokens and keys of *account*, as long as *clock* says."""

    def __init__(self, account: Account, clock: CloudClock) -> None:
        """Start with the account's permanent key and no token."""
        self.account = account
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._keys = {account.ak: Key(account.sk)}

    def token(self, value: str | None) -> Token | None:
        """Return the token behind *value* where it is valid now."""
        token = self._tokens.get(value or "")
        return token if token and self._clock.now() < token.expires_at else None

    def key(self, ak: str) -> Key | None:
        """Return the key behind *ak* where it is valid now."""
        key = self._keys.get(ak)
        if key and key.expires_at and self._clock.now() >= key.expires_at:
            return None
        return key

    def keep_key(self, ak: str, key: Key) -> None:
        """Let *key* be what is behind *ak*."""
        self._keys[ak] = key

    def revoke_tokens(self) -> int:
        """Forget every token and temporary key, as after a change of password; return how many tokens there were."""
        count = len(self._tokens)
        self._tokens.clear()
        self._keys = {ak: key for ak, key in self._keys.items() if key.expires_at is None}
        return count

    def log_in(self, auth: dict[str, Any]) -> tuple[str, Token]:
        """Issue a token for an `auth` object (methods `password` or `token`); return its value and what it is.

        What is issued for a token ends when that does.

        Raises:
            Refusal: 400 where the object is malformed, 401 where user, password, token or scope are wrong.
        """
        identity = _object(auth, "identity")
        now = self._clock.now()
        ends = now + TOKEN_LIFE
        methods = identity.get("methods")
        match methods:
            case ["password"]:
                self._check_password(_object(_object(identity, "password"), "user"))
            case ["token"]:
                if (given := self.token(str(_object(identity, "token").get("id")))) is None:
                    raise keystone(401, "Unauthorized", "The token must be updated.")
                ends = given.expires_at
            case _:
                raise keystone(400, "Bad Request", f"Unsupported identity methods: {methods}")
        token = Token((str(methods[0]),), now, ends, self._scope(auth.get("scope")))
        value = "MII" + secrets.token_urlsafe(_TOKEN_BYTES)
        self._tokens[value] = token
        return value, token

    def temporary_key(self, seconds: object) -> tuple[str, Key]:
        """Issue an AK with its key for *seconds*, 900 to 86400 (900 where None).

        Raises:
            Refusal: 400 where *seconds* are out of range.
        """
        seconds = 900 if seconds is None else seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not 900 <= seconds <= 86400:
            raise keystone(400, "Bad Request", "duration_seconds must be 900 to 86400.")
        ak = "HST" + secrets.token_hex(9).upper()[:17]
        expires_at = self._clock.now() + timedelta(seconds=seconds)
        key = Key(secrets.token_urlsafe(30), secrets.token_urlsafe(900), expires_at)
        self.keep_key(ak, key)
        return ak, key

    def _check_password(self, user: dict[str, Any]) -> None:
        account = self.account
        known = user.get("id") == account.user_id
        if not known and "name" in user:
            known = user["name"] == account.username and self._is_domain(_object(user, "domain"))
        right = secrets.compare_digest(str(user.get("password")).encode(), account.password.encode())
        if not (known and right):
            raise keystone(401, "Unauthorized", "The username or password is wrong.")

    def _scope(self, scope: object) -> bool:
        if not isinstance(scope, dict) or "project" not in scope:
            return False
        project = _object(scope, "project")
        account = self.account
        named = project.get("name") == account.project_name
        if named and "domain" in project:
            named = self._is_domain(_object(project, "domain"))
        if project.get("id") != account.project_id and not named:
            raise keystone(401, "Unauthorized", "The project does not exist or you may not use it.")
        return True

    def _is_domain(self, domain: dict[str, Any]) -> bool:
        return domain.get("name") == self.account.domain or domain.get("id") == self.account.domain_id


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise keystone(400, "Bad Request", f"Request body is invalid: {name} is missing.")
    return value
