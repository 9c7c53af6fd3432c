"""What Slack's tokens and secrets look like, so that one in another's place is told by its kind; never by its text.

Sources: docs.slack.dev, "Tokens", "Token rotation" and "Verifying requests from Slack".
"""

from __future__ import annotations

import re
from typing import Final

from bot import values

_KINDS: Final = (
    ("a bot token", r"(xoxe\.)?xoxb-.*"),
    ("an app-level token", r"xapp-.*"),
    ("a user token", r"(xoxe\.)?xoxp-.*"),
    ("a refresh token", r"xoxe-.*"),
    ("a legacy workspace token", r"xox[ar]-.*"),
    ("the token of a browser session", r"xox[cd]-.*"),
    ("the token of a workflow", r"xwfp-.*"),
    ("another kind of Slack token", r"xox\w*[-.].*"),
    ("a webhook's address", r"https://hooks\.slack\.com/.*"),
    ("a client secret or a signing secret", r"[0-9a-f]{32}"),
    ("a client id", r"[0-9]{9,}\.[0-9]{9,}"),
    ("a verification token", r"[A-Za-z0-9]{24}"),
    ("an app id", r"A[A-Z0-9]{8,12}"),
)
_TOKEN: Final = re.compile(r"\b(xox[a-z]*[-.]|xapp-|xwfp-)\S{3}|https://hooks\.slack\.com/")
_BOT: Final = re.compile(r"(xoxe\.)?xoxb-[\w.-]+", re.A)
_APP: Final = re.compile(r"xapp-[\w.-]+", re.A)
_APP_ID: Final = re.compile(r"xapp-\d+-(A[A-Z0-9]{2,})-.+")
_SIGNING_SECRET: Final = re.compile(r"[0-9a-f]{32}")


def bot_token(text: str) -> str:
    """Return *text*, a bot token.

    Raises:
        ValueError: it can be none.
    """
    return _checked(text, _BOT, "a bot token (xoxb-…)", "the Bot User OAuth Token under OAuth & Permissions")


def app_token(text: str) -> str:
    """Return *text*, an app-level token.

    Raises:
        ValueError: it can be none.
    """
    return _checked(text, _APP, "an app-level token (xapp-…)", "one from Basic Information, App-Level Tokens")


def signing_secret(text: str) -> str:
    """Return *text*, a signing secret.

    Raises:
        ValueError: it can be none.
    """
    wanted = "a signing secret (32 of 0-9 and a-f)"
    return _checked(text, _SIGNING_SECRET, wanted, "the one under Basic Information, App Credentials")


def app_of(app_token: str) -> str:
    """Return the id of the app that *app_token* is of, "" where it doesn't tell."""
    found = _APP_ID.fullmatch(app_token)
    return found[1] if found else ""


def holds_one(text: str) -> bool:
    """Say whether a Slack token stands in *text*, which is meant to be something else."""
    return bool(_TOKEN.search(text))


def _checked(text: str, form: re.Pattern[str], wanted: str, where: str) -> str:
    found = values.for_header(text)
    if form.fullmatch(found):
        return found
    kind = next((kind for kind, pattern in _KINDS if re.fullmatch(pattern, found)), "")
    is_other = kind and not wanted.startswith(kind)
    raise ValueError(f"this is {f'{kind}, ' if is_other else ''}not {wanted}. Copy {where}")
