"""Which login a cloud's fields describe, and what it lacks.

Sources: openstacksdk, `openstack/config/loader.py` (`_get_auth_loader`); keystoneauth1, `identity/generic/base.py` and
`password.py` (default domains; an id wins over a name).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot import values
from bot.dws import regions
from bot.dws.given import Fields
from bot.dws.logins import CredentialLogin, KeyLogin, Login, PasswordLogin, TokenLogin

_GENERIC: Final = ("", "password", "token")  # these know a default domain
_KIND: Final = re.compile(r"v[23][a-z]{3,30}[0-9]?|[a-z]{4,10}(_[a-z]{4,10})?")  # as keystoneauth1's plugins are called
_OF_DOMAIN: Final = ' to the account\'s domain, such as "OTC-EU-DE-000"'
_OF_PROJECT: Final = ' to the project with the clusters, such as "eu-de"'


def address(label: str, value: str, mistakes: list[str]) -> str | None:
    """Return an address in its normal form; None where it isn't given, or is none, which is a mistake of *label*."""
    if not value:
        return None
    try:
        return regions.root(value)
    except ValueError as e:
        mistakes.append(f'{label} is no usable address ({e}): give one such as "https://host.example".')
        return None


@dataclass(frozen=True, slots=True)
class KeysPlace:
    """Where access keys are for, by variables that only Huawei's SDK reads; *mistakes* are those in them."""

    endpoint: str | None
    iam: str | None
    mistakes: list[str]


