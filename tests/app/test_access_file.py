"""`access export`, `diff` and `apply`: the file is the whole truth, for the state that it was written for."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import fields, replace
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from bot.access_file import _RULE_KEYS, base_of, read, written
from bot.cli import cli
from bot.core.approval import ApprovalRule
from bot.core.errors import BotError
from bot.core.right_changes import RightsState, changes
from bot.ports import Store
from bot.service.administration import Administration
from bot.store import made, open_store
from tests.app.test_rights_commands import rows
from tests.app.test_scopes import ANA, BEN, NOWHERE, said
from tests.harness.contract_store import NOW
from tests.harness.rights_given import given_grants, given_rules
from tests.harness.running import a_world

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot yet."""
    async with a_world(tmp_path, start=False) as world:
        yield world


@settings(max_examples=50)
@given(given_grants(), given_rules())
def test_what_is_exported_changes_nothing_when_it_is_applied(grants, rules):
    """Whatever was given and set; exported again it is the same file, byte for byte."""
    state = RightsState.of(grants, rules, 7)
    text = written(state)
    applied = read(text, BERLIN).on(state, by="cli:root", now=NOW, names={})
    assert list(changes(state, applied)) == []
    assert written(applied) == text
    read(text, BERLIN).require_base(state)


@settings(max_examples=30)
@given(given_grants(), given_rules(), given_grants(), given_rules())
def test_a_file_makes_of_any_state_the_one_that_it_was_exported_from(grants, rules, others, more):
    """All rights with their terms and all rules; who gave what stays where it is so already."""
    wanted = RightsState.of(grants, rules)
    file, now = read(written(wanted), BERLIN), NOW.replace(year=2020)
    found = file.on(RightsState.of(others, more), by="cli:root", now=now, names={})
    assert {k: g.terms for k, g in found.grants.items()} == {k: g.terms for k, g in wanted.grants.items()}
    said_ = {s: (r.approval, r.channel) for s, r in wanted.rules.items()}
    assert {s: (r.approval, r.channel) for s, r in found.rules.items()} == said_


def test_every_field_of_a_rule_has_its_keys():
    """A new one needs a key here, else no rule that has it could be exported."""
    keys = {"waiver": "none_for", "tiers": "escalate", "remind_after": "remind", "without_reminders": "remind"}
    assert {keys.get(field.name, field.name) for field in fields(ApprovalRule)} <= set(_RULE_KEYS)


def test_the_base_is_of_one_state_alone():
    """Of an empty one, too; after an undo all is as before, and yet it is another state."""
    empty = RightsState({}, {})
    assert re.fullmatch(r"0:[0-9a-f]{64}", base_of(empty))
    assert base_of(empty) != base_of(replace(empty, number=2))


