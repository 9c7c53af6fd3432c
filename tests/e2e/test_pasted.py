"""What people type after `/snapshot` as phones, documents and Slack's own escaping bring it: understood, or named."""

from __future__ import annotations

import pytest

from bot.core.request import State
from bot.core.snapshot import Cluster
from tests.fakes.slack_bot import ON_PROD, OPS, Bot, bot_in_sandbox

ASKED = "asks for `before-migration-42` of dwh-prod"


@pytest.mark.parametrize(
    "line",
    [
        "create\tdwh-prod\tbefore-migration-42\tOPS-42",
        "create\ndwh-prod\r\nbefore-migration-42\nOPS-42",
        "create\u2003dwh-prod\u3000before-migration-42\u202fOPS-42",
        "create `dwh-prod` `before-migration-42` OPS-42",
        "create *dwh-prod* *before-migration-42* OPS-42",
        "create _dwh-prod_ ~before-migration-42~ OPS-42",
        "create “dwh-prod” ‘before-migration-42’ “OPS-42”",
        'create "dwh-prod" "before-migration-42" "OPS-42"',
        "create «dwh-prod» „before-migration-42“ OPS-42",
        "create dwh\u2011prod before-migration-42 OPS-42",
        "create dwh–prod before-migration-42 OPS-42",
        "create dwh-\u200bprod \ufeffbefore-migration-42\u2060 OPS-42",
        "create 11111111–2222–4333–8444–000000000001 before-migration-42 OPS-42",
        "/snapshot create dwh-prod before-migration-42 OPS-42",
        "/snapshot /Snapshot create dwh-prod before-migration-42 OPS-42",
        "`/snapshot create dwh-prod before-migration-42 OPS-42`",
        "```create dwh-prod before-migration-42 OPS-42```",
        "“/snapshot create dwh-prod before-migration-42 OPS-42”",
        "*create* `dwh-prod` *before-migration-42* OPS-42",
    ],
)
async def test_a_line_is_understood_as_it_was_meant(bot: Bot, prod: Cluster, line: str):
    """Blanks and hyphens of any kind, marks around words, what can't be seen, and the command itself once more."""
    line = line.replace("11111111–2222–4333–8444–000000000001", prod.ref.id.replace("-", "–"))
    reply = await bot.slack.user("ana").command_reply(f"/snapshot {line}")
    assert ASKED in reply.text
    request = bot.newest()
    assert (request.cluster_name, request.name, request.description) == ("dwh-prod", "before-migration-42", "OPS-42")


@pytest.mark.parametrize("form", ["`{}`", "*{}*", "“{}”", "{}.", "({})", "\u200b{}\u200b"])
@pytest.mark.parametrize("dash", ["-", "\u2011", "–", "—", "−"])
async def test_a_request_is_found_however_its_number_is_copied(bot: Bot, form: str, dash: str):
    """In code, in bold, quoted, at the end of a sentence, with another dash: for `status` and `withdraw`."""
    ana = bot.slack.user("ana")
    await ana.command_reply("/snapshot create dwh-prod before-migration-42")
    written = form.format(bot.newest().id.replace("-", dash))
    assert "Waiting for approval" in (await ana.command_reply(f"/snapshot status {written}")).text
    assert "You withdrew" in (await ana.command_reply(f"/snapshot withdraw {written}")).text
    assert bot.newest().state is State.WITHDRAWN


