"""Settings, read once from the environment; every mistake in one message, each with its fix.

Long because all settings are one schema: each with its type, default, limits and description in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from bot import values
from bot.certificates import Certificates
from bot.core.errors import ConfigError
from bot.core.ids import ChannelId, UserId
from bot.environment import Environment
from bot.proxies import Proxies

USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")
CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{2,}")
SECRET_VARIABLES: Final = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
_OPERATIONS: Final = "127.0.0.1:8081"


def _host_port(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


def _words(value: object) -> object:
    """Split "a, b" into its words; the environment has only text."""
    return tuple(_split(value)) if isinstance(value, str) else value


def _split(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):
        raise ValueError("not host:port, such as 127.0.0.1:8080")
    return value


# What is wrong is never repeated: it may be a token that was pasted into the wrong place.
def _user(value: str) -> str:
    if not USER_ID.fullmatch(value):
        raise ValueError("not a user id (U… or W…). In Slack: the person's profile, ⋮, Copy member ID")
    return value


def _channel(value: str) -> str:
    if not CHANNEL_ID.fullmatch(value):
        raise ValueError("not a channel id (C… or G…). In Slack: the channel's name, About, at the end")
    return value


def _url(value: str) -> str:
    try:
        parts = values.address(value)
    except ValueError:
        raise ValueError("not an address, such as https://slack.com/api/") from None
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _carried(value: SecretStr) -> SecretStr:
    return SecretStr(values.for_header(value.get_secret_value()))


Words = BeforeValidator(_words)
Token = Annotated[SecretStr, AfterValidator(_carried)]


class Settings(BaseModel):
    """What the bot needs to run; each field's `alias` is the environment variable, `description` the documentation."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    slack_bot_token: Token = Field(
        alias="SLACK_BOT_TOKEN", description="Bot token of the Slack app (`xoxb-…`). Required."
    )
    slack_app_token: Token | None = Field(
        None,
        alias="SLACK_APP_TOKEN",
        description="App-level token (`xapp-…`, scope `connections:write`): Socket Mode, no public URL needed.",
    )
    slack_signing_secret: Token | None = Field(
        None,
        alias="SLACK_SIGNING_SECRET",
        description="HTTP mode, where no app token is given: Slack posts to `/slack/events`.",
    )
    slack_api_url: Annotated[str, AfterValidator(_url)] = Field(
        "https://slack.com/api/", alias="SLACK_API_URL", description="Another Slack, such as the sandbox."
    )
    slack_app_id: str | None = Field(
        None,
        alias="SLACK_APP_ID",
        description="App id (`A…`); deliveries for another app are refused. Needed only where Slack doesn't tell it.",
    )
    database: str = Field(
        "sqlite:///snapshot-bot.db",
        alias="SNAPSHOT_BOT_DATABASE",
        description="Where requests, rights and the record are kept: `sqlite:///PATH`.",
    )
    admins: Annotated[tuple[Annotated[UserId, AfterValidator(_user)], ...], Words] = Field(
        (),
        alias="SNAPSHOT_BOT_ADMINS",
        description="Slack user ids, comma-separated, who are admins whatever the database says.",
    )
    channel: Annotated[ChannelId, AfterValidator(_channel)] | None = Field(
        None,
        alias="SNAPSHOT_BOT_CHANNEL",
        description="Channel id for the cards of clusters that have no channel of their own.",
    )
    listen: Annotated[str, AfterValidator(_address)] = Field(
        "127.0.0.1:8080",
        alias="SNAPSHOT_BOT_LISTEN",
        description="`host:port` of `/healthz`, `/readyz` and, in HTTP mode, Slack.",
    )
    operations_listen: Annotated[str, AfterValidator(_address)] | None = Field(
        None,
        alias="SNAPSHOT_BOT_OPERATIONS_LISTEN",
        description="`host:port` of `/status` and `/metrics`. Unset: beside the others in Socket Mode; in HTTP mode "
        "`127.0.0.1:8081`, since Slack must reach the other address.",
    )
    clouds: Annotated[tuple[str, ...], Words] = Field(
        (),
        alias="SNAPSHOT_BOT_CLOUDS",
        description="Cloud projects by their names in `clouds.yaml`, comma-separated; empty: the one of `OS_*`.",
    )
    expire_hours: float = Field(
        8.0,
        gt=0,
        le=24 * 30,
        alias="SNAPSHOT_BOT_EXPIRE_HOURS",
        description="Hours after which a request that nobody decided expires.",
    )
    give_up_hours: float = Field(
        24.0,
        gt=0,
        le=24 * 30,
        alias="SNAPSHOT_BOT_GIVE_UP_HOURS",
        description="Hours after approval in which it must start, and after its start in which it must finish.",
    )
    poll_seconds: float = Field(
        15.0,
        gt=0,
        le=3600,
        alias="SNAPSHOT_BOT_POLL_SECONDS",
        description="Seconds between two looks at a cloud project in which a snapshot is being created "
        "(else five minutes); what was seen longer ago is shown with its time.",
    )
    settle_seconds: float = Field(
        10.0,
        gt=0,
        le=3600,
        alias="SNAPSHOT_BOT_SETTLE_SECONDS",
        description="Seconds after a lost answer before the cloud's list is believed.",
    )
    post_timeout_seconds: float = Field(
        30.0,
        gt=0,
        le=600,
        alias="SNAPSHOT_BOT_POST_TIMEOUT_SECONDS",
        description="Seconds after which the answer to a create call counts as lost.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        alias="SNAPSHOT_BOT_LOG_LEVEL",
        description="Lowest level that is logged.",
    )
    log_format: Literal["json", "text"] = Field(
        "json", alias="SNAPSHOT_BOT_LOG_FORMAT", description="`json` or `text`."
    )
    _proxies: Proxies = PrivateAttr(default_factory=Proxies)
    _certificates: Certificates = PrivateAttr(default_factory=Certificates)

    @property
    def socket_mode(self) -> bool:
        """Say whether Slack is reached by Socket Mode; otherwise it calls us by HTTP."""
        return self.slack_app_token is not None

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port to listen on; port 0 means any free one."""
        return _host_port(self.listen)

    @property
    def operations_address(self) -> tuple[str, int] | None:
        """Return host and port for an operator's eyes; None: beside the others."""
        if self.operations_listen is None:
            return None if self.socket_mode else _host_port(_OPERATIONS)
        address = _host_port(self.operations_listen)
        return None if address == self.address and address[1] else address

    @property
    def proxies(self) -> Proxies:
        """By which proxy what is reached: HTTPS_PROXY and its kin, which are nobody's but the machine's."""
        return self._proxies

    @property
    def certificates(self) -> Certificates:
        """Whose certificates are trusted: SSL_CERT_FILE and SSL_CERT_DIR, likewise."""
        return self._certificates

    @property
    def expire_after(self) -> timedelta:
        """How long a request waits for a decision."""
        return timedelta(hours=self.expire_hours)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from *environ*; each variable may be `NAME_FILE` instead, the path of a file.

        Raises:
            ConfigError: with every mistake at once.
        """
        environment = Environment(environ)
        proxies, certificates = Proxies.read(environment), Certificates.read(environment)
        found, mistakes = _given(environment, [str(field.alias) for field in cls.model_fields.values()])
        told = {name for name, text in found.items() if text is None}
        if not found.keys() & {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}:
            mistakes.append(
                "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP mode) is set. Create an app "
                "level token with connections:write, or copy the signing secret: both are under Basic Information."
            )
        try:
            settings = cls.model_validate({name: text for name, text in found.items() if text is not None})
        except ValidationError as e:
            errors = e.errors(include_url=False, include_input=False)
            mistakes += [_words_of(error) for error in errors if not told & {*error["loc"]}]
            mistakes += proxies.mistakes()
        else:
            settings._proxies, settings._certificates = proxies, certificates
            mistakes += proxies.mistakes(settings.slack_api_url)
        mistakes += certificates.unread
        if mistakes:
            raise ConfigError("The settings can't be used:\n" + "\n".join(f"  - {m}" for m in mistakes))
        return settings


VARIABLES: Final = tuple(str(field.alias) for field in Settings.model_fields.values())


class DatabaseSettings(BaseModel):
    """What the commands beside a running bot need: the database and who is an admin."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    database: str = Field(Settings.model_fields["database"].default, alias="SNAPSHOT_BOT_DATABASE")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> DatabaseSettings:
        """Read them from *environ*.

        Raises:
            ConfigError: `SNAPSHOT_BOT_DATABASE_FILE` can't be read.
        """
        return cls.model_validate(_given_well(Environment(environ), "SNAPSHOT_BOT_DATABASE"))


