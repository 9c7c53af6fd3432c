"""The ways to log in, and what each asks IAM for.

Sources: keystoneauth1, `identity/v3` and `identity/generic` (what openstacksdk sends); otcextensions, "Configuration"
(access keys); IAM API Reference, "Obtaining a User Token Through Password Authentication".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLogin:
    """What IAM gives a token for: one project. Ids win over names where both are given."""

    project_name: str = ""
    project_id: str = ""
    project_domain_name: str = ""
    project_domain_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLogin(ProjectLogin):
    """A user at *iam*, an address without /v3."""

    iam: str
    user_name: str = ""
    user_id: str = ""
    domain_name: str = ""  # of the user
    domain_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLogin(UserLogin):
    """A user's name and password."""

    password: SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialLogin(UserLogin):
    """An application credential, which is for one project; by its id, or by its name and the user."""

    credential_id: str = ""
    credential_name: str = ""
    credential_secret: SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogin(ProjectLogin):
    """A token that somebody else got; for it *iam* gives another for the project, which ends when it does.

    Without *iam* it is used as it is.
    """

    token: SecretStr
    iam: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLogin:
    """Access key and secret key (AK/SK); *security_token* goes with temporary ones.

    Without *project_id* the project's id is looked up by *project_name* at *iam*.
    """

    access_key: str
    secret_key: SecretStr
    security_token: SecretStr | None = None
    project_id: str = ""
    project_name: str = ""
    iam: str | None = None


TokenRequester: TypeAlias = PasswordLogin | CredentialLogin | TokenLogin
Login: TypeAlias = TokenRequester | KeyLogin


def token_request(login: TokenRequester) -> dict[str, Any]:
    """Return the body that asks IAM for a project's token."""
    proof: dict[str, Any]
    match login:
        case PasswordLogin():
            method, proof = "password", {"user": {"password": login.password.get_secret_value(), **_user(login)}}
        case CredentialLogin():
            who = {"id": login.credential_id} if login.credential_id else {"name": login.credential_name}
            whose = {} if login.credential_id else {"user": _user(login)}
            method = "application_credential"
            proof = {"secret": login.credential_secret.get_secret_value(), **who, **whose}
        case TokenLogin():
            method, proof = "token", {"id": login.token.get_secret_value()}
    auth: dict[str, Any] = {"identity": {"methods": [method], method: proof}}
    if login.project_id or login.project_name:
        project = _named(login.project_id, login.project_name)
        if not login.project_id and (login.project_domain_id or login.project_domain_name):
            project["domain"] = _named(login.project_domain_id, login.project_domain_name)
        auth["scope"] = {"project": project}
    return {"auth": auth}


def _user(login: UserLogin) -> dict[str, Any]:
    if login.user_id:
        return {"id": login.user_id}
    return {"name": login.user_name, "domain": _named(login.domain_id, login.domain_name)}


def _named(identifier: str, name: str) -> dict[str, Any]:
    return {"id": identifier} if identifier else {"name": name}
