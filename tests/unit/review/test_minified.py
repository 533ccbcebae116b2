from __future__ import annotations

import pytest

from tests.support.changes import source_of
from workers.review.minified import TOO_LONG, is_minified, unreadable_lines

LONG = "a();" * 200 + "\n"
VERY_LONG = "a();" * 600 + "\n"


def test_a_web_file_that_stood_in_very_long_lines_and_still_does_is_minified() -> None:
    assert is_minified(source_of("a.js", f"/* x */\n{LONG}", f"/* x */\nb();{LONG}"))
    assert not is_minified(source_of("a.js", LONG, "one();\n" * 600 + LONG))
    assert not is_minified(source_of("a.js", "one();\ntwo();\n", f"one();\nsteal();\n{VERY_LONG}"))
    assert not is_minified(source_of("a.py", f"x = '{LONG}'", f"y = '{LONG}'"))


@pytest.mark.parametrize("path", ["src/evil.js", "web/page.html", "site.css", "svc/package.json"])
def test_a_new_file_is_not_left_out_for_its_long_lines(path: str) -> None:
    assert not is_minified(source_of(path, None, f"steal(){';' * 600}\n"))
    assert not is_minified(source_of(path, None, VERY_LONG * 3))


def test_new_plain_data_in_long_lines_is_left_out() -> None:
    assert is_minified(source_of("data/rows.json", None, VERY_LONG))
    assert not is_minified(source_of("data/rows.json", None, "[1]\n[2]\n"))


@pytest.mark.parametrize("path", ["src/evil.js", "web/page.html", "svc/package.json"])
def test_what_a_new_web_file_holds_in_lines_that_nobody_reads_is_not_read(path: str) -> None:
    assert unreadable_lines(source_of(path, None, VERY_LONG)) == TOO_LONG
    assert unreadable_lines(source_of(path, None, LONG * 30)) == TOO_LONG


def test_a_few_long_lines_can_be_read() -> None:
    assert unreadable_lines(source_of("src/evil.js", None, f"steal(){';' * 600}\n")) is None
    assert unreadable_lines(source_of("src/a.js", None, "call(1);\n" * 4000)) is None
    assert unreadable_lines(source_of("src/a.js", None, f"one();\nsteal();\n{VERY_LONG}")) is None


def test_other_files_are_read_as_far_as_their_lines_are_shown() -> None:
    assert unreadable_lines(source_of("src/a.js", "one();\n", VERY_LONG)) is None
    assert unreadable_lines(source_of("src/a.py", None, f"x = '{VERY_LONG}'")) is None
    assert unreadable_lines(source_of("data/rows.json", None, VERY_LONG)) is None


def svg(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>\n'


PATH = f'<path fill="none" d="{"M1 2l3 4" * 400}"/>'


@pytest.mark.parametrize("base", [None, svg("<g/>")])
def test_a_drawing_in_long_lines_is_left_out_and_one_with_a_script_is_not(base: str | None) -> None:
    assert is_minified(source_of("icons/cart.svg", base, svg(PATH)))
    assert is_minified(source_of("icons/cart.svg", base, "<svg>\n<g>\n<g/>\n</g>\n" + PATH + "\n</svg>\n"))
    hostile = svg(f"{PATH}<script>steal()</script>")
    assert not is_minified(source_of("icons/cart.svg", base, hostile))
    assert unreadable_lines(source_of("icons/cart.svg", None, hostile)) == TOO_LONG


def test_a_drawing_that_can_be_read_is_read() -> None:
    assert not is_minified(source_of("icons/cart.svg", None, svg('<path d="M1 2"/>')))