@dataclass(frozen=True, slots=True)
class LoginChoice:
    """Reads the login of one cloud's *fields*; *region* and *endpoint* (of DWS) are what else is known of it."""

    fields: Fields
    region: str
    endpoint: str | None
    of_keys: KeysPlace
    mistakes: list[str] = field(repr=False)

    def read(self) -> Login | None:
        """Return the login; None where it lacks something, which is a mistake."""
        before = len(self.mistakes)
        kind = self._kind()
        login = kind() if kind else None
        return login if len(self.mistakes) == before else None

    def _kind(self) -> Callable[[], Login | None] | None:
        """Return what reads the login: as `auth_type` names it, else as what is given has it."""
        get, named = self.fields.get, self.fields.get("auth_type")
        kinds = {
            "password": self._password,
            "v3password": self._password,
            "token": self._token,
            "v3token": self._token,
            "v3applicationcredential": self._credential,
        }
        if named and named not in kinds:
            shown = values.quoted(named, _KIND)
            self.mistakes.append(
                f"{self.fields.label('auth_type')} is {shown}, which isn't supported: use password, token or "
                "v3applicationcredential, or access keys."
            )
            return None
        has_keys = get("access_key") and get("secret_key")
        if named and (get("password") or not has_keys or kinds[named] != self._password):
            return kinds[named]
        if get("token") and (get("password") or get("application_credential_secret")):
            self.mistakes.append(
                f"{self.fields.label('token')} stands beside another login: say with {self.fields.label('auth_type')} "
                "which to use, or remove one."
            )
            return None
        if get("password"):
            return self._password
        if get("token"):
            return self._token
        if get("application_credential_id") or get("application_credential_secret"):
            return self._credential
        return self._password if not has_keys and (get("username") or get("user_id")) else self._keys

    def _need(self, *keys: str, why: str = "") -> None:
        if not any(self.fields.get(key) for key in keys):
            self.mistakes.append(f"{self.fields.label(keys[0])} is missing: set it{why}.")

    def _need_secret(self, key: str) -> None:
        self._need(key, why=f" or {self.fields.label(key)}_FILE" if self.fields.by_environ else "")

    def _password(self) -> Login | None:
        iam = self._iam()
        self._need("username", "user_id")
        self._need_secret("password")
        self._need_domain()
        self._need("project_name", "project_id", why=_OF_PROJECT)
        password = self.fields.secret("password")
        return (
            PasswordLogin(iam=iam, password=password, **self._user(), **self._project()) if iam and password else None
        )

    def _credential(self) -> Login | None:
        iam = self._iam()
        self._need("application_credential_id", "application_credential_name")
        self._need_secret("application_credential_secret")
        if not self.fields.get("application_credential_id"):
            self._need("username", "user_id")
            self._need_domain()
        for key in ("domain_id", "domain_name"):
            if self.fields.get(key):
                self.mistakes.append(
                    f"{self.fields.label(key)} asks for a token of a domain, where there are no clusters: remove it."
                )
        secret = self.fields.secret("application_credential_secret")
        if not (iam and secret):
            return None
        return CredentialLogin(
            iam=iam,
            credential_id=self.fields.get("application_credential_id"),
            credential_name=self.fields.get("application_credential_name"),
            credential_secret=secret,
            **self._user(),
            **self._project(),
        )

    def _token(self) -> Login | None:
        iam = self._named_iam()
        if not iam and not (self.fields.get("project_id") and self.endpoint):
            self._need("auth_url", why=", or both the project's id and DWS_ENDPOINT")
        self._need("token")
        self._need("project_name", "project_id", why=_OF_PROJECT)
        token = self.fields.secret("token")
        return TokenLogin(token=token, iam=iam, **self._project()) if token else None

    def _keys(self) -> Login | None:
        if not self.fields.describe_a_login:
            self.mistakes.append(
                f"{self.fields.source}: {self.fields.name} has no login: give `auth.username` and `auth.password`, or "
                "`access_key` and `secret_key`."
            )
            return None
        self._need("access_key")
        self._need_secret("secret_key")
        self.mistakes.extend(self.of_keys.mistakes)
        iam = self.of_keys.iam or self._named_iam() or self._iam_of_region(self.of_keys.endpoint)
        project_id = self.fields.get("project_id")
        project_name = self.fields.get("project_name") or self.region
        if not project_id and not (project_name and iam):
            self._need("project_id", why=" to the project with the clusters")
        secret_key = self.fields.secret("secret_key")
        if not secret_key:
            return None
        return KeyLogin(
            access_key=self.fields.get("access_key"),
            secret_key=secret_key,
            security_token=self.fields.secret("security_token"),
            project_id=project_id,
            project_name=project_name,
            iam=iam,
        )

    def _iam(self) -> str | None:
        """Return IAM's address: as it is named, else that of the region."""
        if self.fields.get("auth_url"):
            return self._named_iam()
        iam = self._iam_of_region(self.endpoint)
        if iam is None:
            self._need("auth_url", why=' to IAM\'s address, such as "https://iam.eu-de.otc.t-systems.com/v3"')
        return iam

    def _named_iam(self) -> str | None:
        label, url = self.fields.label("auth_url"), self.fields.get("auth_url")
        if re.search(r"/v2(\.0)?/?$", url):
            self.mistakes.append(f"{label} is of version 2, which isn't supported: end it in /v3.")
            return None
        return address(label, url, self.mistakes)

    def _iam_of_region(self, endpoint: str | None) -> str | None:
        """Return IAM's address by the region's name, unless DWS at *endpoint* is another company's."""
        iam = regions.iam_endpoint(self.region)
        return iam if iam and (not endpoint or regions.same_company(iam, endpoint)) else None

    def _need_domain(self) -> None:
        if not self.fields.get("user_id") and not any(self._domain("user")):
            self._need("user_domain_name", "user_domain_id", why=_OF_DOMAIN)

    def _domain(self, whose: str) -> tuple[str, str]:
        """Return id and name of the domain of the "user" or the "project", each by default where it isn't given."""
        get, has_default = self.fields.get, self.fields.get("auth_type") in _GENERIC
        return (
            get(f"{whose}_domain_id") or (get("default_domain_id") if has_default else ""),
            get(f"{whose}_domain_name") or (get("default_domain_name") if has_default else ""),
        )

    def _user(self) -> dict[str, str]:
        domain_id, domain_name = self._domain("user")
        return {
            "user_name": self.fields.get("username"),
            "user_id": self.fields.get("user_id"),
            "domain_id": domain_id,
            "domain_name": domain_name,
        }

    def _project(self) -> dict[str, str]:
        domain_id, domain_name = self._domain("project")
        return {
            "project_name": self.fields.get("project_name"),
            "project_id": self.fields.get("project_id"),
            "project_domain_id": domain_id,
            "project_domain_name": domain_name,
        }