def cloud_names(environment: Environment) -> tuple[str, ...]:
    """Return the names of SNAPSHOT_BOT_CLOUDS, for commands that need no other setting.

    Raises:
        ConfigError: they can't be read.
    """
    found = _given_well(environment, "SNAPSHOT_BOT_CLOUDS")
    return tuple(_split(found.get("SNAPSHOT_BOT_CLOUDS", "")))


def _given(environment: Environment, names: Iterable[str]) -> tuple[dict[str, str | None], list[str]]:
    """Return what is set of *names*, None for what can't be used, and what is wrong with that."""
    mistakes: list[str] = []
    found = {name: environment.read(name, mistakes, lambda text: values.encodable(text.strip())) for name in names}
    return {name: text for name, text in found.items() if text != ""}, mistakes


def _given_well(environment: Environment, *names: str) -> dict[str, str]:
    found, mistakes = _given(environment, names)
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return {name: text for name, text in found.items() if text is not None}


def _words_of(error: Any) -> str:
    place = str(error["loc"][0]) if error["loc"] else ""
    limits = error.get("ctx", {})
    match error["type"]:
        case "missing":
            field = next(f for f in Settings.model_fields.values() if f.alias == place)
            return f"{place} (or {place}_FILE) is not set. {field.description}"
        case "greater_than":
            message = f"must be above {limits['gt']:g}"
        case "less_than_equal":
            message = f"must be at most {limits['le']:g}"
        case "float_parsing":
            message = "not a number"
        case "literal_error":
            message = f"must be {limits['expected']}"
        case _:
            message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}." if place else message


def table() -> str:
    """Return the settings as a Markdown table, for the README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        default = field.get_default()
        words = f"{default:g}" if isinstance(default, float) else str(default)
        shown = f"`{words}`" if default not in (None, ()) and not field.is_required() else ""
        rows.append(f"| `{field.alias}` | {shown} | {field.description} |")
    return "\n".join(rows)
