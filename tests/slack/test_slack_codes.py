"""Each error code of Slack's has one meaning, and each meaning one thing that happens to a card and its request."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest
from slack_sdk.errors import SlackApiError

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.message import CARD, MessageKind
from bot.core.request import State
from bot.slack.outbound.calls import as_unavailable
from bot.slack.outbound.codes import _BY_MEANING, MEANINGS, meaning
from tests.harness.working import ANA, BEA, BEN, OPS, OTHER, Bench, actor

# What docs.slack.dev lists as errors: of every method, and of those that the bot calls.
DOCUMENTED = {
    "every method": "not_authed invalid_auth account_inactive token_revoked token_expired no_permission missing_scope "
    "not_allowed_token_type org_login_required ekm_access_denied team_access_not_granted enterprise_is_restricted "
    "ratelimited accesslimited access_denied request_timeout service_unavailable fatal_error internal_error "
    "invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type "
    "missing_post_type two_factor_setup_required method_deprecated team_added_to_org",
    "chat.postMessage": "channel_not_found not_in_channel is_archived restricted_action "
    "restricted_action_read_only_channel restricted_action_thread_only_channel restricted_action_thread_locked "
    "restricted_action_non_threadable_channel invalid_blocks invalid_blocks_format msg_blocks_too_long no_text "
    "too_many_attachments metadata_too_large invalid_metadata_format invalid_metadata_schema "
    "metadata_must_be_sent_from_app messages_tab_disabled message_limit_exceeded rate_limited "
    "cannot_reply_to_message team_not_found",
    "chat.update": "message_not_found cant_update_message edit_window_closed channel_not_found msg_too_long "
    "invalid_blocks block_mismatch is_inactive update_failed streaming_state_conflict external_channel_migrating",
    "chat.delete": "message_not_found cant_delete_message channel_not_found compliance_exports_prevent_deletion",
    "chat.postEphemeral": "user_not_in_channel channel_not_found not_in_channel is_archived msg_too_long "
    "messages_tab_disabled",
    "views.open": "expired_trigger_id exchanged_trigger_id invalid_trigger_id duplicate_external_id view_too_large",
    "views.push": "push_limit_reached not_found",
    "views.update": "not_found hash_conflict duplicate_external_id view_too_large",
    "views.publish": "hash_conflict not_enabled view_too_large duplicate_external_id missing_profile_id",
    "conversations.info": "channel_not_found channel_is_limited_access",
    "conversations.history": "channel_not_found not_in_channel invalid_cursor invalid_ts_latest invalid_ts_oldest",
    "conversations.replies": "thread_not_found channel_not_found not_in_channel invalid_cursor",
    "users.info": "user_not_found user_not_visible",
    "usergroups.list": "missing_argument plan_upgrade_required invalid_team users_not_found invalid_cursor",
    "apps.connections.open": "forbidden_team not_allowed_token_type",
}
NO_ANSWER = {Meaning.THROTTLED, Meaning.AGAIN}  # come as SlackUnavailable, whatever the HTTP status

every_code = pytest.mark.parametrize("code", [*MEANINGS, "surprise_of_2027"])


def answered(code: str, *, status: int = 200, lines: list[str] | None = None) -> SlackUnavailable:
    """Return what the edge makes of Slack's answer with *code*, through the SDK's own error."""
    data = {"ok": False, "error": code} | ({"response_metadata": {"messages": lines}} if lines else {})
    answer = SimpleNamespace(status_code=status, headers={}, data=data)
    return as_unavailable(SlackApiError("no", answer))


def test_a_code_has_one_meaning():
    """It stands once in the table, and every meaning but UNKNOWN, and SHARED that is ours, has codes."""
    listed = Counter(code for codes in _BY_MEANING.values() for code in codes)
    assert set(listed.values()) == {1}
    assert set(_BY_MEANING) == set(Meaning) - {Meaning.UNKNOWN, Meaning.SHARED}


@pytest.mark.parametrize("method", sorted(DOCUMENTED))
def test_every_documented_code_is_in_the_table(method: str):
    """Slack's lists of errors, of the methods that the bot calls."""
    assert [code for code in DOCUMENTED[method].split() if code not in MEANINGS] == []


