"""What each setting may hold: the types of `Settings`' fields, and the words for what isn't one.

What is wrong is never repeated: it may be a token that was pasted into the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot import tokens, values
from bot.core.console import Console
from bot.core.ids import ChannelId, UserId

SLACK: Final = "https://slack.com/api/"
USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")
GROUP_ID: Final = re.compile(r"S[A-Z0-9]{2,}")
CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{2,}")
_SLACKS_OWN: Final = ("slack.com", "www.slack.com", "api.slack.com")
_APP_ID: Final = re.compile(r"A[A-Z0-9]{2,}")
_LONGEST_URL: Final = 500  # characters: ids come to it
_COMMAND: Final = re.compile(r"/[a-z0-9_-]{1,31}")


def words(text: str) -> tuple[str, ...]:
    """Return the words of "a, b": blanks of any kind and commas part them."""
    return tuple(word for word in re.split(r"[,\s]+", text) if word)


def _of_text(form: Callable[[str], object]) -> BeforeValidator:
    """Return what puts text, which is all that the environment has, into its *form*."""
    return BeforeValidator(lambda value: form(value) if isinstance(value, str) else value)


def _address(value: str) -> str:
    values.host_and_port(value)
    return value


def _matching(pattern: re.Pattern[str], message: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _url(value: str) -> str:
    try:
        parts = values.address(value)
    except ValueError:
        raise ValueError(f"not an address, such as {SLACK}") from None
    url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
    if parts.hostname in _SLACKS_OWN and url != SLACK:
        raise ValueError(f"Slack's own is {SLACK}: write that, or unset it")
    return url


def _console(value: str) -> str:
    if not value:
        return value
    try:
        values.address(re.split(r"[?#{]", value, maxsplit=1)[0])
    except ValueError:
        raise ValueError("not an address, such as https://console.example/dws/#/snapshots/{snapshot}") from None
    if re.search(r"[\s<>|\\\"`]", value) or not value.isprintable() or len(value) > _LONGEST_URL:
        raise ValueError("has characters that no address has, or more than 500")
    Console(value)
    return value


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone that this machine knows, such as Europe/Berlin or UTC") from None


def _secret(form: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda value: SecretStr(form(value.get_secret_value())))


BotToken = Annotated[SecretStr, _secret(tokens.bot_token)]
AppToken = Annotated[SecretStr, _secret(tokens.app_token)]
SigningSecret = Annotated[SecretStr, _secret(tokens.signing_secret)]
Words: Final = _of_text(words)
Number = Annotated[float, _of_text(values.number)]
Whole = Annotated[int, _of_text(values.whole)]
Address = Annotated[str, AfterValidator(_address)]
ConsoleUrl = Annotated[str, AfterValidator(_console)]
SlackUrl = Annotated[str, AfterValidator(_url)]
User = Annotated[
    UserId, _matching(USER_ID, "not a user id (U… or W…). In Slack: the person's profile, ⋮, Copy member ID")
]
Channel = Annotated[
    ChannelId, _matching(CHANNEL_ID, "not a channel id (C… or G…). In Slack: the channel's name, About, at the end")
]
AppId = Annotated[str, _matching(_APP_ID, "not an app id (A…). On the app's page: Basic Information, App ID")]
SlashCommand = Annotated[
    str, _matching(_COMMAND, "not a slash and up to 31 of a-z, 0-9, `-` and `_`, such as /snapshot-dev")
]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], _of_text(str.upper)]
Switch = Annotated[Literal["off", "on"], _of_text(str.lower)]
LogFormat = Annotated[Literal["json", "text"], _of_text(str.lower)]
