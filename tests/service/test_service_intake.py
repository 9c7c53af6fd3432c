"""From the form's first look to the committed request: what is checked, what is kept, and what is told of mistakes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.access import NotAllowed, Reason
from bot.core.errors import CloudUnavailable, Conflict, InputError
from bot.core.grants import Grant, Role
from bot.core.ids import Actor, ChannelId, CloudName, ClusterId, ClusterRef, GrantId, Principal, TeamId
from bot.core.message import CARD
from bot.core.person import EVERYONE, Standing
from bot.core.phrase import Phrase
from bot.core.request import TOO_MANY_OPEN, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service import Ask, Emergency
from bot.words import say, utc, worded
from tests.harness.working import ADA, ANA, BEN, CLEO, DAN, OPS, OTHER, TEAM, Bench, actor


def an_ask(bench: Bench, **fields) -> Ask:
    """Return a good form; *fields* change it."""
    return replace(Ask(bench.prod.ref, "nightly-1", "", OPS), **fields)


async def test_an_ask_is_kept_with_its_record_and_owes_its_card(bench: Bench):
    """One commit: the row, the record with its rule, and the card; then the worker is woken."""
    bench.woken.clear()
    request = await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    assert (request.state, request.requester, request.channel) == (State.WAITING, ANA, OPS)
    assert (request.expires_at - request.created_at).total_seconds() == 8 * 3600
    (entry,) = bench.store.log
    assert (entry.actor, entry.action, entry.rule, entry.request_id) == (ANA, "request.asked", "granted", request.id)
    assert (request.id, CARD) in bench.store.told
    assert bench.woken.is_set()


async def test_a_description_is_filed_in_one_line_of_canonical_text(bench: Bench):
    """Whatever the way to ask, it is checked, kept and sent as people see it, and what can't be seen doesn't count."""
    typed = " fu\u0308r\u00a0Ana,\r\n\tOPS\u200b-42\ud800  \u202e🚀 " + "\u2060" * 300
    ask = an_ask(bench, description=typed)
    assert ask.description == "für Ana, OPS-42 🚀"
    request = await bench.service.intake.ask(actor(ANA), ask, origin="view:1")
    assert request.description == "für Ana, OPS-42 🚀"
    bench.clock.advance(3)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.turn()
    assert bench.cloud.calls[-1] == ("create_snapshot", bench.prod.ref.id, "nightly-1", "für Ana, OPS-42 🚀")


async def test_what_is_forbidden_in_a_description_is_so_after_it_was_made_canonical(bench: Bench):
    """A character that only composing takes away is no mistake; hiding one that is forbidden helps nobody."""
    for text, good in (("a =\u0338 b", True), ("a =\u200b b", False), ("\uff1c", True), ("d" * 256 + " ", True)):
        bench.store.requests.clear()
        ask = bench.service.intake.ask(actor(ANA), an_ask(bench, description=text), origin=f"view:{text}")
        if good:
            await ask
        else:
            with pytest.raises(InputError) as error:
                await ask
            assert {f: worded(p) for f, p in error.value.fields.items()} == {
                "description": "`=` isn't allowed in descriptions."
            }


async def test_a_person_has_so_many_open_requests(bench: Bench):
    """One more is refused, which is recorded, with how many there are and what to do; what ends makes room."""
    bench.open_requests = 2
    bench.start()
    first = await bench.ask("nightly-1")
    await bench.ask("nightly-2", cluster=bench.dev)
    with pytest.raises(InputError) as refused:
        await bench.ask("nightly-3")
    assert {field: worded(said) for field, said in refused.value.fields.items()} == {
        "cluster": "You have 2 open requests, and no more may be open at a time. Wait until one has ended, or withdraw "
        "one: /snapshot list mine shows them. Then send this again; it is still here."
    }
    entry = bench.store.log[-1]
    assert (entry.actor, entry.action, entry.rule, entry.cluster) == (
        ANA,
        "ask.refused",
        TOO_MANY_OPEN,
        bench.prod.ref,
    )
    await bench.ask("nightly-4", by=ADA)
    assert await bench.ask("nightly-1") == first  # sent again
    await bench.service.approvals.withdraw(actor(ANA), first.id)
    await bench.ask("nightly-3")
    assert len(bench.store.requests) == 4


async def test_an_emergency_does_not_wait_for_what_is_open(bench: Bench):
    """Break-glass is taken beside as many requests as a person may have; it counts among them afterwards."""
    bench.open_requests = 1
    bench.start()
    bench.grant(ANA, Role.BREAK_GLASS, bench.prod)
    await bench.ask("nightly-1")
    why = Emergency("prod is burning", aware=True)
    urgent = await bench.service.intake.ask(actor(ANA), an_ask(bench, name="urgent-1"), origin="view:2", emergency=why)
    assert urgent.glass is not None
    with pytest.raises(InputError) as refused:
        await bench.ask("nightly-2")
    assert refused.value.fields["cluster"].facts == {"count": 2}


async def test_the_same_submission_twice_is_one_request(bench: Bench):
    """A second copy of a delivery finds what the first one made."""
    first = await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    assert await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1") == first
    assert len(bench.store.requests) == 1


async def test_a_second_copy_after_its_own_snapshot_is_the_same_request(bench: Bench):
    """By then the cloud's list holds the name; that it is taken is no news to who took it."""
    first = await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    bench.cloud.add_snapshot(bench.prod.ref.id, first.name)
    bench.clock.advance(60)
    again = await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    assert again.id == first.id
    with pytest.raises(InputError) as caught:
        await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:2")
    assert "A snapshot with this name exists" in worded(caught.value.fields["name"])


