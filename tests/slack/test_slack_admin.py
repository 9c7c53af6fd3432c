"""Administration in Slack: for admins alone, tried before it is saved, and refused where another was quicker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.approval import ApprovalRule, OwnApproval, Stage
from bot.core.grants import Grant, Role, Terms
from bot.core.hours import Hours
from bot.core.ids import CloudName, ClusterId, ClusterRef, GrantId, Principal, PrincipalKind
from bot.core.loudness import Loudness
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from bot.slack.drawing import names
from bot.slack.drawing.admin_options import cut, option
from slack_sandbox import payloads
from slack_sandbox.sandbox import Modal
from slack_sandbox.waiting import Unexpected
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

DBA = Principal("S00000DBA", PrincipalKind.GROUP)


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with bot_in_sandbox(rights=ON_PROD, rate_limits=False) as running:
        await running.inventory.clusters()
        yield running


def cluster(bot: Bot, name: str) -> Cluster:
    return next(c for c in bot.cloud.known_clusters.values() if c.name == name)


def scope(bot: Bot, name: str) -> Scope:
    return Scope.of(cluster(bot, name).ref)


async def opened(bot: Bot, who: str = "cleo") -> Modal:
    """Open the overview and return it; again where a busy machine lets Slack's answer come too late, as people do."""
    async with asyncio.timeout(60):
        while True:
            try:
                modal = await bot.slack.user(who).command("/snapshot admin")
            except Unexpected as e:
                if "Try again in a minute" not in str(e):
                    raise
                continue
            await modal.wait_for("Rights")
            return modal


async def saved(bot: Bot, form: Modal) -> None:
    """Send a form without a mistake: once more where what it does wasn't shown yet."""
    await bot.idle()
    sent = await form.submit()
    assert not sent.errors, sent.errors
    if sent.action == "update":
        assert "press the button again" in form.text
        sent = await form.submit()
        assert not sent.errors, sent.errors
    assert sent.action == "closed"


async def pushed(bot: Bot, overview: Modal, button: str, text: str, who: str = "cleo") -> Modal:
    """Press a button of the overview and return the form that it opens."""
    user = bot.slack.user(who)
    await user.click(overview, button)
    return await user.wait_for_modal(text)


async def test_a_right_is_given_after_it_was_tried(bot: Bot):
    """Each choice says what it would change, and nothing is saved before the button is pressed; it is on record."""
    overview = await opened(bot)
    form = await pushed(bot, overview, "Grant…", "What it changes")
    before = list(bot.store.given)
    await form.enter("Reason", "what was typed stays")
    await form.enter("People", ["dan"])
    await form.wait_for("Choose for which clusters")
    assert form.value("Reason") == "what was typed stays"
    await form.enter("Group, or everyone", "@dba", search="db")
    await form.enter("On", "dwh-*", search="dwh")
    await form.wait_for("It covers 2 clusters now.")
    await form.wait_for("gain request on")
    assert bot.store.given == before
    await form.enter("Besides", ["They may, and aren't pinged"])
    await form.enter("Until the end of", "2027-01-31")
    await form.enter("Reason", "migration <!channel> 42")
    await saved(bot, form)
    await overview.wait_for("Saved.")
    await overview.wait_for("@dba may request on dwh-*")
    assert "<!channel>" not in str(overview.target(bot.slack.user("cleo")).blocks)
    given = [g for g in bot.store.given if g not in before]
    assert DBA in {g.holder for g in given}
    assert {(g.role, g.scope, g.granted_by) for g in given} == {(Role.REQUEST, Scope(cluster="dwh-*"), "U0000CLEO")}
    terms = Terms(given[0].terms.until, "migration <!channel> 42", quiet=True)
    assert {g.terms for g in given} == {terms}
    assert str(terms.until) == "2027-01-31 23:00:00+00:00"  # the end of that day where Cleo is
    assert {e.team for e in bot.store.log if e.action == "grant.added"} == {"T0000ACME"}


