#!/usr/bin/env python3
"""Lead the parsing of Slack's deliveries where its branches are: whatever comes, it is a delivery or `Malformed`.

`python scripts/fuzz.py` goes on for a minute, `-max_total_time=600` for ten, with what else libFuzzer takes. It needs
atheris, which isn't among the locked packages: it is 35 MB, and has to be of the very Python that runs.
"""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

try:
    import atheris
except ModuleNotFoundError:
    sys.exit("NOT FUZZED: atheris isn't installed here; `pip install atheris` into an environment of its own.")

with atheris.instrument_imports(include=["bot.slack.door", "pydantic"]):
    from bot.slack.door.dispatch import Malformed, parse, read
    from bot.slack.door.http_mode import body_of

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
# Words that a mutation may put together: without them nothing gets past the first branch.
_WORDS: Final = (
    b'{"type":"block_actions","user":{"id":"U1"},"actions":[{"type":"button","action_id":"approve","value":"R-1"}]}',
    b'{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V1","type":"modal","state":{"values":{"a":{"b":{}}}}}}',
    b'{"type":"event_callback","event":{"type":"user_change","user":{"id":"U1"}},"event_id":"Ev1","authorizations":[]}',
    b"command=%2Fsnapshot&text=list&user_id=U1&team_id=T1&channel_id=C1&trigger_id=1.2.3",
    b"payload=%7B%22type%22%3A%22block_suggestion%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%2C%22value%22%3A%22%22%7D",
)


def once(data: bytes) -> None:
    """Parse *data* as the body of each content type, and as a frame of Socket Mode."""
    for kind in (_FORM, _JSON):
        with suppress(Malformed, UnicodeDecodeError):  # no signature fits what isn't UTF-8: that gets no further
            parse(body_of(data, kind))
    with suppress(Malformed, UnicodeDecodeError):
        parse(read(data.decode("utf-8", "surrogatepass")))


def main() -> None:
    """Run until the time is over, or a fault is found."""
    with tempfile.TemporaryDirectory() as folder:
        for number, word in enumerate(_WORDS):
            Path(folder, f"{number}").write_bytes(word)
        given = sys.argv[1:] or ["-max_total_time=60"]
        atheris.Setup([sys.argv[0], "-max_len=4096", *given, folder], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
