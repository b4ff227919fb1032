"""What the provider holds itself to, judged by the rows of one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from row import Row

HEAD = """\
| goal | kept | nearest to missing it, or what missed it |
| --- | --- | --- |
"""
Case = tuple[float, str]
"""How far one row stays within the goal (below 0: it misses it), and the row in words."""


def judged(rows: Sequence[Row]) -> str:
    """A table of the goals."""
    goals = {
        "up, change and destroy take at most 1.15 times the floor and 2 s": _near_the_floor(rows),
        "refresh and preview of the most presets take at most 1.5 s more than without calls": _near_no_calls(rows),
        "no call of ours is throttled": ((-row.throttled, f"{_of(row)}: {row.throttled}") for row in _by("ours", rows)),
        "ours makes fewer calls than the obvious provider": _fewer_calls(rows),
    }
    return HEAD + "".join(_line(goal, list(cases)) for goal, cases in goals.items())


def _line(goal: str, cases: list[Case]) -> str:
    missed = [words for margin, words in cases if margin < 0]
    return f"| {goal} | {'no' if missed else 'yes'} | {'; '.join(missed) or min(cases)[1]} |\n"


def _near_the_floor(rows: Sequence[Row]) -> Iterator[Case]:
    for row in _by("ours", rows):
        if row.floor is not None:
            most = 1.15 * row.floor + 2
            yield most - row.seconds, f"{_of(row)}: {row.seconds:.1f} of {most:.1f} s"


def _near_no_calls(rows: Sequence[Row]) -> Iterator[Case]:
    largest = max(row.size for row in rows)
    for ours, silent in _pairs("no calls", rows):
        if ours.operation in ("refresh", "preview") and ours.size == largest:
            more = ours.seconds - silent.seconds
            yield 1.5 - more, f"{_of(ours)}: {more:.1f} s"


def _fewer_calls(rows: Sequence[Row]) -> Iterator[Case]:
    for ours, obvious in _pairs("obvious", rows):
        yield sum(obvious.calls) - sum(ours.calls) - 1, f"{_of(ours)}: {sum(ours.calls)} to {sum(obvious.calls)}"


def _pairs(other: str, rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    beside = {(row.operation, row.size): row for row in _by(other, rows)}
    return ((row, beside[row.operation, row.size]) for row in _by("ours", rows))


def _by(who: str, rows: Sequence[Row]) -> Iterator[Row]:
    return (row for row in rows if row.who == who)


def _of(row: Row) -> str:
    return f"{row.operation} of {row.size}"
