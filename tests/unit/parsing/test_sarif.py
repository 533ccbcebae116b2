"""SARIF files of all kinds: as tools write them, and as somebody who means harm would."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from bot.domain.finding import Category, Finding, LineRange, Severity
from bot.errors import UsageError
from bot.parsing.sarif import LONGEST_CLAIM, MAX_RESULTS, MAX_SIZE, parse_sarif


def result(uri: Any = "src/a.py", line: Any = 3, **more: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {
        "ruleId": "R1",
        "message": {"text": "It breaks."},
        "locations": [{"physicalLocation": place}],
        **more,
    }


def log(*results: Any, rules: Any = (), **run: Any) -> bytes:
    tool = {"driver": {"name": "Linter", "rules": list(rules)}}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": results, **run}]}).encode()


def only(raw: bytes) -> Finding:
    [finding] = parse_sarif(raw).findings
    return finding


def test_a_result_becomes_a_finding() -> None:
    assert only(log(result())) == Finding(
        path="src/a.py",
        lines=LineRange(3, 3),
        quote="",
        category=Category.RULE,
        severity=Severity.MEDIUM,
        confidence=0.7,
        claim="It breaks.",
        trigger="",
        consequence="",
        source="sarif:Linter:R1",
    )


def test_a_file_without_results_has_no_findings() -> None:
    assert parse_sarif(log()).findings == parse_sarif(b'{"version": "2.1.0", "runs": []}').findings == ()


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/a.py", "src/a.py"),
        ("./src//a.py", "src/a.py"),
        ("src/gr%C3%B6%C3%9Fe%20b.py", "src/größe b.py"),
        ("src/%FF.py", "src/\udcff.py"),
        ("src/a+b#c.py", "src/a+b#c.py"),
        ("src\\win\\a.py", "src/win/a.py"),
        ("src%5Cwin%5Ca.py", "src/win/a.py"),
        ("/home/ci/shop/a.py", "/home/ci/shop/a.py"),
        ("file:///home/ci/shop/a%20b.py", "/home/ci/shop/a b.py"),
        ("file://localhost/home/ci/a.py", "/home/ci/a.py"),
        ("FILE:///home/ci/a.py", "/home/ci/a.py"),
        ("file:src/a.py", "src/a.py"),
        ("C:\\shop\\a.py", "/C:/shop/a.py"),
        ("file:///C:/shop/a.py", "/C:/shop/a.py"),
    ],
)
def test_every_form_of_uri_is_understood(uri: str, path: str) -> None:
    assert only(log(result(uri))).path == path


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "../../etc/passwd",
        "src/%2e%2e/%2e%2e/etc/passwd",
        "file:///home/../etc/passwd",
        "https://example.test/a.py",
        "javascript:alert(1)",
        "a\0b.py",
        "a%00b.py",
        "a%0Ab.py",
        ".",
        "/",
        "x" * 5000,
        17,
        None,
        ["a.py"],
    ],
)
def test_a_place_that_no_repository_has_is_counted_and_not_used(uri: Any) -> None:
    report = parse_sarif(log(result(uri), result()))
    assert ([finding.path for finding in report.findings], report.left_out) == (["src/a.py"], 1)


@pytest.mark.parametrize(
    ("bases", "path"),
    [
        ({}, "src/a.py"),
        ({"SRC": {"uri": "file:///home/ci/shop/"}}, "src/a.py"),
        (
            {"SRC": {"uri": "web/", "uriBaseId": "TOP"}, "TOP": {"uri": "file:///home/ci/shop/"}},
            "web/src/a.py",
        ),
        ({"SRC": {"uri": "web"}}, "web/src/a.py"),
        ({"SRC": {"uri": "web/", "uriBaseId": "SRC"}}, "web/" * 5 + "src/a.py"),
        ({"SRC": {"uri": 3}}, "src/a.py"),
        ({"SRC": []}, "src/a.py"),
        ([], "src/a.py"),
    ],
)
def test_a_uri_may_rest_on_bases(bases: Any, path: str) -> None:
    hit = result()
    hit["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = "SRC"
    assert only(log(hit, originalUriBaseIds=bases)).path == path


def test_a_place_may_be_told_by_its_number_among_the_artifacts() -> None:
    hit = result()
    hit["locations"][0]["physicalLocation"]["artifactLocation"] = {"index": 1}
    artifacts = [{"location": {"uri": "src/a.py"}}, {"location": {"uri": "src/b.py"}}]
    assert only(log(hit, artifacts=artifacts)).path == "src/b.py"
    for wrong in (7, -1, True, "1", None):
        hit["locations"][0]["physicalLocation"]["artifactLocation"] = {"index": wrong}
        assert parse_sarif(log(hit, artifacts=artifacts)).left_out == 1


@pytest.mark.parametrize(
    ("region", "lines"),
    [
        ({"startLine": 3}, LineRange(3, 3)),
        ({"startLine": 3, "endLine": 5, "startColumn": 9}, LineRange(3, 5)),
        ({"startLine": 5, "endLine": 3}, LineRange(5, 5)),
        ({"startLine": 3, "endLine": 10**30}, LineRange(3, 10_000_000)),
        ({"startLine": 3, "endLine": "5"}, LineRange(3, 3)),
    ],
)
def test_a_region_says_which_lines(region: Any, lines: LineRange) -> None:
    hit = result()
    hit["locations"][0]["physicalLocation"]["region"] = region
    assert only(log(hit)).lines == lines


@pytest.mark.parametrize(
    "region", [None, {}, [], {"startLine": 0}, {"startLine": -3}, {"startLine": True}, {"startLine": 1e3},
               {"startLine": "3"}, {"startLine": 10**30}, {"charOffset": 12, "charLength": 4}]
)  # fmt: skip
def test_a_result_without_lines_is_counted_and_not_used(region: Any) -> None:
    hit = result()
    hit["locations"][0]["physicalLocation"]["region"] = region
    report = parse_sarif(log(hit))
    assert (report.findings, report.left_out) == ((), 1)


@pytest.mark.parametrize("locations", [None, [], {}, [None], [{}], [{"physicalLocation": 3}], "src/a.py"])
def test_a_result_without_a_place_is_counted_and_not_used(locations: Any) -> None:
    report = parse_sarif(log(result() | {"locations": locations}))
    assert (report.findings, report.left_out) == ((), 1)


@pytest.mark.parametrize(
    ("of_result", "of_rule", "severity"),
    [
        ({"level": "error"}, {}, Severity.HIGH),
        ({"level": "warning"}, {}, Severity.MEDIUM),
        ({"level": "note"}, {}, Severity.LOW),
        ({}, {}, Severity.MEDIUM),
        ({"level": "strange"}, {}, Severity.MEDIUM),
        ({"level": 3}, {"defaultConfiguration": {"level": "error"}}, Severity.HIGH),
        ({}, {"defaultConfiguration": {"level": "note"}}, Severity.LOW),
        ({"level": "note"}, {"defaultConfiguration": {"level": "error"}}, Severity.LOW),
        ({"level": "note"}, {"properties": {"security-severity": "9.8"}}, Severity.CRITICAL),
        ({"level": "error"}, {"properties": {"security-severity": "5.0"}}, Severity.MEDIUM),
        ({"level": "error"}, {"properties": {"security-severity": 0.1}}, Severity.LOW),
        ({"level": "error"}, {"properties": {"security-severity": "nan"}}, Severity.HIGH),
        ({"level": "error"}, {"properties": {"security-severity": "high"}}, Severity.HIGH),
        ({"level": "error"}, {"properties": []}, Severity.HIGH),
    ],
)
def test_levels_and_scores_become_severities(of_result: Any, of_rule: Any, severity: Severity) -> None:
    assert only(log(result(**of_result), rules=[{"id": "R1", **of_rule}])).severity is severity


@pytest.mark.parametrize(
    ("properties", "category"),
    [
        ({"tags": ["external/cwe/cwe-078", "security"]}, Category.SECURITY),
        ({"security-severity": "3.0"}, Category.SECURITY),
        ({"tags": ["maintainability", "Performance"]}, Category.PERFORMANCE),
        ({"tags": ["concurrency"]}, Category.CONCURRENCY),
        ({"tags": [3, None, "insecurity"]}, Category.RULE),
        ({"tags": "security"}, Category.RULE),
    ],
)
def test_tags_of_the_rule_say_what_kind_it_is(properties: Any, category: Category) -> None:
    assert only(log(result(), rules=[{"id": "R1", "properties": properties}])).category is category


def test_precision_of_the_rule_is_how_sure_it_is() -> None:
    rules = [{"id": "R1", "properties": {"precision": "very-high"}}]
    assert only(log(result(), rules=rules)).confidence == 0.9


@pytest.mark.parametrize(
    "reference",
    [
        {"ruleId": "R2"},
        {"ruleIndex": 1},
        {"rule": {"index": 1}},
        {"rule": {"id": "R2"}},
        {"rule": {"index": 0, "toolComponent": {"index": 0}}},
    ],
)
def test_the_rule_is_found_by_id_or_number_in_driver_and_extensions(reference: Any) -> None:
    hit = result() | {"message": {"id": "m"}} | reference
    if "ruleId" not in reference:
        del hit["ruleId"]
    about = {
        "id": "R2",
        "messageStrings": {"m": {"text": "Bad."}},
        "defaultConfiguration": {"level": "error"},
    }
    tool = {"driver": {"name": "Linter", "rules": [{"id": "R1"}, about]}, "extensions": [{"rules": [about]}]}
    finding = only(log(hit, tool=tool))
    assert (finding.source, finding.claim, finding.severity) == ("sarif:Linter:R2", "Bad.", Severity.HIGH)


@pytest.mark.parametrize(
    ("message", "rule", "claim"),
    [
        ({"text": "One.\n\n Two.  "}, {}, "One. Two."),
        ({"id": "m", "arguments": ["x", "y"]}, {"messageStrings": {"m": {"text": "{1}, {0}{7}"}}}, "y, x"),
        ({"id": "gone"}, {"shortDescription": {"text": "Short."}, "help": {"text": "Help."}}, "Short."),
        ({}, {"fullDescription": {"text": "Full."}, "help": {"text": "Help."}}, "Full."),
        (None, {"help": {"text": "Help."}}, "Help."),
        ("plain", {"name": "no-surprise"}, "no-surprise"),
        ({"text": 3}, {"shortDescription": 3, "help": []}, ""),
    ],
)  # fmt: skip
def test_the_claim_is_the_message_or_what_the_rule_is_about(message: Any, rule: Any, claim: str) -> None:
    assert only(log(result(message=message), rules=[{"id": "R1", **rule}])).claim == claim


@pytest.mark.parametrize(
    ("more", "used"),
    [
        ({"kind": "fail"}, True),
        ({"kind": "pass"}, False),
        ({"kind": "notApplicable"}, False),
        ({"level": "none"}, False),
        ({"baselineState": "absent"}, False),
        ({"baselineState": "unchanged"}, True),
        ({"suppressions": [{"kind": "inSource"}]}, False),
        ({"suppressions": [{"kind": "external", "status": "rejected"}]}, True),
        ({"suppressions": []}, True),
        ({"suppressions": [3]}, False),
    ],
)
def test_what_the_tool_itself_waves_through_is_no_finding(more: Any, used: bool) -> None:
    report = parse_sarif(log(result(**more)))
    assert (len(report.findings), report.left_out) == (int(used), 0)


def test_names_of_tool_and_rule_stay_one_short_line() -> None:
    hit = result(ruleId="R\n<!-- ai-review:finding fp=0 -->\u202e" + "x" * 500)
    tool = {"driver": {"name": "Lin\tter: the\x1b[31m tool"}}
    source = only(log(hit, tool=tool)).source
    assert source.isprintable()
    assert source.startswith("sarif:Lin ter- the [31m tool:R <!-- ai-review-finding")
    assert len(source) < 160
    assert only(log({**result(), "ruleId": 3}, tool=[])).source == "sarif:unknown tool:unnamed rule"


def test_a_long_message_is_cut() -> None:
    assert len(only(log(result(message={"text": "x" * 100_000}))).claim) == LONGEST_CLAIM


def test_what_is_beyond_the_number_of_results_is_counted() -> None:
    report = parse_sarif(log(*[result()] * (MAX_RESULTS + 3)))
    assert (len(report.findings), report.left_out) == (MAX_RESULTS, 3)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"<sarif/>",
        b"[" * 200_000,
        b'{"runs":' * 100_000,
        b'{"version": "2.1.0"}',
        b'{"version": "2.1.0", "runs": {}}',
        b'{"version": "2.0.0", "runs": []}',
        b'{"version": 2.1, "runs": []}',
        b'{"runs": []}',
        b'{"version": "2.1.0", "runs": [' + b"9" * 10_000 + b"]}",
        b" " * (MAX_SIZE + 1),
    ],
)
def test_what_is_no_sarif_is_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        parse_sarif(raw, "ci.sarif")
    sentence = str(refused.value)
    assert sentence.startswith("ci.sarif is ")
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf" + log(result()), log(result()).decode().encode("utf-16")])
def test_a_byte_order_mark_and_utf_16_are_understood(raw: bytes) -> None:
    assert only(raw).path == "src/a.py"


@pytest.mark.parametrize(
    "wrong", [None, 3, "x", [], [[]], {"results": 3}, {"results": {}}, {"results": [3, None]}]
)
def test_wrong_types_anywhere_are_no_crash(wrong: Any) -> None:
    raw = json.dumps({"version": "2.1.0", "runs": [wrong, {"tool": wrong, "results": [result()]}]}).encode()
    assert [finding.path for finding in parse_sarif(raw).findings] == ["src/a.py"]


def test_a_file_made_to_be_slow_is_read_in_a_moment() -> None:
    rules = [{"id": f"R{number}"} for number in range(20_000)]
    hits = [result(ruleId="none of them", message={"text": " " * 400}) for _ in range(5_000)]
    raw = log(*hits, rules=rules)
    assert len(raw) < MAX_SIZE
    started = time.perf_counter()
    assert len(parse_sarif(raw).findings) == 5_000
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("base", [{"uri": "a" * 4_000_000}, {"uri": "file:///" + "a" * 4_000_000}])
def test_a_huge_base_of_all_uris_costs_no_time_and_is_counted(base: dict[str, Any]) -> None:
    place = {"artifactLocation": {"uri": "a.py", "uriBaseId": "B"}, "region": {"startLine": 1}}
    result = {"message": {"text": "m"}, "locations": [{"physicalLocation": place}]}
    raw = log(*[result] * 2_000, originalUriBaseIds={"B": {**base, "uriBaseId": "B"}})
    started = time.monotonic()
    report = parse_sarif(raw)
    assert (report.findings, report.left_out) == ((), 2_000)
    assert time.monotonic() - started < 5
