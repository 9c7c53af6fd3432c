"""Create calls of one client in a process of its own, one after the other: what the client itself takes of the time.

`python -m benchmarks.create_calls CLIENT PORT`, where CLIENT is `bot`, `huaweicloudsdkdws` or `otcextensions`, makes as
many calls as each line that it reads says, and prints an `Answered` for it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from functools import partial
from itertools import count
from typing import Any, Final

from benchmarks import universe
from benchmarks.loading import Answered

KEY, SECRET_KEY, PROJECT = "A" * 20, "s" * 40, "p0"
Calling = Callable[[list[str]], list[float]]  # names -> seconds of each call


def bots(port: int) -> Calling:
    """Return the bot's own client, on a loop of its own."""
    from bot.clock import SystemClock
    from bot.clouds import opened_clouds
    from bot.core.ids import ClusterId

    runner = asyncio.Runner()
    environ = {
        "OS_ACCESS_KEY": KEY,
        "OS_SECRET_KEY": SECRET_KEY,
        "OS_PROJECT_ID": PROJECT,
        "OS_REGION_NAME": "eu-de",
        "DWS_ENDPOINT": f"http://127.0.0.1:{port}",
    }

    stack = AsyncExitStack()

    async def opened() -> Any:
        clouds = await stack.enter_async_context(opened_clouds(environ, SystemClock()))
        return next(iter(clouds.values()))

    cloud = runner.run(opened())

    async def each(names: list[str]) -> list[float]:
        took = []
        for name in names:
            at = time.perf_counter()
            await cloud.create_snapshot(ClusterId(universe.cluster_id(0)), name, "before the migration")
            took.append(time.perf_counter() - at)
        return took

    def call(names: list[str], *, _open: AsyncExitStack = stack) -> list[float]:  # it is closed once nobody holds it
        return runner.run(each(names))

    return call


def huawei(port: int) -> Calling:
    """Return Huawei's client."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkdws import v2 as sdk

    keys = BasicCredentials(KEY, SECRET_KEY, PROJECT)
    client = sdk.DwsClient.new_builder().with_credentials(keys).with_endpoint(f"http://127.0.0.1:{port}").build()

    def call(name: str) -> object:
        snapshot = sdk.Snapshot(name=name, cluster_id=universe.cluster_id(0), description="before the migration")
        request = sdk.CreateSnapshotRequest(body=sdk.CreateSnapshotRequestBody(snapshot=snapshot))
        return client.create_snapshot(request).snapshot.id

    return partial(_in_turn, call)


def otc(port: int) -> Calling:
    """Return Open Telekom Cloud's client, with a token: it signs nothing then."""
    import openstack
    from otcextensions import sdk

    warnings.simplefilter("ignore")
    connection = openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        region_name="eu-de",
        auth_type="admin_token",
        auth={"endpoint": f"http://127.0.0.1:{port}/v1.0/{PROJECT}", "token": "t"},
        dws_endpoint_override=f"http://127.0.0.1:{port}/v1.0/{PROJECT}",
    )
    sdk.register_otc_extensions(connection)
    dws = getattr(connection, "dws")  # noqa: B009 -- the type knows nothing of it

    def call(name: str) -> object:
        return dws.create_snapshot(name=name, cluster_id=universe.cluster_id(0), description="before the migration").id

    return partial(_in_turn, call)


def _in_turn(call: Callable[[str], object], names: list[str]) -> list[float]:
    took = []
    for name in names:
        at = time.perf_counter()
        assert call(name), "the client has read no id"
        took.append(time.perf_counter() - at)
    return took


CLIENTS: Final[dict[str, Callable[[int], Calling]]] = {"bot": bots, "huaweicloudsdkdws": huawei, "otcextensions": otc}


def called(call: Calling, names: list[str]) -> Answered:
    """Make a call for each of *names*."""
    before, began = time.process_time(), time.perf_counter()
    took = call(names)
    return Answered(took, time.perf_counter() - began, {"200": len(names)}, cpu=time.process_time() - before)


def main(client: str, port: int) -> None:
    """Make calls until there are no more lines."""
    numbers = count()
    call = CLIENTS[client](port)
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        names = [f"{client}-{next(numbers):07}" for _ in range(int(line))]
        print(json.dumps(asdict(called(call, names))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
