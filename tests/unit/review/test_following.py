from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.domain.diff import Diff, FileDiff, FileStatus, Side
from bot.domain.finding import Disposition, Fate, LineRange, MarkedFinding
from tests.support.changes import Versions, diff_of
from tests.support.pushes import change_with_renames, told_of
from workers.ports import Image, SourceFile
from workers.review.delta import Delta, delta_of
from workers.review.following import (
    MOST_RETOLD,
    NOT_ASKED_AGAIN,
    Followed,
    Where,
    follow,
    lost_sight,
    may_be_settled,
    names_of,
    retold,
)

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(20))
BASE = f"{FILLER}    if not people:\n        return 0\n    return total\n{FILLER}"
HEAD = f"{FILLER}    return total / people\n{FILLER}"
PATH = "shop/share.py"
FILES: Versions = {PATH: (BASE, HEAD)}
QUOTE = "    return total / people"
DIVISION = told_of(FILES, "shop/share.py", QUOTE)
GUARD = told_of(FILES, "shop/share.py", "    if not people:\n        return 0")


def marks(files: Versions) -> frozenset[str]:
    made = diff_of(files)
    return frozenset(delta_of(made).read_with(file.path for file in made.files))


def sources(diff: Diff, files: Versions) -> list[SourceFile]:
    return [SourceFile(file, files[file.path][1] or "") for file in diff.files if file.path in files]


def now(
    files: Versions,
    *told: MarkedFinding,
    before: Versions = FILES,
    renames: Mapping[str, str] | None = None,
) -> list[Followed]:
    """Where findings stand in these files, after a review of others."""
    made = change_with_renames(files, renames).diff
    delta = delta_of(made, marks(before))
    return list(follow(told or (DIVISION,), made, sources(made, files), delta))


def where(files: Versions, *told: MarkedFinding, **more: object) -> list[Where]:
    return [one.where for one in now(files, *told, **more)]  # type: ignore[arg-type]


def test_a_finding_moves_with_its_code() -> None:
    drifted = f"import math\n{HEAD}"
    [division, guard] = now({"shop/share.py": (BASE, drifted)}, DIVISION, GUARD)
    assert (division.where, division.marked.finding.lines) == (Where.STANDS, LineRange(22, 22))
    assert division.marked.anchor is not None
    assert division.marked.anchor.line == 22
    assert (guard.where, guard.marked.finding.lines) == (Where.STANDS, LineRange(21, 22, Side.LEFT))
    assert division.marked.comment_id == DIVISION.comment_id


def test_code_that_is_indented_otherwise_is_the_same_code() -> None:
    assert where({"shop/share.py": (BASE, HEAD.replace("    return", "\treturn"))}) == [Where.STANDS]


def test_code_that_is_not_in_its_file_any_more_is_gone() -> None:
    [one] = now({"shop/share.py": (BASE, HEAD.replace("/ people", "/ max(people, 1)"))})
    assert (one.where, one.file) == (Where.GONE, "shop/share.py")
    assert one.marked == DIVISION


def test_removed_code_that_is_put_back_is_gone_from_the_change() -> None:
    back = HEAD.replace(QUOTE, f"    if not people:\n        return 0\n{QUOTE}")
    assert where({"shop/share.py": (BASE, back)}, GUARD, DIVISION) == [Where.GONE, Where.STANDS]


def test_code_of_a_file_that_left_the_change_is_gone() -> None:
    assert where({"shop/tax.py": ("RATE = 1\n", "RATE = 2\n")}) == [Where.GONE]
    assert where({"shop/share.py": (BASE, None)}) == [Where.GONE]


@pytest.mark.parametrize("renames", [{"shop/split.py": "shop/share.py"}, {}])
def test_a_finding_follows_its_file_to_another_name(renames: Mapping[str, str]) -> None:
    base = BASE if renames else None
    [one] = now({"shop/split.py": (base, HEAD)}, renames=renames)
    assert (one.where, one.file) == (Where.STANDS, "shop/split.py")
    assert one.marked.finding.path == "shop/split.py"
    assert one.marked.anchor is not None
    assert one.marked.anchor.path == "shop/split.py"


def test_a_finding_follows_code_that_is_moved_to_another_file() -> None:
    moved: Versions = {
        "shop/share.py": (BASE, FILLER + FILLER),
        "shop/money.py": (None, f"def f():\n{QUOTE}\n"),
    }
    [one] = now(moved)
    assert (one.where, one.file) == (Where.STANDS, "shop/money.py")


