"""A SARIF 2.1.0 file, as other analysers write it, into findings.

Every text in it was written by others and stays as untrusted as a diff. What cannot be used is counted, not
dropped in silence. Results that the tool itself calls passed or suppressed are no findings.

What is *not* here: which findings are on changed lines, and their quotes (workers.analysers.sarif); writing
SARIF (bot.rendering.sarif).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from bot.domain.finding import Category, Finding, Severity
from bot.errors import UsageError
from bot.parsing.sarif_places import lines_of, path_of
from bot.parsing.sarif_values import items, mapping, number, text, whole_number

MAX_SIZE = 10 * 1024**2
"""Bytes of one file."""
MAX_RUNS = 50
MAX_RESULTS = 10_000
"""Results of one file that are read; further ones are counted."""
LONGEST_CLAIM = 1_000
LONGEST_NAME = 100

_SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.LOW,
    **{severity.value: severity for severity in Severity},  # GitHub's words for security
}
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
_PRECISIONS = {"very-high": 0.9, "high": 0.8, "medium": 0.6, "low": 0.4}
_USUAL_CONFIDENCE = 0.7
_CATEGORIES = {
    "security": Category.SECURITY,
    "concurrency": Category.CONCURRENCY,
    "performance": Category.PERFORMANCE,
    "documentation": Category.DOCUMENTATION,
}
_ARGUMENT = re.compile(r"\{(\d{1,2})\}")


@dataclass(frozen=True, slots=True)
class SarifReport:
    """What a file says.

    Attributes:
        findings: with lines and without a quote; a path that was absolute begins with a slash.
        left_out: results that name no file or no line, or stand beyond what is read.
    """

    findings: tuple[Finding, ...]
    left_out: int = 0


def parse_sarif(raw: bytes, name: str = "the file") -> SarifReport:
    """Read a SARIF file.

    Args:
        name: of the file, for the sentence that says what is wrong with it.

    Raises:
        UsageError: it is too large, or no SARIF 2.1.0.
    """
    log = _log(raw, name)
    runs = [mapping(run) for run in items(log.get("runs"))]
    results = ((run, mapping(result)) for run in runs[:MAX_RUNS] for result in items(run.get("results")))
    findings: list[Finding] = []
    read = left_out = 0
    for run, result in islice(results, MAX_RESULTS):
        read += 1
        if not _is_problem(result):
            continue
        finding = _finding(result, run)
        if finding is None:
            left_out += 1
        else:
            findings.append(finding)
    beyond = sum(len(items(run.get("results"))) for run in runs) - read
    return SarifReport(tuple(findings), left_out + beyond)


def severity_of(level: str, score: float | None) -> Severity:
    """Ours for a level of SARIF or GitHub, or for a security score from 0 to 10, which says more."""
    if score is not None and score > 0:
        return next((severity for least, severity in _SCORES if score >= least), Severity.LOW)
    return _SEVERITIES.get(level, Severity.MEDIUM)


def category_of(tags: Iterable[str], *, security: bool = False) -> Category:
    """Ours for the tags of a rule; what no tag tells is a rule that the repository chose to check."""
    if security:
        return Category.SECURITY
    words = {part for tag in tags for part in re.split(r"[^a-z]+", tag[:LONGEST_NAME].lower())}
    return next((category for word, category in _CATEGORIES.items() if word in words), Category.RULE)


def short_name(name: str, limit: int = LONGEST_NAME) -> str:
    """A tool's or a rule's name as it may stand in `Finding.source`: one short printable word or two."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name[: limit * 2])
    return " ".join(plain.split()).replace(":", "-")[:limit]


def _log(raw: bytes, name: str) -> Mapping[str, object]:
    if len(raw) > MAX_SIZE:
        raise UsageError(f"{name} is larger than {MAX_SIZE // 1024**2} MB: give one with fewer results.")
    try:
        log = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):  # a JSON text that is nested too deeply, or has an endless number
        raise UsageError(f"{name} is no SARIF file: it is not valid JSON.") from None
    if not isinstance(log, dict) or not isinstance(log.get("runs"), list):
        raise UsageError(f"{name} is no SARIF file: it has no list of runs.")
    if not text(log.get("version")).startswith("2.1"):
        raise UsageError(f"{name} is no SARIF 2.1.0 file: let the tool write that version.")
    return log


