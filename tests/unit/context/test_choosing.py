from __future__ import annotations

from workers.context.choosing import chosen
from workers.context.pieces import Related, RelatedKind


def piece(path: str, start: int, lines: int = 2, width: int = 20) -> Related:
    numbers = tuple(range(start, start + lines))
    return Related(RelatedKind.DEFINITION, "f", path, numbers, ("x" * width,) * lines, "a.py")


def test_the_best_of_each_file_comes_before_the_second_of_any() -> None:
    one, two, three = piece("x.py", 1), piece("x.py", 9), piece("y.py", 1)
    assert chosen({"a.py": [one, two], "b.py": [three]}, ["a.py", "b.py"], 999, {}) == (one, three, two)


def test_other_files_do_not_count() -> None:
    assert chosen({"a.py": [piece("x.py", 1)]}, ["b.py"], 999, {}) == ()


def test_nothing_is_given_twice() -> None:
    same = piece("x.py", 1)
    assert chosen({"a.py": [same], "b.py": [same]}, ["a.py", "b.py"], 999, {}) == (same,)


def test_what_the_question_shows_anyway_is_left_out() -> None:
    partly = piece("x.py", 9)
    related = {"a.py": [piece("x.py", 1), partly]}
    assert chosen(related, ["a.py"], 999, {"x.py": {1, 2, 9}}) == (partly,)


def test_what_does_not_fit_gives_way_to_what_does() -> None:
    large, small = piece("x.py", 1, lines=90), piece("y.py", 1)
    assert chosen({"a.py": [large, small]}, ["a.py"], small.tokens, {}) == (small,)
    assert chosen({"a.py": [large, small]}, ["a.py"], small.tokens - 1, {}) == ()