@pytest.mark.parametrize("typed", ["`dwh-prod`", "*DWH-Prod*", "dwh\u2011prod", "“dwh-prod”", "dwh-prod\u200b"])
async def test_a_list_is_of_the_cluster_however_it_is_copied(bot: Bot, typed: str):
    """The cluster of `list` is read as that of `create`."""
    ana = bot.slack.user("ana")
    await ana.command_reply("/snapshot create dwh-prod before-migration-42")
    assert bot.newest().id in (await ana.command_reply(f"/snapshot list {typed}")).text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("night\u200bly", "An invisible character (zero-width space) after `night` isn't allowed: letters"),
        ("night\u00adly", "An invisible character (soft hyphen) after `night` isn't allowed: letters"),
        ("nächtl.ich–1", "`ä`, `.` and `–` (en dash) aren't allowed: letters a–z, digits, - and _."),
        ("n\u200bä", "An invisible character (zero-width space) after `n` and `ä` aren't allowed: letters"),
        ("äöüéèêáà", "`ä`, `ö`, `ü`, `é`, `è`, `ê` and 2 more aren't allowed: letters"),
    ],
)
async def test_all_that_a_name_may_not_have_is_told_at_once(bot: Bot, name: str, words: str):
    """Each character once, those that can't be seen with their names and places."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod {name}")
    assert f"*Name*: {words}" in reply.text
    assert bot.store.requests == {}


async def test_all_that_a_description_may_not_have_is_told_at_once(bot: Bot):
    """Each of the forbidden characters that is in it."""
    reply = await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1 a<b & c=d")
    assert "*Description*: `<`, `&` and `=` aren't allowed in descriptions." in reply.text


async def test_people_groups_channels_and_links_in_a_description_stay_readable(bot: Bot):
    """Slack brings them escaped; what is kept is what was typed."""
    said = "for @ana and @dba, see #general, https://ops.example/42 @here"
    await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod nightly-1 {said}")
    assert bot.newest().description == said
    sent = next(e["payload"]["text"] for e in bot.slack.site.exchanges.list() if e["direction"] == "slack->app")
    assert "<@U00000ANA|ana>" in sent
    assert "<!subteam^" in sent
    assert "<#C0GENERAL|general>" in sent
    assert "<https://ops.example/42>" in sent
    assert "<!here>" in sent


@pytest.mark.parametrize("label", ["|ana", "|", ""])
async def test_an_escaped_reference_is_read_with_and_without_its_label(bot: Bot, label: str):
    """Slack may leave the label out: the id is shown then."""
    body = {"command": "/snapshot", "team_id": "T0000ACME", "api_app_id": "A00000APP", "user_id": "U00000ANA"}
    text = f"create dwh-prod nightly-1 for <@U00000ANA{label}>"
    await bot.deliver({**body, "text": text, "channel_id": OPS, "channel_name": "dwh-ops", "trigger_id": "1.2.3"})
    assert bot.newest().description == ("for @ana" if label == "|ana" else "for @U00000ANA")


@pytest.mark.parametrize("typed", ["create @ana nightly-1", "list @dba", "status #general", "withdraw @ana"])
async def test_a_person_in_the_place_of_a_cluster_is_told_so(bot: Bot, typed: str):
    """With how it is typed."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot {typed}")
    assert "is a person, a group or a channel. Type it like this: `/snapshot " in reply.text


@pytest.mark.parametrize("typed", ["create @ana nightly-1", "list @dba", "list @nobody"])
async def test_where_slack_does_not_escape_a_name_is_looked_up_nowhere(typed: str):
    """An app that was installed by an older manifest: the next steps are the manifest and the form."""
    async with bot_in_sandbox(rights=ON_PROD, should_escape=False) as bot:
        reply = await bot.slack.user("ana").command_reply(f"/snapshot {typed}")
    assert "install the app again from the manifest" in reply.text
    assert "use the form: `/snapshot`" in reply.text


async def test_in_a_direct_message_create_says_what_to_type():
    """Where no channel is set, a direct message is no place for the card; in a channel the same line asks."""
    async with bot_in_sandbox(rights=ON_PROD, channel=None) as bot:
        ana = bot.slack.user("ana")
        there = bot.slack.site.workspace.direct((ana.id, bot.slack.user("ben").id)).id
        reply = await ana.command_reply("/snapshot create dwh-prod nightly-1 why", channel=there)
        assert "*Channel*: A direct message is no place" in reply.text
        assert "Type `/snapshot create dwh-prod nightly-1` in a channel, or use the form: `/snapshot`." in reply.text
        assert bot.store.requests == {}
        assert "asks for" in (await ana.command_reply("/snapshot create dwh-prod nightly-1 why")).text


async def test_what_cannot_be_seen_around_a_name_in_the_form_is_nothing(bot: Bot):
    """Pasted from a document: the name is kept without it; within the name it is told."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod", Name="\u200bnight\u200bly\ufeff")
    assert "(zero-width space) after `night`" in str((await form.submit()).errors)
    await form.fill(Name="\u200bnightly-1\ufeff ")
    assert (await form.submit()).errors == {}
    assert bot.newest().name == "nightly-1"


@pytest.mark.parametrize("typed", ["/snapshot", "`/snapshot`", "/snapshot /SNAPSHOT", "\u200b", "“”"])
async def test_the_command_alone_once_more_opens_the_form(bot: Bot, typed: str):
    """So does what can't be seen, and marks around nothing."""
    assert (await bot.slack.user("ana").command(f"/snapshot {typed}")).title == "Take a snapshot"


@pytest.mark.parametrize("name", ["my_full_snap", "a__b__c", "nightly_", "a-_-b", "Nightly-_1"])
async def test_a_good_name_is_kept_to_the_letter(bot: Bot, name: str):
    """What marks a word around it may be a part of it within."""
    await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod {name}")
    assert bot.newest().name == name


async def test_an_invisible_character_where_a_blank_should_be_is_named(bot: Bot):
    """What was typed looks right: the answer says why it isn't."""
    reply = await bot.slack.user("ana").command_reply("/snapshot create\u200bdwh-prod nightly-1")
    none = "There is no `/snapshot createdwh-prod`: an invisible character (zero-width space) is in what was typed."
    assert none in reply.text


@pytest.mark.parametrize(
    "typed", ["create `` nightly-1", "create dwh-prod ``", "create dwh-prod \u200b", "create “” “”"]
)
async def test_marks_around_nothing_are_nothing(bot: Bot, typed: str):
    """As where the word is missing."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot {typed}")
    assert "Say which cluster and a name for the snapshot" in reply.text