async def test_a_rule_has_stages_and_all_that_a_form_sets(bot: Bot):
    """How many of whom, in which order, one's own, reasons, hours; what the form doesn't show stays as it was."""
    prod = scope(bot, "dwh-prod")
    bot.store.rules_set[prod] = ScopeRule(ApprovalRule(zone="Europe/Berlin"), set_by="cli:root", set_at=bot.clock.now())
    overview = await opened(bot)
    form = await pushed(bot, overview, "Set a rule…", "For which clusters?")
    await form.enter("for", "dwh-prod", search="prod")
    form = await bot.slack.user("cleo").wait_for_modal("Stage 2")
    await form.enter("Stage 1: by these groups", ["@dba"], search="dba")
    await form.enter("Stage 2", "two approvals")
    await form.enter("Stage 2: by these people", ["ada", "ben"])
    await form.wait_for("Nobody can approve a request on dwh-prod any more.")
    await form.enter("Besides", ["All stages at once, in any order", "Each approval says why"])
    await form.enter("One's own request", "may be approved by who asked, where nobody else can")
    await form.enter("Results show", "in the thread alone")
    await form.enter("Starts only at these hours", "mon-fri 8-18")
    sent = await form.submit()
    assert "Write a line such as" in f"{sent.errors} {form.text}"
    await form.enter("Starts only at these hours", "mon-fri 08:00-18:00\n\nsat,sun 22:00-04:00")
    await form.enter("Stage 2", "two approvals")
    await bot.idle()
    assert "Write a line such as" not in form.text
    sent = await form.submit()
    assert not sent.errors, sent.errors
    await overview.wait_for("Saved.")
    rule = bot.store.rules_set[prod]
    assert rule.approval == ApprovalRule(
        stages=(Stage(1, (DBA,)), Stage(2, (Principal("U00000ADA"), Principal("U00000BEN")))),
        side_by_side=True,
        needs_reason=True,
        own=OwnApproval.IF_NOBODY_ELSE,
        hours=(Hours.parse("mon-fri 08:00-18:00"), Hours.parse("sat,sun 22:00-04:00")),
        zone="Europe/Berlin",
        loud=Loudness.THREAD,
    )
    assert rule.set_by == "U0000CLEO"


async def test_a_channel_is_set_and_taken_away(bot: Bot):
    """Of the beginning of names; one into which the bot can't post is refused in the form."""
    overview = await opened(bot)
    for channel, said in (("dwh-ops", "cards go to"), (None, "Rules and channels · 0")):
        form = await pushed(bot, overview, "Set a channel…", "For which clusters?")
        await form.enter("for", "dwh-*", search="dwh-*")
        form = await bot.slack.user("cleo").wait_for_modal("Empty: as for a wider rule")
        await form.enter("Cards go to", channel)
        assert not (await form.submit()).errors
        await overview.wait_for(said)
    assert bot.store.rules_set == {}


async def test_the_last_change_is_undone_and_said_beforehand(bot: Bot):
    """What it restores; a second press after another change is refused."""
    overview = await opened(bot)
    form = await pushed(bot, overview, "Grant…", "What it changes")
    await form.enter("People", ["dan"])
    await form.enter("On", "dwh-dev", search="dev")
    await form.wait_for("gains request")
    assert not (await form.submit()).errors
    await overview.wait_for("Saved.")
    sure = await pushed(bot, overview, "Undo", "What it changes")
    assert "may request on dwh-dev" in sure.text
    assert not (await sure.submit()).errors
    await overview.wait_for("Saved.")
    assert not [g for g in bot.store.given if g.holder == Principal("U00000DAN")]


async def test_what_another_changed_meanwhile_is_not_overwritten(bot: Bot):
    """The grant, or the rule, isn't the one that the form showed: that is said, and nothing is saved."""
    bot.store.given = [replace(bot.store.given[0], id=GrantId("G-22222222"))]
    overview = await opened(bot)
    await bot.slack.user("cleo").click(overview, names.ADMIN_GRANT)
    form = await bot.slack.user("cleo").wait_for_modal("Take it back")
    bot.store.given[0] = replace(bot.store.given[0], terms=Terms(quiet=True), granted_at=bot.clock.now() + timedelta(1))
    await form.enter("Reason", "mine")
    sent = await form.submit()
    assert "Somebody has changed that meanwhile" in str(sent.errors)
    assert bot.store.given[0].terms == Terms(quiet=True)


