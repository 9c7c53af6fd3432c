"""`dws-sandbox` as a process, and the examples of its README as they stand there."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import httpx
import pytest

from dws_sandbox import FAULTS, DwsSimulator
from tests.harness.commands import ROOT, curled, examples, run, sandbox, started

PACKAGE = "dws_sandbox"
README = (ROOT / PACKAGE / "README.md").read_text(encoding="utf-8")


def here(text: str, variables: dict[str, str]) -> str:
    """Return *text* of the README for the port that the command took."""
    return text.replace("8766", str(httpx.URL(variables["OS_AUTH_URL"]).port))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM: exit code 0, and nothing on standard error."""
    async with sandbox(PACKAGE) as command:
        command.process.send_signal(number)
        assert await command.ended() == (0, "", "")


async def test_a_taken_port_is_one_line() -> None:
    """It says which port and what to do; the exit code is 1."""
    async with sandbox(PACKAGE) as command:
        port = httpx.URL(command.variables["OS_AUTH_URL"]).port
        said = f"Error: Can't listen on 127.0.0.1, port {port}: address already in use. Choose another with --port.\n"
        assert await run(PACKAGE, "--port", str(port)) == (1, "", said)


async def test_the_printed_fault_strikes() -> None:
    """It can be asked for as printed: armed for the next create call."""
    async with sandbox(PACKAGE) as command, httpx.AsyncClient() as http:
        url, body = curled(next(line for line in command.lines if "curl -d" in line).lstrip("# "))
        armed = (await http.post(url, content=body)).json()
        assert (armed["fault"], armed["on"], armed["left"]) == ("drop_after", "create", 1)


async def test_it_holds_the_clusters_that_are_asked_for() -> None:
    """And the snapshots of those alone."""
    arguments = ("--cluster", "dwh-dev", "--cluster", "dwh-stage")
    async with sandbox(PACKAGE, *arguments) as command, httpx.AsyncClient() as http:
        base = here("http://127.0.0.1:8766/_sim", command.variables)
        clusters = (await http.get(f"{base}/clusters")).json()["clusters"]
        snapshots = (await http.get(f"{base}/snapshots")).json()["snapshots"]
    assert [c["name"] for c in clusters] == ["dwh-dev", "dwh-stage"]
    assert [s["name"] for s in snapshots] == ["dev-baseline"]


async def test_a_cluster_that_there_is_not_is_said() -> None:
    """With those that there are."""
    code, out, err = await run(PACKAGE, "--cluster", "dwh-nowhere")
    assert (code, out) == (2, "")
    assert "no dwh-nowhere here, only dwh-prod, dwh-dev" in " ".join(err.split())


async def test_on_every_address_its_controls_answer_to_any_name() -> None:
    """As a container is called by its service's name; a page of another site is still refused."""
    async with sandbox(PACKAGE, "--host", "0.0.0.0") as command, httpx.AsyncClient() as http:
        url = here("http://127.0.0.1:8766/_sim/time", command.variables)
        assert (await http.get(url, headers={"Host": "dws:1234"})).status_code == 200
        assert (await http.get(url, headers={"Host": "dws:1234", "Origin": "http://evil.example"})).status_code == 403
        command.process.terminate()
        assert "Warning: anybody who can reach 0.0.0.0" in (await command.ended())[2]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_on_a_loopback_address_its_controls_answer_to_that_name_alone(host: str) -> None:
    """No name that somebody else may have pointed at this machine."""
    async with sandbox(PACKAGE, "--host", host) as command, httpx.AsyncClient() as http:
        auth = httpx.URL(command.variables["OS_AUTH_URL"])
        assert auth.host == host
        assert (await http.get(auth.join("/_sim/time"))).status_code == 200
        assert (await http.get(auth.join("/_sim/time"), headers={"Host": "evil.example"})).status_code == 403


