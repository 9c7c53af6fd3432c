"""Over HTTP, Bolt takes a body as text only and parses it, also where somebody has parsed it already.

Exit code: 0 where it does, 1 where it takes what was parsed.
"""

from __future__ import annotations

import json
import sys
import timeit
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from slack_bolt.error import BoltError
from slack_bolt.request.async_request import AsyncBoltRequest

FORM: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}
fields = {f"field{number}": {"value": {"type": "plain_text_input", "value": "some words"}} for number in range(20)}
payload = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": {"state": fields}}
text = urlencode({"payload": json.dumps(payload)})
parsed = json.loads(dict(parse_qsl(text))["payload"])  # by what stands in front of Bolt, to check what was sent


def as_text() -> AsyncBoltRequest:
    """Return a request as Bolt's own adapters make it."""
    return AsyncBoltRequest(body=text, headers=FORM)


def as_parsed() -> AsyncBoltRequest:
    """Return one that is given what was parsed, after Bolt had nothing to parse."""
    request = AsyncBoltRequest(body="", headers=FORM)
    request.raw_body, request.body = text, parsed
    return request


try:
    AsyncBoltRequest(body=parsed, headers=FORM)
    takes_it = True
except BoltError as e:
    takes_it = False
    print(f"a parsed body is refused: {str(e).splitlines()[0][:80]}")
parses_again = as_text().body == parsed and as_text().body is not parsed
ours, theirs = (min(timeit.repeat(make, number=200, repeat=5)) for make in (as_parsed, as_text))
print(f"{len(text)} bytes of form: a request that parses again takes {theirs / ours:.1f} × one that doesn't")
sys.exit(0 if parses_again and not takes_it else 1)