def test_the_like_elsewhere_that_was_read_before_is_another_finding() -> None:
    both: Versions = {**FILES, "shop/copy.py": (None, HEAD)}
    mended: Versions = {"shop/share.py": (BASE, FILLER + FILLER), "shop/copy.py": (None, HEAD)}
    other = told_of(both, "shop/copy.py", QUOTE)
    assert where(mended, DIVISION, other, before=both) == [Where.GONE, Where.STANDS]


def test_code_that_stood_elsewhere_before_or_says_too_little_is_not_followed() -> None:
    both: Versions = {**FILES, "shop/copy.py": (None, HEAD)}
    mended: Versions = {PATH: (BASE, FILLER + FILLER), "shop/copy.py": (None, HEAD)}
    assert where(mended, before=both) == [Where.GONE]
    short = told_of({PATH: (None, "def f():\n    pass\n")}, PATH, "pass")
    elsewhere: Versions = {"shop/money.py": (None, "def g():\n    x = 1 if pass else pass\n")}
    assert where(elsewhere, short, before={PATH: (None, "def f():\n    pass\n")}) == [Where.GONE]


def test_two_findings_do_not_follow_to_one_place() -> None:
    both: Versions = {**FILES, "shop/copy.py": (None, HEAD)}
    other = told_of(both, "shop/copy.py", QUOTE)
    one_left: Versions = {"shop/money.py": (None, f"def f():\n{QUOTE}\n")}
    assert sorted(where(one_left, DIVISION, other, before=both)) == [Where.GONE, Where.STANDS]
    everything_is_fresh: Versions = {}
    mended: Versions = {"shop/share.py": (BASE, FILLER + FILLER), "shop/copy.py": (None, HEAD)}
    assert where(mended, DIVISION, other, before=everything_is_fresh) == [Where.GONE, Where.STANDS]


def test_that_the_like_is_removed_elsewhere_says_nothing_of_removed_code_that_is_back() -> None:
    elsewhere: Versions = {"shop/share.py": (BASE, BASE + "x = 1\n"), "shop/tip.py": (BASE, HEAD)}
    assert where(elsewhere, GUARD) == [Where.GONE]


def test_what_could_not_be_looked_at_is_not_gone() -> None:
    made = diff_of(FILES)
    [one] = follow([DIVISION], made, [], delta_of(made))
    assert (one.where, one.file) == (Where.UNKNOWN, "shop/share.py")
    unread = FileDiff("shop/huge.py", FileStatus.MODIFIED, unread="too large")
    for diff in (Diff((unread,)), Diff((), missing=3)):
        assert [one.where for one in follow([DIVISION], diff, [], delta_of(diff))] == [Where.UNKNOWN]
    assert [one.where for one in lost_sight([DIVISION, GUARD])] == [Where.UNKNOWN] * 2


def test_a_file_that_is_only_renamed_by_now_has_nothing_left_of_the_change() -> None:
    renamed: Versions = {"shop/split.py": (BASE, BASE)}
    assert where(renamed, GUARD, renames={"shop/split.py": "shop/share.py"}) == [Where.GONE]


def test_where_the_name_of_a_file_is_not_known_new_ones_of_its_kind_may_be_it() -> None:
    files: Versions = {
        "shop/a.py": (None, "x = 1\n"),
        "shop/b.go": (None, "x\n"),
        "shop/c.py": ("x\n", "y\n"),
    }
    before: Versions = {**FILES, "shop/c.py": ("x\n", "y\n")}
    [one] = now(files, before=before)
    assert (one.where, one.files) == (Where.GONE, ("shop/a.py",))


def test_a_picture_stands_until_it_is_another_one() -> None:
    picture = FileDiff("img/cart.png", FileStatus.ADDED, is_binary=True)
    diff = Diff((picture,))
    finding = replace(DIVISION.finding, path="img/cart.png", quote="img/cart.png", lines=None)
    told = replace(DIVISION, finding=finding, anchor=None)
    image = Image("img/cart.png", "image/png", b"old")
    seen = frozenset(delta_of(diff, images=[image]).read_with(["img/cart.png"]))
    for data, expected in ((b"old", Where.UNKNOWN), (b"new", Where.GONE)):
        delta = delta_of(diff, seen, images=[replace(image, data=data)])
        [one] = follow([told], diff, [], delta)
        assert (one.where, one.file) == (expected, "img/cart.png")
    mention: Versions = {"shop/page.py": (None, 'CART = "img/cart.png"\n')}
    assert where(mention, told) == [Where.GONE]


