"""The few settings that a command needs which isn't `serve`; what is wrong with the others isn't looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.config import UTC, Settings
from bot.core.errors import ConfigError
from bot.core.phrase import COMMAND
from bot.environment import Environment
from bot.fields import SlashCommand, User, Words, Zone, words
from bot.mistakes import given, worded

_Few = TypeVar("_Few", bound=BaseModel)


class DatabaseSettings(BaseModel):
    """What the commands beside a running bot need: where its database is, what it is called by, who its admins are."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")

    database: str = Field(Settings.model_fields["database"].default, alias="SNAPSHOT_BOT_DATABASE")
    command: SlashCommand = Field(COMMAND, alias="SNAPSHOT_BOT_COMMAND")
    admins: Annotated[tuple[User, ...], Words] = Field((), alias="SNAPSHOT_BOT_ADMINS")
    zone: Zone = Field(UTC, alias="SNAPSHOT_BOT_TIMEZONE")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> DatabaseSettings:
        """Read them from *environ*; ConfigError where one can't be used."""
        return read_few(cls, environ)


def cloud_names(environment: Environment) -> tuple[str, ...]:
    """Return the names of SNAPSHOT_BOT_CLOUDS, for commands that need no other setting.

    Raises:
        ConfigError: they can't be read.
    """
    found, mistakes = given(environment, [Settings.model_fields["clouds"]])
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return words(found.get("SNAPSHOT_BOT_CLOUDS") or "")


def read_few(kind: type[_Few], environ: Mapping[str, str]) -> _Few:
    """Read the settings of *kind* from *environ*, for who needs no others; ConfigError where one can't be used."""
    found, mistakes = given(Environment(environ), kind.model_fields.values())
    try:
        settings = kind.model_validate({name: text for name, text in found.items() if text is not None})
    except ValidationError as e:
        mistakes += worded(e, kind)
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return settings
