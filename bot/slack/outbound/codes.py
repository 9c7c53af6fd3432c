"""Slack's error codes, and what each means for what was asked: the one place where a code of Slack's is compared.

Source: docs.slack.dev, "Errors" of each method that the bot calls. What isn't here is UNKNOWN: asked again later, with
growing waits, and nothing is posted a second time for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.errors import Meaning

_BY_MEANING: Final[Mapping[Meaning, tuple[str, ...]]] = {
    Meaning.THROTTLED: ("ratelimited", "rate_limited", "message_limit_exceeded"),
    Meaning.AGAIN: (
        "fatal_error",
        "internal_error",
        "service_unavailable",
        "request_timeout",
        "update_failed",
        "streaming_state_conflict",
        "external_channel_migrating",
        "fetch_members_failed",
        # while a workspace moves into an Enterprise Grid
        "org_login_required",
        "team_added_to_org",
    ),
    Meaning.NEVER: (
        "edit_window_closed",
        "cant_update_message",
        "cant_delete_message",
        "compliance_exports_prevent_deletion",
        "block_mismatch",
    ),
    Meaning.GONE: (
        "message_not_found",
        "thread_not_found",
        # a thread that takes no reply is as good as none
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
        # a modal that was closed, or drawn by somebody else since
        "not_found",
        "hash_conflict",
    ),
    Meaning.ELSEWHERE: (
        "channel_not_found",
        "channel_is_limited_access",
        "not_in_channel",
        "user_not_in_channel",
        "is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "messages_tab_disabled",
        "app_access_restricted",
        "cannot_dm_bot",
    ),
    Meaning.NOBODY: ("user_not_found", "users_not_found", "user_not_visible", "user_disabled"),
    Meaning.LATE: ("expired_trigger_id", "trigger_expired", "invalid_trigger_id"),
    Meaning.USED: ("exchanged_trigger_id", "trigger_exchanged", "duplicate_external_id"),
    Meaning.LOGIN: ("not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"),
    Meaning.PERMISSION: (
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "access_denied",
        "accesslimited",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "team_access_not_granted",
        "team_not_found",
        "invalid_team",
        "forbidden_team",
        "two_factor_setup_required",
        "method_deprecated",
        "unknown_method",
        "not_enabled",  # the Home tab is switched off
    ),
    Meaning.PLAN: ("plan_upgrade_required",),
    Meaning.WRONG: (
        "invalid_arguments",
        "invalid_arg_name",
        "invalid_array_arg",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        "missing_argument",
        "invalid_json",
        "json_not_object",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "invalid_cursor",
        "invalid_ts_latest",
        "invalid_ts_oldest",
        "view_too_large",
        "push_limit_reached",
        "missing_profile_id",
    ),
}
MEANINGS: Final[Mapping[str, Meaning]] = {code: m for m, codes in _BY_MEANING.items() for code in codes}


def meaning(code: str, details: Sequence[str] = ()) -> Meaning:
    """Return what *code* means; *details* are the messages beside it, by which a dead ticket was called earlier."""
    if code == "invalid_arguments" and any("trigger_id" in line for line in details):
        return Meaning.USED if any("exchanged" in line for line in details) else Meaning.LATE
    return MEANINGS.get(code, Meaning.UNKNOWN)
