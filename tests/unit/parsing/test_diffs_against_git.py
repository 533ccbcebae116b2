"""Random real repositories: what `parse_diff` says is held against what git says of the same trees.

Nothing here reads a hunk of the text under test: names come from `--raw`, contents from the trees themselves,
and the lines that GitHub shows are worked out from a diff without context, each change with three lines more.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.diff import FileDiff, Side
from bot.parsing.diffs import GIT_DIFF_OPTIONS, parse_diff
from tests.support.scratch_git import EXECUTABLE, FILE, ScratchRepository

Tree = dict[bytes, tuple[str, bytes]]
CONTEXT = 3
STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed"}

lines = st.sampled_from(
    [
        b"",
        b"x",
        b"}",
        b"    return",
        b"-- sql",
        b"++",
        b"@@ -1 +1 @@",
        b"diff --git a/x b/x",
        b"\\ No newline",
        "caf\u00e9 \u2028 \x85".encode(),
        b"\f\v",
        b"a\rb",
        b"\xff\xfe",
        b"crlf\r",
        b"--- a/x",
        b"+++ b/x",
    ]
)
bodies = st.lists(lines, max_size=30) | st.integers(20, 60).map(lambda n: [b"line %d" % i for i in range(n)])
names = st.text(st.sampled_from("ab \"'\\\t\n\u00e9\u65e5-"), min_size=1, max_size=6).filter(
    lambda name: name != "."
)
edits = st.lists(
    st.tuples(st.sampled_from(["insert", "delete", "replace"]), st.integers(0, 60), lines), max_size=5
)


def edited(body: list[bytes], changes: list[tuple[str, int, bytes]]) -> list[bytes]:
    """A body after some random edits."""
    result = list(body)
    for what, where, line in changes:
        at = where % (len(result) + 1)
        result[at : at + (what != "insert")] = [] if what == "delete" else [line]
    return result


def as_bytes(body: list[bytes], final_newline: bool) -> bytes:
    return b"\n".join(body) + (b"\n" if final_newline and body else b"")


@st.composite
def changes(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """Two trees of a handful of files each: some edited, moved, gone, new or with another mode."""
    base: Tree = {}
    head: Tree = {}
    for number in range(draw(st.integers(1, 12))):
        path = f"{number}/{draw(names)} b/{draw(names)}".encode()
        body = draw(bodies)
        kind = draw(st.sampled_from(["edit", "edit", "edit", "move", "remove", "add", "mode"]))
        if kind != "add":
            base[path] = (FILE, as_bytes(body, draw(st.booleans())))
        if kind != "remove":
            place = path if kind != "move" else b"moved " + path
            after = as_bytes(edited(body, draw(edits)), draw(st.booleans()))
            head[place] = (EXECUTABLE if kind == "mode" else FILE, after)
    return base, head


def split(content: bytes) -> list[str]:
    """Lines without their line feeds; a missing final one makes no difference."""
    text = content.decode("utf-8", "surrogateescape")
    return text.removesuffix("\n").split("\n") if text else []


def changed_ranges(section: bytes) -> list[tuple[int, int, int, int]]:
    """Old start and count, new start and count of each change of one file of a diff without context."""
    found = re.findall(rb"(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", section)
    return [(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in found]


def shown(ranges: list[tuple[int, int]], length: int) -> set[int]:
    """The lines of a side that a diff with three lines of context shows."""
    numbers: set[int] = set()
    for start, count in ranges:
        first = start if count else start + 1  # an empty range stands behind its line
        numbers |= set(range(first - CONTEXT, first + count + CONTEXT))
    return {number for number in numbers if 1 <= number <= length}


def check_anchors(file: FileDiff, side: Side, expected: set[int], length: int) -> None:
    """Single lines exactly where they are shown; ranges whole within a run of shown lines."""
    assert {number for number in range(length + 6) if file.anchor(side, number, number)} == expected
    for first in range(1, length + 1):
        last = first + 4
        anchor = file.anchor(side, first, last)
        assert (anchor is not None) == bool(expected & set(range(first, last + 1)))
        if anchor is not None:
            run = set(range(anchor.first_line, anchor.line + 1))
            assert run <= expected & set(range(first, last + 1))
            assert anchor.start_line is None or anchor.start_line < anchor.line
            if set(range(first, last + 1)) <= expected:
                assert (anchor.first_line, anchor.line) == (first, last)


def check_file(file: FileDiff, old: bytes, new: bytes, section: bytes) -> None:
    """Every line that the hunks hold stands where they say, and nothing changed between them."""
    before, after = split(old), split(new)
    rebuilt: list[str] = []
    at = 0
    for hunk in file.hunks:
        start = hunk.old_start if hunk.old_count == 0 else hunk.old_start - 1
        rebuilt += before[at:start]
        for line in hunk.lines:
            assert line.old_number is None or before[line.old_number - 1] == line.text
            assert line.new_number is None or after[line.new_number - 1] == line.text
            rebuilt += [line.text] if line.new_number else []
        at = start + hunk.old_count
    assert rebuilt + before[at:] == after
    ranges = changed_ranges(section)
    assert file.changed_lines(Side.LEFT) == {n for a, b, _, _ in ranges for n in range(a, a + b)}
    assert file.changed_lines(Side.RIGHT) == {n for _, _, c, d in ranges for n in range(c, c + d)}
    check_anchors(file, Side.LEFT, shown([(a, b) for a, b, _, _ in ranges], len(before)), len(before))
    check_anchors(file, Side.RIGHT, shown([(c, d) for _, _, c, d in ranges], len(after)), len(after))


def raw_entries(output: bytes) -> list[tuple[str, str, str]]:
    """Status letter, old name, new name of each file, from `git diff --raw -z`."""
    words = output.decode("utf-8", "surrogateescape").split("\0")[:-1]
    entries = []
    while words:
        letter = words.pop(0).split()[-1][0]
        old = words.pop(0)
        entries.append((letter, old, words.pop(0) if letter == "R" else old))
    return entries


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ScratchRepository:
    return ScratchRepository(tmp_path_factory.mktemp("random") / "repository")


@settings(max_examples=25, deadline=None)
@given(trees=changes())
def test_hunks_and_anchors_agree_with_git(repository: ScratchRepository, trees: tuple[Tree, Tree]) -> None:
    base, head = trees
    names_of_trees = (repository.tree(base), repository.tree(head))
    files = parse_diff(repository.git("diff", *GIT_DIFF_OPTIONS, *names_of_trees)).files
    entries = raw_entries(repository.git("diff", "--raw", "-z", "--find-renames", *names_of_trees))
    bare = repository.git("diff", *GIT_DIFF_OPTIONS, "--unified=0", *names_of_trees)
    sections = re.split(rb"(?m)^diff --git .*\n", bare)[1:]
    assert len(files) == len(entries) == len(sections)
    for file, (letter, old, new), section in zip(files, entries, sections, strict=True):
        modes_differ = base.get(raw(old), ("", b""))[0] != head.get(raw(new), ("", b""))[0]
        mode_only = letter == "M" and modes_differ and not file.hunks
        assert file.status == ("mode_changed" if mode_only else STATUS[letter])
        assert (file.path, file.old_path, file.unread) == (new, old if letter == "R" else None, None)
        check_file(
            file, *(tree.get(raw(name), ("", b""))[1] for tree, name in ((base, old), (head, new))), section
        )


def raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
