"""What goes wrong with a server, in words: for people in Slack that nothing was saved, for operators whose move it is.

What the server says may hold what people wrote, and what libpq says of a URL may hold a password; so a text repeats
only the server's first line, and of the URL what `ServerUrl` shows.
"""

from __future__ import annotations

import re
from typing import Final

import psycopg
from psycopg import errors

from bot.core.errors import BotError, ConfigError, StoreUnavailable
from bot.core.phrase import Phrase, as_told
from bot.store.server_url import ServerUrl

OLDEST: Final = 13  # PostgreSQL's version: pg_xact_status of a 64-bit number, sha256, no VACUUM of ours needed

_BUSY: Final = Phrase("database-busy")
_BROKEN: Final = Phrase("database-broken")
_UNSURE: Final = Phrase("database-unsure")

_AGAIN: Final = (errors.SerializationFailure, errors.DeadlockDetected)
_HELD: Final = (errors.LockNotAvailable, errors.QueryCanceled)
# By the first characters of the server's code; the longest that fits counts.
_FIXES: Final = {
    "25006": "It only reads: it is a standby. Name the primary, or several hosts, in SNAPSHOT_BOT_DATABASE.",
    "28": "The server refuses the login: check user, password and pg_hba.conf.",
    "3D000": "Create the database, or name another one in SNAPSHOT_BOT_DATABASE.",
    "42501": "Give the bot's role the right to use, and at an upgrade to create, the tables: it should own its schema.",
    "42P01": "The bot's tables aren't where its role looks (search_path), or are gone: restore a backup.",
    "53100": "Free some space on the server's disk.",
    "53300": "Raise max_connections on the server, or run fewer replicas: each has a handful of connections.",
    "53": "The server has run out of something: see its log.",
    "55P03": "Another session holds what was wanted: end it (pg_stat_activity shows which).",
    "57014": "It took too long: see the server's load and pg_stat_activity.",
    "57P03": "The server is starting or stopping: it passes.",
    "57": "The server was stopped or restarted: it passes.",
    "58": "The server's disk fails: see its log.",
    "XX": "The server has found its data damaged, or has a fault: see its log.",
}
_PASSES: Final = ("08", "25006", "40", "53", "55P03", "57", "58")  # perhaps by itself
_OPERATORS: Final = ("28", "3D", "42501", "42P01", "XX")
# What libpq says where the server gave no code: it doesn't hand on the one that came before a connection stood.
_SAID: Final = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "authentication failed": "28000",
    "is not permitted to log in": "28000",
    "permission denied for database": "42501",
    "too many clients": "53300",
    "connection slots are reserved": "53300",
    "too many connections": "53300",
    "the database system is": "57P03",
    "session is read-only": "25006",
    "server is in hot standby": "25006",
}
# What the server itself said before a connection stood, perhaps in its own language.
_OWN_WORDS: Final = re.compile(r"failed: \S+:  (.+)")


def code(error: psycopg.Error) -> str:
    """Return the server's code of five characters for *error*; "" where the server had no say."""
    if error.sqlstate:
        return error.sqlstate
    text = str(error)
    if 'FATAL:  database "' in text and "does not exist" in text:
        return "3D000"
    if 'FATAL:  role "' in text and "does not exist" in text:
        return "28000"
    return next((code for said, code in _SAID.items() if said in text), "")


def is_repeated(error: psycopg.Error) -> bool:
    """Say whether a unit that *error* has ended may be done once more as a whole: it changed nothing, and may pass."""
    return isinstance(error, _AGAIN) or code(error) == "25006"


def outage(error: psycopg.Error, server: ServerUrl) -> Exception:
    """Return what a store raises for *error*: StoreUnavailable, or *error* itself where it is our own mistake."""
    sign = code(error)
    if sign and not sign.startswith((*_PASSES, *_OPERATORS)):
        return error
    phrase = _BUSY if isinstance(error, (*_HELD, *_AGAIN)) else _BROKEN
    failure = StoreUnavailable(f"{server}: {_worded(error)}", phrase=phrase)
    failure.__cause__ = error
    return failure


def refusal(error: psycopg.Error, server: ServerUrl) -> BotError:
    """Return why *server* can't be used at the start: StoreUnavailable where that may pass, else ConfigError."""
    text = f"{server}: {_worded(error)}"
    sign = code(error)
    if sign.startswith(_PASSES) or (not sign and isinstance(error, psycopg.OperationalError)):
        if "could not translate host name" in str(error) or "failed to resolve host" in str(error):
            return ConfigError(f"{server}: there is no such host. Correct the name in SNAPSHOT_BOT_DATABASE.")
        return StoreUnavailable(text, phrase=as_told(text))
    return ConfigError(text)


def too_old(server: ServerUrl, version: int) -> ConfigError:
    """Return the refusal of a server of *version*, as libpq numbers it."""
    return ConfigError(f"{server} is version {version // 10000}; {OLDEST} or newer is needed. Upgrade the server.")


def unsure(server: ServerUrl) -> StoreUnavailable:
    """Return what is raised where the server went away with a transaction, and doesn't say whether it was committed."""
    return StoreUnavailable(
        f"{server} went away before it said whether a change was saved, and hasn't come back to be asked.",
        phrase=_UNSURE,
    )


def closing() -> StoreUnavailable:
    """Return what is raised to who comes while the store closes."""
    return StoreUnavailable("the store is closing", phrase=Phrase("database-closing"))


def crowded(server: ServerUrl) -> StoreUnavailable:
    """Return what is raised to who has waited too long for one of the connections."""
    return StoreUnavailable(
        f"{server}: every connection has been busy for seconds. See the server's load and pg_stat_activity.",
        phrase=_BUSY,
    )


def _worded(error: psycopg.Error) -> str:
    sign = code(error)
    fix = next((_FIXES[sign[:n]] for n in (5, 2) if sign[:n] in _FIXES), "")
    said = error.diag.message_primary or ""
    if not said and not sign:
        text = str(error)
        if own := _OWN_WORDS.search(text):
            said, fix = own[1].rstrip("."), "Check what SNAPSHOT_BOT_DATABASE names."
        elif "timeout" in text:
            said, fix = "it doesn't answer", "Check that it runs, and that a firewall lets the bot through."
        elif "refused" in text or "No such file" in text:
            said, fix = "nothing listens there", "Start it, or correct host and port in SNAPSHOT_BOT_DATABASE."
        elif "SSL" in text or "certificate" in text:
            said, fix = "the connection isn't secure as asked", "Check sslmode and sslrootcert, and its certificate."
        else:
            said, fix = "the connection was lost", "Check that it runs."
    return f"{said}. {fix}".strip(". ") + "." if said else fix
