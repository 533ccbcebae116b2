"""How often findings like this one were right when that was measured: the table, and how it is looked up.

The table is made by `ai-review eval` from judged findings, and it is kept beside this module. It says for
which models it was measured; for others it is the best guess there is.
What is *not* here: measuring (workers.evals).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.domain.finding import MarkedFinding, Measured, Verdict, is_rule
from workers.review.evidence import STANDING

LEAST = 8
"""Judged findings that a row must rest on; a smaller one says too little, and the next wider one is asked."""
NOT_ASKED = "none"
BANDS = (0.0, 0.3, 0.5, 0.7, 0.85, 1.01)
"""Borders of the finding model's own confidence."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a finding before anybody knows whether it is right.

    Attributes:
        source: `model`, or `rule` for an analyser.
        verdict: `confirmed`, `refuted`, `unsure`, or `none` where no second model was asked.
        band: which part of `BANDS` the finding model's own confidence lies in.
    """

    source: str
    verdict: str
    band: int
    category: str
    votes: int

    def keys(self) -> Iterator[Key]:
        """Keys of the table's rows, the narrowest first."""
        votes, band = f"votes={min(self.votes, 3)}", f"band={self.band}"
        kind = (self.source, f"verdict={self.verdict}")
        yield (*kind, band, f"category={self.category}", votes)
        yield (*kind, band, f"category={self.category}")
        yield (*kind, band, votes)
        yield (*kind, band)  # no wider: how sure a model is says most of all


def features(marked: MarkedFinding) -> Features:
    """What the table knows a finding by."""
    finding = marked.finding
    source = "rule" if is_rule(finding.source) else "model"
    band = band_of(finding.confidence)
    return Features(source, ruling_of(marked.verdicts), band, finding.category.value, marked.votes)


def band_of(confidence: float) -> int:
    """Number of the part of `BANDS` that a confidence lies in, from 0."""
    return sum(confidence >= border for border in BANDS[1:-1])


def ruling_of(verdicts: Sequence[Verdict]) -> str:
    """The last word of the second model."""
    return verdicts[-1].ruling.value if verdicts else NOT_ASKED


def calibrate(findings: Sequence[MarkedFinding], rows: Mapping[Key, Measured]) -> tuple[MarkedFinding, ...]:
    """Standing findings with what was measured of their like; others as they are."""
    return tuple(
        replace(marked, measured=look_up(features(marked), rows))
        if marked.disposition.fate in STANDING
        else marked
        for marked in findings
    )


def look_up(known: Features, rows: Mapping[Key, Measured]) -> Measured | None:
    """The narrowest row that rests on enough findings; None where nothing like it was measured."""
    return next((row for key in known.keys() if (row := rows.get(key)) and row.of >= LEAST), None)  # noqa: SIM118


def table_of(judged: Sequence[tuple[Features, bool]]) -> dict[Key, Measured]:
    """All rows that follow from findings and whether each was right."""
    right: dict[Key, int] = {}
    of: dict[Key, int] = {}
    for known, is_right in judged:
        for key in known.keys():  # noqa: SIM118 - a method of ours, no mapping
            right[key] = right.get(key, 0) + is_right
            of[key] = of.get(key, 0) + 1
    return {key: Measured(right[key], count) for key, count in sorted(of.items())}


@cache
def packaged_table() -> Mapping[Key, Measured]:
    """The table that comes with this version."""
    kept = json.loads(files("workers.review").joinpath("calibration.json").read_text(encoding="utf-8"))
    return {tuple(row["key"]): Measured(row["right"], row["of"]) for row in kept["rows"]}
