from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Category, LineRange, Severity
from workers.analysers.rules import Rule, SourceText, git_line_numbers

RULE = Rule(Category.CONTRACT, Severity.LOW, 0.5, "{name} is wrong.", "Always.", "It fails.")


def test_a_quote_is_the_exact_text_without_the_last_line_feed() -> None:
    text = SourceText.of("a.py", "one\n two\t\nthree")
    assert text.quote(1, 2) == "one\n two\t"
    assert text.quote(3, 3) == "three"


def test_a_carriage_return_stays_in_the_quote() -> None:
    assert SourceText.of("a.py", "one\r\ntwo\r\n").quote(1, 2) == "one\r\ntwo\r"


def test_only_a_line_feed_ends_a_line() -> None:
    assert SourceText.of("a.py", "a\x0cb\u2028c\rd\n").lines == ("a\x0cb\u2028c\rd",)


def test_a_finding_takes_its_sentences_from_the_rule_and_its_place_from_the_match() -> None:
    finding = SourceText.of("a.py", "one\ntwo\nthree\n").finding(RULE, "ruff:X", 2, 3, "two")
    assert (finding.path, finding.lines, finding.quote) == ("a.py", LineRange(2, 3), "two\nthree")
    assert finding.claim == "two is wrong."
    assert finding.source == "ruff:X"


def test_a_long_match_points_at_its_first_line() -> None:
    finding = SourceText.of("a.py", "x\n" * 50).finding(RULE, "ruff:X", 3, 40)
    assert finding.lines == LineRange(3, 3)
    assert finding.quote == "x"


def test_a_match_behind_the_end_is_cut_to_the_last_line() -> None:
    finding = SourceText.of("a.py", "one\ntwo\n").finding(RULE, "ruff:X", 3, 4)
    assert finding.lines == LineRange(2, 2)


def test_a_long_name_is_cut() -> None:
    finding = SourceText.of("a.py", "x").finding(RULE, "ruff:X", 1, 1, "x" * 500)
    assert len(finding.claim) < 100


def test_lone_carriage_returns_do_not_count_as_lines_of_git() -> None:
    assert git_line_numbers("a\rb\r\nc\n") == (1, 1, 2, 3)


@given(st.text(alphabet="a\r\n", max_size=30))
@settings(max_examples=100, deadline=None)
def test_python_lines_stand_on_the_git_line_where_their_text_is(text: str) -> None:
    numbers = git_line_numbers(text)
    python_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert len(numbers) == len(python_lines)
    assert numbers[-1] == text.count("\n") + 1
    assert list(numbers) == sorted(numbers)