@every_code
def test_an_answer_is_refused_or_no_answer_by_the_table_alone(code: str):
    """Where it may work later by itself, Slack wasn't there; everything else is a refusal with its meaning."""
    error = answered(code)
    if meaning(code) in NO_ANSWER:
        assert not isinstance(error, SlackRefused)
        assert error.maybe_done is (meaning(code) is Meaning.AGAIN)
    else:
        assert isinstance(error, SlackRefused)
        assert (error.code, error.meaning, error.maybe_done) == (code, meaning(code), False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[ERROR] `trigger_id` expired [json-pointer:/trigger_id]", Meaning.LATE),
        ("[ERROR] `trigger_id` already exchanged [json-pointer:/trigger_id]", Meaning.USED),
        ("[ERROR] missing required field: view", Meaning.WRONG),
    ],
)
def test_a_dead_ticket_is_known_by_its_older_form(line: str, expected: Meaning):
    """It was invalid_arguments with words once; other invalid arguments are the bot's own mistake."""
    error = answered("invalid_arguments", lines=[line])
    assert isinstance(error, SlackRefused)
    assert error.meaning is expected


# What becomes of the card


@every_code
async def test_a_card_that_cannot_be_drawn_again(bench: Bench, code: str):
    """An approved request's card, whose updates are answered with this code for good: never more than one more card."""
    request = await bench.ask()
    await bench.tell()
    (first,) = bench.messenger.cards
    bench.messenger.refuse_updates = answered(code)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.tell()
    cards, channels = bench.messenger.cards, [p.ref.channel for p in bench.messenger.cards]
    due = bench.messages_due()
    stored = bench.store.told[request.id, CARD]
    match meaning(code):
        case Meaning.NEVER:  # it stays as it is, and nothing is tried again
            assert (cards, due, stored.frozen) == ([first], [], True)
        case Meaning.GONE:  # once more in its place
            assert (channels, due, stored.reposted) == ([OPS, OPS], [], 1)
            assert cards[-1].facts.request.state is State.APPROVED
        case Meaning.ELSEWHERE:
            assert (channels, due) == ([OPS, OTHER], [])
            assert cards[-1].facts.request.state is State.APPROVED
        case Meaning.LOGIN | Meaning.PERMISSION:  # slowly, until an operator has fixed it
            assert cards == [first]
            assert due[0] >= bench.pace.operator
        case _:  # later, soon at first
            assert cards == [first]
            assert 2 <= due[0] <= 3
    await bench.until_final(request)
    for _ in range(20):
        bench.clock.advance(2 * bench.pace.slack_most)
        await bench.tell()
    expected = 2 if meaning(code) in (Meaning.GONE, Meaning.ELSEWHERE) else 1
    assert len(bench.messenger.cards) == expected
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.facts.request.state is State.AVAILABLE
    assert result.thread == bench.messenger.cards[-1].ref
    bench.messenger.refuse_updates = None
    bench.start()
    bench.clock.advance(2 * bench.pace.slack_most)
    await bench.tell()
    shows_the_end = [p for p in bench.messenger.cards if p.facts.request.state is State.AVAILABLE]
    retried = meaning(code) not in (Meaning.NEVER, Meaning.GONE, Meaning.ELSEWHERE)
    assert len(shows_the_end) == (1 if retried else 0)
    assert bench.messages_due() == []


@every_code
async def test_a_card_that_cannot_be_posted(bench: Bench, code: str):
    """Posting is answered with this code: nothing is posted twice, and what can work later is tried later."""
    await bench.ask()
    bench.messenger.failing = [answered(code)]
    await bench.tell()
    if meaning(code) is Meaning.ELSEWHERE:
        assert [p.ref.channel for p in bench.messenger.cards] == [OTHER]
        assert bench.messages_due() == []
        return
    assert bench.messenger.cards == []
    (due,) = bench.messages_due()
    operators = meaning(code) in (Meaning.LOGIN, Meaning.PERMISSION)
    assert due >= (bench.pace.operator if operators else 2)
    bench.clock.advance(2 * bench.pace.slack_most)
    await bench.tell()
    assert [p.ref.channel for p in bench.messenger.cards] == [OPS]
    assert bench.messages_due() == []


