"""A review as SARIF 2.1.0, the exchange format of static analysis that GitHub and editors read.

A run that could not look at everything is not 'successful', and every file it did not read is a notification:
a result list without that would be a false green. Findings that were not posted, and those that are settled,
are results with a suppression; what is fixed has no lines any more.

What is *not* here: reading the SARIF of other tools (bot.parsing.sarif).
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from bot.domain.diff import Side
from bot.domain.finding import Fate, Finding, MarkedFinding, Severity, is_rule
from bot.domain.review import Outcome, Review
from bot.rendering.as_json import JsonObject, JsonValue
from bot.rendering.clean import block, encodable, one_line
from bot.rendering.headline import headline
from bot.rendering.words import category_words, confidence, sentence

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
_SHOWN = (Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED, Fate.OPEN)


def render_sarif(review: Review, version: str = "") -> str:
    """The review as indented ASCII SARIF with a final newline."""
    return json.dumps(review_sarif(review, version), indent=2, allow_nan=False) + "\n"


def review_sarif(review: Review, version: str = "") -> JsonObject:
    """The review as a SARIF log with one run; `version` is this tool's, left out when empty."""
    rules = _rules(review)
    ids = [str(rule["id"]) for rule in rules]
    driver: JsonObject = {"name": "ai-review", "rules": list[JsonValue](rules)}
    if version:
        driver["version"] = version
    run: JsonObject = {
        "tool": {"driver": driver},
        "invocations": [_invocation(review)],
        "results": [_result(marked, ids.index(_rule_id(marked.finding))) for marked in review.findings],
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(review: Review) -> list[JsonObject]:
    """One rule for each analyser's rule, and for each category of a model's findings, by id."""
    names = {_rule_id(marked.finding): category_words(marked) for marked in review.findings}
    return [{"id": rule, "shortDescription": {"text": names[rule].capitalize()}} for rule in sorted(names)]


def _rule_id(finding: Finding) -> str:
    return one_line(finding.source, 100) if is_rule(finding.source) else finding.category.value


def _result(marked: MarkedFinding, rule_index: int) -> JsonObject:
    finding, is_fixed = marked.finding, marked.disposition.fate is Fate.FIXED
    result: JsonObject = {
        "ruleId": _rule_id(finding),
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _place(finding, gone=is_fixed)}],
        "partialFingerprints": {"aiReviewFinding/v1": marked.fingerprint},
        "properties": _properties(marked),
    }
    if marked.disposition.fate not in _SHOWN:
        result["suppressions"] = [_suppression(marked)]
    if finding.suggestion is not None and _head_region(finding) and not is_fixed:
        result["fixes"] = [_fix(finding)]
    return result


def _properties(marked: MarkedFinding) -> JsonObject:
    finding = marked.finding
    properties: JsonObject = {
        "category": finding.category.value,
        "severity": finding.severity.value,
        "confidence": confidence(finding.confidence),
        "disposition": marked.disposition.fate.value,
        "source": one_line(finding.source, 100),
    }
    if finding.rule:
        properties["rule"] = one_line(finding.rule, 100)
    if marked.backed_by:
        properties["backedBy"] = [one_line(rule, 100) for rule in marked.backed_by]
    return properties


def _message(finding: Finding) -> str:
    """Claim, trigger, consequence and way to mend it as plain text."""
    claim = sentence(one_line(finding.claim, 1_000)) or "A problem without a description."
    trigger, consequence = one_line(finding.trigger, 600), one_line(finding.consequence, 600)
    mend = one_line(finding.fix_words, 600)
    parts = [
        claim,
        trigger and f"When: {sentence(trigger)}",
        consequence and f"Then: {sentence(consequence)}",
        mend and f"How to mend it: {sentence(mend)}",
    ]
    return _without_links(" ".join(part for part in parts if part))


def _without_links(text: str) -> str:
    """Readers make a link of `[words](address)` in a message: where one may stand, brackets are escaped."""
    return re.sub(r"[\[\]]", r"\\\g<0>", text) if "](" in text else text


def _place(finding: Finding, *, gone: bool = False) -> JsonObject:
    """The file, and the lines where they are lines of the head commit."""
    place: JsonObject = {"artifactLocation": _artifact(finding.path)}
    region = {} if gone else _head_region(finding)
    if region:
        snippet: JsonObject = {"snippet": {"text": block(finding.quote)}} if finding.quote else {}
        place["region"] = region | snippet
    return place


def _head_region(finding: Finding) -> JsonObject:
    """Lines on the RIGHT side; empty for others, whose numbers mean nothing at the head commit."""
    lines = finding.lines
    if lines is None or lines.side is not Side.RIGHT:
        return {}
    return {"startLine": lines.start, "endLine": lines.end}


def _artifact(path: str) -> JsonObject:
    """A path as a relative URI; bytes that are no UTF-8 are escaped as they were."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        raw = encodable(path).encode()
    return {"uri": quote(raw, safe="/"), "uriBaseId": "%SRCROOT%"}


def _suppression(marked: MarkedFinding) -> JsonObject:
    reason, by = one_line(marked.disposition.reason, 300), one_line(marked.disposition.by, 120)
    fate = marked.disposition.fate.value + (f" by {by}" if by else "")
    return {
        "kind": "external",
        "status": "accepted",
        "justification": f"{fate}: {reason}" if reason else fate,
    }


def _fix(finding: Finding) -> JsonObject:
    replacement: JsonObject = {
        "deletedRegion": _head_region(finding),
        "insertedContent": {"text": encodable(finding.suggestion or "")},
    }
    return {"artifactChanges": [{"artifactLocation": _artifact(finding.path), "replacements": [replacement]}]}


def _invocation(review: Review) -> JsonObject:
    notes: list[JsonValue] = [
        _notification("warning", f"Not read: {one_line(rest.reason, 300)}", rest.path)
        for rest in review.coverage.not_read
    ]
    if review.outcome is not Outcome.COMPLETED:
        notes.insert(0, _notification("error", headline(review)))
    notes += [_notification("note", one_line(notice, 600)) for notice in review.notices]
    notes += [_notification("warning", one_line(one.message, 600), one.path) for one in review.problems]
    return {"executionSuccessful": review.is_complete, "toolExecutionNotifications": notes}


def _notification(level: str, text: str, path: str | None = None) -> JsonObject:
    note: JsonObject = {"level": level, "message": {"text": _without_links(text)}}
    if path is not None:
        note["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(path)}}]
    return note