async def test_without_needed_approvals_it_starts_approved(bench: Bench):
    """A rule of no approvals: nobody is asked."""
    request = await bench.ask(need=0)
    assert (request.state, request.decided_by) == (State.APPROVED, None)
    await bench.turn()
    assert bench.now(request).state is State.CREATING


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "1bad"}, "name"),
        ({"name": ""}, "name"),
        ({"description": "a<b"}, "description"),
        ({"cluster": None}, "cluster"),
        ({"cluster": ClusterRef(CloudName("default"), ClusterId("gone"))}, "cluster"),
        ({"cluster": ClusterRef(CloudName("nowhere"), ClusterId("gone"))}, "cluster"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(bench: Bench, fields: dict[str, Any], field: str):
    """The error maps to its field; the store is untouched. Who has the right hears of a cluster that it is gone."""
    if ref := fields.get("cluster"):
        there = replace(bench.store.given[0], scope=Scope(ref.cloud, ref.id), id=GrantId("there"))
        bench.store.given.append(there)
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench, **fields), origin="view:1")
    assert field in error.value.fields
    assert bench.store.requests == {}


async def test_a_cloud_that_was_never_seen_is_not_called_empty(bench: Bench):
    """Where nothing is known of the cloud, the form says so rather than that the cluster is gone."""
    bench.cloud.failing = [CloudUnavailable("503")] * 9
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    said = "The cloud hasn't answered since the bot started (14:05 UTC). Try again in a minute."
    when = utc(bench.clock.now())
    assert worded(error.value.fields["cluster"], when=when) == said
    with pytest.raises(InputError) as error:
        await bench.service.naming.resolve(actor(ANA), "dwh-prod")
    assert say(error.value, when=when) == f"The bot knows no cluster called dwh-prod that you may ask for. {said}"