async def test_an_admin_of_one_cluster_sees_and_reaches_that_one_alone(bot: Bot):
    """In the overview, in each list, and by a form that names another."""
    bot.grant("dan", Role.ADMIN, cluster(bot, "dwh-dev"))
    bot.grant("ada", Role.REQUEST, cluster(bot, "dwh-dev"))
    bot.store.rules_set[Scope()] = ScopeRule(ApprovalRule.of(2), set_by="cli:root", set_at=bot.clock.now())
    overview = await opened(bot, "dan")
    assert "dwh-dev" in overview.text
    assert "dwh-prod" not in overview.text
    assert "Rules and channels · 0" in overview.text
    form = await pushed(bot, overview, "Grant…", "What it changes", "dan")
    assert await form.search("On", "") == ["dwh-dev"]
    assert await form.search("On", "dwh") == ["dwh-dev"]
    await form.enter("On", "dwh-dev", search="dev")
    await form.enter("People", ["ben"])
    view = form.target(bot.slack.user("dan"))
    state = next(v for (block, _), v in view.values.items() if block.startswith("on:"))
    prod = {"text": {"type": "plain_text", "text": "x"}, "value": str(scope(bot, "dwh-prod"))}
    for forged in (prod, {**prod, "value": "*"}, {**prod, "value": "default/nowhere"}, {**prod, "value": "//"}):
        state["selected_option"] = forged
        sent = await form.submit()
        assert "no such clusters of which you are an admin" in f"{sent.errors} {form.text}"
        state["selected_option"] = None
        assert (await form.submit()).errors
    assert not [g for g in bot.store.given if g.holder == Principal("U00000BEN") and g.granted_by == "U00000DAN"]


async def test_an_admin_of_one_cluster_denies_nobody_to_be_an_admin(bot: Bot):
    """It would be an admin of everything who is none any more."""
    bot.grant("dan", Role.ADMIN, cluster(bot, "dwh-dev"))
    overview = await opened(bot, "dan")
    form = await pushed(bot, overview, "Grant…", "What it changes", "dan")
    await form.enter("On", "dwh-dev", search="dev")
    await form.enter("People", ["cleo"])
    await form.enter("May", "admin: change rights and rules")
    await bot.idle()
    await form.enter("Besides", ["They may not: this wins over whatever gives it"])
    await form.wait_for("no such clusters of which you are an admin")
    await form.submit()
    assert not [g for g in bot.store.given if g.denies]


async def test_what_a_form_carries_is_not_trusted(bot: Bot):
    """An admin of one cluster names another's rule, grant or change in what is hidden: all stays as it is."""
    bot.grant("dan", Role.ADMIN, cluster(bot, "dwh-dev"))
    bot.store.given = [replace(g, id=GrantId(f"G-2222222{n + 2}")) for n, g in enumerate(bot.store.given)]
    prod = scope(bot, "dwh-prod")
    bot.store.rules_set[prod] = ScopeRule(ApprovalRule.of(2), set_by="cli:root", set_at=bot.clock.now())
    before = (list(bot.store.given), dict(bot.store.rules_set))
    need = {"type": "static_select", "selected_option": {"value": "1"}}
    for form, what, thing in (
        (names.ADMIN_RULE_FORM, "", str(prod)),
        (names.ADMIN_RULE_FORM, "", "*"),
        (names.ADMIN_CHANNEL_FORM, "", str(prod)),
        (names.ADMIN_GRANT_FORM, "", "G-22222222"),
        (names.ADMIN_SURE_FORM, names.ADMIN_TAKE_BACK, "G-22222222"),
        (names.ADMIN_SURE_FORM, names.ADMIN_UNRULE, str(prod)),
        (names.ADMIN_SURE_FORM, names.ADMIN_UNDO, "1"),
        (names.ADMIN_SURE_FORM, "", "x" * 300),
    ):
        view = {
            "id": "V1",
            "type": "modal",
            "callback_id": form,
            "private_metadata": json.dumps({"thing": thing, "what": what, "seen": "0"}),
            "blocks": [{"type": "input", "block_id": "need0:x"}],
            "state": {"values": {"need0:x": {names.ADMIN_CHOICE: need}}},
        }
        body = {
            "type": "view_submission",
            "team": {"id": "T0000ACME"},
            "user": {"id": "U00000DAN", "team_id": "T0000ACME"},
            "view": view,
        }
        answer = await bot.deliver(body)
        await bot.idle()
        assert '"response_action": "errors"' in (answer.body or ""), (form, thing)
        assert "dwh-prod" not in answer.body
    assert (bot.store.given, bot.store.rules_set) == before


