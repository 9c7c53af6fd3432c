"""A cloud project that was taken out of the settings: people who still see its cluster are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import InputError
from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterRef
from bot.service import Ask
from bot.words import worded
from tests.harness.working import ANA, Bench, actor


async def test_a_form_for_a_removed_cloud_says_that_waiting_is_no_use(bench: Bench):
    """An old form or "Ask again" for such a cluster is answered with the reason, not with "try again in a minute"."""
    gone = ClusterRef(CloudName("removed"), bench.prod.ref.id)
    bench.grant(ANA, Role.REQUEST, replace(bench.prod, ref=gone))
    words = "The cloud project removed is not among the bot's any more. Choose another cluster."
    with pytest.raises(InputError) as drafted:
        await bench.service.intake.draft(actor(ANA), gone)
    assert {f: worded(p) for f, p in drafted.value.fields.items()} == {"cluster": words}
    with pytest.raises(InputError) as asked:
        await bench.service.intake.ask(actor(ANA), Ask(gone, "nightly-1", "", None), origin="view:V1")
    assert {f: worded(p) for f, p in asked.value.fields.items()} == {"cluster": words}


async def test_a_cluster_that_is_gone_from_a_cloud_is_another_matter(bench: Bench):
    """Where the cloud is configured, it is the cluster that isn't there."""
    bench.cloud.known_clusters.clear()
    with pytest.raises(InputError) as drafted:
        await bench.service.intake.draft(actor(ANA), bench.prod.ref)
    assert {f: worded(p) for f, p in drafted.value.fields.items()} == {
        "cluster": "This cluster isn't in the cloud project (any more)."
    }
