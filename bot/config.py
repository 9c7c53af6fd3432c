"""Settings, read once from the environment; every mistake in one message, each with its fix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from bot import values
from bot.certificates import Certificates
from bot.core.errors import ConfigError
from bot.core.keep import MOST
from bot.core.phrase import COMMAND
from bot.environment import Environment
from bot.fields import (
    SLACK,
    Address,
    AppId,
    AppToken,
    BotToken,
    Channel,
    ConsoleUrl,
    LogFormat,
    LogLevel,
    Number,
    SigningSecret,
    SlackUrl,
    SlashCommand,
    Switch,
    User,
    Whole,
    Words,
    Zone,
)
from bot.mistakes import given, worded, wrong
from bot.proxies import Proxies

_STAND_IN: Final = "xoxb-0"  # where none can be used: nothing is asked with it
_OPERATIONS: Final = ("127.0.0.1", 8081)
UTC: Final = ZoneInfo("UTC")


class Settings(BaseModel):
    """What the bot needs to run; each field's `alias` is the environment variable, `description` the documentation."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,  # a command reads these settings or those of command_settings.py
    )

    slack_bot_token: BotToken = Field(
        alias="SLACK_BOT_TOKEN", description="Bot token of the Slack app (`xoxb-…`). Required."
    )
    slack_app_token: AppToken | None = Field(
        None,
        alias="SLACK_APP_TOKEN",
        description="App-level token (`xapp-…`, scope `connections:write`): Socket Mode, no public URL needed.",
    )
    slack_signing_secret: SigningSecret | None = Field(
        None,
        alias="SLACK_SIGNING_SECRET",
        description="HTTP mode, where no app token is given: Slack posts to `/slack/events`.",
    )
    slack_api_url: SlackUrl = Field(SLACK, alias="SLACK_API_URL", description="Another Slack, such as the sandbox.")
    slack_app_id: AppId | None = Field(
        None,
        alias="SLACK_APP_ID",
        description="App id (`A…`), if you want the bot to check that its tokens are this app's.",
    )
    command: SlashCommand = Field(
        COMMAND,
        alias="SNAPSHOT_BOT_COMMAND",
        description="The slash command, as the app's manifest has it; another one for a second bot in a workspace.",
    )
    database: str = Field(
        "sqlite:///snapshot-bot.db",
        alias="SNAPSHOT_BOT_DATABASE",
        description="Where requests, rights and the record are kept: `sqlite:///PATH`, or, for several replicas, "
        "`postgresql://USER:PASSWORD@HOST/DATABASE` (the extra `postgres`).",
    )
    admins: Annotated[tuple[User, ...], Words] = Field(
        (),
        alias="SNAPSHOT_BOT_ADMINS",
        description="Slack user ids, comma-separated, who are admins whatever the database says.",
    )
    channel: Channel | None = Field(
        None,
        alias="SNAPSHOT_BOT_CHANNEL",
        description="Channel id for the cards of clusters that have no channel of their own.",
    )
    zone: Zone = Field(
        UTC,
        alias="SNAPSHOT_BOT_TIMEZONE",
        description="Time zone of the days that are named for rights, such as `Europe/Berlin`.",
    )
    listen: Address = Field(
        values.LISTEN,
        alias="SNAPSHOT_BOT_LISTEN",
        description="`host:port` of `/healthz`, `/readyz` and, in HTTP mode, Slack.",
    )
    operations_listen: Address | None = Field(
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
    console_url: ConsoleUrl = Field(
        "",
        alias="SNAPSHOT_BOT_CONSOLE_URL",
        description="Where the cloud's console shows a snapshot, such as `https://console.example/dws/#/{snapshot}`; "
        "`{cloud}`, `{cluster}` and `{snapshot}` stand for the project's name and the ids. Unset: no link.",
    )
    expire_hours: Number = Field(
        8.0,
        gt=0,
        le=24 * 30,
        alias="SNAPSHOT_BOT_EXPIRE_HOURS",
        description="Hours after which a request that nobody decided expires.",
    )
    give_up_hours: Number = Field(
        24.0,
        gt=0,
        le=24 * 30,
        alias="SNAPSHOT_BOT_GIVE_UP_HOURS",
        description="Hours after approval in which it must start, and after its start in which it must finish.",
    )
    open_requests: Whole = Field(
        20,
        gt=0,
        le=10_000,
        alias="SNAPSHOT_BOT_OPEN_REQUESTS",
        description="How many requests of one person may be open at once; one by break-glass is taken all the same.",
    )
    keep_days: Number | None = Field(
        None,
        gt=0,
        le=36_500,
        alias="SNAPSHOT_BOT_KEEP_DAYS",
        description="Days after which a request that has ended is dropped, with its votes and what is known of its "
        "messages; the record keeps its entries. Unset: requests are kept for ever.",
    )
    keep_snapshot_days: Whole = Field(
        30,
        ge=0,
        le=MOST,
        alias="SNAPSHOT_BOT_KEEP_SNAPSHOT_DAYS",
        description="Days for which a snapshot is kept where who asks for it doesn't say; then they are asked what is "
        "next. `0`: until they say so themselves.",
    )
    delete: Switch = Field(
        "off",
        alias="SNAPSHOT_BOT_DELETE",
        description="`on` lets people ask for snapshots to be deleted that the bot made, by the approvals of the "
        "cluster's rule; the login then needs `dws:openAPISnapshot:delete`, too. `off`: the bot deletes nothing.",
    )
    poll_seconds: Number = Field(
        15.0,
        gt=0,
        le=3600,
        alias="SNAPSHOT_BOT_POLL_SECONDS",
        description="Seconds between two looks at a cloud project in which a snapshot is being created "
        "(else five minutes); what was seen longer ago is shown with its time.",
    )
    settle_seconds: Number = Field(
        10.0,
        gt=0,
        le=3600,
        alias="SNAPSHOT_BOT_SETTLE_SECONDS",
        description="Seconds after a lost answer before the cloud's list is believed.",
    )
    post_timeout_seconds: Number = Field(
        30.0,
        gt=0,
        le=600,
        alias="SNAPSHOT_BOT_POST_TIMEOUT_SECONDS",
        description="Seconds after which the answer to a create call counts as lost.",
    )
    log_level: LogLevel = Field(
        "INFO",
        alias="SNAPSHOT_BOT_LOG_LEVEL",
        description="Lowest level that is logged.",
    )
    log_format: LogFormat = Field("json", alias="SNAPSHOT_BOT_LOG_FORMAT", description="`json` or `text`.")
    _proxies: Proxies = PrivateAttr(default_factory=Proxies)
    _certificates: Certificates = PrivateAttr(default_factory=Certificates)
    _unusable: frozenset[str] = PrivateAttr(frozenset())

    @property
    def socket_mode(self) -> bool:
        """Say whether Slack is reached by Socket Mode; otherwise it calls us by HTTP."""
        return self.slack_app_token is not None

    @property
    def http_mode(self) -> bool:
        """Say whether it is sure that Slack calls us by HTTP: no token that can't be used would have it otherwise."""
        return not self.socket_mode and "SLACK_APP_TOKEN" not in self._unusable

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port to listen on; port 0 means any free one."""
        return values.host_and_port(self.listen)

    @property
    def operations_address(self) -> tuple[str, int] | None:
        """Return host and port for an operator's eyes; None: beside the others."""
        if self.operations_listen is None:
            return _OPERATIONS if self.http_mode else None
        address = values.host_and_port(self.operations_listen)
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

    @property
    def keep(self) -> timedelta | None:
        """How long a request is kept once it has ended; None: for ever."""
        return None if self.keep_days is None else timedelta(days=self.keep_days)

    @property
    def unusable(self) -> frozenset[str]:
        """Which variables can't be used, so that their fields say nothing; none, unless from `usable`."""
        return self._unusable

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from *environ*; each variable may be `NAME_FILE` instead, the path of a file.

        Raises:
            ConfigError: with every mistake at once.
        """
        settings, mistakes = cls.usable(environ)
        if mistakes:
            raise ConfigError("The settings can't be used:\n" + "\n".join(f"  - {m}" for m in mistakes))
        return settings

    @classmethod
    def usable(cls, environ: Mapping[str, str]) -> tuple[Settings, list[str]]:
        """Read what can be used of *environ*, and return every mistake beside it: for who checks the rest."""
        environment = Environment(environ)
        proxies, certificates = Proxies.read(environment), Certificates.read(environment)
        found, mistakes = given(environment, cls.model_fields.values())
        unusable = {name for name, text in found.items() if text is None}
        if not found.keys() & {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}:
            mistakes.append(
                "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP mode) is set. Create an app "
                "level token with connections:write, or copy the signing secret: both are under Basic Information."
            )
            unusable |= {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
        texts = {name: text for name, text in found.items() if text is not None}
        try:
            settings = cls.model_validate(texts)
        except ValidationError as e:
            mistakes += worded(e, cls, unusable)
            unusable |= wrong(e)
            right = {name: text for name, text in texts.items() if name not in unusable}
            settings = cls.model_validate({"SLACK_BOT_TOKEN": _STAND_IN, **right})
        settings._proxies, settings._certificates, settings._unusable = proxies, certificates, frozenset(unusable)
        mistakes += proxies.mistakes(None if "SLACK_API_URL" in unusable else settings.slack_api_url)
        mistakes += certificates.unread
        return settings, mistakes


VARIABLES: Final = tuple(str(field.alias) for field in Settings.model_fields.values())


def table() -> str:
    """Return the settings as a Markdown table, for the README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        default = field.get_default()
        words = f"{default:g}" if isinstance(default, float) else str(default)
        shown = f"`{words}`" if default not in (None, ()) and not field.is_required() else ""
        rows.append(f"| `{field.alias}` | {shown} | {field.description} |")
    return "\n".join(rows)