def _is_problem(result: Mapping[str, object]) -> bool:
    """Whether the tool holds a result for a problem that is there now and that nobody waved through."""
    if text(result.get("kind")) not in ("", "fail") or text(result.get("level")) == "none":
        return False
    if text(result.get("baselineState")) == "absent":
        return False
    suppressions = [mapping(suppression) for suppression in items(result.get("suppressions"))]
    return all(text(suppression.get("status")) == "rejected" for suppression in suppressions)


def _finding(result: Mapping[str, object], run: Mapping[str, object]) -> Finding | None:
    place = next(_places(result), None)
    path = path_of(mapping(place.get("artifactLocation")), run) if place else None
    lines = lines_of(mapping(place.get("region"))) if place else None
    if path is None or lines is None:
        return None
    rule = _rule(result, run)
    properties = mapping(rule.get("properties"))
    score = number(properties.get("security-severity"))
    level = text(result.get("level")) or text(mapping(rule.get("defaultConfiguration")).get("level"))
    return Finding(
        path=path,
        lines=lines,
        quote="",
        category=category_of(_texts(properties.get("tags")), security=score is not None),
        severity=severity_of(level, score),
        confidence=_PRECISIONS.get(text(properties.get("precision")), _USUAL_CONFIDENCE),
        claim=_claim(result, rule),
        trigger="",
        consequence="",
        source=_source(result, rule, run),
    )


def _places(result: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The physical locations of a result, those that name a file only; the first one counts."""
    for location in islice(items(result.get("locations")), 10):
        place = mapping(mapping(location).get("physicalLocation"))
        if place.get("artifactLocation"):
            yield place


def _rule(result: Mapping[str, object], run: Mapping[str, object]) -> Mapping[str, object]:
    """What the run says of the result's rule: by index, in the driver or an extension, or else by id."""
    tool, reference = mapping(run.get("tool")), mapping(result.get("rule"))
    component = mapping(tool.get("driver"))
    extension = whole_number(mapping(reference.get("toolComponent")).get("index"))
    extensions = items(tool.get("extensions"))
    if extension is not None and 0 <= extension < len(extensions):
        component = mapping(extensions[extension])
    rules = items(component.get("rules"))
    index = whole_number(result.get("ruleIndex"))
    index = whole_number(reference.get("index")) if index is None else index
    if index is not None and 0 <= index < len(rules):
        return mapping(rules[index])
    wanted = text(result.get("ruleId")) or text(reference.get("id"))
    known = (mapping(rule) for rule in islice(rules, 1_000 if wanted else 0))
    return next((rule for rule in known if rule.get("id") == wanted), {})


def _source(result: Mapping[str, object], rule: Mapping[str, object], run: Mapping[str, object]) -> str:
    tool = short_name(text(mapping(mapping(run.get("tool")).get("driver")).get("name")), 40)
    names = (result.get("ruleId"), mapping(result.get("rule")).get("id"), rule.get("id"), rule.get("name"))
    named = next((short for name in names if (short := short_name(text(name)))), "")
    return f"sarif:{tool or 'unknown tool'}:{named or 'unnamed rule'}"


def _claim(result: Mapping[str, object], rule: Mapping[str, object]) -> str:
    """The message of a result, or else what its rule is about; one paragraph."""
    message = mapping(result.get("message"))
    said = text(message.get("text"))
    if not said:
        pattern = mapping(mapping(rule.get("messageStrings")).get(text(message.get("id"))))
        said = _filled(text(pattern.get("text"))[:LONGEST_CLAIM], _texts(message.get("arguments")))
    about = (mapping(rule.get(key)).get("text") for key in ("shortDescription", "fullDescription", "help"))
    found = next((each for value in (said, *about) if (each := text(value).strip())), "")
    return (
        " ".join(found[: LONGEST_CLAIM * 2].split())[:LONGEST_CLAIM] or text(rule.get("name"))[:LONGEST_NAME]
    )


def _filled(pattern: str, arguments: list[str]) -> str:
    def argument(match: re.Match[str]) -> str:
        index = int(match[1])
        return arguments[index][:200] if index < len(arguments) else ""

    return _ARGUMENT.sub(argument, pattern)


def _texts(value: object) -> list[str]:
    return [text(each) for each in islice(items(value), 100)]
