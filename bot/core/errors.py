"""The error tree. It is ordered by who has to act next.

    BotError
    ├── InputError          requester: a field is wrong; `fields` says which and why
    ├── NotAllowed          requester: the rights don't allow it; `decision` says by which rule (in access)
    ├── NotFound            requester: there is no such request
    ├── Conflict            nobody: somebody was first
    │   ├── StaleRequest        the row changed since it was read
    │   ├── IllegalTransition   the request is in a state that doesn't allow this
    │   ├── AlreadyDecided      somebody was first; `request` is how it stands now (in request)
    │   ├── OtherRevision       its requester has changed it since it was looked at (in request)
    │   ├── StillSought         a restore put the request back, and the cloud wasn't looked at yet (in request)
    │   ├── NameTaken           an open request has this snapshot name already
    │   ├── IdTaken             another request has the drawn id
    │   └── TooManyOpen         its owner has as many open requests as one person may
    ├── ConfigError         operator: settings, tokens, database; waiting doesn't help
    ├── StoreUnavailable    operator: nothing can be saved (or read) just now; nobody, where it passes by itself
    ├── SlackUnavailable    nobody: Slack did not answer, or not usefully
    │   └── SlackRefused        operator: Slack answered with an error of its own
    └── CloudError
        ├── CloudUnavailable    nobody: no useful answer; `maybe_done` says whether it may have acted
        ├── CloudBusy           nobody: the cluster has another task
        ├── CloudLoginRefused   operator: 401
        ├── CloudForbidden      operator: 403, or another refusal that isn't about the request itself
        ├── CloudRejected       requester: 400, the request itself is wrong
        └── CloudNotFound       requester: the cluster or snapshot is gone

`phrase` is what a person may read, as a code of the catalogue with its facts; `bot.words` makes the words. `str(e)` is
for logs.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypedDict, Unpack

from bot.core.phrase import Phrase, as_told
from bot.core.why import Code, Why


class BotError(Exception):
    """Base class of everything the bot raises on purpose."""

    phrase: Phrase = Phrase("fault")

    def __init__(self, detail: str, *, phrase: Phrase | None = None) -> None:
        super().__init__(detail)
        if phrase is not None:
            self.phrase = phrase


class InputError(BotError):
    """What a person typed breaks a rule; *fields* maps the field's name to what is said there."""

    def __init__(self, fields: Mapping[str, Phrase]) -> None:
        super().__init__(f"wrong input: {', '.join(sorted(fields))}")
        self.fields = dict(fields)


class NotFound(BotError):
    """There is no such request, or the person may not know of it."""

    phrase = Phrase("no-such-request")


class Conflict(BotError):
    """Somebody or something was first."""

    phrase = Phrase("request-changed")


class StaleRequest(Conflict):
    """The stored version isn't the one that was read."""


class IllegalTransition(Conflict):
    """The request's state doesn't allow this event."""


class NameTaken(Conflict):
    """An open request holds the snapshot name in the same cloud."""

    phrase = Phrase("name-asked-for")


class IdTaken(Conflict):
    """Another request has this id; draw another."""


class TooManyOpen(Conflict):
    """Its owner has *count* open requests already, as many as one person may."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} requests are open", phrase=Phrase("too-many-open", {"count": count}))


class ConfigError(BotError):
    """Settings, credentials or the database are not usable; the text says which and how to fix it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, phrase=as_told(detail))


class StoreUnavailable(BotError):
    """The database can't be used just now: locked, full, damaged, gone. `str(e)` is for the operator, with the fix."""

    def __init__(self, detail: str, *, phrase: Phrase) -> None:
        super().__init__(detail, phrase=phrase)


class Meaning(enum.StrEnum):
    """What Slack's "no" means for what was asked, whatever code of Slack's it came with."""

    THROTTLED = "throttled"  # later; nothing was done
    AGAIN = "again"  # later; whether something was done isn't known
    NEVER = "never"  # the message stays as it is for good, and a second one doesn't help
    GONE = "gone"  # what it is about isn't there any more
    ELSEWHERE = "elsewhere"  # not in this conversation
    SHARED = "shared"  # not in this conversation, which another company reads: our own "no", before Slack is asked
    NOBODY = "nobody"  # there is no such person, for all that the bot may see
    LATE = "late"  # the ticket to open a modal has run out
    USED = "used"  # the ticket is used: it was done before
    LOGIN = "login"  # the token isn't accepted: an operator's move
    PERMISSION = "permission"  # the bot may not: an operator's move
    PLAN = "plan"  # the workspace's plan has no such thing, so that there is none
    WRONG = "wrong"  # what the bot sent is no good, and the same will never be
    UNKNOWN = "unknown"  # a code that the bot doesn't know