async def test_a_cloud_that_fails_later_does_not_keep_people_from_asking(bench: Bench):
    """What was seen last is good enough to ask: the worker looks again before it acts."""
    await bench.inventory.glance(bench.cloud.name)
    bench.clock.advance(3600)
    bench.cloud.failing = [CloudUnavailable("503")] * 9
    assert (await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")).state is State.WAITING


async def test_what_was_so_hours_ago_refuses_nobody(bench: Bench):
    """An old "read-only" is no reason now: the request is kept, and the worker looks again before it acts."""
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("READONLY",))
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    assert {f: worded(p) for f, p in error.value.fields.items()} == {
        "cluster": "dwh-prod is read-only just now; snapshots need an available cluster."
    }
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("NORMAL",))
    bench.clock.advance(3600)
    bench.cloud.failing = [CloudUnavailable("503")] * 2
    assert (await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")).state is State.WAITING


@pytest.mark.parametrize(
    ("failing", "hours", "age"),
    [(True, 1, "; the cloud hasn't answered since 14:05 UTC."), (True, 24, "since 23 Nov 14:05 UTC."), (False, 1, ".")],
)
async def test_a_refusal_by_an_old_list_says_how_old_it_is(bench: Bench, failing: bool, hours: int, age: str):
    """A name or a cluster of hours ago may have gone, or come, since."""
    bench.cloud.add_snapshot(bench.prod.ref.id, "Nightly-1")
    await bench.inventory.look(bench.cloud.name)
    bench.clock.advance(hours * 3600)
    bench.cloud.failing = [CloudUnavailable("503")] * 9 if failing else []
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    name = "A snapshot with this name exists (names ignore case): Nightly-1, made on 23 November"
    said = worded(error.value.fields["name"], when=utc(bench.clock.now()))
    assert said.startswith(name)
    assert said.endswith(age)
    gone = ClusterRef(bench.cloud.name, ClusterId("gone"))
    bench.grant(ANA, Role.REQUEST, replace(bench.prod, ref=gone))
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench, cluster=gone), origin="view:1")
    said = worded(error.value.fields["cluster"], when=utc(bench.clock.now()))
    assert said.startswith("This cluster isn't in the cloud project (any more)")
    assert said.endswith(f"{age} Try again in a minute." if failing else age)


async def test_choosing_a_cluster_looks_again(bench: Bench):
    """What the form saw when it opened isn't shown as if it were now."""
    await bench.service.intake.askable(await bench.service.authority.looker(actor(ANA)))
    bench.clock.advance(3)
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("READONLY",))
    draft = await bench.service.intake.draft(actor(ANA), bench.prod.ref)
    assert (worded(draft.cluster.situation), draft.age.is_old) == ("read-only", False)
    bench.clock.advance(3600)
    bench.cloud.failing = [CloudUnavailable("503")] * 9
    draft = await bench.service.intake.draft(actor(ANA), bench.prod.ref)
    assert (worded(draft.cluster.situation), draft.age.is_old, draft.age.is_silent) == ("read-only", True, True)


async def test_the_channel_is_the_forms_the_rules_or_the_bots(bench: Bench):
    """What the person chose goes first, then the cluster's own channel, then the bot's."""
    chosen = await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="1")
    default = await bench.service.intake.ask(actor(ANA), an_ask(bench, name="nightly-2", channel=None), origin="2")
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(channel=ChannelId("C00RULES"))
    ruled = await bench.service.intake.ask(actor(ANA), an_ask(bench, name="nightly-3", channel=None), origin="3")
    assert (chosen.channel, default.channel, ruled.channel) == (OPS, OTHER, "C00RULES")
    bench.service.intake.card_channels.default = None
    bench.store.rules_set.clear()
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench, name="nightly-4", channel=None), origin="4")
    assert error.value.fields.keys() == {"channel"}


async def test_only_with_a_grant(bench: Bench):
    """No grant, no request; the refusal is on record and names who can give one."""
    with pytest.raises(NotAllowed) as refused:
        await bench.service.intake.ask(actor(DAN), an_ask(bench), origin="view:1")
    assert refused.value.decision.admins == (CLEO,)
    assert (bench.store.log[-1].action, bench.store.log[-1].rule) == ("ask.refused", "no-grant")


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
async def test_only_members_ask_whatever_their_grants(bench: Bench, standing: Standing):
    """Standing goes before grants, for the form, the list of clusters, the draft, and the request."""
    bench.people.add(ANA, standing)
    asking = bench.service.intake
    assert await asking.askable(await bench.service.authority.looker(actor(ANA))) == []
    nothing = await asking.why_nothing_to_ask(await bench.service.authority.looker(actor(ANA)))
    assert nothing is not None
    assert nothing.reason is Reason.NOT_A_MEMBER
    for refused in (
        asking.draft(actor(ANA), bench.prod.ref),
        asking.ask(actor(ANA), an_ask(bench), origin="view:1"),
        bench.service.naming.resolve(actor(ANA), "dwh-prod"),
        bench.service.naming.resolve(actor(ANA), "nosuch"),
    ):
        with pytest.raises(NotAllowed):
            await refused
    assert bench.store.requests == {}