ENTRIES = [
    *(("action", name) for name in (names.ADMIN, names.ADMIN_GRANT, names.ADMIN_RULE, names.ADMIN_UNDO)),
    *(("action", name) for name in (names.ADMIN_TAKE_BACK, names.ADMIN_UNRULE, names.ADMIN_PAGE_AFTER)),
    *(("options", name) for name in (names.ADMIN_ABOUT, names.ADMIN_GROUP, names.ADMIN_SCOPE, names.ADMIN_FOR)),
    *(
        ("view", n)
        for n in (names.ADMIN_GRANT_FORM, names.ADMIN_RULE_FORM, names.ADMIN_CHANNEL_FORM, names.ADMIN_SURE_FORM)
    ),
]


@pytest.mark.parametrize("who", ["ana", "gil", "otto"])
@pytest.mark.parametrize(("kind", "name"), ENTRIES)
async def test_nobody_else_reaches_any_of_it(bot: Bot, who: str, kind: str, name: str):
    """A member, a guest, an outsider: by a button, a list, a form that they forge; nothing is changed or told."""
    person = bot.slack.site.workspace.person(who)
    before = (list(bot.store.given), dict(bot.store.rules_set))
    user = {"id": person.id, "team_id": person.team_id}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": name if kind == "view" else names.ADMIN_OVERVIEW,
        "private_metadata": '{"thing": "*", "what": "admin_unrule", "seen": "0"}',
        "blocks": [],
        "state": {"values": {"role:new": {"a": {"type": "static_select", "selected_option": {"value": "admin"}}}}},
    }
    body: dict[str, Any] = {"team": {"id": "T0000ACME"}, "user": user, "view": view, "trigger_id": "1.2.3"}
    match kind:
        case "action":
            body |= {"type": "block_actions", "actions": [{"type": "button", "action_id": name, "value": "*"}]}
        case "options":
            body |= {"type": "block_suggestion", "action_id": name, "value": "dwh"}
        case _:
            body |= {"type": "view_submission"}
    answer = await bot.deliver(body)
    await bot.idle()
    assert answer.status == 200
    told = f"{answer.body} {bot.slack.user(who).notices}"
    assert "dwh-prod" not in told
    assert "dba" not in told
    if kind == "options":
        assert '"options": []' in (answer.body or "")
    assert (bot.store.given, bot.store.rules_set) == before
    assert [e.action for e in bot.store.log if e.actor == person.id] == ["administration.refused"]


@pytest.mark.parametrize("who", ["ana", "gil"])
async def test_others_hear_that_it_is_not_theirs_and_home_has_no_button(bot: Bot, who: str):
    """The command says who can give rights; help doesn't name it."""
    reply = await bot.slack.user(who).command_reply("/snapshot admin")
    assert "Administration" not in reply.text
    assert "dwh-prod" not in reply.text
    if who == "ana":
        home = await bot.slack.user(who).home()
        await home.wait_for("Snapshots of GaussDB")
        assert "Administration" not in home.buttons
        assert "/snapshot admin" not in (await bot.slack.user(who).command_reply("/snapshot help")).text


async def test_home_has_the_button_for_admins(bot: Bot):
    """Of one cluster, too; it opens the same overview."""
    bot.grant("dan", Role.ADMIN, cluster(bot, "dwh-dev"))
    for who in ("cleo", "dan"):
        home = await bot.slack.user(who).home()
        await home.wait_for("Snapshots of GaussDB")
        overview = await bot.slack.user(who).click_for_modal(home, "Administration")
        await overview.wait_for("Rights")


async def test_a_right_that_was_taken_meanwhile_saves_nothing(bot: Bot):
    """The form was opened by an admin, and sent by none."""
    bot.grant("dan", Role.ADMIN, cluster(bot, "dwh-dev"))
    overview = await opened(bot, "dan")
    form = await pushed(bot, overview, "Grant…", "What it changes", "dan")
    await form.enter("People", ["ben"])
    await form.enter("On", "dwh-dev", search="dev")
    bot.store.given = [g for g in bot.store.given if g.role is not Role.ADMIN]
    await form.submit()
    assert not [g for g in bot.store.given if g.granted_by == "U00000DAN"]
    assert bot.store.log[-1].action == "administration.refused"


