from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.diff import Side
from bot.domain.finding import Fate, LineRange
from bot.domain.review import Coverage, NotRead, PolicyProblem, Usage
from bot.rendering.as_json import render_json, review_json
from bot.rendering.sarif import render_sarif, review_sarif
from tests.support.reviews import (
    BEFORE,
    LOST_GUARD,
    READ,
    REMOVED_LOCK,
    SHARED_DEFAULT,
    completed,
    confirmed,
    failed,
    later,
    marked,
    partial,
    skipped,
    static,
    told,
)


def _run(review: Any) -> Any:
    return json.loads(json.dumps(review_sarif(review)))["runs"][0]


def test_json_has_the_agreed_keys() -> None:
    shape: Any = review_json(completed(marked(LOST_GUARD, Fate.POSTED, "", confirmed())))
    assert {"outcome", "findings", "coverage", "usage"} <= shape.keys()
    assert set(shape["coverage"]) == {"read", "excluded", "not_read", "earlier"}
    assert {
        *("path", "quote", "category", "severity", "confidence", "claim", "trigger", "consequence", "source"),
        *("suggestion", "start_line", "line", "side", "disposition", "verdicts"),
    } <= shape["findings"][0].keys()


def test_json_names_what_its_source_would_look_up() -> None:
    shape: Any = review_json(completed(marked(replace(LOST_GUARD, needs=("load", "Price")))))
    assert shape["findings"][0]["needs"] == ["load", "Price"]


def test_json_is_finite_ascii_whatever_is_inside() -> None:
    finding = replace(LOST_GUARD, confidence=float("inf"), claim="\ud800 \u202e 🎉", path="caf\udce9")
    review = replace(completed(marked(finding)), usage=Usage(1, 1, 0, 1, float("nan")))
    text = render_json(review)
    assert text.isascii()
    assert json.loads(text)["findings"][0]["claim"] == "\ufffd \u202e 🎉"
    assert json.loads(text)["findings"][0]["confidence"] == 0.0
    assert json.loads(text)["usage"]["cost_usd"] is None


def test_json_knows_findings_without_lines() -> None:
    shape: Any = review_json(completed(marked(replace(LOST_GUARD, lines=None), Fate.UNSUPPORTED, "gone")))
    found = shape["findings"][0]
    assert (found["start_line"], found["line"], found["side"]) == (None, None, None)
    assert (found["disposition"], found["disposition_reason"]) == ("unsupported", "gone")


@pytest.mark.parametrize("review", [partial(), failed(), skipped()])
def test_sarif_of_an_incomplete_review_is_no_success(review: Any) -> None:
    invocation = _run(review)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"]


def test_sarif_names_every_file_that_was_not_read() -> None:
    notes = _run(partial())["invocations"][0]["toolExecutionNotifications"]
    named = [
        note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for note in notes
        if "locations" in note
    ]
    assert named == ["db/seed.sql", "db/dump.sql", "web/legacy.js"]


def test_sarif_of_a_complete_review_is_a_success() -> None:
    assert _run(static())["invocations"][0] == {"executionSuccessful": True, "toolExecutionNotifications": []}


@pytest.mark.parametrize("fate", Fate)
def test_sarif_suppresses_what_was_not_shown(fate: Fate) -> None:
    result = _run(completed(marked(LOST_GUARD, fate, "why")))["results"][0]
    shown = fate in (Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED, Fate.OPEN)
    assert ("suppressions" in result) != shown


def test_json_tells_what_earlier_reviews_said_and_read() -> None:
    settled = told(LOST_GUARD, Fate.DISMISSED, "Checked by the caller.", "mona-lisa")
    review = replace(later(settled), problems=(PolicyProblem("p.yml", 3, 1, "unknown key"),))
    shape: Any = review_json(review)
    assert (shape["since"], shape["coverage"]["earlier"]) == (BEFORE, list(READ[2:]))
    assert shape["problems"] == [{"path": "p.yml", "line": 3, "column": 1, "message": "unknown key"}]
    found = shape["findings"][0]
    assert [found[key] for key in ("disposition", "disposition_by", "since")] == [
        "dismissed",
        "mona-lisa",
        BEFORE,
    ]


def test_sarif_says_who_dismissed_a_finding() -> None:
    settled = told(LOST_GUARD, Fate.DISMISSED, "Checked by the caller.", "mona-lisa")
    [suppression] = _run(later(settled))["results"][0]["suppressions"]
    assert suppression["justification"] == "dismissed by mona-lisa: Checked by the caller."


def test_sarif_gives_no_region_for_code_that_is_gone() -> None:
    fixed = told(replace(SHARED_DEFAULT, rule="no-shared-state"), Fate.FIXED)
    result = _run(later(fixed))["results"][0]
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert "fixes" not in result
    assert result["properties"]["rule"] == "no-shared-state"


def test_sarif_names_problems_of_the_policy() -> None:
    review = replace(completed(), problems=(PolicyProblem("p.yml", 3, 1, "unknown key"),))
    [note] = _run(review)["invocations"][0]["toolExecutionNotifications"]
    assert (note["level"], note["message"]["text"]) == ("warning", "unknown key")


def test_sarif_rules_are_those_of_analysers_and_categories_of_models() -> None:
    run = _run(completed(marked(LOST_GUARD), marked(SHARED_DEFAULT), marked(LOST_GUARD)))
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == ["missing-check", "ruff:B006"]
    assert [ids[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#?%.py", "a%20b/%C3%BC%23%3F%25.py"),
        (b"caf\xe9.py".decode("utf-8", "surrogateescape"), "caf%E9.py"),
        ("odd\ud800.py", "odd%EF%BF%BD.py"),
        ("c:d.py", "c%3Ad.py"),
    ],
)
def test_sarif_paths_are_percent_encoded(path: str, uri: str) -> None:
    result = _run(completed(marked(replace(LOST_GUARD, path=path))))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_gives_no_region_for_lines_of_the_base() -> None:
    result = _run(completed(marked(replace(REMOVED_LOCK, suggestion="x"))))["results"][0]
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert "fixes" not in result
    assert replace(LOST_GUARD, lines=LineRange(1, 1, Side.LEFT)).lines is not None


def test_sarif_messages_hold_no_links_of_others() -> None:
    evil = "see [the fix](http://evil.example/x), [it](0) and a[1][0](x)"
    finding = replace(LOST_GUARD, claim=evil, trigger=evil, consequence=evil, fix_words=evil)
    review = replace(
        completed(marked(finding)),
        notices=(evil,),
        problems=(PolicyProblem("a.yml", 1, 1, evil),),
        coverage=Coverage((), (), (NotRead("b.py", evil),)),
    )
    run = _run(review)
    notes = run["invocations"][0]["toolExecutionNotifications"]
    texts = [run["results"][0]["message"]["text"], *(note["message"]["text"] for note in notes)]
    assert len(texts) == 4
    assert [link for text in texts for link in re.findall(r"(?<!\\)\[|(?<!\\)\]\(", text)] == []
    assert "\\[the fix\\](http" in texts[0]


def test_sarif_messages_leave_brackets_of_code_alone() -> None:
    run = _run(completed(marked(replace(LOST_GUARD, claim="`names[0]` is read (`['10']` there)."))))
    assert run["results"][0]["message"]["text"].startswith("`names[0]` is read (`['10']` there).")


def test_sarif_is_ascii() -> None:
    review = replace(completed(), coverage=Coverage(("ü",)), notices=("\u202eü",))
    assert render_sarif(review).isascii()
