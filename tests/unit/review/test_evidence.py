from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Category, Disposition, Fate, Finding, LineRange, MarkedFinding, Severity
from bot.domain.policy import Policy
from tests.support.changes import source_of
from workers.review.duplicates import code_likeness, mark_duplicates
from workers.review.evidence import fingerprint, gate
from workers.review.ranking import fold_surplus, rank, suppress

FILLER = "".join(f"filler_{n} = {n}\n" for n in range(30))
SOURCE = source_of("app/a.py", f"{FILLER}x = 1\nold = 2\n", f"{FILLER}x = 1\nnew = 3\nnext = new\n")


def claim(quote: str = "new = 3", **fields: object) -> Finding:
    made = Finding(
        path="app/a.py",
        lines=None,
        quote=quote,
        category=Category.BOUNDARY,
        severity=Severity.HIGH,
        confidence=0.8,
        claim="It is one off.",
        trigger="An empty list.",
        consequence="A crash.",
        source="test",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def fate(finding: Finding) -> Fate:
    return gate([finding], [SOURCE])[0].disposition.fate


def test_a_quote_with_an_added_line_is_anchored_there() -> None:
    [marked] = gate([claim("x = 1\nnew = 3\nnext = new")], [SOURCE])
    assert marked.finding.lines == LineRange(31, 33)
    assert marked.anchor == Anchor("app/a.py", Side.RIGHT, 33, 32)
    assert marked.disposition == Disposition(Fate.POSTED)


def test_removed_code_is_anchored_on_the_left() -> None:
    [marked] = gate([claim("old = 2")], [SOURCE])
    assert marked.anchor == Anchor("app/a.py", Side.LEFT, 32)


def test_code_that_the_change_does_not_touch_is_older() -> None:
    [marked] = gate([claim("filler_3 = 3")], [SOURCE])
    assert (marked.disposition.fate, marked.anchor) == (Fate.PRE_EXISTING, None)
    assert marked.disposition.reason
    assert marked.finding.lines == LineRange(4, 4)


def test_code_of_a_function_that_the_change_reaches_into_is_listed_without_an_anchor() -> None:
    body = "".join(f"    step_{n}()\n" for n in range(20))
    source = source_of("a.py", f"def f(x):\n    y = 1\n{body}", f"def f(x):\n    y = 2\n{body}")
    [marked] = gate([claim("    step_15()", path="a.py")], [source])
    assert (marked.disposition.fate, marked.anchor) == (Fate.UNANCHORED, None)
    [marked] = gate([claim("    step_15()", path="a.py")], [source], block_lines=5)
    assert marked.disposition.fate is Fate.PRE_EXISTING


@pytest.mark.parametrize(
    "finding",
    [
        claim("not there"),
        claim(path="app/b.py"),
        claim(path="../app/../etc/passwd"),
        claim(trigger=""),
        claim(claim=""),
    ],
)
def test_a_finding_without_evidence_is_unsupported_and_says_why(finding: Finding) -> None:
    [marked] = gate([finding], [SOURCE])
    assert marked.disposition.fate is Fate.UNSUPPORTED
    assert marked.disposition.reason
    assert marked.anchor is None


@pytest.mark.parametrize("path", ["./app/a.py", "b/app/a.py", "`app/a.py`", " app/a.py", "a.py"])
def test_a_name_that_can_only_mean_one_file_is_understood(path: str) -> None:
    [marked] = gate([claim(path=path)], [SOURCE])
    assert (marked.disposition.fate, marked.finding.path) == (Fate.POSTED, "app/a.py")


def test_a_name_that_could_mean_two_files_is_not() -> None:
    other = source_of("lib/a.py", None, "new = 3\n")
    assert gate([claim(path="a.py")], [SOURCE, other])[0].disposition.fate is Fate.UNSUPPORTED


def test_a_fingerprint_stays_when_code_is_indented_or_moved() -> None:
    same = fingerprint(claim("new = 3"))
    assert same == fingerprint(
        claim("   new  =  3 ", path="else.py", claim="Other words.", severity=Severity.LOW)
    )
    assert same != fingerprint(claim("new = 4"))
    assert same != fingerprint(claim("new = 3", category=Category.TYPE))
    assert len(same) == 16
    int(same, 16)


def fates(*findings: Finding) -> list[Fate]:
    return [marked.disposition.fate for marked in mark_duplicates(gate(findings, [SOURCE]))]


def test_the_worst_of_two_like_findings_stays() -> None:
    mild = claim(severity=Severity.LOW)
    assert fates(mild, claim(severity=Severity.CRITICAL)) == [Fate.DUPLICATE, Fate.POSTED]
    assert fates(claim(confidence=0.9), claim(confidence=0.5)) == [Fate.POSTED, Fate.DUPLICATE]


def test_like_words_on_the_same_lines_are_the_same_defect() -> None:
    assert fates(claim(), claim(category=Category.TYPE)) == [Fate.POSTED, Fate.DUPLICATE]
    other = claim(category=Category.TYPE, claim="A string reaches the sum.")
    assert fates(claim(), other) == [Fate.POSTED, Fate.POSTED]


@pytest.mark.parametrize("other", [{"lens": "checks"}, {"source": "other"}], ids=["question", "model"])
def test_other_words_of_the_same_kind_on_the_same_lines_are_the_same_defect(other: dict[str, str]) -> None:
    again = claim(claim="Counting starts too late.", **other)
    assert fates(claim(), again) == [Fate.POSTED, Fate.DUPLICATE]


def test_rules_that_report_one_line_as_one_kind_report_one_defect() -> None:
    one, again = claim(source="ruff:B006"), claim(source="ruff:B006", claim="Counting starts too late.")
    assert fates(one, again) == [Fate.POSTED, Fate.DUPLICATE]


def test_one_answer_tells_two_defects_of_one_kind_on_the_same_lines_apart() -> None:
    put_in = claim(claim="The amount of the request is put into SQL.", category=Category.SECURITY)
    anybody = claim(claim="Nobody asks whether this user may pay.", category=Category.SECURITY)
    assert fates(put_in, anybody) == [Fate.POSTED, Fate.POSTED]
    again = claim(claim="The amount of a request goes into SQL as it is.", category=Category.SECURITY)
    assert fates(put_in, anybody, again) == [Fate.POSTED, Fate.POSTED, Fate.DUPLICATE]


def test_what_came_back_was_told_by_another_answer() -> None:
    [marked, other] = gate([claim(), claim(claim="Counting starts too late.")], [SOURCE])
    back = replace(other, disposition=Disposition(Fate.POSTED, "it came back"))
    kept = mark_duplicates([marked, back])
    assert [one.disposition.fate for one in kept] == [Fate.POSTED, Fate.DUPLICATE]


def test_other_words_of_the_same_kind_on_lines_that_only_meet_are_another_defect() -> None:
    wider = claim("new = 3\nnext = new", claim="Nobody resets the counter.")
    assert fates(claim(), wider) == [Fate.POSTED, Fate.POSTED]
    assert fates(claim(), claim("new = 3\nnext = new")) == [Fate.POSTED, Fate.DUPLICATE]


def test_other_lines_are_another_defect() -> None:
    assert fates(claim(), claim("next = new")) == [Fate.POSTED, Fate.POSTED]
    assert fates(claim("next = new"), claim(confidence=0.1)) == [Fate.POSTED, Fate.POSTED]


def test_the_same_code_in_two_files_is_told_apart_by_its_file_alone() -> None:
    other = source_of("lib/a.py", None, "new = 3\n")
    marked = mark_duplicates(gate([claim(), claim(path="lib/a.py")], [SOURCE, other]))
    assert [one.disposition.fate for one in marked] == [Fate.POSTED, Fate.POSTED]
    assert {one.fingerprint for one in marked} == {fingerprint(claim())}


def test_two_defects_in_the_same_code_of_a_file_keep_two_fingerprints() -> None:
    one = MarkedFinding(claim(lines=LineRange(1, 1)), Disposition(Fate.POSTED), "0" * 16)
    other = replace(one, finding=claim(lines=LineRange(9, 9)))
    marked = mark_duplicates([one, other])
    assert marked[0].fingerprint == "0" * 16
    assert len({each.fingerprint for each in marked}) == 2


@pytest.mark.parametrize("quote", ["w", "3", "tal", "return ", "total"])
def test_a_quote_of_a_word_or_two_is_no_evidence(quote: str) -> None:
    head = "def f(total):\n    w = 3\n    return total\n"
    [marked] = gate([claim(quote, path="a.py")], [source_of("a.py", None, head)])
    assert marked.disposition.fate is Fate.UNSUPPORTED
    assert marked.disposition.reason


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("balance + fee", Fate.POSTED),
        ("account.balance", Fate.UNSUPPORTED),
        ("reset()", Fate.POSTED),
        ("= 0\nreset()", Fate.POSTED),
        ("audit.log", Fate.POSTED),
        ("tail.call", Fate.PRE_EXISTING),
    ],
)
def test_a_part_of_a_line_is_evidence_where_it_can_mean_one_place_only(quote: str, expected: Fate) -> None:
    far = "one = 1\ntwo = 2\nthree = 3\n" + "".join(f"filler_{n} = audit.log\n" for n in range(20))
    far += "far_off = tail.call(1)\n"
    base = f"x = 1\n{far}"
    head = f"a = account.balance + fee\nb = account.balance\nc = 0\nreset()\nd = audit.log(x)\n{far}"
    [marked] = gate([claim(quote, path="a.py")], [source_of("a.py", base, head)])
    assert marked.disposition.fate is expected


