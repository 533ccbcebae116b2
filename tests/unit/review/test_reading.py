from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.domain.finding import Category, Ruling, Severity
from tests.support.scripted import found
from workers.review.reading import CheckAnswer, FindAnswer, read_findings, read_verdict

GOOD = found("a.py", "x = 1")


def read(*items: object) -> FindAnswer:
    return FindAnswer.model_validate({"findings": list(items)})


def only(item: object) -> Any:
    [finding] = read_findings(read(item), "m", 9).findings
    return finding


def test_an_answer_becomes_findings_without_lines() -> None:
    finding = only(GOOD)
    assert (finding.path, finding.quote, finding.lines, finding.source) == ("a.py", "x = 1", None, "m")
    assert (finding.category, finding.severity) == (Category.MISSING_CHECK, Severity.HIGH)


@pytest.mark.parametrize(
    ("field", "told", "understood"),
    [
        ("category", "Missing_Check", Category.MISSING_CHECK),
        ("category", "null pointer", Category.CONTRACT),
        ("category", None, Category.CONTRACT),
        ("severity", " HIGH ", Severity.HIGH),
        ("severity", "blocker", Severity.MEDIUM),
        ("confidence", float("nan"), 0.5),
        ("confidence", float("inf"), 1.0),
        ("confidence", 1e9, 1.0),
        ("confidence", -1, 0.0),
        ("confidence", "0.7", 0.7),
        ("confidence", "85%", 0.85),
        ("confidence", " 85 % ", 0.85),
        ("confidence", "high", 0.5),
        ("confidence", "%", 0.5),
        ("confidence", None, 0.5),
        ("claim", "x" * 9000, "x" * 1200),
        ("trigger", None, ""),
    ],
)
def test_what_does_no_harm_is_put_right(field: str, told: object, understood: object) -> None:
    assert getattr(only({**GOOD, field: told}), field) == understood


def test_a_confidence_that_is_missing_is_not_known() -> None:
    assert only({name: value for name, value in GOOD.items() if name != "confidence"}).confidence == 0.5


def test_a_long_quote_is_cut_at_the_end_of_a_line() -> None:
    quote = "\n".join(["line of code"] * 1000)
    assert set(only({**GOOD, "quote": quote}).quote.split("\n")) == {"line of code"}
    assert len(only({**GOOD, "quote": quote}).quote) <= 2400


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "text",
        {},
        {"path": "a.py"},
        {**GOOD, "quote": ""},
        {**GOOD, "path": 3},
        {**GOOD, "path": "x" * 999},
    ],
)
def test_one_bad_finding_does_not_lose_the_others(bad: object) -> None:
    answer = read(GOOD, bad, GOOD)
    assert len(answer.findings) == 2
    assert len(answer.unreadable) == 1


def test_an_unreadable_finding_names_its_file_where_it_can() -> None:
    assert read(GOOD, {"path": "b.py"}, 7).unreadable == ["b.py", ""]


@pytest.mark.parametrize(
    "answer",
    [{}, [], "x", None, {"findings": "none"}, {"findings": [{}]}, {"findings": [1, 2]}, {"other": []}],
)
def test_an_answer_without_any_sense_does_not_fit(answer: object) -> None:
    with pytest.raises(ValidationError):
        FindAnswer.model_validate(answer)


def test_no_findings_fit() -> None:
    assert read().findings == []


@pytest.mark.parametrize("shape", [FindAnswer, CheckAnswer])
def test_a_schema_holds_no_bounds_that_strict_modes_refuse_and_nothing_of_ours(
    shape: type[BaseModel],
) -> None:
    text = json.dumps(shape.model_json_schema())
    for word in ("minLength", "maxLength", "minimum", "unreadable", "Attributes"):
        assert word not in text
    assert "\n" not in shape.model_json_schema()["description"]


def test_what_comes_after_the_bound_is_counted() -> None:
    reading = read_findings(read(*[GOOD] * 7), "m", 5)
    assert (len(reading.findings), reading.surplus) == (5, 2)


def test_a_model_cannot_claim_its_own_answer_unreadable() -> None:
    assert FindAnswer.model_validate({"findings": [], "unreadable": ["a.py"]}).unreadable == []


def test_the_schema_that_models_get_has_the_agreed_names() -> None:
    schema = FindAnswer.model_json_schema()
    assert list(schema["properties"]) == ["findings"]
    item = schema["$defs"]["FoundItem"]
    names = list(item["properties"])
    assert names == item["required"] == list(GOOD)
    assert schema["$defs"]["Severity"]["enum"] == ["critical", "high", "medium", "low"]
    assert list(CheckAnswer.model_json_schema()["properties"]) == ["reason", "verdict", "introduced"]


@pytest.mark.parametrize(
    ("told", "ruling"), [("Confirmed", Ruling.CONFIRMED), ("REFUTED", Ruling.REFUTED), ("?", Ruling.UNSURE)]
)
def test_a_verdict_is_read(told: str, ruling: Ruling) -> None:
    answer = CheckAnswer.model_validate({"verdict": told, "introduced": False, "reason": "r"})
    verdict = read_verdict(answer, "m")
    assert (verdict.ruling, verdict.by, verdict.reason, verdict.introduced) == (ruling, "m", "r", False)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=5)
    ),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=4))
@settings(max_examples=80, deadline=None)
def test_any_json_is_read_or_does_not_fit(items: list[object]) -> None:
    try:
        answer = read(*items)
    except ValidationError:
        return
    assert len(answer.findings) + len(answer.unreadable) == len(items)
    for item in answer.findings:
        assert 0 <= item.confidence <= 1
    json.dumps(answer.model_dump(mode="json"), allow_nan=False)


@pytest.mark.parametrize("quote", ["", None, [], 0])
def test_a_report_on_a_picture_needs_no_quote_and_any_other_does(quote: object) -> None:
    assert only(GOOD | {"path": "docs/Page.PNG", "quote": quote}).quote == "docs/Page.PNG"
    answer = read(GOOD, GOOD | {"path": "b.py", "quote": ""})
    assert (len(answer.findings), answer.unreadable) == (1, ["b.py"])
