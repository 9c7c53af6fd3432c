"""The forms of administration: opened, searched, tried at each choice, and sent. Nothing that they carry is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.core.access import NotAllowed
from bot.core.errors import BotError, InputError
from bot.core.grants import BY_NAME
from bot.core.ids import Actor, GrantId
from bot.core.phrase import Phrase
from bot.core.scope import Scope
from bot.service.administering import Tried
from bot.service.wishes import Wish, giving, ruling, taking_back, undoing, unruling, wrong_right
from bot.slack.door.deliveries import Click, Search, Submission
from bot.slack.drawing import admin_forms, admin_options, admin_overview, mrkdwn, names, rights
from bot.slack.drawing.admin_forms import Carries, GrantForm, RuleForm
from bot.slack.drawing.admin_overview import AdminPlace
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.drawing.forms import answers
from bot.slack.handlers import pages, snapshot_admin
from bot.slack.handlers.answer import Answer, Opening, Redraw
from bot.slack.handlers.context import Context
from bot.slack.handlers.options import Choice
from bot.words import say, text, utc
from bot.words.change_words import scope_words


async def search(context: Context, search: Search, actor: Actor) -> Answer:
    """Offer groups or clusters, of those that this admin reaches, from memory."""
    reach, typed = await context.service.administering.reach(actor), search.value or ""
    match search.action_id:
        case names.ADMIN_GROUP:
            found = admin_options.group_options(reach.groups, typed)
        case names.ADMIN_ABOUT:
            groups = admin_options.group_options(reach.groups, typed)
            found = admin_options.cut([*groups, *admin_options.scope_options(reach, typed)])
        case _:
            found = admin_options.scope_options(reach, typed)
    return Answer(options={"options": found})


async def open_grant(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form of a new right, or of the grant that the button names."""
    return Answer(opening=Opening(text("grant-title"), partial(_grant, context, actor, click.actions[0].value or "")))


