"""The record of a run as JSON: figures, and every finding with what became of it. No code, not even a quote.

What is *not* here: reading one back (workers.evals.record_files), and a page for people (workers.evals.page).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.domain.review import Usage, total
from workers.evals.intervals import Spread
from workers.evals.matching import SHOWN, Mark, Matched, Scored
from workers.evals.scoring import FIGURES, Counts, Score, Slice

Json = dict[str, Any]
_CODE_BLOCK = re.compile(r"```.*?(```|\Z)", re.DOTALL)
_CLAIM_LIMIT = 600


@dataclass(frozen=True, slots=True)
class Labels:
    """What a record says of how it came about.

    Attributes:
        set: name of the cases.
        model: who answered, for people.
        judge: who judged; None where the place alone decided.
        date: ISO, `2026-01-31`.
    """

    variant: str
    set: str
    model: str
    judge: str | None
    date: str


def record_of(score: Score, labels: Labels) -> Json:
    """Everything that is kept of one variant."""
    means = {name: _rounded(spread.mean if spread else None) for name, spread in score.spreads.items()}
    return {
        **asdict(labels),
        "prompt_versions": sorted(_prompts(score)),
        "cases": len({one.related.done.case.id for one in score.matched}),
        "cut": score.cut,
        **means,
        **_usage(score.usage),
        "cost_usd": _rounded(score.usage.cost_usd),
        "seconds": round(score.seconds, 1),
        "judge_usage": _usage(score.judge_usage),
        "intervals": {name: _pair(interval) for name, interval in score.intervals.items()},
        "spreads": {name: _spread(spread) for name, spread in score.spreads.items()},
        "counts": asdict(score.counts),
        "runs": [_run(run, counts, score) for run, counts in score.runs.items()],
        "slices": {
            name: {value: _slice(part) for value, part in parts.items()}
            for name, parts in score.slices.items()
        },
        "not_answered": [
            {"case": case, "run": run, "reason": reason} for case, run, reason in score.not_answered
        ],
        "reviews": [_review(one) for one in score.matched],
        "truths": [truth for one in score.matched for truth in _truths(one)],
        "findings": [_finding(one, scored) for one in score.matched for scored in one.findings],
    }


def write_record(record: Mapping[str, Any], file: Path) -> None:
    """As JSON, with one line a finding, so that two versions of a record can be compared by eye."""
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = [f"{json.dumps(name)}: {_value(value)}" for name, value in record.items()]
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _value(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"
    return json.dumps(value)


def _run(run: int, counts: Counts, score: Score) -> Json:
    mine = [one.related.done for one in score.matched if one.related.done.run == run]
    figures = {name: _rounded(figure(counts)) for name, figure in FIGURES.items()}
    usage = _usage(total(done.usage for done in mine))
    return {"run": run, **figures, "wrong": counts.wrong, "found": counts.found, **usage}


def _review(matched: Matched) -> Json:
    done = matched.related.done
    return {
        "case": done.case.id,
        "run": done.run,
        "clean": done.case.key.is_clean,
        "answered": matched.related.is_whole,
        "outcome": done.outcome,
        "not_read": len(done.coverage.not_read),
        "found": len(matched.found),
        "wrong": matched.count(Mark.WRONG),
        "seconds": round(done.seconds, 1),
        **_usage(done.usage),
    }


def _truths(matched: Matched) -> Iterator[Json]:
    """Where the known defects are, and whether they were found; not what they are."""
    done = matched.related.done
    for number, truth in enumerate(done.case.key.truths):
        yield {
            "case": done.case.id,
            "run": done.run,
            "truth": number,
            "path": truth.places[0].path if truth.places else "",
            "lines": [list(part) for place in truth.places for part in place.ranges],
            "category": truth.category,
            "difficulty": truth.difficulty,
            "knowledge": truth.knowledge,
            "found": number in matched.found,
        }


def _finding(matched: Matched, scored: Scored) -> Json:
    done, marked, finding = matched.related.done, scored.marked, scored.marked.finding
    lines, fate = finding.lines, marked.disposition.fate
    is_cut = scored.mark is Mark.HELD_BACK and fate in SHOWN
    return {
        "case": done.case.id,
        "run": done.run,
        "path": finding.path,
        "lines": [lines.start, lines.end, lines.side] if lines else None,
        "claim": _CODE_BLOCK.sub("(code)", finding.claim)[:_CLAIM_LIMIT],
        "disposition": "suppressed" if is_cut else fate,
        "mark": scored.mark,
        "matched": scored.truth if scored.mark in (Mark.HIT, Mark.REPEAT) else None,
        "near": scored.truth if scored.mark is Mark.HELD_BACK else None,
        "right_line": scored.right_line,
        "confidence": finding.confidence,
        "severity": finding.severity,
        "category": finding.category,
        "verdicts": [verdict.ruling for verdict in marked.verdicts],
        "votes": marked.votes,
        "lens": finding.lens,
        "quote": _hashed(finding.quote),
    }


def _hashed(quote: str) -> str | None:
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest() if quote else None


def _prompts(score: Score) -> frozenset[str]:
    return frozenset().union(*(one.related.done.prompts for one in score.matched))


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "completion_tokens": usage.completion_tokens,
        "calls": usage.calls,
    }


def _slice(part: Slice) -> Json:
    counts = part.counts
    figures = {"found": counts.found, "truths": counts.truths, "wrong": counts.wrong}
    return {**figures, "recall": _rounded(counts.recall), "interval": _pair(part.recall_interval)}


def _spread(spread: Spread | None) -> Json | None:
    return {name: _rounded(value) for name, value in asdict(spread).items()} if spread else None


def _pair(interval: Sequence[float] | None) -> list[float | None] | None:
    return [_rounded(end) for end in interval] if interval else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
