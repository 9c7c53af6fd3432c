"""Ratios of two things that are measured in turn, so that what else the machine does touches both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loading import Answered


class Unmeasurable(RuntimeError):
    """Something of a measurement did not do its part; the text says what."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure: ours by theirs as the median over blocks, with the least and the most of a block; and both as they are.

    *why_not* says why it could not be measured; there are no numbers then. *note* is what else there is to say of it.
    """

    figure: str
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    ours: float | None = None
    theirs: float | None = None
    why_not: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """How large a run is: *quick* is smaller; files go to *folder*; *wants* says which figures were asked for."""

    folder: Path
    quick: bool
    wants: Callable[[str], bool] = lambda figure: True

    def size(self, full: int, quick: int) -> int:
        """Return how many of something there are in this run."""
        return quick if self.quick else full


def by_ratio(figure: str, pairs: Sequence[tuple[float, float]], note: str = "") -> Measured:
    """Return *figure* by its blocks, each (ours, theirs)."""
    ratios = [ours / theirs for ours, theirs in pairs]
    return Measured(
        figure,
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        ours=statistics.median(ours for ours, _ in pairs),
        theirs=statistics.median(theirs for _, theirs in pairs),
        note=note,
    )


def interleaved(
    blocks: int, ours: Callable[[], Answered], theirs: Callable[[], Answered]
) -> list[tuple[Answered, Answered]]:
    """Run both *blocks* times in turn, each of them first every other time; a first round of both isn't counted."""
    ours()
    theirs()
    found = []
    for block in range(blocks):
        if block % 2:
            beside = theirs()
            found.append((ours(), beside))
        else:
            first = ours()
            found.append((first, theirs()))
    return found


def percentile(took: Sequence[float], percent: int) -> float:
    """Return the time that *percent* of a hundred stay below, of at least one."""
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def ms(outcomes: Sequence[tuple[Answered, Answered]], percent: int) -> list[tuple[float, float]]:
    """Return a percentile of each block, in milliseconds."""
    return [(percentile(a.took, percent) * 1000, percentile(b.took, percent) * 1000) for a, b in outcomes]


def rates(outcomes: Sequence[tuple[Answered, Answered]]) -> list[tuple[float, float]]:
    """Return how many a second there were in each block."""
    return [(len(a.took) / a.seconds, len(b.took) / b.seconds) for a, b in outcomes]


def cpu_each(outcomes: Sequence[tuple[Answered, Answered]]) -> list[tuple[float, float]]:
    """Return the processor time of one answer in each block, in milliseconds."""
    return [(a.cpu * 1000 / len(a.took), b.cpu * 1000 / len(b.took)) for a, b in outcomes]


def tried(figure: str, make: Callable[[], Measured]) -> Measured:
    """Return what *make* measures; where it can't, *figure* with the reason, so that the others go on."""
    try:
        return make()
    except Unmeasurable as error:
        return Measured(figure, why_not=one_line(error))


def one_line(error: BaseException) -> str:
    """Return *error* as it stands in a table."""
    words = " ".join(str(error).split()) or "no more is known"
    return f"{type(error).__name__}: {words[:200]}"


def not_measured(figures: Sequence[str], why: str) -> Iterator[Measured]:
    """Yield *figures* as not measured."""
    for figure in figures:
        yield Measured(figure, why_not=why)
