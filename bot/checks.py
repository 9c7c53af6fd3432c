"""What a check of `snapshot-bot doctor` is, and how it is kept from harming the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from bot.exits import told

LONGEST: Final = 10.0  # seconds for one far end, whatever it does


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `snapshot-bot doctor`: *what* was found, and the *fix* where it isn't well.

    *code* says for scripts which check it is, and stays as it is.
    """

    code: str
    what: str
    fix: str = ""

    @property
    def ok(self) -> bool:
        """Say whether nothing has to be done."""
        return not self.fix


async def guarded(
    code: str, what: str, checks: Awaitable[list[Check]], *, late: str = "", seconds: float = LONGEST
) -> list[Check]:
    """Return *checks*; where they break, one that says so. *late* is the fix where they take more than *seconds*."""
    try:
        async with asyncio.timeout(seconds):
            return await checks
    except TimeoutError:
        return [Check(code, f"{what}: no answer within {seconds:.2g} s", late or "Try again once the machine is idle.")]
    except Exception as e:
        return [Check(code, what, told(e)[0])]