async def test_another_workspaces_account_is_an_outsiders(bench: Bench):
    """The team in Slack's payload counts as well as what users.info says."""
    with pytest.raises(NotAllowed) as refused:
        await bench.service.intake.ask(Actor(TeamId("T000OTHER"), ANA), an_ask(bench), origin="view:1")
    assert refused.value.decision.person.standing is Standing.OUTSIDER


async def test_in_a_grid_any_workspace_of_theirs_will_do_if_ours_is_one(bench: Bench):
    """Slack may name any of them; which it named is on record, and kept with the request."""
    other = TeamId("T000GRID2")
    bench.people.add(ANA, also_of=[other])
    kept = await bench.service.intake.ask(Actor(other, ANA), an_ask(bench), origin="view:1")
    assert (kept.team, bench.store.log[-1].team, bench.store.log[-1].actor) == (other, other, ANA)
    assert (await bench.service.approvals.approve(actor(BEN), kept.id)).state is State.APPROVED
    assert bench.store.log[-1].team == TEAM
    await bench.turn()
    assert bench.now(kept).state is State.CREATING
    bench.people.add(ANA, Standing.OUTSIDER, also_of=[other])
    with pytest.raises(NotAllowed):
        await bench.service.intake.ask(Actor(other, ANA), an_ask(bench, name="nightly-2"), origin="view:2")
    assert (bench.store.log[-1].rule, bench.store.log[-1].team) == ("not-a-member", other)


async def test_the_list_has_what_one_may_ask_for_by_name_or_id(bench: Bench):
    """Search is by a part of the name, in any case, or of the id."""
    bench.store.given = [
        g for g in bench.store.given if not (g.holder == Principal(ANA) and g.scope.cluster == bench.dev.ref.id)
    ]
    asking = bench.service.intake
    assert [c.name for c in await asking.askable(await bench.service.authority.looker(actor(ANA)))] == ["dwh-prod"]
    assert [c.name for c in await asking.askable(await bench.service.authority.looker(actor(ANA)), " PROD ")] == [
        "dwh-prod"
    ]
    assert [
        c.name for c in await asking.askable(await bench.service.authority.looker(actor(ANA)), bench.prod.ref.id[:8])
    ] == ["dwh-prod"]
    assert await asking.askable(await bench.service.authority.looker(actor(ANA)), "dev") == []
    assert await asking.why_nothing_to_ask(await bench.service.authority.looker(actor(ANA))) is None


async def test_the_draft_says_what_the_form_shows(bench: Bench):
    """The cluster, its last snapshot, the rule, and who approves (never the requester)."""
    made = bench.cloud.add_snapshot(bench.prod.ref.id, "release-7")
    bench.cloud.finish(made.id)
    bench.grant(ANA, Role.APPROVE, bench.prod)
    draft = await bench.service.intake.draft(actor(ANA), bench.prod.ref)
    assert draft.cluster.name == "dwh-prod"
    assert draft.last_snapshot is not None
    assert draft.last_snapshot.name == "release-7"
    assert draft.approvers == (BEN, "U00000BEA")


async def test_no_two_forms_share_a_moment(bench: Bench):
    """Forms that open in the same second get one second each, no matter who opens them; it begins with now."""
    asking, now = bench.service.timing, bench.clock.now()
    moments = await asyncio.gather(*(asking.moment() for _ in range(20)))
    assert sorted(moments) == [now.replace(microsecond=0) + timedelta(seconds=i) for i in range(20)]
    bench.clock.advance(3600)
    assert await asking.moment() == bench.clock.now().replace(microsecond=0)