def posted(**fields: object) -> MarkedFinding:
    return MarkedFinding(claim(**fields), Disposition(Fate.POSTED), "0" * 16)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (posted(severity=Severity.LOW), Fate.SUPPRESSED),
        (posted(severity=Severity.MEDIUM), Fate.POSTED),
        (posted(category=Category.PERFORMANCE), Fate.SUPPRESSED),
        (posted(category=Category.DOCUMENTATION), Fate.SUPPRESSED),
        (posted(confidence=0.2), Fate.SUPPRESSED),
        (posted(confidence=0.3), Fate.POSTED),
    ],
)
def test_thresholds_suppress_with_a_reason(finding: MarkedFinding, expected: Fate) -> None:
    [marked] = suppress([finding], Policy(severity_threshold=Severity.MEDIUM), confidence_least=0.3)
    assert marked.disposition.fate is expected
    assert bool(marked.disposition.reason) == (expected is Fate.SUPPRESSED)


def test_what_has_already_fallen_is_left_as_it_is() -> None:
    fallen = replace(posted(severity=Severity.LOW), disposition=Disposition(Fate.UNSUPPORTED, "no"))
    assert suppress([fallen], Policy(severity_threshold=Severity.HIGH)) == (fallen,)


def test_of_a_long_answer_the_worst_are_kept_and_the_rest_is_listed() -> None:
    lines = [
        claim(quote, severity=Severity.LOW, claim=f"c{n} " * 3)
        for n, quote in enumerate(("x = 1\nnew = 3", "next = new", "new = 3\nnext = new"))
    ]
    found = gate([*lines, replace(lines[2], confidence=0.1), claim(severity=Severity.HIGH)], [SOURCE])
    kept = fold_surplus(found, 2)
    assert [one.disposition.fate for one in kept] == [
        found[0].disposition.fate,
        Fate.FOLDED,
        Fate.FOLDED,
        Fate.DUPLICATE,
        Fate.POSTED,
    ]
    assert fold_surplus(found, 4) == found


