"""A review as JSON for other programs: the stable shape of `--format json`.

Text is given as it is, except that lone surrogates, which no UTF-8 can hold, become U+FFFD. Numbers are
finite. Whoever shows the text to people cleans it first.

What is *not* here: reading it again (bot.parsing.recorded_reviews).
"""

from __future__ import annotations

import json
from math import isfinite

from bot.domain.finding import MarkedFinding, Verdict
from bot.domain.review import Excluded, NotRead, PolicyProblem, Review, Usage
from bot.rendering.clean import encodable
from bot.rendering.words import confidence

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]


def render_json(review: Review) -> str:
    """The review as indented ASCII JSON with a final newline: safe for any terminal and any encoding."""
    return json.dumps(review_json(review), indent=2, allow_nan=False) + "\n"


def review_json(review: Review) -> JsonObject:
    """The review as plain dictionaries.

    `start_line` and `line` are the lines of the quote on `side`, both included, null where it was not found;
    they may differ from where an inline comment had to stand. `since` is the commit of the review before,
    where this one looked at what changed since; of a finding, the commit at which people were first told.
    `cross_checker` is the second model, null where it answered no question of this review.
    """
    return {
        "outcome": review.outcome.value,
        "reason": encodable(review.reason),
        "head_sha": encodable(review.head_sha),
        "reviewer": encodable(review.reviewer),
        "cross_checker": None if review.cross_checker is None else encodable(review.cross_checker),
        "findings": [_finding(marked) for marked in review.findings],
        "coverage": {
            "read": [encodable(path) for path in review.coverage.read],
            "excluded": [_rest(rest) for rest in review.coverage.excluded],
            "not_read": [_rest(rest) for rest in review.coverage.not_read],
            "earlier": [encodable(path) for path in review.coverage.earlier],
        },
        "usage": _usage(review.usage),
        "notices": [encodable(notice) for notice in review.notices],
        "since": encodable(review.since),
        "problems": [_problem(problem) for problem in review.problems],
    }


def _finding(marked: MarkedFinding) -> JsonObject:
    finding, lines = marked.finding, marked.finding.lines
    return {
        "path": encodable(finding.path),
        "quote": encodable(finding.quote),
        "category": finding.category.value,
        "severity": finding.severity.value,
        "confidence": confidence(finding.confidence),
        "claim": encodable(finding.claim),
        "trigger": encodable(finding.trigger),
        "consequence": encodable(finding.consequence),
        "needs": [encodable(name) for name in finding.needs],
        "source": encodable(finding.source),
        "rule": encodable(finding.rule),
        "suggestion": None if finding.suggestion is None else encodable(finding.suggestion),
        "fix_words": encodable(finding.fix_words),
        "start_line": lines.start if lines else None,
        "line": lines.end if lines else None,
        "side": lines.side.value if lines else None,
        "disposition": marked.disposition.fate.value,
        "disposition_reason": encodable(marked.disposition.reason),
        "disposition_by": encodable(marked.disposition.by),
        "fingerprint": marked.fingerprint,
        "verdicts": [_verdict(verdict) for verdict in marked.verdicts],
        "backed_by": [encodable(rule) for rule in marked.backed_by],
        "votes": marked.votes,
        "measured": {"right": marked.measured.right, "of": marked.measured.of} if marked.measured else None,
        "since": encodable(marked.since),
    }


def _verdict(verdict: Verdict) -> JsonObject:
    return {
        "verdict": verdict.ruling.value,
        "by": encodable(verdict.by),
        "reason": encodable(verdict.reason),
        "introduced": verdict.introduced,
    }


def _rest(rest: Excluded | NotRead) -> JsonObject:
    return {"path": encodable(rest.path), "reason": encodable(rest.reason)}


def _problem(problem: PolicyProblem) -> JsonObject:
    return {
        "path": encodable(problem.path),
        "line": problem.line,
        "column": problem.column,
        "message": encodable(problem.message),
    }


def _usage(usage: Usage) -> JsonObject:
    cost = usage.cost_usd
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost_usd": cost if cost is not None and isfinite(cost) else None,
    }
