"""Each cloud project for itself: its login, the right to list, how many clusters, how long the login lasts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from bot import far_ends
from bot.checks import Check, guarded
from bot.clock import SystemClock
from bot.clock_checks import Clocks
from bot.clouds import CloudEntry, configured
from bot.core.errors import CloudError, CloudForbidden, CloudLoginRefused, CloudUnavailable, ConfigError
from bot.core.login_life import LoginLife
from bot.words import say

# IAM to a password whose user has login protection: "mfa totp code verify fail" (python-otcextensions#336)
_SECOND_FACTOR: Final = re.compile(r"\b(mfa|totp|passcode|multi-?factor)\b", re.IGNORECASE)


async def cloud_checks(environ: Mapping[str, str], clocks: Clocks, patience: float) -> list[Check]:
    """Check every cloud at once, each within *patience* seconds; *clocks* learns how far ahead of ours each is."""
    found = configured(environ)
    groups = await asyncio.gather(*(_guarded(name, cloud, clocks, patience) for name, cloud in found.items()))
    return [check for group in groups for check in group]


async def _guarded(name: str, cloud: CloudEntry | ConfigError, clocks: Clocks, patience: float) -> list[Check]:
    what = f"Cloud {name}" if name else "Cloud"
    if isinstance(cloud, ConfigError):
        return [Check("cloud", what, say(cloud))]
    late = far_ends.advice(TimeoutError(), cloud.end)
    return await guarded("cloud", what, _checks(name, cloud, clocks), late=late, seconds=patience)


async def _checks(name: str, entry: CloudEntry, clocks: Clocks) -> list[Check]:
    if entry.by_keys:
        clocks.by_keys.add(f"cloud {name}")
    async with entry.open(SystemClock()) as cloud:
        try:
            found = await cloud.whoami()
            await cloud.snapshots()  # another right than that to list clusters
            checks = [Check("cloud", f"Cloud {name}: {found}")]
        except CloudError as e:
            checks = [Check("cloud", f"Cloud {name}: {e}", _fix(e, entry))]
        if (ahead := cloud.clock_ahead) is not None:
            clocks.ahead[f"cloud {name}"] = ahead
        return checks + _ends(name, cloud.login_life, well=checks[0].ok, by_keys=entry.by_keys)


def _ends(name: str, life: LoginLife, *, well: bool, by_keys: bool) -> list[Check]:
    """Say of a login that nobody can renew when it ends."""
    if life.renewable or not well:
        return []
    kind = "temporary access keys end" if by_keys else "the token ends"
    when = f" {life.ends_at:%Y-%m-%d %H:%M} UTC (in {_left(life.ends_at)})" if life.ends_at else ""
    fix = (
        "Give the bot a login of its own that lasts, an IAM user's password or permanent access keys: what you gave "
        "can't be renewed, so from then on every request waits."
    )
    return [Check("cloud-login-end", f"Cloud {name}: {kind}{when or ', and nothing says when'}", fix)]


def _left(end: datetime) -> str:
    minutes = max(0, int((end - datetime.now(UTC)).total_seconds() // 60))
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _fix(error: CloudError, entry: CloudEntry) -> str:
    """Return what the operator checks; what the error says itself is for people who wait in Slack."""
    match error:
        case CloudLoginRefused() if _SECOND_FACTOR.search(f"{error.code} {error.message}"):
            return (
                "The user has login protection (MFA), and a bot has no device. In the cloud's IAM switch it off for a "
                "user that is the bot's alone, or give the bot that user's access keys (OS_ACCESS_KEY, OS_SECRET_KEY), "
                "which need no second factor."
            )
        case CloudLoginRefused():
            return (
                "Check user, password and domain (or access keys), and that the project and the region exist: "
                "OS_* or clouds.yaml. A locked or expired account is fixed in the cloud's IAM."
            )
        case CloudForbidden() if error.status == 403:
            return (
                "In the cloud's IAM, give the bot's account dws:openAPICluster:list and dws:openAPISnapshot:list, "
                ":detail and :create in this project (with SNAPSHOT_BOT_DELETE=on :delete, too)."
            )
        case CloudUnavailable() if error.status is None:
            return far_ends.advice(error, entry.end)
        case CloudUnavailable() if error.status == 407:
            return "A proxy on the way wants a login: give it in HTTPS_PROXY=http://user:password@host:port."
        case CloudUnavailable():
            return (
                f"Check {entry.end.address} and the network; if they are right, the cloud is in trouble: try again "
                "later."
            )
        case _:
            return "Check the project, the region and DWS_ENDPOINT: what answers there is no DWS for this project."
