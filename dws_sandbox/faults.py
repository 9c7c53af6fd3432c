"""What can go wrong on request, and the list of what is armed for the next calls.

A fault is armed for the next so many calls of a kind. Three sorts go together on one call: what becomes of the
snapshot (a twist), how long the answer takes (a delay), and what is answered instead of the truth (an answer). Of two
armed faults of one sort, the one armed first comes first.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dws_sandbox.descriptions import FORMS
from dws_sandbox.project import Rival, Twist

ANY: Final = "any"
KINDS: Final = (
    "create",
    "list",
    "show",
    "delete",
    "statistics",
    "clusters",
    "cluster",
    "token",
    "check",
    "projects",
    "credential",
    "discovery",
)
BAD_REQUESTS: Final = (
    "documented",
    "external",
    "both",
    "error",
    "camel",
    "plain",
    "openstack",
    "text",
    "base64",
    "empty",
)


class Sort(enum.StrEnum):
    """What a fault touches."""

    TWIST = "twist"
    DELAY = "delay"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class CloudFault:
    """One way to misbehave; *line* describes it to a person in one line.

    *acts* says whether the call is carried out before it is answered wrongly; who arms an answer may choose otherwise.
    *on* is the kind of call that it is armed for where none is given. *options* have their defaults.
    """

    name: str
    line: str
    sort: Sort = Sort.ANSWER
    acts: bool = False
    on: str = ANY
    options: Mapping[str, Any] = field(default_factory=dict)


FAULTS: Final = (
    CloudFault("drop_before", "Closes the connection and does nothing"),
    CloudFault("drop_after", "Does it, then closes the connection without an answer", acts=True, on="create"),
    CloudFault("throttled", "429 with Retry-After (APIGW.0308)", options={"retry_after": 1}),
    CloudFault("server_error", "500 (DWS.0005)"),
    CloudFault("unavailable", "503 (APIGW.0613)"),
    CloudFault("bad_gateway", "502 with a page of HTML, as a load balancer sends it"),
    CloudFault("gateway_timeout", "504 (APIGW.0201): done behind the gateway, which did not wait for it", acts=True),
    CloudFault("empty_200", "Does it, then answers 200 with an empty body", acts=True),
    CloudFault("garbage", "Does it, then answers 200 with half a JSON object", acts=True),
    CloudFault("error_in_200", "200 whose body is an error (DWS.9999)"),
    CloudFault("slow", "Does it at once, answers late (real seconds)", Sort.DELAY, acts=True, options={"seconds": 2.0}),
    CloudFault(
        "late",
        "Does it only after a while (real seconds), even if the caller left",
        Sort.DELAY,
        options={"seconds": 2.0},
    ),
    CloudFault("expired_token", "401: the token or signature is refused (APIGW.0301)", options={"code": "APIGW.0301"}),
    CloudFault("mfa", "401 of IAM: the user has login protection, and the login no code of a device", on="token"),
    CloudFault("denied", "403: a policy does not allow the action"),
    CloudFault("busy", "403: the cluster's state does not allow it (DWS.7023)", on="create"),
    CloudFault("conflict", "409: another operation is running (DWS.0011)", on="create"),
    CloudFault(
        "bad_request",
        f"400; the variant is one of {', '.join(BAD_REQUESTS)}",
        options={"variant": "documented"},
    ),
    CloudFault("not_found", "404: the cluster does not exist (DWS.0047)"),
    CloudFault("snapshot_fails", "The next snapshot ends UNAVAILABLE", Sort.TWIST, on="create"),
    CloudFault(
        "unknown_status",
        "The next snapshot shows a status that nobody knows, for a while after its run (simulated seconds)",
        Sort.TWIST,
        on="create",
        options={"seconds": 60.0, "status": "VERIFYING"},
    ),
    CloudFault(
        "late_listing",
        "The next snapshot is missing from lists for a while (simulated seconds)",
        Sort.TWIST,
        on="create",
        options={"seconds": 30.0},
    ),
    CloudFault(
        "rewords",
        f"The next snapshot's description is kept in another form: one of {', '.join(FORMS)}",
        Sort.TWIST,
        on="create",
        options={"form": "null"},
    ),
    CloudFault(
        "rival",
        "Somebody else began a snapshot of the next one's name (and cluster and description, where no others are "
        "given), so many simulated seconds before, which no list has shown yet",
        Sort.TWIST,
        on="create",
        options={"name": "", "description": "", "seconds": 0.0},
    ),
)
_CHOICES: Final[Mapping[tuple[str, str], Iterable[str]]] = {
    ("bad_request", "variant"): BAD_REQUESTS,
    ("rewords", "form"): FORMS,
}


@dataclass(slots=True)
class Armed:
    """A fault that waits for its calls."""

    fault: CloudFault
    on: str
    left: int
    acts: bool
    options: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return `{"fault", "on", "left", "acts", "options"}`."""
        return {
            "fault": self.fault.name,
            "on": self.on,
            "left": self.left,
            "acts": self.acts,
            "options": self.options,
        }


