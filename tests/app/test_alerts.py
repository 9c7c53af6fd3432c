"""The alert rules in docs/alerts.yml, by promtool and by what a running bot exposes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.core.work import OLDEST
from tests.harness.running import a_world

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "docs" / "alerts.yml"
ALERTS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
NAMES = [rule["alert"] for rule in ALERTS]

# For each alert, the series that bring it about: name and labels, as promtool writes values ("start+step x times").
BOT = 'job="snapshot-bot",instance="bot"'
SERIES: dict[str, dict[str, str]] = {
    "SnapshotBotDown": {f"up{{{BOT}}}": "0x60"},
    "SnapshotBotCannotSave": {f'snapshot_bot_dependency_ok{{{BOT},dependency="database"}}': "0x60"},
    "SnapshotBotLoginRefused": {f'snapshot_bot_dependency_ok{{{BOT},dependency="cloud_login",cloud="prod"}}': "0x60"},
    "SnapshotBotCloudUnseen": {f'snapshot_bot_dependency_ok{{{BOT},dependency="cloud_look",cloud="prod"}}': "0x60"},
    "SnapshotBotNotConnectedToSlack": {f'snapshot_bot_dependency_ok{{{BOT},dependency="slack_connection"}}': "0x60"},
    "SnapshotBotTokenRefused": {f'snapshot_bot_dependency_ok{{{BOT},dependency="slack_token"}}': "0x60"},
    "SnapshotBotAnswersFail": {
        f'snapshot_bot_answers_total{{{BOT},kind="command",outcome="late"}}': "0+1x60",
        f'snapshot_bot_answers_total{{{BOT},kind="command",outcome="ok"}}': "0+5x60",
    },
    "SnapshotBotAnswersSlow": {
        f'snapshot_bot_answer_seconds_bucket{{{BOT},kind="command",le="2.0"}}': "0+9x60",
        f'snapshot_bot_answer_seconds_bucket{{{BOT},kind="command",le="2.5"}}': "0+10x60",
        f'snapshot_bot_answer_seconds_bucket{{{BOT},kind="command",le="+Inf"}}': "0+10x60",
    },
    "SnapshotBotMessagesUnsent": {f'snapshot_bot_oldest_seconds{{{BOT},what="unsent"}}': "601+60x60"},
    "SnapshotBotRequestsStuck": {f'snapshot_bot_oldest_seconds{{{BOT},what="approved"}}': "3601+60x60"},
    "SnapshotBotSnapshotTakesLong": {f'snapshot_bot_oldest_seconds{{{BOT},what="in_cloud"}}': "21601+60x60"},
    "SnapshotBotWorkOverdue": {f"snapshot_bot_work_overdue_seconds{{{BOT}}}": "121+60x60"},
    "SnapshotBotOldTransaction": {f"snapshot_bot_oldest_transaction_seconds{{{BOT}}}": "3601+60x60"},
    "SnapshotBotSnapshotsFail": {f'snapshot_bot_transitions_total{{{BOT},event="Failed"}}': "0+1x60"},
    "SnapshotBotBreakGlass": {f'snapshot_bot_transitions_total{{{BOT},event="GlassBroken"}}': "0+1x60"},
    "SnapshotBotStoppedUncleanly": {f"snapshot_bot_last_stop_clean{{{BOT}}}": "0x60"},
}


def promtool(*arguments: str | Path) -> str:
    """Run promtool, which `scripts/setup promtool` fetches, and return what it said; it must succeed."""
    found = shutil.which("promtool", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, "promtool is missing: run scripts/setup promtool"
    done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def judged(folder: Path, series: dict[str, str], **expected: Any) -> None:
    """Have promtool run the rules on *series* and compare with what is *expected*; it fails where that isn't so."""
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": inputs, **expected}
    path = folder / "alerts-test.yml"
    whole = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    promtool("test", "rules", path)


def test_prometheus_reads_the_rules():
    """As its own checker says."""
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", RULES)


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_each_rule_tells_what_happened_and_what_to_do(rule):
    """Who is woken has a sentence and a next step, and the one who routes it a severity."""
    assert set(rule["annotations"]) == {"summary", "runbook"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert len(rule["annotations"]["runbook"]) > 30


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_fires_when_it_should(tmp_path, name):
    """By promtool, with series of the kind that a bot in that trouble exposes."""
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
    expected = {"expr": firing, "eval_time": "30m", "exp_samples": [{"labels": "{}", "value": 1}]}
    judged(tmp_path, SERIES[name], promql_expr_test=[expected])


def test_none_fires_while_all_is_well(tmp_path):
    """A bot that works and has nothing to do wakes nobody."""
    well = {
        f"up{{{BOT}}}": "1x60",
        **{
            f'snapshot_bot_dependency_ok{{{BOT},dependency="{d}"}}': "1x60"
            for d in ("database", "slack", "slack_connection", "slack_token", "cloud_login", "cloud_look")
        },
        **{f'snapshot_bot_answers_total{{{BOT},kind="command",outcome="{o}"}}': "0x60" for o in metrics.ANSWERED},
        **{f'snapshot_bot_oldest_seconds{{{BOT},what="{w}"}}': "0x60" for w in OLDEST},
        f'snapshot_bot_transitions_total{{{BOT},event="Failed"}}': "0x60",
        f"snapshot_bot_last_stop_clean{{{BOT}}}": "1x60",
        f"snapshot_bot_work_overdue_seconds{{{BOT}}}": "0x60",
        f"snapshot_bot_oldest_transaction_seconds{{{BOT}}}": "0x60",
    }
    silent = [{"eval_time": "45m", "alertname": name, "exp_alerts": []} for name in NAMES]
    judged(tmp_path, well, alert_rule_test=silent)


async def test_the_rules_ask_for_what_a_running_bot_exposes(tmp_path):
    """Each metric that a rule names is there from the start, with each value of a label that it asks for."""
    async with a_world(tmp_path) as world:
        text = (await world.get("/metrics")).text
    exposed = [(s.name, s.labels) for family in text_string_to_metric_families(text) for s in family.samples]
    asked = [
        (name, label, operator, value)
        for rule in ALERTS
        for name, matchers in re.findall(r"\b(snapshot_bot_\w+)(?:\{([^}]*)\})?", rule["expr"])
        for label, operator, value in re.findall(r'(\w+)(=~?)"([^"]*)"', matchers) or [("", "", "")]
    ]
    assert len(asked) >= len(ALERTS) - 1
    for name, label, operator, value in asked:
        for word in value.split("|") if operator == "=~" else [value]:
            fitting = [
                labels for known, labels in exposed if known == name and (not label or labels.get(label) == word)
            ]
            assert fitting, (name, label, word)
