"""What git prints about every kind of change, as git itself prints it, and damaged forms of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.diff import Anchor, Diff, FileDiff, FileStatus, LineKind, Side
from bot.errors import DiffError
from bot.parsing.diffs import COMBINED, DAMAGED, GIT_DIFF_OPTIONS, REPEATED, parse_diff
from tests.support.scratch_git import EXECUTABLE, FILE, LINK, SUBMODULE, ScratchRepository

TEN = b"".join(b"line %d\n" % number for number in range(1, 11))
ODD_LINES = "form\ffeed\nnext\u2028line\nlone\rreturn\nnel\x85\n".encode() + b"bytes \xff\xfe\n"

BASE = {
    b"modified.py": (FILE, TEN),
    b"removed.py": (FILE, b"one\ntwo\n"),
    b"old name.py": (FILE, TEN),
    b"moved/away.py": (FILE, TEN + b"more\n"),
    b"image.png": (FILE, b"\x89PNG\0\1\2"),
    b"run.sh": (FILE, b"echo\n"),
    b"tail.txt": (FILE, b"a\nb"),
    b"windows.txt": (FILE, b"a\r\nb\r\nc\r\n"),
    b"emptied.txt": (FILE, b"x\n"),
    b"vendor/lib": (SUBMODULE, b"1" * 40),
    "caf\u00e9/\u65e5\u672c.txt".encode(): (FILE, b"a\n"),
    b"with space.txt": (FILE, b"a\n"),
    b'quote"d\ttab\nline.txt': (FILE, b"a\n"),
    b"a b/b b/c.txt": (FILE, b"a\n"),
    b"x b/x": (FILE, b"a\n"),
    b"not-utf8-\xff.txt": (FILE, b"a\n"),
    b"odd.txt": (FILE, b"first\n"),
    b"type.txt": (FILE, b"content\nmore\n"),
    b"trap.md": (FILE, b"a\n"),
}
HEAD = {
    b"modified.py": (FILE, TEN.replace(b"line 5\n", b"line five\nand more\n")),
    b"added.py": (FILE, b"new\n"),
    b"new name.py": (FILE, TEN),
    b"moved/here.py": (FILE, TEN + b"other\n"),
    b"image.png": (FILE, b"\x89PNG\0\3\4"),
    b"run.sh": (EXECUTABLE, b"echo\n"),
    b"tail.txt": (FILE, b"a\nc"),
    b"windows.txt": (FILE, b"a\r\nB\r\nc\r\n"),
    b"new-empty.txt": (FILE, b""),
    b"emptied.txt": (FILE, b""),
    b"vendor/lib": (SUBMODULE, b"2" * 40),
    "caf\u00e9/\u65e5\u672c.txt".encode(): (FILE, b"b\n"),
    b"with space.txt": (FILE, b"b\n"),
    b'quote"d\ttab\nline.txt': (FILE, b"b\n"),
    b"a b/b b/c.txt": (FILE, b"b\n"),
    b"x b/x": (FILE, b"b\n"),
    b"not-utf8-\xff.txt": (FILE, b"b\n"),
    b"odd.txt": (FILE, b"first\n" + ODD_LINES),
    b"type.txt": (LINK, b"modified.py"),
    b"trap.md": (FILE, b"a\n++ b/other.py\n-- a/other.py\n@@ -1 +1 @@\ndiff --git a/u b/u\n"),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    repository = ScratchRepository(tmp_path_factory.mktemp("rows") / "repository")
    return repository.git("diff", *GIT_DIFF_OPTIONS, repository.tree(BASE), repository.tree(HEAD))


@pytest.fixture(scope="module")
def diff(raw: bytes) -> Diff:
    return parse_diff(raw)


def file(diff: Diff, path: str) -> FileDiff:
    found = diff.file(path)
    assert found is not None, [entry.path for entry in diff.files]
    assert found.unread is None
    return found


def texts(entry: FileDiff, kind: LineKind) -> list[str]:
    return [line.text for line in entry.lines() if line.kind is kind]


def test_every_file_is_there_once_and_could_be_read(diff: Diff) -> None:
    paths = [entry.path for entry in diff.files]
    assert len(paths) == len(set(paths)) == 21
    assert [entry for entry in diff.files if entry.unread] == []


def test_a_changed_line_has_its_numbers_on_both_sides(diff: Diff) -> None:
    entry = file(diff, "modified.py")
    (hunk,) = entry.hunks
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (2, 7, 2, 8)
    assert entry.status is FileStatus.MODIFIED
    changed = [line for line in hunk.lines if line.kind is not LineKind.CONTEXT]
    assert [(line.kind, line.text, line.old_number, line.new_number) for line in changed] == [
        (LineKind.REMOVED, "line 5", 5, None),
        (LineKind.ADDED, "line five", None, 5),
        (LineKind.ADDED, "and more", None, 6),
    ]


def test_a_removed_line_can_be_commented_on_the_left(diff: Diff) -> None:
    entry = file(diff, "removed.py")
    assert entry.status is FileStatus.REMOVED
    assert entry.anchor(Side.LEFT, 1, 2) == Anchor("removed.py", Side.LEFT, 2, 1)
    assert entry.anchor(Side.RIGHT, 1, 1) is None


def test_an_added_file_has_no_left_side(diff: Diff) -> None:
    entry = file(diff, "added.py")
    assert (entry.status, entry.old_path) == (FileStatus.ADDED, None)
    assert entry.anchor(Side.RIGHT, 1, 1) == Anchor("added.py", Side.RIGHT, 1)
    assert entry.anchor(Side.LEFT, 1, 1) is None


def test_a_renamed_file_keeps_its_old_path(diff: Diff) -> None:
    pure = file(diff, "new name.py")
    assert (pure.status, pure.old_path, pure.hunks) == (FileStatus.RENAMED, "old name.py", ())
    edited = file(diff, "moved/here.py")
    assert (edited.status, edited.old_path) == (FileStatus.RENAMED, "moved/away.py")
    assert texts(edited, LineKind.ADDED) == ["other"]


def test_a_binary_file_has_no_lines(diff: Diff) -> None:
    entry = file(diff, "image.png")
    assert (entry.is_binary, entry.hunks, entry.status) == (True, (), FileStatus.MODIFIED)


def test_a_change_of_mode_alone_is_said_to_be_one(diff: Diff) -> None:
    entry = file(diff, "run.sh")
    assert (entry.status, entry.hunks, entry.is_binary) == (FileStatus.MODE_CHANGED, (), False)


def test_a_missing_final_newline_is_no_line(diff: Diff) -> None:
    entry = file(diff, "tail.txt")
    assert [(line.kind, line.text) for line in entry.lines()] == [
        (LineKind.CONTEXT, "a"),
        (LineKind.REMOVED, "b"),
        (LineKind.ADDED, "c"),
    ]


def test_carriage_returns_stay_in_the_text(diff: Diff) -> None:
    entry = file(diff, "windows.txt")
    assert texts(entry, LineKind.ADDED) == ["B\r"]
    assert texts(entry, LineKind.CONTEXT) == ["a\r", "c\r"]


def test_empty_files_come_and_go_without_lines(diff: Diff) -> None:
    assert file(diff, "new-empty.txt") == FileDiff("new-empty.txt", FileStatus.ADDED)
    gone = b"diff --git a/x b/x\ndeleted file mode 100644\nindex e69de29..0000000\n"
    assert parse_diff(gone).files == (FileDiff("x", FileStatus.REMOVED),)
    assert texts(file(diff, "emptied.txt"), LineKind.REMOVED) == ["x"]


def test_a_submodule_is_marked_as_one(diff: Diff) -> None:
    entry = file(diff, "vendor/lib")
    assert entry.is_submodule
    assert texts(entry, LineKind.ADDED) == ["Subproject commit " + "2" * 40]
    assert [other.path for other in diff.files if other.is_submodule] == ["vendor/lib"]


@pytest.mark.parametrize(
    "path",
    [
        "caf\u00e9/\u65e5\u672c.txt",
        "with space.txt",
        'quote"d\ttab\nline.txt',
        "a b/b b/c.txt",
        "x b/x",
        "not-utf8-\udcff.txt",
    ],
)
def test_unusual_names_are_read_exactly(diff: Diff, path: str) -> None:
    entry = file(diff, path)
    assert (entry.status, texts(entry, LineKind.ADDED)) == (FileStatus.MODIFIED, ["b"])


def test_a_name_that_is_no_utf8_cannot_be_commented_on(diff: Diff) -> None:
    assert file(diff, "not-utf8-\udcff.txt").anchor(Side.RIGHT, 1, 1) is None


def test_only_line_feeds_end_lines(diff: Diff) -> None:
    assert texts(file(diff, "odd.txt"), LineKind.ADDED) == [
        "form\ffeed",
        "next\u2028line",
        "lone\rreturn",
        "nel\u0085",
        "bytes \udcff\udcfe",
    ]


def test_a_file_that_becomes_a_link_is_one_modified_file_with_both_sides(diff: Diff) -> None:
    entry = file(diff, "type.txt")
    assert (entry.status, entry.old_path) == (FileStatus.MODIFIED, None)
    assert texts(entry, LineKind.REMOVED) == ["content", "more"]
    assert texts(entry, LineKind.ADDED) == ["modified.py"]
    assert entry.anchor(Side.LEFT, 2, 2) == Anchor("type.txt", Side.LEFT, 2)


def test_content_that_looks_like_a_diff_is_content(diff: Diff) -> None:
    added = ["++ b/other.py", "-- a/other.py", "@@ -1 +1 @@", "diff --git a/u b/u"]
    assert texts(file(diff, "trap.md"), LineKind.ADDED) == added


def test_removed_lines_that_look_like_a_file_header_are_lines() -> None:
    raw = header("q.sql") + b"@@ -1,3 +1,2 @@\n a\n--- a/q.sql\n-++ b\n+++ b/q.sql\n"
    (entry,) = parse_diff(raw).files
    assert entry.unread is None
    assert texts(entry, LineKind.REMOVED) == ["-- a/q.sql", "++ b"]
    assert texts(entry, LineKind.ADDED) == ["++ b/q.sql"]


def header(name: str) -> bytes:
    return (
        f"diff --git a/{name} b/{name}\nindex 1111111..2222222 100644\n--- a/{name}\n+++ b/{name}\n".encode()
    )


GOOD = header("good.py") + b"@@ -1 +1 @@ def f():\n-a\n+b\n"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (header("broken.py") + b"@@ -1,5 +1,5 @@\n a\n-b\n", DAMAGED),
        (header("broken.py") + b"@@ -1,3 +1,1 @@\n-a\n@@ -9 +9 @@\n-a\n+b\n", DAMAGED),
        (header("broken.py") + b"@@ -1 +1 @@\n-a\n+b\n+c\n", DAMAGED),
        (header("broken.py") + b"@@ -1 +1 @@\n-a\n+b\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", DAMAGED),
        (header("broken.py") + b"@@ -1,2 +1,2 @@\n a\n*b\n", DAMAGED),
        (header("broken.py") + b"@@ -1 +1,x @@\n-a\n", DAMAGED),
        (header("broken.py") + b"@@ -" + b"9" * 5000 + b" +1 @@\n-a\n", DAMAGED),
        (header("broken.py"), DAMAGED),
        (b"diff --git a/broken.py b/broken.py\n", DAMAGED),
        (b"diff --git a/broken.py b/broken.py\nindex 1111111..2222222 100644\n", DAMAGED),
        (b"diff --git a/broken.py b/broken.py\nnew file mode 100644\n", DAMAGED),
        (b"diff --git a/broken.py b/broken.py\nnew file mode 100644\nindex 0000000..2222222\n", DAMAGED),
        (b"diff --git a/broken.py b/broken.py\ndeleted file mode 100644\nindex 2222222..0000000\n", DAMAGED),
        (b"diff --git a/other b/broken.py\nindex 1111111..2222222 100644\n", "its name cannot be read"),
        (
            b"diff --cc broken.py\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,2 @@@\n  a\n++b\n",
            COMBINED,
        ),
        (b"diff --combined broken.py\nindex 1,2..3\n", COMBINED),
    ],
)
def test_a_broken_file_is_reported_and_the_others_survive(broken: bytes, reason: str) -> None:
    first, middle, last = parse_diff(GOOD + broken + GOOD.replace(b"good", b"last")).files
    assert (middle.path, middle.hunks) == ("broken.py", ())
    assert middle.unread is not None
    assert middle.unread.startswith(reason)
    assert (first.unread, last.unread, first.path, last.path) == (None, None, "good.py", "last.py")
    assert len(first.hunks) == len(last.hunks) == 1


def test_a_diff_that_is_cut_off_loses_its_last_file_only() -> None:
    first, second = parse_diff(GOOD + GOOD.replace(b"good", b"cut")[:-3]).files
    assert (first.unread, second.path, second.unread) == (None, "cut.py", DAMAGED)


def test_a_path_that_comes_twice_is_reported() -> None:
    (entry,) = parse_diff(GOOD + GOOD).files
    assert (entry.unread, entry.hunks) == (REPEATED, ())


def test_the_heading_of_a_hunk_is_text_even_when_git_cut_a_character() -> None:
    raw = header("f.py") + "@@ -1 +1 @@ def caf\u00e9".encode()[:-1] + b"\r\n-a\n+b\n"
    assert parse_diff(raw).files[0].hunks[0].heading == "def caf\ufffd"


def test_an_empty_line_stands_for_empty_context() -> None:
    (entry,) = parse_diff(header("f.py") + b"@@ -1,2 +1,3 @@\n a\n\n+b\n").files
    assert [line.text for line in entry.lines()] == ["a", "", "b"]


def test_a_mailed_patch_may_have_words_above_and_a_signature_below() -> None:
    (entry,) = parse_diff(b"From: somebody\nSubject: [PATCH]\n\n---\n" + GOOD + b"-- \n2.39.5\n\n").files
    assert (entry.path, entry.unread, len(entry.hunks)) == ("good.py", None, 1)


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (b"i/f.py w/f.py", "f.py"),
        (b"f.py f.py", "f.py"),
        (b"sub/f.py sub/f.py", "sub/f.py"),
        (b'"a/\\303\\251\\t\\\\\\"" "b/\\303\\251\\t\\\\\\""', '\u00e9\t\\"'),
    ],
)
def test_names_are_read_with_other_prefixes_and_escapes(names: bytes, path: str) -> None:
    raw = b"diff --git " + names + b"\nold mode 100644\nnew mode 100755\n"
    assert parse_diff(raw).files == (FileDiff(path, FileStatus.MODE_CHANGED),)


def test_a_quoted_rename_is_unquoted_on_both_ends() -> None:
    raw = b'diff --git "a/\\377" b/y\nsimilarity index 100%\nrename from "\\377"\nrename to y\n'
    assert parse_diff(raw).files == (FileDiff("y", FileStatus.RENAMED, old_path="\udcff"),)


def test_a_copy_names_its_origin() -> None:
    raw = b"diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n"
    assert parse_diff(raw).files == (FileDiff("y", FileStatus.COPIED, old_path="x"),)


def test_a_binary_patch_is_a_binary_file() -> None:
    raw = (
        b"diff --git a/x b/x\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 2\n"
        b"JcmZQzU|?imU|;|M00ICB\n\nliteral 1\nIcmZQz00jU6\n\n"
    )
    assert parse_diff(raw + GOOD).files[0] == FileDiff("x", FileStatus.MODIFIED, is_binary=True)


def test_nothing_is_an_empty_diff() -> None:
    assert parse_diff(b"") == parse_diff(b"\n \n") == Diff(())


@pytest.mark.parametrize(
    "raw",
    [
        b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" + GOOD,
        b"fatal: not a git repository\n",
        b"\x1b[1mdiff --git a/x b/x\x1b[m\n",
    ],
)
def test_text_that_is_no_git_diff_is_refused(raw: bytes) -> None:
    with pytest.raises(DiffError, match="git diff"):
        parse_diff(raw)


@settings(max_examples=150, deadline=None)
@example(b"diff --git ")
@example(b"diff --cc \n@@")
@example(GOOD + b"\\ No newline at end of file\n\\ No newline at end of file\n")
@given(
    st.lists(
        st.sampled_from(
            [*GOOD.splitlines(True), b"@@ -0,0 +0,0 @@\n", b"\\ x\n", b"\n", b"rename from \n", b'"', b"\xff"]
        )
        | st.binary(max_size=8)
    ).map(b"".join)
)
def test_any_bytes_are_files_or_refused(raw: bytes) -> None:
    try:
        diff = parse_diff(raw)
    except DiffError:
        return
    assert all(entry.path for entry in diff.files)
    assert all(not entry.hunks for entry in diff.files if entry.unread)


def test_cutting_a_real_diff_anywhere_never_makes_up_or_hides_lines(raw: bytes, diff: Diff) -> None:
    whole = {entry.path: entry for entry in diff.files}
    for end in range(1, len(raw), 7):
        try:
            files = parse_diff(raw[:end]).files
        except DiffError:
            continue
        for entry in files[:-1]:
            assert entry == whole[entry.path] or entry.path == "type.txt"  # two parts, one of them cut off