async def open_rule(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form of the rule, or the channel, of the scope that the button names; of none, ask for which."""
    what, scope = click.actions[0].action_id, click.actions[0].value or ""
    title = text("rule-title") if what == names.ADMIN_RULE else text("channel-title")
    return Answer(opening=Opening(title, partial(_rule, context, actor, what, scope)))


async def chosen_for(context: Context, click: Click, actor: Actor) -> Answer:
    """Turn the question for which clusters into the form of their rule, or channel."""
    if click.view is None:
        return Answer()
    view, what = click.view, Carries.of(click.view).what
    choice = Choice(
        context,
        view,
        partial(_rule, context, actor, what, _first_answer(view)),
        lambda words: {
            **admin_forms.for_form(what),
            "blocks": [*admin_forms.for_form(what)["blocks"], admin_forms.what_if(words)],
        },
    )
    return Answer(redraw=Redraw(choice.redraw, choice.tell))


async def open_sure(context: Context, click: Click, actor: Actor) -> Answer:
    """Ask before something goes: a grant, a rule, the last change."""
    what, thing = click.actions[0].action_id, click.actions[0].value or ""
    return Answer(opening=Opening(text("administration"), partial(_sure, context, actor, what, thing)))


async def chosen(context: Context, click: Click, actor: Actor) -> Answer:
    """Say what the open form would change, with what is chosen in it now."""
    if click.view is None or click.view["type"] != "modal":
        return Answer()
    choice = Choice(
        context,
        click.view,
        partial(_tried, context, actor, click.view),
        partial(admin_forms.with_what_if, click.view),
    )
    return Answer(redraw=Redraw(choice.redraw, choice.tell))


async def save(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Make the change that a form asks for; the overview below shows it."""
    view, administering = sent.view, context.service.administering
    wish, seen = await _wish(context, actor, view), Carries.of(view).seen
    if _is_new(view):
        tried = await administering.tried(actor, wish)
        if seen != _shown(view, tried):  # another choice, or another's change: what it does wasn't seen yet
            said = admin_forms.consequences(tried, risky=_is_risky(view))
            said = f"☝️ *{text('admin-look-again')}*\n{said}"
            return Answer(view=admin_forms.with_what_if(view, said, seen=_shown(view, tried)))
        seen = tried.version
    await administering.make(actor, wish, seen=seen)
    below = str(view.get("previous_view_id") or "")
    root = str(view.get("root_view_id") or below)
    notice = f"✅ {text('admin-saved')}"
    if not root or root == view["id"]:
        return Answer(say=Say(notice))
    overview = snapshot_admin.again(context, actor, root, AdminPlace(), notice=notice)
    if below in ("", root):
        return Answer(redraw=overview)

    async def draw() -> None:  # the form in which the question was asked is of something that is gone
        await pages.notice_in(context, below, text("administration"), Say(notice))
        await overview.draw()

    return Answer(redraw=Redraw(draw, overview.tell))


async def _grant(context: Context, actor: Actor, grant: str) -> View:
    administering = context.service.administering
    if not grant:
        reach = await administering.reach(actor)
        return admin_forms.grant_form(reach, administering.zone(reach.person))
    kept, seen, reach = await administering.grant(actor, GrantId(grant))
    return admin_forms.grant_form(reach, administering.zone(reach.person), kept, seen=seen)


async def _rule(context: Context, actor: Actor, what: str, value: str) -> View:
    administering = context.service.administering
    if not value:
        await administering.reach(actor)
        return admin_forms.for_form(what)
    scope = _scope(value)
    rule, seen, reach = await administering.rule(actor, scope)
    name = admin_options.name_of(scope, reach)
    if what == names.ADMIN_CHANNEL:
        return admin_forms.channel_form(scope, name, rule, seen=seen)
    return admin_forms.rule_form(reach, scope, name, rule, seen=seen)


async def _sure(context: Context, actor: Actor, what: str, thing: str) -> View:
    administering = context.service.administering
    wish = await _wish_of(context, actor, what, thing)
    tried = await administering.tried(actor, wish)
    said = admin_overview.words(tried.reach)
    match what:
        case names.ADMIN_TAKE_BACK:
            kept, _, _ = await administering.grant(actor, GrantId(thing))
            title, words, yes = text("take-back"), said.right(kept), text("take-back")
        case names.ADMIN_UNRULE:
            rule, _, reach = await administering.rule(actor, scope := _scope(thing))
            of = scope_words(scope, admin_options.name_of(scope, reach))
            title, words, yes = text("admin-unrule"), f"{mrkdwn.bold(of)}: {said.rule(rule)}", text("admin-unrule")
        case _:
            last = await administering.last(actor, int(thing))
            back = [change.back() for change in reversed(last.changes)]
            title, words, yes = text("admin-undo"), admin_overview.change_lines(back, tried.reach), text("admin-undo")
    return admin_forms.sure_form(title, mrkdwn.cut(words, 2900), tried, what=what, thing=thing, yes=yes)


async def _tried(context: Context, actor: Actor, view: Mapping[str, Any]) -> View:
    try:
        tried = await context.service.administering.tried(actor, await _wish(context, actor, view))
    except NotAllowed as e:
        return admin_forms.with_what_if(view, f"🚫 {rights.refusal(e.decision, company=context.company)}")
    except BotError as e:
        said = say(e, when=utc(context.clock.now()), name=mrkdwn.unmarked, command=context.command)
        return admin_forms.with_what_if(view, f"🔴 {mrkdwn.ours(said)}")
    said = admin_forms.consequences(tried, risky=_is_risky(view))
    return admin_forms.with_what_if(view, said, seen=_shown(view, tried) if _is_new(view) else None)


def _is_new(view: Mapping[str, Any]) -> bool:
    """Say whether the form *view* is of a right that isn't chosen yet, so that it carries what it has shown."""
    return view.get("callback_id") == names.ADMIN_GRANT_FORM and not Carries.of(view).thing


def _is_risky(view: Mapping[str, Any]) -> str:
    """Return the role that the form *view* gives to a group, though it should be given by name; or ""."""
    form = GrantForm.read(view)
    is_new = view.get("callback_id") == names.ADMIN_GRANT_FORM and form.group
    return form.role or "" if is_new and form.role in BY_NAME and not form.denies else ""


def _shown(view: Mapping[str, Any], tried: Tried) -> str:
    """Return what the form of a new right has shown: for which choices, and of what state."""
    form = GrantForm.read(view)
    chosen = (*sorted(form.people), form.group or "", form.role or "", form.on or "", form.until or "", *form.more)
    return " ".join([tried.version, *chosen])[:2000]


async def _wish(context: Context, actor: Actor, view: Mapping[str, Any]) -> Wish:
    """Return what the form *view* asks for, with what it names looked up again.

    Raises:
        NotAllowed: *actor* is no admin. InputError: something in it isn't there, or isn't theirs.
        ChangedMeanwhile: what it is about is gone.
    """
    administering, carries = context.service.administering, Carries.of(view)
    match view.get("callback_id"):
        case names.ADMIN_GRANT_FORM:
            return await _giving(context, actor, view)
        case names.ADMIN_RULE_FORM:
            scope = _scope(carries.thing)
            rule, _, reach = await administering.rule(actor, scope)
            return ruling(scope, **RuleForm.read(view).approval(reach, rule.approval))
        case names.ADMIN_CHANNEL_FORM:
            scope = _scope(carries.thing)
            await administering.rule(actor, scope)
            channel = admin_forms.channel_of(view)
            if channel and (why := await administering.problem(channel)):
                raise InputError({"channel": why})
            return ruling(scope, channel=channel)
        case _:
            return await _wish_of(context, actor, carries.what, carries.thing)


async def _giving(context: Context, actor: Actor, view: Mapping[str, Any]) -> Wish:
    administering, form, carries = context.service.administering, GrantForm.read(view), Carries.of(view)
    if carries.thing:
        kept, _, reach = await administering.grant(actor, GrantId(carries.thing))
        terms, people = form.terms(administering.zone(reach.person), kept.terms), [kept.holder]
        return giving(people, kept.role, kept.scope, terms, denies=kept.denies, name=kept.cluster_name)
    reach = await administering.reach(actor)
    people, role = form.holders(reach), form.chosen_role()
    if wrong := wrong_right(people, role, denies=form.denies):
        raise InputError(wrong)
    if not form.denies and (unable := await administering.unable(people)):
        raise InputError({"people": Phrase("cannot-act", {"people": ", ".join(unable)})})
    scope = admin_options.scope_of(form.on or "", reach)
    if scope is None:
        raise InputError({"on": Phrase("not-yours-to-change") if form.on else Phrase("no-clusters-chosen")})
    terms = form.terms(administering.zone(reach.person))
    if terms.until is not None and terms.until <= context.clock.now():
        raise InputError({"until": Phrase("over-already")})
    name = admin_options.name_of(scope, reach)
    return giving(people, role, scope, terms, denies=form.denies, name=name)


async def _wish_of(context: Context, actor: Actor, what: str, thing: str) -> Wish:
    administering = context.service.administering
    match what:
        case names.ADMIN_TAKE_BACK:
            kept, _, _ = await administering.grant(actor, GrantId(thing))
            return taking_back(kept)
        case names.ADMIN_UNRULE:
            scope = _scope(thing)
            await administering.rule(actor, scope)
            return unruling(scope)
        case _:
            return undoing(await administering.last(actor, int(thing) if thing.isdecimal() and len(thing) < 16 else 0))


def _scope(value: str) -> Scope:
    try:
        return Scope.parse(value)
    except ValueError:
        raise InputError({"on": Phrase("not-yours-to-change")}) from None


def _first_answer(view: Mapping[str, Any]) -> str:
    return str(answers(view).get("for") or "")
