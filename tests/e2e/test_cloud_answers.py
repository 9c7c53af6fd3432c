"""Every answer in docs/cloud-answers.md, given by the cloud to the worker's client: what the bot does and says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.harness.proxied_cloud import Case, a_reality, what_comes_of

CASES = Path(__file__).parents[1] / "cases"
ROWS: list[Case] = json.loads((CASES / "cloud-answers.json").read_text("utf-8"))["rows"]


def label(row: Case) -> str:
    """Name a test by its answer."""
    return f"{row['to']} {row['status']} {json.dumps(row['body']) if 'body' in row else row.get('text', '')}"[:70]


@pytest.mark.parametrize("row", ROWS, ids=label)
async def test_an_answer_comes_to_what_the_page_says(row: Case):
    """Through the client and one step of the worker; the page is generated from these rows."""
    async with a_reality() as there:
        assert await what_comes_of(there, row) == (row["does"], row["says"])


def test_the_page_has_every_code_that_is_known():
    """Those of the recorded answers, and those that the bot tells apart."""
    has = set(re.findall(r"\b(?:DWS|APIGW|AS)\.\d{4}\b", json.dumps(ROWS).replace("APIG.", "APIGW.")))
    recorded = json.dumps(json.loads((CASES / "dws.json").read_text("utf-8"))).replace("APIG.", "APIGW.")
    meanings = (Path(__file__).parents[2] / "bot" / "dws" / "meanings.py").read_text("utf-8")
    for text in (recorded, meanings):
        assert set(re.findall(r"\b(?:DWS|APIGW|AS)\.\d{4}\b", text)) - has == set()
