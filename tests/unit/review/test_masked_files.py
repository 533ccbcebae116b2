"""Each line of a changed file is masked as a part of its whole file, at the head and at the base."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import LineKind
from bot.domain.finding import LineRange
from bot.parsing.masking import holds_mask, masked
from tests.support.changes import source_of
from tests.support.mending import SURE
from tests.support.planted_secrets import KEY, PLANTED
from workers.ports import SourceFile
from workers.review.bundles import pack
from workers.review.change import Limits
from workers.review.masked_files import masked_file
from workers.review.mending_prompts import changed_code, code_around
from workers.review.quotes import Haystack

FIRST, *_, LAST = KEY.split("\n")
BODY = [f"MIIB{number:02}q7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0PaTkVn2Yc8UeMIIBq7Zk3Rw9Lm2Xv8" for number in range(40)]
ROTATED = [*BODY[:20], "MIIBNEW" + BODY[20][7:], *BODY[21:]]
TOKEN = PLANTED["GitHub, classic"].line


def key_of(body: list[str]) -> str:
    return "\n".join(("# server", FIRST, *body, LAST, "# end", ""))


def left(text: str) -> list[str]:
    return [row for row in (*BODY, ROTATED[20]) if row[:40] in text]


MIDDLE = source_of("server.key", key_of(BODY), key_of(ROTATED))


def test_a_hunk_from_the_middle_of_a_key_is_masked_line_by_line() -> None:
    shown = masked_file(MIDDLE)
    assert left(repr(shown)) == []
    assert shown.text == masked(MIDDLE.text)
    [hunk] = shown.diff.hunks
    assert all(holds_mask(line.text) for line in hunk.lines)
    old, new = (line.text for line in hunk.lines if line.kind is not LineKind.CONTEXT)
    assert old != new
    assert [line.new_number for line in hunk.lines] == [line.new_number for line in MIDDLE.diff.lines()]


def test_no_question_shows_a_line_from_the_middle_of_a_key() -> None:
    finding = replace(SURE.finding, path="server.key", lines=LineRange(23, 23))
    texts = (changed_code(MIDDLE, 20), code_around(finding, MIDDLE, 20), repr(pack([MIDDLE], Limits())))
    assert [left(text) for text in texts] == [[], [], []]
    assert all("[masked:private-key:" in text for text in texts)


def test_a_quote_from_the_middle_of_a_key_is_found_on_its_line() -> None:
    shown = [line for line in masked_file(MIDDLE).diff.lines() if line.kind is LineKind.ADDED]
    place = Haystack.of(MIDDLE.diff, MIDDLE.text).find(shown[0].text)
    assert place is not None
    assert place.changed == LineRange(23, 23)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (key_of(BODY), "\n".join(("# server", *BODY, "# end", ""))),
        (key_of(BODY), None),
        (key_of(BODY), "# server\n# end\n"),
        (None, key_of(BODY)),
        ("x = 1\n" * 9 + key_of(BODY), "y = 2\n" + "x = 1\n" * 7 + key_of(ROTATED) + TOKEN + "\n"),
        (key_of(BODY).replace("\n", "\r\n"), key_of(ROTATED).replace("\n", "\r\n")),
        ("x = 1\n\n" + "a\n" * 9 + key_of(BODY), "a\n" * 9 + key_of(ROTATED)),
    ],
)
def test_removed_lines_and_those_that_lost_their_frame_are_masked_too(
    base: str | None, head: str | None
) -> None:
    file = source_of("server.key", base, head)
    shown = masked_file(file)
    removed = [line for line in shown.diff.lines() if line.kind is LineKind.REMOVED]
    assert left(repr([line.text for line in removed])) == []
    assert left(repr(shown.diff.hunks)) == []
    assert len(shown.text.split("\n")) == len(file.text.split("\n"))
    assert [
        line.text == old.text for line, old in zip(shown.diff.lines(), file.diff.lines(), strict=True)
    ] == [not holds_mask(line.text) for line in shown.diff.lines()]


def test_without_its_text_each_hunk_is_masked_by_itself() -> None:
    file = source_of("a.py", "x = 1\n", f"x = 1\n{TOKEN}\n")
    for text in ("", "something else\n"):
        [hunk] = masked_file(SourceFile(file.diff, text)).diff.hunks
        assert hunk.lines[-1].text == masked(TOKEN)


def test_a_file_without_secrets_stays_the_very_same() -> None:
    file = source_of("a.py", "x = 1\ny = 2\n", "x = 1\ny = 3\n")
    assert masked_file(file) is file
    bare = SourceFile(file.diff, "")
    assert masked_file(bare) is bare