async def test_without_a_cluster_a_name_that_is_empty_is_no_mistake(bench: Bench):
    """The cluster is asked for; once it is chosen, there is a suggestion."""
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench, cluster=None, name=""), origin="view:1")
    assert {f: worded(p) for f, p in error.value.fields.items()} == {"cluster": "Choose a cluster."}
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench, cluster=None, name="x"), origin="view:1")
    assert error.value.fields.keys() == {"cluster", "name"}


async def test_a_cluster_is_called_by_name_or_id(bench: Bench):
    """Names ignore case; of several of one name the one counts for which the person may ask."""
    asking = bench.service.naming
    for text in ("DWH-PROD", bench.prod.ref.id, str(bench.prod.ref)):
        assert await asking.resolve(actor(ANA), text) == bench.prod.ref
    twin = replace(bench.prod, ref=ClusterRef(bench.prod.ref.cloud, ClusterId("twin")))
    bench.cloud.known_clusters[twin.ref.id] = twin
    bench.clock.advance(60)
    assert await asking.resolve(actor(ANA), "dwh-prod") == bench.prod.ref
    bench.grant(ANA, Role.REQUEST, twin)
    with pytest.raises(InputError) as error:
        await asking.resolve(actor(ANA), "dwh-prod")
    assert str(twin.ref) in say(error.value)


async def test_ids_are_drawn_until_one_is_free(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A taken id is drawn again; where none is free after some tries, nothing is kept."""
    drawn = iter(["R-2222", "R-2222", "R-3333"])
    monkeypatch.setattr("bot.service.intake.drawn", lambda length: next(drawn))
    first = await bench.ask("nightly-1")
    second = await bench.ask("nightly-2")
    assert (first.id, second.id) == ("R-2222", "R-3333")
    monkeypatch.setattr("bot.service.intake.drawn", lambda length: "R-2222")
    with pytest.raises(Conflict):
        await bench.ask("nightly-3")


@pytest.mark.parametrize("given", [OPS, None], ids=["chosen", "the bot's own"])
async def test_nothing_is_kept_whose_card_could_not_appear(bench: Bench, given: ChannelId | None):
    """Whichever door asks: the use case itself looks whether the bot may post where the card will be."""
    bench.channels.problems = dict.fromkeys((OPS, OTHER), Phrase("channel-direct"))
    with pytest.raises(InputError) as error:
        await bench.service.intake.ask(actor(ANA), an_ask(bench, channel=given, name="x"), origin="view:1")
    assert error.value.fields.keys() == {"channel", "name"}
    assert error.value.fields["channel"] == Phrase("channel-direct")
    assert not bench.store.requests


async def test_a_channel_is_looked_at_once_for_each_request(bench: Bench):
    """Somebody waits for the answer: Slack is asked once, and not at all for what is kept already."""
    for _ in range(2):
        await bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1")
    assert bench.channels.asked == [OPS]


@pytest.mark.parametrize("step", ["choose", "ask"])
async def test_a_cluster_that_was_renamed_comes_under_the_rights_of_its_name_of_now(bench: Bench, step: str):
    """Though it was seen under the old one last: what the look just now shows is what counts."""
    denial = Grant(EVERYONE, Role.REQUEST, Scope("*", "secret-*"), CLEO, bench.clock.now(), denies=True)
    bench.store.given.append(denial)
    await bench.inventory.look(bench.cloud.name)
    bench.cloud.known_clusters[bench.prod.ref.id] = replace(bench.prod, name="secret-prod")
    bench.clock.advance(3600)
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "choose": lambda: bench.service.intake.draft(actor(ANA), bench.prod.ref),
        "ask": lambda: bench.service.intake.ask(actor(ANA), an_ask(bench), origin="view:1"),
    }
    with pytest.raises(NotAllowed) as refused:
        await steps[step]()
    assert refused.value.decision.hides
    assert bench.store.requests == {}
