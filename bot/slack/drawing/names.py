"""The ids that tie buttons, forms and shortcuts to their listeners; the manifest has those of the shortcuts as well."""

from __future__ import annotations

from typing import Final

SHORTCUT: Final = "snapshot"
MESSAGE_SHORTCUT: Final = "snapshot_before"

# action ids
APPROVE: Final = "approve"
REVIEW: Final = "review"
WHY: Final = "why"
ASK_AGAIN: Final = "ask_again"
TAKE: Final = "take"
APPROVE_WITH: Final = "approve_with"
DECLINE_WITH: Final = "decline_with"
WITHDRAW: Final = "withdraw"
MOVE: Final = "move"
CHANGE: Final = "change"
JOIN: Final = "join"
JOIN_KNOWING: Final = "join_knowing"  # that one can't approve it then
JOIN_INSTEAD: Final = "join_instead"  # of one's own, which is taken back
LEAVE: Final = "leave"
MY_OWN: Final = "my_own"
CLUSTER: Final = "cluster"
WHEN: Final = "when"  # in the form: now or later, the day, the time
SHOW_ALL: Final = "show_all"
ALL_CLUSTERS: Final = "all_clusters"
SNAPSHOTS: Final = "snapshots"
PAGE_BEFORE: Final = "page_before"
PAGE_AFTER: Final = "page_after"
UNDO_FREEZE: Final = "undo_freeze"
DELETE: Final = "delete"
KEEP_LONGER: Final = "keep_longer"
KEEP_UNTIL_TOLD: Final = "keep_until_told"
END_SUBSCRIPTION: Final = "end_subscription"
BREAK_GLASS: Final = "break_glass"  # for a request that waits
BREAK_GLASS_NEW: Final = "break_glass_new"  # for what stands in the form
ADMIN: Final = "admin"
ADMIN_ABOUT: Final = "admin_about"
ADMIN_ABOUT_PERSON: Final = "admin_about_person"
ADMIN_PAGE_BEFORE: Final = "admin_page_before"
ADMIN_PAGE_AFTER: Final = "admin_page_after"
ADMIN_GRANT: Final = "admin_grant"
ADMIN_RULE: Final = "admin_rule"
ADMIN_CHANNEL: Final = "admin_channel"
ADMIN_TAKE_BACK: Final = "admin_take_back"
ADMIN_UNRULE: Final = "admin_unrule"
ADMIN_UNDO: Final = "admin_undo"
ADMIN_FREEZE: Final = "admin_freeze"
ADMIN_END_FREEZE: Final = "admin_end_freeze"
ADMIN_FOR: Final = "admin_for"  # whose rule or channel
ADMIN_CHOICE: Final = "admin_choice"  # in a form, of which something comes
ADMIN_GROUP: Final = "admin_group"
ADMIN_SCOPE: Final = "admin_scope"
ANSWER: Final = "answer"  # of every input that has no listener of its own

# callback ids of views
REVIEW_MODAL: Final = "review"  # is only looked at
REQUEST_FORM: Final = "request"
APPROVE_FORM: Final = "approve"
DECLINE_FORM: Final = "decline"
MOVE_FORM: Final = "move"
CHANGE_FORM: Final = "change"
DELETE_FORM: Final = "delete"
GLASS_FORM: Final = "break_glass"
GLASS_NEW_FORM: Final = "break_glass_new"
ADMIN_OVERVIEW: Final = "admin"  # is only looked at
ADMIN_FOR_FORM: Final = "admin_for"  # so is this
ADMIN_GRANT_FORM: Final = "admin_grant"
ADMIN_RULE_FORM: Final = "admin_rule"
ADMIN_CHANNEL_FORM: Final = "admin_channel"
ADMIN_SURE_FORM: Final = "admin_sure"
ADMIN_FREEZE_FORM: Final = "admin_freeze"
LIST: Final = "list"  # is only looked at: it is never sent

METADATA_EVENT: Final = "snapshot_request"