GRANT = '[[grant]]\nwho = "U024BE7LH"\nrole = "request"\non = "dwh-*"\n'
RULE = '[[rule]]\non = "*"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("who = nobody\n", r"isn't TOML: .*line 1"),
        ("[" * 3000, r"isn't TOML"),
        ("grants = 1", r"The file: there is no key `grants`\. There are: base, grant, rule, channel"),
        ("grant = 1", r"The file: `grant` is '1'\. Allowed: \[\[grant\]\] above each"),
        ("grant = [1]", r"\[\[grant\]\] no\. 1 is no table"),
        ("base = 1", r"`base` is '1'\. Allowed: text"),
        (
            "\n" + GRANT + "\n" + GRANT.replace('"request"', '"owner"'),
            r"no\. 2 \(line 7\): `role` is 'owner'\. Allowed: .*audit",
        ),
        (GRANT.replace("role", '"rôle"'), r"no key `rôle`\. There are: who, role, on, deny"),
        (GRANT.replace("who =", "# who ="), r"`who` is missing \(a user's id, a user group's id, or everyone\)"),
        (GRANT.replace("U024BE7LH", "ana"), r"`who`: ana is not a Slack user id"),
        (GRANT.replace("dwh-*", "dwh-prod"), r"`on` is 'dwh-prod'\. Allowed: \*, dwh-\*, CLOUD/"),
        (GRANT.replace("dwh-*", "prod/dwh-prod"), r"`on` is 'prod/dwh-prod'\. Allowed"),
        (GRANT.replace("dwh-*", "d*h"), r"`on`: .*one star"),
        (GRANT + 'quiet = "yes"', r"`quiet` is 'yes'\. Allowed: true or false"),
        (GRANT + "reason = 1", r"`reason` is '1'\. Allowed: text"),
        (GRANT + f'reason = "{"x" * 2001}"', r"`reason` is .*at most 2000 characters"),
        (GRANT + 'until = "soon"', r"`until` is 'soon'\. Allowed: 2026-12-31, or"),
        (GRANT + "until = 12:00:00", r"`until` is '12:00:00'\. Allowed"),
        (GRANT + "until = 2026-03-29T02:30:00", r"`until`: .*doesn't exist in Europe/Berlin"),
        (GRANT + "\n" + GRANT, r"no\. 2 \(line 6\) gives the same right as \[\[grant\]\] no\. 1"),
        (GRANT.replace("U024BE7LH", "everyone").replace("request", "admin"), r"not everyone can have admin"),
        (RULE + "stages = []", r"`stages` has none"),
        (RULE + 'stages = ["0 of any"]', r"`stages`: .*is no stage"),
        (RULE + 'stages = "1 of any"', r"`stages` is '1 of any'\. Allowed: a list"),
        (RULE + 'own = "yes"', r"`own` is 'yes'\. Allowed: never, if-nobody-else, allowed"),
        (RULE + "per_person = 2", r"say how often `none_for` holds"),
        (RULE + 'none_for = ["everyone"]\nper_person = 0', r"`per_person` is '0'\. Allowed: a number from 1 to 1000"),
        (RULE + 'escalate = ["1h: U024BE7LH", "60m: S024BE7LH"]', r"two would come at the same time"),
        (RULE + 'hours = ["mon-fri 8-18"]', r"`hours`: .*are no hours"),
        (RULE + 'zone = "Mars/Olympus"', r"`zone`: There is no time zone"),
        (RULE + 'decide_within = "91d"', r"`decide_within`: .*90 days at most"),
        (RULE + RULE, r"no\. 2 \(line 3\) is for the same clusters as"),
        ('[[channel]]\non = "*"\nchannel = "#dwh"', r"`channel`: #dwh is not a Slack channel id"),
    ],
)
def test_a_mistake_is_named_with_its_line_or_key_and_what_is_allowed(text, words):
    """Nothing of the file is used then."""
    with pytest.raises(BotError, match=words):
        read(text, BERLIN)


def test_a_day_ends_in_the_zone_of_the_settings():
    """And a moment without a zone is of it, too."""
    ends = [
        read(f"{GRANT}until = {until}", BERLIN).grants[0].terms.until for until in ("2026-12-31", "2026-12-31T18:00:00")
    ]
    assert [str(end) for end in ends] == ["2026-12-31 23:00:00+00:00", "2026-12-31 17:00:00+00:00"]


