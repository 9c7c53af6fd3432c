"""views.*: open, push, update, publish. Source: Slack, "views.open" and the other methods' pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final, Literal

from slack_sandbox import forms
from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method
from slack_sandbox.client_state import STACK
from slack_sandbox.records import StoredView
from slack_sandbox.site import Site
from slack_sandbox.stored_files import file_problems
from slack_sandbox.surfaces import check_view, complete


def read_view(site: Site, view: Any, surface: Literal["modal", "home"], *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Check *view* and return it as Slack keeps it; *but* are views whose external id it may repeat.

    Raises:
        ApiError: view_too_large, invalid_arguments or duplicate_external_id.
    """
    spec = check_view(view, surface)
    if (external_id := spec.get("external_id")) and site.workspace.external_id_taken(external_id, but=but):
        raise ApiError("duplicate_external_id")
    if problems := list(file_problems(site.workspace, spec["blocks"], "/view/blocks")):
        raise ApiError("invalid_arguments", problems)
    titles: dict[str, Any] = {
        name: {"emoji": True, **spec[name]} for name in ("title", "submit", "close") if name in spec
    }
    return {**spec, **titles, "blocks": complete(spec["blocks"], lambda: secrets.token_urlsafe(4)[:5])}


def redraw(site: Site, view: StoredView, spec: dict[str, Any]) -> None:
    """Show *spec* in place of *view*; what its person typed stays where block id, action id and type do."""
    view.spec, view.hash = spec, site.workspace.new_hash()
    view.values = forms.start(view.blocks, view.channel, view.values)
    view.errors, view.error = {}, ""


def new_view(site: Site, user: str, spec: dict[str, Any], channel: str | None) -> StoredView:
    """Return a view for *user* with its first values."""
    view = site.workspace.new_view(user, spec, channel=channel)
    view.values = forms.start(view.blocks, channel)
    return view


def _view_argument(call: Call) -> Any:
    view = call.args.structure("view")
    if view is None:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: view"])
    return view


def _trigger(call: Call) -> str:
    """Return the trigger id; an interactivity pointer does as well."""
    return call.args.text("interactivity_pointer") or call.args.required("trigger_id")


async def open_view(call: Call) -> dict[str, Any]:
    """Open a modal for the person who caused the trigger."""
    site = call.site
    trigger_id = _trigger(call)
    spec = read_view(site, _view_argument(call), "modal")
    trigger = site.tickets.redeem(trigger_id)
    view = new_view(site, trigger.user, spec, trigger.channel)
    site.client_states.open(view)
    return {"view": site.client_states.view_object(view)}


async def push(call: Call) -> dict[str, Any]:
    """Put a modal on top of the one that is open; three at most."""
    site = call.site
    trigger_id = _trigger(call)
    spec = read_view(site, _view_argument(call), "modal")
    user = site.tickets.peek(trigger_id).user
    stack = site.client_states.of(user).stack
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= STACK:
        raise ApiError("push_limit_reached")
    trigger = site.tickets.redeem(trigger_id)
    view = new_view(site, user, spec, trigger.channel)
    site.client_states.push(view)
    return {"view": site.client_states.view_object(view)}


async def update(call: Call) -> dict[str, Any]:
    """Change a modal that is still open."""
    site = call.site
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    if not view_id and not external_id:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: view_id"])
    shown = site.workspace.views.values()
    view = next(
        (v for v in shown if v.id == view_id or (external_id and v.spec.get("external_id") == external_id)), None
    )
    if view is None or view.spec["type"] != "modal":
        raise ApiError("not_found")
    spec = read_view(site, _view_argument(call), "modal", but=(view.id,))
    _check_hash(call, view)
    redraw(site, view, spec)
    site.client_states.show(view.user)
    return {"view": site.client_states.view_object(view)}


def _check_hash(call: Call, view: StoredView | None) -> None:
    given = call.args.text("hash")
    if given and view and given != view.hash:
        raise ApiError("hash_conflict")


async def publish(call: Call) -> dict[str, Any]:
    """Set a person's Home tab."""
    site, user = call.site, call.args.required("user_id")
    if not site.app.home_tab:
        raise ApiError("not_enabled")
    if user not in site.workspace.people:
        raise ApiError("invalid_arguments", ["[ERROR] invalid user id [json-pointer:/user_id]"])
    home = site.workspace.homes.get(user)
    spec = read_view(site, _view_argument(call), "home", but=(home.id,) if home else ())
    _check_hash(call, home)
    if home:
        redraw(site, home, spec)
    else:
        home = new_view(site, user, spec, None)
        site.workspace.homes[user] = home
    site.client_states.show_home(home)
    return {"view": site.client_states.view_object(home)}


METHODS: Final[Mapping[str, Method]] = {
    "views.open": Method(open_view, 100),
    "views.push": Method(push, 100),
    "views.update": Method(update, 100),
    "views.publish": Method(publish, 100),
}