def test_ranking_puts_the_worst_first_and_the_fallen_last() -> None:
    fallen = replace(posted(severity=Severity.CRITICAL), disposition=Disposition(Fate.REFUTED, "no"))
    sure, unsure = posted(confidence=0.9), posted(confidence=0.4)
    worst = posted(severity=Severity.CRITICAL, confidence=0.3)
    ranked = rank([fallen, unsure, worst, sure], Policy())
    assert ranked == (worst, sure, unsure, fallen)


def test_comments_over_the_cap_are_folded() -> None:
    ranked = rank([posted(), posted(), posted()], Policy(max_comments=2))
    assert [marked.disposition.fate for marked in ranked] == [Fate.POSTED, Fate.POSTED, Fate.FOLDED]
    assert ranked[2].disposition.reason == "more comments than 2"


def test_what_is_told_once_more_gets_a_fingerprint_that_no_earlier_finding_has() -> None:
    new = gate([claim(), claim("next = new")], [SOURCE])
    taken = [new[0].fingerprint]
    once = mark_duplicates(new, taken)[0].fingerprint
    assert once not in taken
    assert mark_duplicates(new, [*taken, once])[0].fingerprint not in {*taken, once}
    assert mark_duplicates(new, taken)[1].fingerprint == new[1].fingerprint


def test_code_is_as_like_as_its_words_and_signs() -> None:
    assert code_likeness("return  a + b", "return a+b") == 1
    assert code_likeness("return a + b", "return a + b + b") < 1
    assert code_likeness("return a", "x = 2") == 0
    assert code_likeness("", "") == 0