OTHER: Versions = {"shop/tax.py": (f"{FILLER}x = 1\n", f"{FILLER}x = 2\n")}


def settled(files: Versions, told: MarkedFinding = DIVISION, before: Versions = FILES) -> bool:
    [one] = now(files, told, before=before)
    assert one.where is Where.STANDS
    return may_be_settled(one, delta_of(diff_of(files), marks(before)))


def test_a_push_that_is_about_something_else_cannot_have_mended_a_finding() -> None:
    assert not settled(FILES)
    assert not settled({**FILES, **OTHER})


def test_code_that_the_diff_shows_no_more_may_be_older_code_that_looks_the_same() -> None:
    base = f"x = 1\n{FILLER}{QUOTE}\n{FILLER}"
    before: Versions = {PATH: (base, f"x = 2\n{FILLER}{QUOTE}\n{FILLER}{QUOTE}\n")}
    told = told_of(before, PATH, QUOTE)
    [stays] = now(before, told, before=before)
    [older] = now({PATH: (base, f"x = 2\n{FILLER}{QUOTE}\n{FILLER}")}, told, before=before)
    assert (stays.hidden, older.hidden) == (False, True)
    assert (older.where, older.marked.anchor) == (Where.STANDS, None)
    assert may_be_settled(older, Delta())


def test_a_push_to_its_file_may_have_mended_a_finding() -> None:
    assert settled({"shop/share.py": (BASE, HEAD + "x = 1\n")})
    assert settled(FILES, before={"shop/share.py": (BASE, HEAD + "x = 1\n")})


def test_a_push_elsewhere_that_has_a_name_of_the_finding_may_have_mended_it() -> None:
    files: Versions = {"shop/share.py": (None, "share = shares_of(total)\n")}
    told = told_of(files, "shop/share.py", "share = shares_of(total)")
    assert settled({**files, "shop/shares.py": (None, "def shares_of(x):\n    return x\n")}, told, files)
    assert not settled({**files, "shop/other.py": (None, "total = 1\n")}, told, files)
    hanging = replace(told, finding=replace(told.finding, needs=("Cart.subtotal()",)))
    assert settled({**files, "shop/cart.py": (None, "def subtotal(): ...\n")}, hanging, files)


def test_code_that_is_taken_back_may_have_mended_a_finding_that_hangs_on_code_elsewhere() -> None:
    hanging = replace(DIVISION, finding=replace(DIVISION.finding, needs=("people",)))
    assert settled(FILES, hanging, {**FILES, **OTHER})
    assert not settled(FILES, DIVISION, {**FILES, **OTHER})


def test_a_question_that_is_due_is_asked_whatever_was_pushed() -> None:
    assert settled(
        FILES, replace(DIVISION, disposition=Disposition(Fate.OPEN, f"{NOT_ASKED_AGAIN}: no time"))
    )


def test_names_that_are_everywhere_tell_nothing() -> None:
    finding = replace(
        DIVISION.finding, quote="if len(x) > MAX_ITEMS: raise_late(OrderError())", needs=("to_cents",)
    )
    assert names_of(finding) == {"MAX_ITEMS", "raise_late", "OrderError", "to_cents"}


def test_the_model_is_told_again_of_findings_whose_code_has_changed_and_of_no_others() -> None:
    gone = Followed(DIVISION, Where.GONE, "shop/share.py")
    text = retold([gone, Followed(GUARD, Where.STANDS, "shop/share.py")], ["shop/share.py"])
    assert text == (
        "Reported earlier about code that has changed since; report it again only if it is still there:\n"
        "- shop/share.py: The guard is gone.\n  The lines were:\n        return total / people"
    )
    assert retold([gone], ["shop/tax.py"]) == ""
    assert retold([replace(gone, file=None, perhaps=("shop/new.py",))], ["shop/new.py"])


def test_what_the_model_is_told_again_is_bounded_and_visible() -> None:
    hostile = replace(DIVISION.finding, claim="x\n" * 900, quote="\u202e" * 5_000)
    gone = Followed(replace(DIVISION, finding=hostile), Where.GONE, "shop/share.py")
    text = retold([gone] * 50, ["shop/share.py"])
    assert text.count("The lines were:") == MOST_RETOLD
    assert len(text) < 12_000
    assert "\u202e" not in text


def test_the_delta_of_a_first_review_settles_everything_that_stands() -> None:
    made = diff_of(FILES)
    [one] = follow([DIVISION], made, sources(made, FILES), delta_of(made))
    assert may_be_settled(one, delta_of(made))
    assert not may_be_settled(one, Delta())
