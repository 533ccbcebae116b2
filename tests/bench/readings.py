"""What reports are worth that match no known defect: two readers who knew nothing read each once more.

A record of `readings/` holds their answers, without reasons, since those quote the code of the cases.
What is *not* here: the records of runs and their tables (quality_table.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.domain.finding import Severity
from bot.domain.policy import Profile

FOLDER = Path(__file__).resolve().parent / "readings"
BEGIN = "<!-- readings: written by `python -m tests.bench.quality_table`, not by hand -->"
END = "<!-- end of readings -->"
WIDE = "engine-wide-no-check"
"""The variant whose record holds what every profile shows."""

Record = Mapping[str, Any]
Report = Mapping[str, Any]
Answers = Mapping[tuple[object, ...], Sequence[Mapping[str, bool]]]

_COUNTED = ("known", "worth", "true", "untrue")
_TAIL = "recall | shown | a known defect | else true and worth a comment | else true | not true |"
_LINES = "--:|--:|--:|--:|--:|--:|"


def answers() -> Answers:
    """What was said of each report that was read."""
    read = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))]
    return {key_of(report): report["answers"] for one in read for report in one["reports"]}


def readings_tables(records: Sequence[Record], said: Answers) -> str:
    """The variants whose reports were all read, and what each profile shows of the widest."""
    read = [one for one in records if all(key_of(report) in said for report in wrong_of(one))]
    variants = [f"| {one['set']} | {one['variant']} | {_cells(one, shown_of(one), said)}" for one in read]
    profiles = [
        f"| {one['set']} | `{profile}` | {_cells(one, _shown_by(profile, one), said)}"
        for one in read
        if one["variant"] == WIDE
        for profile in Profile
    ]
    heads = ((f"| set | {name} | {_TAIL}", f"|---|---|{_LINES}") for name in ("variant", "profile"))
    return "\n".join(("", *next(heads), *variants, "", *next(heads), *profiles, "")) + "\n"


def shown_of(record: Record) -> list[Report]:
    """What people would have seen, of all runs."""
    return [one for one in record["findings"] if one["mark"] in ("hit", "wrong")]


def wrong_of(record: Record) -> list[Report]:
    """What of this matches no known defect."""
    return [one for one in shown_of(record) if one["mark"] == "wrong"]


def key_of(report: Report) -> tuple[object, ...]:
    """By which a report is known in a record and in its readings."""
    return report["case"], report["path"], tuple(report["lines"]), report["claim"]


def _shown_by(profile: Profile, record: Record) -> Iterable[Report]:
    for one in shown_of(record):
        is_grave = Severity(one["severity"]).at_least(profile.severity_threshold)
        if is_grave and one["confidence"] >= profile.confidence_least:
            yield one


def _cells(record: Record, shown: Iterable[Report], said: Answers) -> str:
    counts = Counter(_worth(one, said) for one in shown)
    recall = counts["known"] / record["counts"]["truths"]
    return f"{recall:.3f} | {counts.total()} | {' | '.join(str(counts[name]) for name in _COUNTED)} |"


def _worth(report: Report, said: Answers) -> str:
    """Where the readers differ, the worse word counts."""
    if report["mark"] == "hit":
        return "known"
    answers = said[key_of(report)]
    if not all(answer["true"] for answer in answers):
        return "untrue"
    return "worth" if all(answer["matters"] for answer in answers) else "true"
