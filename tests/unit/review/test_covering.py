from __future__ import annotations

from bot.domain.review import Excluded, NotRead
from tests.support.changes import Versions, diff_of, source_of
from workers.review.change import OUT_OF_TIME
from workers.review.covering import Covered, covered, fresh_files
from workers.review.delta import Delta, delta_of
from workers.review.looked import Looked
from workers.review.scope import Scope

OLD: Versions = {"a.py": ("x = 1\n", "x = 2\n"), "b.py": ("y = 1\n", "y = 2\n")}
NOW: Versions = {**OLD, "b.py": ("y = 1\n", "y = 3\n"), "c.py": (None, "z = 1\n")}
SCOPE = Scope(tuple(source_of(path, *texts) for path, texts in NOW.items()))


def delta(now: Versions = NOW) -> Delta:
    was = diff_of(OLD)
    return delta_of(diff_of(now), frozenset(delta_of(was).read_with(file.path for file in was.files)))


def cover(looked: Looked, scope: Scope = SCOPE, *, static: bool = False) -> Covered:
    return covered(SCOPE, scope, looked, delta(), static=static)


def test_files_with_something_new_are_to_be_looked_at_and_analysers_look_at_all() -> None:
    assert [file.path for file in fresh_files(SCOPE, delta(), static=False)] == ["b.py", "c.py"]
    assert fresh_files(SCOPE, delta(), static=True) == SCOPE.files


def test_a_file_from_which_something_was_taken_back_is_to_be_looked_at() -> None:
    filler = "".join(f"f_{number} = {number}\n" for number in range(20))
    was = diff_of({"a.py": (f"x = 1\n{filler}y = 1\n", f"x = 2\n{filler}y = 2\n")})
    files: Versions = {"a.py": (f"x = 1\n{filler}y = 1\n", f"x = 2\n{filler}y = 1\n")}
    now = delta_of(diff_of(files), frozenset(delta_of(was).read_with(["a.py"])))
    scope = Scope((source_of("a.py", *files["a.py"]),))
    assert fresh_files(scope, now, static=False) == scope.files


def test_what_was_read_before_is_covered_and_named_apart() -> None:
    done = cover(Looked(read=("b.py", "c.py")))
    assert (done.coverage.read, done.coverage.earlier) == (("b.py", "c.py"), ("a.py",))
    assert done.coverage.is_complete
    assert len(done.hunks) == 3
    assert done.unread == frozenset()


def test_what_could_not_be_read_gets_no_mark_and_is_named() -> None:
    missing = NotRead("c.py", OUT_OF_TIME.reason)
    done = cover(Looked(read=("b.py",), not_read=(missing,), gaps=(OUT_OF_TIME,)))
    assert done.coverage.not_read == (missing,)
    assert len(done.hunks) == 2
    assert done.unread == {"c.py"}


def test_a_text_that_is_away_does_not_matter_where_an_earlier_review_has_read_it() -> None:
    rest = tuple(NotRead(path, "its text could not be read") for path in ("a.py", "b.py"))
    done = cover(Looked(read=("c.py",)), Scope(SCOPE.files[2:], not_read=rest))
    assert done.coverage.not_read == rest[1:]
    assert done.coverage.earlier == ("a.py",)


def test_what_turns_out_to_be_generated_is_excluded_whoever_has_read_it() -> None:
    rest = (Excluded("a.py", "generated"),)
    done = cover(Looked(read=("b.py", "c.py")), Scope(SCOPE.files[1:], excluded=rest))
    assert (done.coverage.excluded, done.coverage.earlier) == (rest, ())


def test_analysers_have_read_what_they_read_and_nothing_earlier() -> None:
    done = cover(Looked(read=("a.py", "b.py")), static=True)
    assert (done.coverage.read, done.coverage.earlier) == (("a.py", "b.py"), ())
