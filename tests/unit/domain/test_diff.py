"""Where GitHub can place a comment, and what a diff knows about its lines."""

from __future__ import annotations

import pytest

from bot.domain.diff import Anchor, Diff, FileDiff, FileStatus, Hunk, Line, LineKind, Side

CONTEXT, ADDED, REMOVED = LineKind.CONTEXT, LineKind.ADDED, LineKind.REMOVED

FIRST = Hunk(
    old_start=10,
    old_count=3,
    new_start=10,
    new_count=4,
    heading="",
    lines=(
        Line(CONTEXT, "a", 10, 10),
        Line(REMOVED, "b", 11, None),
        Line(ADDED, "B", None, 11),
        Line(ADDED, "BB", None, 12),
        Line(CONTEXT, "c", 12, 13),
    ),
)
SECOND = Hunk(30, 1, 31, 2, "", (Line(CONTEXT, "x", 30, 31), Line(ADDED, "y", None, 32)))
FILE = FileDiff("f.py", FileStatus.MODIFIED, (FIRST, SECOND))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (11, 11, (11, None)),
        (10, 13, (13, 10)),
        (32, 32, (32, None)),
        (5, 11, (11, 10)),  # begins above its hunk
        (12, 20, (13, 12)),  # ends below its hunk
        (13, 20, (13, None)),
        (12, 31, (31, None)),  # spans two hunks: the one of its last line
        (1, 20, (13, 10)),  # holds a whole hunk
        (14, 14, None),
        (14, 30, None),  # between the hunks
        (33, 99, None),
        (12, 11, None),
        (0, 0, None),
        (-5, -1, None),
    ],
)
def test_a_range_is_cut_to_what_one_hunk_shows(
    first: int, last: int, expected: tuple[int, int | None] | None
) -> None:
    anchor = FILE.anchor(Side.RIGHT, first, last)
    assert anchor == (Anchor("f.py", Side.RIGHT, *expected) if expected else None)


def test_each_side_has_its_own_numbers() -> None:
    assert FILE.anchor(Side.LEFT, 11, 12) == Anchor("f.py", Side.LEFT, 12, 11)
    assert FILE.anchor(Side.LEFT, 13, 13) is None
    assert FILE.hunk_at(Side.LEFT, 30) is FILE.hunk_at(Side.RIGHT, 32) is SECOND


def test_a_side_without_lines_has_no_anchors() -> None:
    added = FileDiff("n.py", FileStatus.ADDED, (Hunk(0, 0, 1, 1, "", (Line(ADDED, "a", None, 1),)),))
    assert added.anchor(Side.LEFT, 0, 0) is None
    assert added.anchor(Side.RIGHT, 1, 1) is not None


def test_a_name_that_is_no_text_has_no_anchors() -> None:
    assert FileDiff("\udcff.py", FileStatus.MODIFIED, (FIRST,)).anchor(Side.RIGHT, 11, 11) is None


def test_changed_lines_are_those_of_one_side() -> None:
    assert FILE.changed_lines() == {11, 12, 32}
    assert FILE.changed_lines(Side.LEFT) == {11}


def test_an_anchor_knows_its_first_line() -> None:
    assert Anchor("f.py", Side.RIGHT, 5).first_line == 5
    assert Anchor("f.py", Side.RIGHT, 5, 3).first_line == 3


def test_a_file_is_found_by_its_name_at_the_head() -> None:
    renamed = FileDiff("new.py", FileStatus.RENAMED, old_path="old.py")
    diff = Diff((FILE, renamed))
    assert diff.file("new.py") is renamed
    assert diff.file("old.py") is None
