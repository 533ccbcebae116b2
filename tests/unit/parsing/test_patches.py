"""Entries of GitHub's list-files answer, which have hunks without a file header, or none."""

from __future__ import annotations

import pytest

from bot.domain.diff import FileDiff, FileStatus, Side
from bot.parsing.diffs import DAMAGED, NO_PATCH, PART_OF_PATCH, parse_patch

EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
PATCH = "@@ -1,2 +1,2 @@ def f():\n a\n-b\n+c\n\\ No newline at end of file"


def entry(status: str, patch: str | None, changes: int, **more: str | None) -> FileDiff:
    old_path, blob = more.get("old_path"), more.get("blob")
    return parse_patch("f.py", old_path=old_path, status=status, patch=patch, changes=changes, blob=blob)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("added", FileStatus.ADDED),
        ("removed", FileStatus.REMOVED),
        ("modified", FileStatus.MODIFIED),
        ("renamed", FileStatus.RENAMED),
        ("copied", FileStatus.COPIED),
        ("changed", FileStatus.MODIFIED),  # it has lines, so more than its mode changed
        ("a word of the future", FileStatus.MODIFIED),
    ],
)
def test_each_of_githubs_words_has_a_status(word: str, status: FileStatus) -> None:
    assert entry(word, PATCH, 2).status is status


def test_a_patch_has_the_same_hunks_as_a_diff() -> None:
    (hunk,) = entry("modified", PATCH, 2).hunks
    assert (hunk.old_start, hunk.new_count, hunk.heading) == (1, 2, "def f():")
    assert [(line.text, line.old_number, line.new_number) for line in hunk.lines] == [
        ("a", 1, 1),
        ("b", 2, None),
        ("c", None, 2),
    ]


def test_a_renamed_entry_keeps_its_old_path() -> None:
    file = entry("renamed", None, 0, old_path="old.py")
    assert file == FileDiff("f.py", FileStatus.RENAMED, old_path="old.py")


def test_lines_without_a_patch_are_unread() -> None:
    assert entry("modified", None, 7).unread == NO_PATCH


def test_a_patch_with_fewer_lines_than_github_counts_is_unread() -> None:
    file = entry("modified", PATCH, 3)
    assert (file.unread, file.hunks) == (PART_OF_PATCH, ())


def test_a_cut_patch_is_unread() -> None:
    file = entry("modified", PATCH[:20], 2)
    assert (file.unread, file.hunks) == (DAMAGED, ())


@pytest.mark.parametrize("status", ["added", "removed"])
def test_the_blob_tells_an_empty_file_from_a_binary_one(status: str) -> None:
    assert not entry(status, None, 0, blob=EMPTY_BLOB).is_binary
    assert entry(status, None, 0, blob="1" * 40).is_binary
    assert entry(status, None, 0).is_binary


def test_a_modified_file_without_changed_lines_is_binary() -> None:
    assert entry("modified", None, 0).is_binary


def test_a_changed_file_without_lines_changed_its_mode() -> None:
    assert entry("changed", None, 0) == FileDiff("f.py", FileStatus.MODE_CHANGED)


def test_a_submodule_is_told_by_its_line() -> None:
    patch = f"@@ -1 +1 @@\n-Subproject commit {'1' * 40}\n+Subproject commit {'2' * 40}"
    assert entry("modified", patch, 2).is_submodule
    assert not entry("modified", patch.replace("+Sub", "+ Sub"), 2).is_submodule


def test_lone_surrogates_and_odd_separators_stay_in_their_line() -> None:
    file = entry("added", "@@ -0,0 +1,2 @@\n+a\ud800\u2028b\fc\rd\n+e", 2)
    assert [line.text for line in file.lines()] == ["a\ud800\u2028b\fc\rd", "e"]
    assert file.anchor(Side.RIGHT, 2, 2) is not None