class SlackUnavailable(BotError):
    """Slack did not answer usefully; what was asked may have happened.

    `retry_after` is in seconds, where Slack named one.
    """

    phrase = Phrase("slack-silent")

    def __init__(
        self, detail: str, *, retry_after: float | None = None, maybe_done: bool = True, phrase: Phrase | None = None
    ) -> None:
        super().__init__(detail, phrase=phrase)
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class SlackRefused(SlackUnavailable):
    """Slack answered `ok: false`; `code` is Slack's own, such as "not_in_channel", for logs; `meaning` decides.

    `maybe_done` is True only where an earlier try of the same call may have done it: its answer was lost. `needed` is
    the scope that was missing, as Slack names it, or "".
    """

    phrase = BotError.phrase

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        meaning: Meaning = Meaning.UNKNOWN,
        needed: str = "",
        phrase: Phrase | None = None,
    ) -> None:
        super().__init__(detail, maybe_done=False, phrase=phrase)
        self.code = code
        self.meaning = meaning
        self.needed = needed


class CloudAnswer(TypedDict, total=False):
    """What is known of the cloud's answer beside the error's class."""

    status: int | None  # of HTTP; None where there was no answer
    code: str  # the cloud's own ("DWS.5001")
    message: str  # its own words
    request_id: str  # what the cloud's support asks for
    why: Why | None  # what a request that waits for it is told; None: what the class says


class CloudError(BotError):
    """The cloud said no, or nothing; *answer* is what is known of it, see CloudAnswer."""

    why: Why = Why(Code.NO_ANSWER)
    at_login: bool = False  # it was the login that failed: nothing was asked of DWS

    def __init__(self, detail: str, **answer: Unpack[CloudAnswer]) -> None:
        super().__init__(detail)
        self.status = answer.get("status")
        self.code = answer.get("code", "")
        self.message = answer.get("message", "")
        self.request_id = answer.get("request_id", "")
        self.why = answer.get("why") or self.why


class CloudUnavailable(CloudError):
    """No useful answer: 408, 429, 5xx, a time-out, a reset, no JSON.

    `maybe_done` is False only where the cloud surely did not act (connection refused, 429).
    `retry_after` is in seconds, where the cloud named one.
    """

    def __init__(
        self,
        detail: str,
        *,
        maybe_done: bool = True,
        retry_after: float | None = None,
        **answer: Unpack[CloudAnswer],
    ) -> None:
        super().__init__(detail, **answer)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class CloudBusy(CloudError):
    """The cluster runs another task (409 DWS.0011, 403 DWS.7023), which ends by itself."""

    why = Why(Code.BUSY)


class CloudLoginRefused(CloudError):
    """401: token or keys are not accepted. An operator renews them; requests wait meanwhile."""

    why = Why(Code.LOGIN_REFUSED)
    at_login = True


class CloudForbidden(CloudError):
    """The cloud or its gateway says no, and no wording of the request would help. An operator looks; requests wait.

    `perhaps_gone`: the cloud's words ("not found or permission denied") may as well mean that the cluster doesn't
    exist; a list tells.
    """

    def __init__(self, detail: str, *, perhaps_gone: bool = False, **answer: Unpack[CloudAnswer]) -> None:
        super().__init__(detail, **answer)
        self.perhaps_gone = perhaps_gone
        if answer.get("why") is None:
            self.why = Why(Code.FORBIDDEN, {"code": self.code or str(self.status or ""), "message": self.message})


class CloudRejected(CloudError):
    """400 and other refusals of the request itself; the same request will never be accepted."""

    def __init__(self, detail: str, **answer: Unpack[CloudAnswer]) -> None:
        super().__init__(detail, **answer)
        self.why = Why(Code.REJECTED, {"message": self.message})


class CloudNotFound(CloudError):
    """The cluster or snapshot that the call named does not exist (any more) in this project."""

    why = Why(Code.NOT_FOUND)
