"""The error tree. Its axis is: whose move is it?

    BotError
    ├── InputError          requester: a field is wrong; `fields` says which and why
    ├── NotAllowed          requester: the rights don't allow it; `decision` says by which rule (in access)
    ├── NotFound            requester: there is no such request
    ├── Conflict            nobody: somebody was first
    │   ├── StaleRequest        the row changed since it was read
    │   ├── IllegalTransition   the request is in a state that doesn't allow this
    │   ├── AlreadyDecided      somebody was first; `request` is how it stands now (in request)
    │   └── NameTaken           an open request has this snapshot name already
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

`say` is what a person may read: plain text, never Slack markup (the edge escapes it). `str(e)` is for logs.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class BotError(Exception):
    """Base class of everything the bot raises on purpose."""

    say: str = "Something went wrong on the bot's side. An operator can see it in the bot's log; try again later."

    def __init__(self, detail: str, *, say: str | None = None) -> None:
        super().__init__(detail)
        if say is not None:
            self.say = say


class InputError(BotError):
    """What a person typed breaks a rule; *fields* maps the field's name to the text for its place."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(f"wrong input: {', '.join(sorted(fields))}", say=" ".join(fields.values()))
        self.fields = dict(fields)


class NotFound(BotError):
    """There is no such request, or the person may not know of it."""

    say = "There is no such request. `/snapshot list` shows those that you may see."


class Conflict(BotError):
    """Somebody or something was first."""

    say = "This request has changed in the meantime. Look at its card and try again."


class StaleRequest(Conflict):
    """The stored version isn't the one that was read."""


class IllegalTransition(Conflict):
    """The request's state doesn't allow this event."""


class NameTaken(Conflict):
    """An open request holds the snapshot name in the same cloud."""

    say = "Another open request asks for a snapshot with this name (names ignore case). Choose another name."


class ConfigError(BotError):
    """Settings, credentials or the database are not usable; the text says which and how to mend it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, say=detail)


class StoreUnavailable(BotError):
    """The database can't be used just now: locked, full, damaged, gone. `str(e)` is for the operator, with the fix."""

    def __init__(self, detail: str, *, say: str) -> None:
        super().__init__(detail, say=say)


class Meaning(enum.StrEnum):
    """What Slack's "no" means for what was asked, whatever code of Slack's it came with."""

    THROTTLED = "throttled"  # later; nothing was done
    AGAIN = "again"  # later; whether something was done isn't known
    NEVER = "never"  # the message stays as it is for good, and a second one doesn't help
    GONE = "gone"  # what it is about isn't there any more
    ELSEWHERE = "elsewhere"  # not in this conversation
    NOBODY = "nobody"  # there is no such person, for all that the bot may see
    LATE = "late"  # the ticket to open a modal has run out
    USED = "used"  # the ticket is used: it was done before
    LOGIN = "login"  # the token isn't accepted: an operator's move
    PERMISSION = "permission"  # the bot may not: an operator's move
    WRONG = "wrong"  # what the bot sent is no good, and the same will never be
    UNKNOWN = "unknown"  # a code that the bot doesn't know


class SlackUnavailable(BotError):
    """Slack did not answer usefully; what was asked may have happened.

    `retry_after` is in seconds, where Slack named one.
    """

    say = "Slack isn't answering the bot properly just now; try again in a minute."

    def __init__(
        self, detail: str, *, retry_after: float | None = None, maybe_done: bool = True, say: str | None = None
    ) -> None:
        super().__init__(detail, say=say)
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class SlackRefused(SlackUnavailable):
    """Slack answered `ok: false`; `code` is Slack's own, such as "not_in_channel", for logs; `meaning` decides.

    `maybe_done` is True only where an earlier try of the same call may have done it: its answer was lost.
    """

    say = BotError.say

    def __init__(self, detail: str, *, code: str, meaning: Meaning = Meaning.UNKNOWN, say: str | None = None) -> None:
        super().__init__(detail, maybe_done=False, say=say)
        self.code = code
        self.meaning = meaning


class CloudError(BotError):
    """The cloud said no, or nothing.

    `code` is the cloud's own error code ("DWS.5001") or "", `message` its own words, `status` the HTTP status or
    None where there was no answer, `request_id` what the cloud's support asks for.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id


class CloudUnavailable(CloudError):
    """No useful answer: 408, 429, 5xx, a time-out, a reset, no JSON.

    `maybe_done` is False only where the cloud surely did not act (connection refused, 429).
    `retry_after` is in seconds, where the cloud named one.
    """

    say = "The cloud isn't answering properly just now."

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        request_id: str = "",
        maybe_done: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, status=status, code=code, message=message, request_id=request_id)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class CloudBusy(CloudError):
    """Another task holds the cluster (409 DWS.0011, 403 DWS.7023); it passes by itself."""

    say = "The cluster is busy with another task; waiting its turn."


class CloudLoginRefused(CloudError):
    """401: token or keys are not accepted. An operator renews them; requests wait meanwhile."""

    say = (
        "The bot's login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); "
        "this request waits."
    )


class CloudForbidden(CloudError):
    """The cloud or its gateway says no, and no wording of the request would help. An operator looks; requests wait.

    *say* is for what is known more exactly: the permission that lacks, the address. `perhaps_gone`: the cloud's words
    ("not found or permission denied") may as well mean that the cluster doesn't exist; a list tells.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        request_id: str = "",
        say: str | None = None,
        perhaps_gone: bool = False,
    ) -> None:
        super().__init__(detail, status=status, code=code, message=message, request_id=request_id)
        self.perhaps_gone = perhaps_gone
        no = ", ".join(filter(None, (code or str(status or ""), message.rstrip(". ")))) or "without a reason"
        self.say = say or f"The cloud says no: {no}. An operator must look; this request waits."


class CloudRejected(CloudError):
    """400 and other refusals of the request itself; the same request will never be accepted."""

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(detail, status=status, code=code, message=message, request_id=request_id)
        words = (message or "no reason given").rstrip(". ")
        self.say = f"The cloud refused the request as wrong: {words}. Correct it and ask again."


class CloudNotFound(CloudError):
    """The cluster or snapshot that the call named does not exist (any more) in this project."""

    say = "The cluster no longer exists in this cloud project. Choose another cluster and ask again."