async def test_a_file_is_exported_shown_and_applied(world, tmp_path):
    """What it lacks goes and is shown so; it was written for one state, and after an undo there is another."""
    file = tmp_path / "access.toml"
    await said(world, tmp_path, "rule", "dwh-*", "--approvals", "2", "--offline")
    await said(world, tmp_path, "access", "export", str(file))
    exported = file.read_text()
    assert "All is as the file says" in await said(world, tmp_path, "access", "apply", str(file))
    await said(world, tmp_path, "access", "export", str(file))
    assert file.read_text() == exported
    before = await rows(world, tmp_path)
    ada = world.user("ada").id
    edited = re.sub(rf'\n(# .*\n)?\[\[grant\]\]\nwho = "{ada}"[^\[]*', "\n", exported).replace(
        '"2 of any"', '"1 of any"'
    )
    file.write_text(edited + f'\n[[grant]]\nwho = "{ANA}"\nrole = "request"\non = "dwh-*"\n')
    told = await said(world, tmp_path, "access", "diff", str(file), "--offline")
    for line in (
        f"− {ada} may request on dwh-prod",
        f"+ {ANA} may request on dwh-*",
        "~ rule of dwh-*: two approvals by anybody who may approve → one approval by anybody who may approve",
        f"{ada} loses request on dwh-prod.",
        "Nothing was saved.",
    ):
        assert f"{line}\n" in told
    assert await rows(world, tmp_path) == before
    told = await said(world, tmp_path, "access", "apply", str(file), "--offline")
    assert f"+ {ANA} may request on dwh-*\n" in told
    assert "Nothing was saved." not in told
    assert {r["user"] for r in await rows(world, tmp_path)} >= {ANA}
    assert ada not in {r["user"] for r in await rows(world, tmp_path)}
    refusal = "The file was written for other rights and rules than there are now"
    assert refusal in await said(world, tmp_path, "access", "apply", str(file), code=1)
    told = await said(world, tmp_path, "undo", "--offline")
    assert f"\n+ {ada} may request on dwh-prod\n" in told
    assert await rows(world, tmp_path) == before
    assert refusal in await said(world, tmp_path, "access", "apply", str(file), code=1)
    await said(world, tmp_path, "access", "apply", str(file), "--onto-changed", "--offline")
    assert ada not in {r["user"] for r in await rows(world, tmp_path)}


async def test_of_two_who_apply_at_once_one_is_refused(tmp_path):
    """The base is compared in the transaction, whichever process it is; of an empty state, too."""
    url = f"sqlite:///{tmp_path}/bot.db"
    await made(url)
    async with open_store(url, exclusive=False) as one, open_store(url, exclusive=False) as other:
        text = written(await one.rights_state())

        async def apply(store: Store, who: str) -> None:
            file = read(f'{text}\n[[grant]]\nwho = "{who}"\nrole = "request"\non = "dwh-*"\n', BERLIN)

            def wanted(state: RightsState) -> RightsState:
                file.require_base(state)
                return file.on(state, by="cli:root", now=store.clock.now(), names={})

            await Administration(store=store, by="cli:root").change(wanted)

        done = await asyncio.gather(apply(one, ANA), apply(other, BEN), return_exceptions=True)
        assert [type(d) for d in done if d is not None] == [BotError]
        assert len(await one.grants()) == 1


async def test_nothing_is_applied_in_part(world, tmp_path):
    """What is over already, no admin left, no base, no text: all stays, and the words say why."""
    file = tmp_path / "access.toml"
    await said(world, tmp_path, "grant", BEN, "*", "--role", "admin")
    await said(world, tmp_path, "access", "export", str(file))
    before, exported = await rows(world, tmp_path), file.read_text()
    late = f'\n[[grant]]\nwho = "{ANA}"\nrole = "request"\non = "default/{NOWHERE}"\nuntil = 2020-01-01\n'
    for text, words in (
        (exported + late, "`until` is over already"),
        (re.sub(r"\n\[\[grant\]\](?=\nwho = \"" + BEN + ")", "\n[[channel]]", exported), "there is no key `who`"),
        (exported[: exported.index("[[grant]]")], "Nobody would be left who is an admin of every cluster"),
        (re.sub(r"base = .*\n", "", exported), "The file has no `base`"),
    ):
        file.write_text(text)
        assert words in await said(world, tmp_path, "access", "apply", str(file), code=1, SNAPSHOT_BOT_ADMINS="")
    assert await rows(world, tmp_path) == before


async def test_a_file_that_is_no_text_is_said_to_be_none(world, tmp_path):
    """Before the database is opened."""
    file = tmp_path / "access.toml"
    file.write_bytes(b"\xff\xfe")
    runner = CliRunner(env={**dict.fromkeys(os.environ), "HOME": str(tmp_path), **world.environ})
    done = await asyncio.to_thread(runner.invoke, cli, ["access", "apply", str(file)])
    assert "isn't text in UTF-8" in done.output
    assert done.exit_code == 1