@every_code
async def test_a_result_that_its_thread_does_not_take(bench: Bench, code: str):
    """The reply is answered with this code once: it is told once, and where the thread is no more, in the channel."""
    request = await bench.approved()
    await bench.tell()
    await bench.until_final(request)
    bench.messenger.refuse_replies = [answered(code)]
    for _ in range(3):
        await bench.tell()
        bench.clock.advance(2 * bench.pace.slack_most)
    (result,) = bench.messenger.of(MessageKind.RESULT)
    if meaning(code) is Meaning.GONE:
        assert (result.thread, result.ref.channel) == (None, OPS)
    elif meaning(code) is Meaning.ELSEWHERE:
        assert (result.thread, result.ref.channel) == (None, OTHER)
    else:
        assert result.thread == bench.messenger.cards[0].ref
    assert bench.messages_due() == []


@pytest.mark.parametrize("code", ["surprise_of_2027", "invalid_blocks"])
async def test_what_is_refused_without_our_knowing_why_ends(bench: Bench, code: str):
    """After about a day of tries it is left until the row changes; then it is tried once more."""
    request = await bench.ask()
    await bench.tell()
    bench.messenger.refuse_updates = answered(code)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.tell()
    tries = 1
    while due := bench.messages_due():
        bench.clock.advance(due[0])
        await bench.tell()
        tries += 1
    assert tries == bench.pace.slack_tries
    bench.messenger.refuse_updates = None
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    await bench.tell()
    (card,) = bench.messenger.cards
    assert card.facts.request.state is State.WITHDRAWN
    assert bench.messages_due() == []


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope"])
async def test_an_operator_may_take_as_long_as_they_need(bench: Bench, code: str):
    """What waits for an operator is never given up: days later, once it is fixed, the card is there."""
    await bench.ask()
    refusal = answered(code)
    bench.messenger.failing = [refusal] * (bench.pace.slack_tries + 50)
    while bench.messenger.failing:
        bench.clock.advance(bench.messages_due()[0])
        await bench.tell()
    bench.clock.advance(2 * bench.pace.slack_most)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


# Frozen cards


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message", "block_mismatch"])
@pytest.mark.parametrize("end", ["available", "failed", "declined", "withdrawn", "expired"])
@pytest.mark.parametrize("frozen", ["before", "by the end"])
async def test_a_frozen_cards_thread_hears_each_end_once(bench: Bench, code: str, end: str, frozen: str):
    """Whichever way it ends, also by a withdrawal, of which nobody is told otherwise: one reply, one card."""
    request = await bench.ask(need=2)
    await bench.tell()
    (card,) = bench.messenger.cards
    bench.messenger.refuse_updates = answered(code)
    await bench.service.approvals.approve(actor(BEN), request.id)
    if frozen == "before":
        await bench.tell()
        assert bench.store.told[request.id, CARD].frozen
    match end:
        case "available" | "failed":
            await bench.service.approvals.approve(actor(BEA), request.id)
            await bench.turn()
            bench.cloud.finish(bench.snapshot().id, ok=end == "available")
            await bench.until_final(request)
        case "declined":
            await bench.service.approvals.decline(actor(BEA), request.id, "not tonight")
        case "withdrawn":
            await bench.service.approvals.withdraw(actor(ANA), request.id)
        case _:
            bench.clock.advance(9 * 3600)
            await bench.turn()
    for _ in range(3):
        await bench.tell()
        bench.start()
        bench.clock.advance(3600)
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.thread == card.ref
    assert result.facts.request.state is State(end.upper())
    assert bench.messenger.cards == [card]
    assert bench.messages_due() == []


async def test_a_card_that_is_deleted_again_and_again_is_posted_once_more_only(bench: Bench):
    """Somebody, or a retention app, deletes each card: after the second its request goes on without, and ends told."""
    request = await bench.ask(need=2)
    await bench.tell()
    for who in (BEN, BEA):
        bench.messenger.delete(bench.messenger.cards[0].ref)
        await bench.service.approvals.approve(actor(who), request.id)
        await bench.tell()
    assert bench.messenger.cards == []
    assert len(bench.messenger.posts) == 2
    await bench.until_final(request)
    for _ in range(3):
        await bench.tell()
        bench.clock.advance(3600)
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert (result.thread, result.ref.channel) == (None, OPS)
    assert len(bench.messenger.posts) == 3
    assert bench.messages_due() == []


async def test_a_withdrawal_is_not_told_where_the_card_shows_it(bench: Bench):
    """A reply to what the channel can read on the card would only disturb."""
    request = await bench.ask()
    await bench.tell()
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    await bench.tell()
    assert bench.messenger.cards[0].facts.request.state is State.WITHDRAWN
    assert bench.messenger.of(MessageKind.RESULT) == []