async def test_two_presses_save_once(bot: Bot):
    """The second finds what the first has made: the grant isn't as it was seen."""
    overview = await opened(bot)
    form = await pushed(bot, overview, "Grant…", "What it changes")
    await form.enter("People", ["dan"])
    await form.enter("On", "dwh-dev", search="dev")
    await form.wait_for("gains request")
    user = bot.slack.user("cleo")
    view = form.target(user)
    person = bot.slack.site.workspace.person("cleo")
    payload = payloads.view_submission(bot.slack.site, person, view)
    await asyncio.gather(*(bot.slack.send("interactive", payload) for _ in range(2)))
    assert len([e for e in bot.store.log if e.action == "grant.added"]) == 1


async def test_many_rights_are_paged_and_searched(bot: Bot):
    """Five a page; what is about a group, a cluster or a person alone, and everything again."""
    for number in range(12):
        holder = Principal(f"U0000{number:04}")
        at = bot.clock.now() + timedelta(seconds=number)
        bot.store.given.append(
            Grant(holder, Role.AUDIT, scope(bot, "dwh-dev"), "cli:root", at, "dwh-dev", id=GrantId(f"G-{number}"))
        )
    overview = await opened(bot)
    await overview.wait_for("1–5 of 14")
    await bot.slack.user("cleo").click(overview, "After ›")
    await overview.wait_for("6–10 of 14")
    await overview.enter(names.ADMIN_ABOUT, "dwh-prod", search="prod")
    await overview.wait_for("Rights · 2")
    await overview.enter(names.ADMIN_ABOUT_PERSON, "ana")
    await overview.wait_for("Only what is about @ana")
    assert "*Rights · 1*" in overview.text
    await bot.slack.user("cleo").click(overview, "Show everything")
    await overview.wait_for("Rights · 14")


async def test_a_grant_that_is_opened_and_saved_is_as_it_was(bot: Bot):
    """Its end is a moment of a day, its reason is long: only what is changed in the form changes."""
    until = bot.clock.now() + timedelta(days=3, minutes=7)
    terms = Terms(until, "x" * 400)
    bot.store.given = [replace(bot.store.given[0], id=GrantId("G-22222222"), terms=terms)]
    overview = await opened(bot)
    for quiet in (False, True):
        await bot.slack.user("cleo").click(overview, names.ADMIN_GRANT)
        form = await bot.slack.user("cleo").wait_for_modal("Take it back")
        if quiet:
            await form.enter("Besides", ["They may, and aren't pinged"])
        await saved(bot, form)
        await overview.wait_for("Saved.")
        assert bot.store.given[0].terms == replace(terms, quiet=quiet)
        await bot.idle()


async def test_the_last_admins_grant_is_changed_and_not_taken_back(bot: Bot):
    """Its form opens; the question before it goes says why it can't."""
    bot.store.given = [
        Grant(Principal("U00000DAN"), Role.ADMIN, Scope(), "cli:root", bot.clock.now(), id=GrantId("G-22222222"))
    ]
    bot.service.administering._admins = frozenset()
    bot.service.authority._admins = frozenset()
    overview = await opened(bot, "dan")
    user = bot.slack.user("dan")
    await user.click(overview, names.ADMIN_GRANT)
    form = await user.wait_for_modal("Take it back")
    await user.click(form, "Take it back")
    await user.wait_for_modal("Nobody would be left who is an admin of every cluster")
    assert len(bot.store.given) == 1


async def test_a_grant_is_taken_back_after_the_question(bot: Bot):
    """What it is and who loses what stand there first."""
    bot.store.given = [replace(bot.store.given[0], id=GrantId("G-22222222"))]
    overview = await opened(bot)
    user = bot.slack.user("cleo")
    await user.click(overview, names.ADMIN_GRANT)
    form = await user.wait_for_modal("Take it back")
    await user.click(form, "Take it back")
    sure = await user.wait_for_modal("loses request on")
    assert not (await sure.submit()).errors
    await overview.wait_for("Saved.")
    assert bot.store.given == []


