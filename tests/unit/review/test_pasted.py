from __future__ import annotations

import pytest

from workers.review.pasted import readings, unpasted

CURRENT = ("    return total / people",)
MENDED = ("    if not people:", "        return 0", "    return total / people")


@pytest.mark.parametrize(
    "lines",
    [
        MENDED,
        ("```python", *MENDED, "```"),
        ("````", *MENDED, "````"),
        ("     7 +     if not people:", "     8 +         return 0", "     9       return total / people"),
        (
            "```",
            "     7 +     if not people:",
            "     8 +         return 0",
            "     9 +     return total / people",
            "```",
        ),
        tuple(f"+{line}" for line in MENDED),
    ],
)
def test_fences_numbers_and_marks_are_taken_off(lines: tuple[str, ...]) -> None:
    assert unpasted(lines, CURRENT, 7) == MENDED


def test_blank_lines_may_have_a_bare_number() -> None:
    assert unpasted(("     7 + a", "     8", "     9 + b"), CURRENT, 7) == ("a", "", "b")


@pytest.mark.parametrize(
    ("lines", "current"),
    [
        (("```", "code"), CURRENT),
        (("```sh", "code", "```"), ("```", "old", "```")),
        (("1 2", "2 3"), ("1 1",)),
        (("     3 + a", "     4 + b"), CURRENT),
        (("     7 + a", "b"), CURRENT),
        (("+ item", "+ other"), ("+ item",)),
        (("+a", "b"), CURRENT),
        ((), CURRENT),
    ],
)
def test_what_may_be_code_stays(lines: tuple[str, ...], current: tuple[str, ...]) -> None:
    assert unpasted(lines, current, 7) == lines


def test_lines_with_an_indentation_are_taken_as_they_are() -> None:
    assert readings(MENDED, CURRENT) == (MENDED,)
    assert readings(("x", "    y"), ("a",)) == (("x", "    y"),)
    assert readings((), CURRENT) == ((),)


def test_a_lost_indentation_comes_back() -> None:
    lost = tuple(line.removeprefix("    ") for line in MENDED)
    assert readings(lost, CURRENT)[0] == MENDED
    assert readings(("return 0",), CURRENT) == (("    return 0",),)


def test_where_only_the_first_line_may_have_lost_it_both_readings_are_given() -> None:
    first, second = readings(("if not people:", "        return 0", "    return 1"), CURRENT)
    assert first == ("    if not people:", "        return 0", "    return 1")
    assert second == ("    if not people:", "            return 0", "        return 1")


def test_tabs_come_back_where_the_code_has_them() -> None:
    current = ("\tif x {", "\t\treturn")
    assert readings(("    if y {", "        return 1", "\t}"), current) == (
        ("\tif y {", "\t\treturn 1", "\t}"),
    )
    assert readings(("\tif y {",), ("    a",)) == (("\tif y {",),)
