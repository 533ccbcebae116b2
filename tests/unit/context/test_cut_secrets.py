"""Where a long line is cut, no half of a secret is left: it would no longer look like one."""

from __future__ import annotations

import pytest

from bot.parsing.masking import holds_mask
from tests.support.changes import file_of, source_of
from tests.support.code_base import Texts
from tests.support.planted_secrets import KEY, PLANTED, seen
from workers.context import pieces, removed_guards
from workers.context.related import definitions_of, related_code
from workers.context.removed_guards import removed_guards as guards_of
from workers.context.words import LINE_LENGTH, hits

TOKEN = PLANTED["GitHub, classic"].secret


def halves(text: str) -> list[str]:
    """Parts of the secret that can be seen; what every token begins with is none."""
    return [part for part in (TOKEN[4:12], TOKEN[12:20], TOKEN[20:28], TOKEN[28:]) if part in text]


@pytest.mark.parametrize("before", range(40, 80, 5))
def test_a_hit_shows_whole_words_only(before: int) -> None:
    left = f"{'x ' * 400}'{TOKEN}'{' ' * before}rate {'y ' * 400}"
    right = f"{'x ' * 400}rate {'y ' * ((LINE_LENGTH - before) // 4)}{'z ' * 40}'{TOKEN}' {'y ' * 400}"
    for line in (left, right):
        [hit] = hits([("a.js", 1, line)], ["rate"])
        assert "rate" in hit.text
        assert len(hit.text) <= LINE_LENGTH + 2
        assert halves(hit.text) in ([], halves(TOKEN))


def test_a_word_that_fills_a_line_is_shown_in_part() -> None:
    [hit] = hits([("a.js", 1, f"{'x' * 400} rate={'y' * 4000}")], ["rate"])
    assert hit.text.startswith("… rate=")


def test_a_line_of_related_code_is_masked_before_it_is_cut() -> None:
    text = [f"{'x' * (pieces.LINE_LENGTH - 20)} {TOKEN} {'y' * 300}"]
    made = pieces.piece(pieces.RelatedKind.DEFINITION, "x", "a.py", [1], text, for_path="b.py")
    assert halves(made.lines[0]) == []
    assert "[masked:" in made.lines[0]


async def test_related_code_is_masked_as_a_part_of_its_whole_file() -> None:
    texts = {
        "lib/box.py": f"def rate_of(coins):\n    key = '''\n{KEY}\n'''\n    return coins\n",
        "lib/till.py": f"class Till:\n    KEY = '''\n{KEY}\n'''\n",
    }
    changed = source_of("a.py", "x = 1\n", "from lib.box import rate_of\nx = rate_of(1)\n")
    [found] = (await related_code([changed], Texts(texts), pieces.RelatedLimits()))["a.py"]
    [looked_up] = await definitions_of(["Till"], Texts(texts), "a.py")
    for one in (found, looked_up):
        assert seen("\n".join(one.lines)) == []
        assert holds_mask("\n".join(one.lines))


def test_a_removed_guard_is_masked_before_it_is_cut() -> None:
    line = f"if {'x' * (removed_guards.LINE_LENGTH - 30)} {TOKEN} {'y' * 300}:"
    [guard] = guards_of(file_of("a.py", f"{line}\nrest\n", "rest\n"))
    assert "[masked:" in guard.removed[0]
    assert halves(repr(guard)) == []
