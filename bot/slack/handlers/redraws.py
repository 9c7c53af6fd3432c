"""Forms that are being redrawn while somebody may send them: which of the two answers is shown in the end."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class OpenForm:
    """An open form that is being redrawn: how often it was *sent* meanwhile, and Slack's *hash* of the last redraw."""

    def __init__(self) -> None:
        self.turn, self.sent, self.hash = asyncio.Lock(), 0, ""


class Redraws:
    """The forms that are being redrawn, by their views' ids."""

    def __init__(self) -> None:
        self._forms: WeakValueDictionary[str, OpenForm] = WeakValueDictionary()

    def begin(self, view_id: str) -> OpenForm:
        """Return the form *view_id*, which is known for as long as somebody holds it."""
        return self._forms.setdefault(view_id, OpenForm())

    def sent(self, view_id: str) -> bool:
        """Drop the redraws of the form *view_id* for what was chosen before it was sent: its answer stands there now.

        Return whether there is one, which Slack may have already: it would wipe errors, but not another view.
        """
        if form := self._forms.get(view_id):
            form.sent += 1
        return form is not None