async def test_a_rule_keeps_its_stages_and_is_removed_after_the_question(bot: Bot):
    """More approvals than a form offers are offered where a rule has them, and more stages."""
    prod = scope(bot, "dwh-prod")
    rule = ApprovalRule(stages=(Stage(12), Stage(1), Stage(2)))
    bot.store.rules_set[prod] = ScopeRule(rule, set_by="cli:root", set_at=bot.clock.now())
    overview = await opened(bot)
    user = bot.slack.user("cleo")

    async def edit() -> Modal:
        rows = overview.target(user).blocks
        row = next(b for b in rows if b.get("accessory", {}).get("value") == str(prod))
        await bot.slack.clients.act(user.id, overview.target(user), row["block_id"], names.ADMIN_RULE, None)
        return await user.wait_for_modal("Stage 3")

    await saved(bot, await edit())
    assert bot.store.rules_set[prod].approval == rule
    await overview.wait_for("Saved.")
    await user.click(form := await edit(), "Remove the rule")
    sure = await user.wait_for_modal("Nobody gains or loses a right.")
    assert not (await sure.submit()).errors
    await overview.wait_for("Rules and channels · 0")
    assert bot.store.rules_set == {}
    assert "Stage 3" not in form.text


async def test_who_cannot_act_gets_nothing_and_a_group_no_admin_in_silence(bot: Bot):
    """A guest is refused by name; admin for a group is warned of; not everyone can be one."""
    overview = await opened(bot)
    form = await pushed(bot, overview, "Grant…", "What it changes")
    await form.enter("On", "every cluster", search="every")
    await form.enter("People", ["gus"])
    await form.wait_for("Only active members of the workspace can act")
    await form.enter("People", [])
    await form.enter("Group, or everyone", "@dba", search="dba")
    await form.enter("May", "admin: change rights and rules")
    await form.wait_for("Slack can be set to let all members edit user groups")
    await form.enter("Group, or everyone", "every member", search="every")
    await form.wait_for("Name who gets admin one by one")
    await form.submit()
    assert not [g for g in bot.store.given if g.granted_by == "U0000CLEO" and g.role is Role.ADMIN]


async def test_what_is_typed_is_no_markup(bot: Bot):
    """The beginning of names is shown as it was typed, wherever it is."""
    overview = await opened(bot)
    form = await pushed(bot, overview, "Grant…", "What it changes")
    await form.enter("People", ["dan"])
    await form.enter("On", "<!channel>*", search="<!channel>*")
    await form.wait_for("covers no cluster")
    await saved(bot, form)
    await overview.wait_for("Saved.")
    shown = f"{overview.target(bot.slack.user('cleo')).blocks}"
    assert "&lt;!channel&gt;" in shown
    assert "<!channel>" not in shown


def test_a_list_that_is_cut_says_so_in_its_last_line():
    """A hundred at most, as Slack takes them."""
    many = [option(f"c-{n}", str(n)) for n in range(150)]
    assert cut(many[:100]) == many[:100]
    shown = cut(many)
    assert len(shown) == 100
    assert shown[-1]["text"]["text"] == "and 51 more: type a part of the name"


def test_a_cluster_ref_and_a_scope_are_written_alike():
    """So that an option is read back as the scope that it stood for."""
    for one in (
        Scope(),
        Scope("eu"),
        Scope(cluster="dwh-*"),
        Scope("eu", "dwh-*"),
        Scope.of(ClusterRef(CloudName("eu"), ClusterId("x"))),
    ):
        assert Scope.parse(str(one)) == one
    for text in ("", "/", "a/", "/b", "d*h", "e*/x"):
        with pytest.raises(ValueError, match="no scope"):
            Scope.parse(text)


async def test_what_goes_wrong_with_a_click_is_said_where_it_was_made(bot: Bot):
    """Another modal doesn't take its place; what stands there stays."""
    overview = await opened(bot)
    site = bot.slack.site
    pressed = {"type": "button", "action_id": names.WITHDRAW, "block_id": "b", "value": "R-NONE", "action_ts": "1.0"}
    payload = payloads.block_actions_in_view(site, site.workspace.person("cleo"), overview.shown, [pressed])
    await site.transport.send("interactive", "block_actions", payload)
    await bot.idle()
    assert overview.title == "Administration"
    assert "There is no such request that you may see" in overview.text
    assert "Grant…" in overview.buttons
