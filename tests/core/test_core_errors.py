"""What errors carry: the text for the log, what a person may read, and the facts that decide what is next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.core.errors import (
    BotError,
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
    ConfigError,
    Conflict,
    InputError,
    Meaning,
    NameTaken,
    NotFound,
    SlackRefused,
    SlackUnavailable,
    StoreUnavailable,
)
from bot.core.phrase import Phrase, as_told
from bot.core.why import Code, Why

OWN = Phrase("of-its-own")
GIVEN: dict[str, Any] = {"status": 403, "code": "DWS.5001", "message": "no", "request_id": "r-1"}


@pytest.mark.parametrize(
    ("make", "phrase"),
    [
        (lambda: BotError("it broke"), Phrase("fault")),
        (lambda: BotError("it broke", phrase=OWN), OWN),
        (lambda: NotFound("it broke"), Phrase("no-such-request")),
        (lambda: Conflict("it broke"), Phrase("request-changed")),
        (lambda: NameTaken("it broke"), Phrase("name-asked-for")),
        (lambda: ConfigError("it broke"), as_told("it broke")),
        (lambda: StoreUnavailable("it broke", phrase=OWN), OWN),
        (lambda: SlackUnavailable("it broke"), Phrase("slack-silent")),
        (lambda: SlackUnavailable("it broke", phrase=OWN), OWN),
        (lambda: SlackRefused("it broke", code="x"), Phrase("fault")),
        (lambda: SlackRefused("it broke", code="x", phrase=OWN), OWN),
        (lambda: CloudError("it broke"), Phrase("fault")),
        (lambda: CloudUnavailable("it broke"), Phrase("fault")),
        (lambda: CloudForbidden("it broke"), Phrase("fault")),
        (lambda: CloudRejected("it broke"), Phrase("fault")),
    ],
)
def test_an_error_has_a_text_for_the_log_and_a_phrase_for_people(make: Callable[[], BotError], phrase: Phrase):
    """A phrase that is given for the case replaces that of the kind, and changes no other error of it."""
    error = make()
    assert str(error) == "it broke"
    assert error.phrase == phrase
    assert SlackUnavailable("another").phrase == Phrase("slack-silent")


def test_wrong_input_names_its_fields():
    """By their names in the log, with what is said at each for the person."""
    error = InputError({"name": OWN, "cluster": Phrase("choose-cluster")})
    assert str(error) == "wrong input: cluster, name"
    assert error.fields == {"name": OWN, "cluster": Phrase("choose-cluster")}


def test_slacks_silence_may_hide_that_it_was_done():
    """Unless the one who asked knows better; how long to wait is what Slack named."""
    silent = SlackUnavailable("no answer")
    assert (silent.maybe_done, silent.retry_after) == (True, None)
    throttled = SlackUnavailable("later", retry_after=30.0, maybe_done=False)
    assert (throttled.maybe_done, throttled.retry_after) == (False, 30.0)


def test_slacks_no_says_that_nothing_was_done():
    """Its code is for the log, its meaning decides; one that isn't known is just that."""
    known = SlackRefused("no", code="is_archived", meaning=Meaning.ELSEWHERE)
    assert (known.code, known.meaning, known.maybe_done) == ("is_archived", Meaning.ELSEWHERE, False)
    assert SlackRefused("no", code="surprise").meaning is Meaning.UNKNOWN


@pytest.mark.parametrize("kind", [CloudError, CloudUnavailable, CloudForbidden, CloudRejected, CloudBusy])
def test_what_the_cloud_said_is_kept(kind: type[CloudError]):
    """Status, code, words, and what its support asks for; nothing of it where the cloud said nothing."""
    said = kind("no", **GIVEN)
    assert {name: getattr(said, name) for name in GIVEN} == GIVEN
    silent = kind("no")
    assert [getattr(silent, name) for name in GIVEN] == [None, "", "", ""]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: CloudError("no"), Why(Code.NO_ANSWER)),
        (lambda: CloudError("no", why=Why(Code.NO_PROJECT)), Why(Code.NO_PROJECT)),
        (lambda: CloudUnavailable("no"), Why(Code.NO_ANSWER)),
        (lambda: CloudBusy("no"), Why(Code.BUSY)),
        (lambda: CloudLoginRefused("no"), Why(Code.LOGIN_REFUSED)),
        (lambda: CloudNotFound("no"), Why(Code.NOT_FOUND)),
        (lambda: CloudRejected("no", message="wrong name"), Why(Code.REJECTED, {"message": "wrong name"})),
        (lambda: CloudForbidden("no"), Why(Code.FORBIDDEN, {"code": "", "message": ""})),
        (lambda: CloudForbidden("no", status=403), Why(Code.FORBIDDEN, {"code": "403", "message": ""})),
        (lambda: CloudForbidden("no", **GIVEN), Why(Code.FORBIDDEN, {"code": "DWS.5001", "message": "no"})),
        (lambda: CloudForbidden("no", why=Why(Code.WRONG_ADDRESS), **GIVEN), Why(Code.WRONG_ADDRESS)),
    ],
)
def test_what_a_request_is_told_follows_from_the_error(make: Callable[[], CloudError], why: Why):
    """What is known more exactly replaces what holds for the kind."""
    assert make().why == why


def test_an_answer_that_is_lost_may_hide_a_snapshot():
    """Unless the cloud surely did nothing; how long to wait is what the cloud named."""
    lost = CloudUnavailable("read timeout")
    assert (lost.maybe_done, lost.retry_after) == (True, None)
    throttled = CloudUnavailable("later", status=429, maybe_done=False, retry_after=30.0)
    assert (throttled.maybe_done, throttled.retry_after) == (False, 30.0)


def test_a_refusal_may_mean_that_the_cluster_is_gone_only_where_it_says_so():
    """Else nobody looks whether it is."""
    assert not CloudForbidden("no").perhaps_gone
    assert CloudForbidden("no", perhaps_gone=True).perhaps_gone