class CloudFaults:
    """What is armed; empty at the start."""

    def __init__(self) -> None:
        """Start with nothing armed."""
        self._armed: list[Armed] = []
        self._known = {fault.name: fault for fault in FAULTS}

    @property
    def armed(self) -> tuple[Armed, ...]:
        """Return what still waits, the oldest first."""
        return tuple(self._armed)

    def arm(
        self,
        name: str,
        *,
        times: int = 1,
        on: str | None = None,
        acts: bool | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Armed:
        """Arm the fault for the next *times* calls of kind *on*; *acts* and *options* override its defaults.

        Raises:
            ValueError: there is no such fault, kind or option, or a value is not one that it can have.
        """
        fault = self._known.get(name)
        if fault is None:
            raise ValueError(f"no fault is called {name!r}; there are {', '.join(self._known)}")
        on = fault.on if on is None else on
        kinds = ("create",) if fault.sort is Sort.TWIST else (ANY, *KINDS)
        if on not in kinds:
            raise ValueError(f"{name} cannot be armed on {on!r}; it can on {', '.join(kinds)}")
        if times < 1:
            raise ValueError(f"times is {times}, counted from 1")
        if acts is not None and (fault.sort is not Sort.ANSWER or name.startswith("drop_")):
            raise ValueError(f"whether {name} acts cannot be chosen")
        chosen = _options(fault, options or {})
        armed = Armed(fault, on, times, fault.acts if acts is None else acts, chosen)
        self._armed.append(armed)
        return armed

    def clear(self) -> int:
        """Disarm everything; return how many faults waited."""
        count = len(self._armed)
        self._armed.clear()
        return count

    def take(self, kind: str, sort: Sort) -> Armed | None:
        """Use up one call of the first armed fault of *sort* that fits *kind*; None where there is none."""
        return self._use(a for a in self._armed if a.fault.sort is sort and a.on in (ANY, kind))

    def next_twist(self) -> Twist:
        """Use up one call of each sort of twist, and return what they make of the next snapshot together."""
        fails, odd, unlisted, rewords, rival = (
            self._use(a for a in self._armed if a.fault.name == name)
            for name in ("snapshot_fails", "unknown_status", "late_listing", "rewords", "rival")
        )
        return Twist(
            outcome="UNAVAILABLE" if fails else "AVAILABLE",
            odd_status=odd.options["status"] if odd else "",
            odd_seconds=odd.options["seconds"] if odd else 0.0,
            unlisted_seconds=unlisted.options["seconds"] if unlisted else 0.0,
            keeps=rewords.options["form"] if rewords else "",
            rival=Rival(**rival.options) if rival else None,
        )

    def _use(self, fitting: Iterable[Armed]) -> Armed | None:
        armed = next(iter(fitting), None)
        if armed is not None:
            armed.left -= 1
            if armed.left == 0:
                self._armed.remove(armed)
        return armed


def _options(fault: CloudFault, given: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in given.items():
        if name not in fault.options:
            raise ValueError(f"{fault.name} has no option {name!r}")
        default = fault.options[name]
        if isinstance(default, str):
            fits = isinstance(value, str) and value != ""
        else:
            whole = isinstance(value, int) and not isinstance(value, bool)
            fits = (whole or (isinstance(default, float) and isinstance(value, float))) and 0 <= value <= 86400
        if not fits:
            raise ValueError(f"{name} of {fault.name} cannot be {value!r}")
        choices = _CHOICES.get((fault.name, name))
        if choices is not None and value not in choices:
            raise ValueError(f"no {name} of {fault.name} is called {value!r}")
    return {**fault.options, **given}
