from __future__ import annotations

import pytest

from bot.domain.diff import LineKind
from tests.support.changes import source_of
from workers.review.bundles import pack, sections, show
from workers.review.change import Limits, tokens

BIG = source_of("big.py", None, "".join(f"value_{n} = compute({n})\n" for n in range(400)))
SMALL = [source_of(f"s{n}.py", "x = 0\n", f"x = {n + 1}\n") for n in range(6)]


def test_tokens_are_characters_by_three_and_a_half_rounded_up() -> None:
    assert [tokens("x" * n) for n in (0, 1, 3, 4, 7, 8)] == [0, 1, 1, 2, 2, 3]


def test_lines_are_shown_with_number_mark_and_gaps() -> None:
    source = source_of("a.py", "a\nb\nc\n", "a\nB\tb\u200b\nc\n")
    assert show(source.diff.lines()) == "     1   a\n       - b\n     2 + B    b⟨U+200B⟩\n     3   c"


def test_files_share_a_bundle_in_their_order_while_they_fit() -> None:
    packed = pack(SMALL, Limits(bundle_tokens=60))
    assert [path for bundle in packed.bundles for path in bundle.paths] == [f"s{n}.py" for n in range(6)]
    assert 1 < len(packed.bundles) < 6
    assert all(sum(part.tokens for part in bundle.sections) <= 60 for bundle in packed.bundles)
    assert packed.not_read == ()


def test_a_large_file_is_split_and_nothing_of_it_is_lost() -> None:
    parts = sections(BIG, Limits(bundle_tokens=500))
    assert len(parts) > 5
    assert all(part.tokens <= 500 for part in parts)
    assert all(f"part {n} of {len(parts)}" in part.text for n, part in enumerate(parts, start=1))
    whole = "\n".join(part.text for part in parts)
    assert all(f"+ value_{n} = compute({n})" in whole for n in range(400))


def test_what_exceeds_the_budget_of_the_review_is_named() -> None:
    packed = pack([*SMALL[:2], BIG], Limits(bundle_tokens=500, review_tokens=1500))
    assert [(entry.path, entry.reason) for entry in packed.not_read] == [
        ("big.py", "more than one review reads: split the change")
    ]
    assert sum(part.tokens for bundle in packed.bundles for part in bundle.sections) <= 1500


def test_a_line_that_is_cut_is_named() -> None:
    packed = pack([source_of("a.py", None, "x = '" + "a" * 5000 + "'\n")], Limits())
    assert [entry.path for entry in packed.not_read] == ["a.py"]
    assert "the line goes on" in packed.bundles[0].sections[0].text


def test_a_title_says_what_happened_and_cannot_be_forged() -> None:
    removed = source_of("gone.py", "guard()\n", None)
    [part] = sections(removed, Limits())
    assert part.text.startswith("File: gone.py\n(removed)\n")
    assert "- guard()" in part.text
    assert [line.kind for line in removed.diff.lines()] == [LineKind.REMOVED]


@pytest.mark.parametrize("filler", ["\t" * 600, "\u200b" * 260])
def test_a_line_whose_end_is_not_shown_is_not_read_however_short_it_is_in_the_file(filler: str) -> None:
    source = source_of("a.py", None, f"x = 1;{filler}os.system(request.args['cmd'])\n")
    packed = pack([source], Limits())
    assert "os.system" not in packed.bundles[0].sections[0].text
    assert [entry.path for entry in packed.not_read] == ["a.py"]