async def test_it_ends_though_a_call_still_waits() -> None:
    """SIGTERM answers what a fault keeps waiting, at once."""
    async with sandbox(PACKAGE) as command, httpx.AsyncClient(timeout=30) as http:
        url = httpx.URL(command.variables["OS_AUTH_URL"])
        await http.post(url.join("/_sim/faults"), json={"fault": "slow", "options": {"seconds": 600}})
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(http.get(url))
            while not (await http.get(url.join("/_sim/calls"))).json()["counts"]:
                pass
            command.process.terminate()
            assert (await command.ended())[0] == 0
        assert call.result().status_code == 200


async def test_help_says_what_it_is_and_how_to_start() -> None:
    """With every option explained, and examples."""
    code, out, _ = await run(PACKAGE, "--help")
    assert code == 0
    assert "Start a GaussDB(DWS) with its IAM on this machine" in out
    assert [option for option in ("--port", "--host", "--cluster", "--snapshot-seconds") if option not in out] == []


async def test_the_readme_shows_what_is_printed() -> None:
    """The variables in the README are those of the command, for the port that it names."""
    async with sandbox(PACKAGE) as command:
        shown = here(examples(PACKAGE, "sh")[1], command.variables).splitlines()
        assert shown == [line for line in command.lines if line.startswith("export ")]


async def test_the_http_client_of_the_readme_creates_a_snapshot() -> None:
    """With nothing but what the command printed; it prints the status that the README says."""
    async with sandbox(PACKAGE) as command:
        async with started("-c", examples(PACKAGE, "python")[0], env=command.variables) as client:
            assert await client.ended() == (0, "CREATING\n", "")
        url = here("http://127.0.0.1:8766/_sim/snapshots", command.variables)
        async with httpx.AsyncClient() as http:
            assert "before-migration" in [s["name"] for s in (await http.get(url)).json()["snapshots"]]


async def test_the_official_client_of_the_readme_lists_snapshots(tmp_path: Path) -> None:
    """otcextensions, with nothing but what the command printed."""
    async with sandbox(PACKAGE) as command:
        env = {**command.variables, "HOME": str(tmp_path)}  # where it keeps a cache
        async with started("-W", "ignore", "-c", examples(PACKAGE, "python")[1], env=env) as client:
            code, out, err = await client.ended(seconds=60)
    assert code == 0, err
    assert "release-7 AVAILABLE" in out.splitlines()


async def test_the_fault_of_the_readme_strikes() -> None:
    """As it says there."""
    async with sandbox(PACKAGE) as command, httpx.AsyncClient() as http:
        url, body = curled(examples(PACKAGE, "sh")[2])
        armed = (await http.post(here(url, command.variables), content=body)).json()
        assert (armed["fault"], armed["on"], armed["left"]) == ("throttled", "clusters", 2)


async def test_the_test_of_the_readme_passes(tmp_path) -> None:
    """As a file of its own, in a project that has nothing but it."""
    (tmp_path / "test_client.py").write_text(examples(PACKAGE, "python")[2])
    async with started(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)
    ) as run:
        code, out, _ = await run.ended(seconds=60)
    assert (code, "1 passed" in out) == (0, True), out


def test_the_readme_names_every_fault_cluster_and_call() -> None:
    """And no fault or call that isn't there."""
    cloud = DwsSimulator()
    named = re.findall(r"^\| `([a-z_0-9]+)` \|", README.partition("## Faults")[2], re.M)
    assert named == [fault.name for fault in FAULTS]
    held = README.partition("## What it holds")[2].partition("## ")[0]
    assert set(re.findall(r"dwh-[a-z]+", held)) == {c.name for c in cloud.project.clusters.values()}
    routes = {(r.method, r.resource.canonical) for r in cloud.routes().router.routes() if r.resource}
    control = {(m, p) for m, p in routes if p.startswith("/_sim/") and m != "HEAD"}
    documented = set(re.findall(r"^\| `(GET|POST|PATCH|DELETE) (/_sim/\S+)` \|", README, re.M))
    assert documented | {("POST", p) for m, p in documented if m == "PATCH"} == control
