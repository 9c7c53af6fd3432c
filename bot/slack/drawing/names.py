"""The ids that tie buttons, forms and the shortcut to their listeners; the manifest has the shortcut's as well."""

from __future__ import annotations

from typing import Final

SHORTCUT: Final = "snapshot"

# action ids
APPROVE: Final = "approve"
REVIEW: Final = "review"
WHY: Final = "why"
ASK_AGAIN: Final = "ask_again"
TAKE: Final = "take"
APPROVE_WITH: Final = "approve_with"
DECLINE_WITH: Final = "decline_with"
WITHDRAW: Final = "withdraw"
CLUSTER: Final = "cluster"
SHOW_ALL: Final = "show_all"
ALL_CLUSTERS: Final = "all_clusters"
PAGE_BEFORE: Final = "page_before"
PAGE_AFTER: Final = "page_after"
UNDO_FREEZE: Final = "undo_freeze"
BREAK_GLASS: Final = "break_glass"  # for a request that waits
BREAK_GLASS_NEW: Final = "break_glass_new"  # for what stands in the form
ANSWER: Final = "answer"  # of every input that has no listener of its own

# callback ids of views
REQUEST_FORM: Final = "request"
APPROVE_FORM: Final = "approve"
DECLINE_FORM: Final = "decline"
GLASS_FORM: Final = "break_glass"
GLASS_NEW_FORM: Final = "break_glass_new"
LIST: Final = "list"  # is only looked at: it is never sent

METADATA_EVENT: Final = "snapshot_request"
