"""Whether what must not be lost can be kept: the folder, its disk, the file, the record, and what is in it."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot import file_modes
from bot.checks import Check
from bot.config import Settings
from bot.core.errors import ConfigError, StoreUnavailable
from bot.core.grants import Grant, Rights, Role
from bot.core.holdings import Holdings
from bot.core.ids import CloudName
from bot.core.record import Verdict
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.parts import HISTORY
from bot.rights_checks import admin_checks, gone_checks
from bot.store import file_of, names_server, open_store, place_of
from bot.words import say, text, worded

_TRIED: Final = 256 * 1024  # bytes, so that a quota is noticed, too
_LEAST_ROOM: Final = 100 * 1000**2  # bytes: months of requests, and the log that SQLite keeps beside the file
_NAMED: Final = 5  # people at most, by their ids
_WHY_NOT: Final = {
    errno.EFBIG: "Raise the largest size of a file for the bot's user (`ulimit -f`, systemd's LimitFSIZE).",
    errno.EACCES: "Give the user that runs the bot the right to make files in it: SQLite keeps two beside its own.",
    errno.EPERM: "Give the user that runs the bot the right to make files in it: SQLite keeps two beside its own.",
    errno.EROFS: "It is mounted read-only: mount it for writing, or name another place in SNAPSHOT_BOT_DATABASE.",
    errno.ENOSPC: "The disk is full, of data or of files (df -h, df -i): make room.",
    errno.EDQUOT: "The user that runs the bot has used up the disk quota: raise it, or make room.",
}


@dataclass(frozen=True, slots=True)
class Database:
    """The checks, and who and which channels are in it: *grants* and *rules*, where it could be read."""

    checks: list[Check]
    grants: tuple[Grant, ...] = ()
    rules: dict[Scope, ScopeRule] = field(default_factory=dict)
    seen: dict[str, Holdings] = field(default_factory=dict)  # by cloud: what the bot's last look saw


async def look_at(settings: Settings, clouds: Collection[str] = ()) -> Database:
    """Check the database that *settings* name by really writing to it; *clouds* are those whose looks it may have."""
    if "SNAPSHOT_BOT_DATABASE" in settings.unusable:
        return Database([])
    try:
        place = place_of(settings.database)
        path = None if names_server(settings.database) else file_of(settings.database)
    except ConfigError as e:
        return Database([Check("database", "Database", say(e))])
    folder = path.resolve().parent if path else None
    if folder and folder.is_dir() and (unwritable := _unwritable(folder)):
        return Database([unwritable])
    return await _opened(settings, place, path, clouds)


def _unwritable(folder: Path) -> Check | None:
    """Write a file and delete it: what the rights say isn't all, on a full disk or a mount that is read-only."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".snapshot-bot-doctor-") as tried:
            tried.write(b"\0" * _TRIED)
            tried.flush()
            os.fsync(tried.fileno())
    except OSError as e:
        why = os.strerror(e.errno or 0)
        return Check("database-folder", f"Database: nothing can be written to {folder} ({why})", _folder_fix(e))
    return None


def _folder_fix(error: OSError) -> str:
    return _WHY_NOT.get(error.errno or 0, "Look at the disk: the system's log (dmesg) may say more.")


async def _opened(settings: Settings, place: str, path: Path | None, clouds: Collection[str]) -> Database:
    try:
        async with open_store(settings.database, exclusive=False) as store:
            await store.beat()
            rights, rules, frozen = await store.rights(), await store.rules(), await store.frozen_cards()
            not_sent, every = await store.not_sent(), await store.grants()
            unreached = await store.unreached()
            looks = {name: await store.look(CloudName(name)) for name in clouds}
            now = store.clock.now()
            verdict = await store.verify_chain()
    except ConfigError as e:
        return Database([Check("database", "Database", say(e))])
    except StoreUnavailable as e:
        return Database([Check("database", "Database: nothing can be saved", str(e))])
    grants, entries = text("grants", count=len(rights.grants)), text("entries", count=verdict.rows)
    state = "on record" if verdict.broken is not None else "on record, unaltered"
    checks = [Check("database", f"Database: {place}, {grants}, {entries} {state}")]
    checks += [*_record(verdict), *([*_closed(path), *_room(path)] if path else [])]
    if frozen:
        checks.append(Check("cards", f"Cards: {_cards(frozen)}; the end of each is told in its thread"))
    if unreached:
        fix = "Ask them to open the app's Messages tab in Slack, or give the right to somebody else."
        checks.append(Check("approvers-not-told", f"Approvers: {_unreached(unreached)}", fix))
    if not_sent:
        checks.append(Check("messages-not-sent", f"Messages: {_unsent(not_sent)}. {HISTORY.remedy}"))
    seen = {name: look for name, look in looks.items() if look is not None}
    checks += [*_who(settings, rights.grants), *gone_checks(every, rules, seen)]
    if "SNAPSHOT_BOT_ADMINS" not in settings.unusable:
        checks += admin_checks(every, settings.admins, now)
    return Database(checks, rights.grants, rules, seen)


def _record(verdict: Verdict) -> list[Check]:
    if verdict.broken is None:
        return []
    fix = (
        f"{worded(verdict.findings[0].phrase)} Compare with a backup: somebody or something changed the database "
        "outside the bot. `snapshot-bot audit verify` lists all that is wrong."
    )
    return [Check("record", f"Record: broken at entry {verdict.broken}", fix)]


def _closed(path: Path) -> list[Check]:
    beside = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not (opened := file_modes.open_to_all(path, *beside)):
        return []
    what = f"Database: {opened[0]}: {file_modes.told(opened[0])}"
    return [Check("database-mode", what, f"Run `{file_modes.closing(*opened)}`.")]


def _room(path: Path) -> list[Check]:
    disk = os.statvfs(path.resolve().parent)
    free, size = disk.f_bavail * disk.f_frsize, path.stat().st_size
    needed = max(_LEAST_ROOM, 2 * size)  # an upgrade copies the file first
    if free >= needed:
        return []
    fix = (
        f"Make room for {_mb(needed)} at least: on a full disk nothing is saved, and an upgrade copies the file first."
    )
    return [Check("disk-room", f"Disk: {_mb(free)} are free beside {path}", fix)]


def _mb(size: int) -> str:
    return f"{size // 1000**2} MB"


def _cards(count: int) -> str:
    what = "1 open request has a card" if count == 1 else f"{count} open requests have cards"
    return f"{what} that Slack doesn't let the bot edit (Slack's settings, Message editing)"


def _unreached(users: Sequence[str]) -> str:
    more = f" and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
    return f"{', '.join(users[:_NAMED])}{more} can't be sent a direct message about a request that waits for them"


def _unsent(count: int) -> str:
    whose = "of 1 request one was" if count == 1 else f"of {count} requests some were"
    return (
        f"{whose} not sent after a restore, since the bot may not look whether they are in the channel already "
        "(the log has them as message.not_sent)"
    )


def _who(settings: Settings, grants: tuple[Grant, ...]) -> list[Check]:
    checks = []
    known = "SNAPSHOT_BOT_ADMINS" not in settings.unusable
    if known and not Rights(grants, frozenset(settings.admins)).admins_of():
        fix = "Set SNAPSHOT_BOT_ADMINS to the Slack user ids of the admins."
        checks.append(Check("admins", "Admins of every cluster: nobody", fix))
    for role in (Role.REQUEST, Role.APPROVE):
        if not any(g.role is role for g in grants):
            fix = f"Give the first grant: snapshot-bot grant U… CLUSTER --role {role}"
            checks.append(Check("rights", f"Rights: nobody may {role} yet", fix))
    return checks
