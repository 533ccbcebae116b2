from __future__ import annotations

from tests.support.changes import source_of
from workers.ports import SourceFile
from workers.review.ordering import grouped, risk


def new(path: str, text: str = "x = 1\n") -> SourceFile:
    return source_of(path, None, text)


def order(*files: SourceFile) -> list[list[str]]:
    return [[file.path for file in group] for group in grouped(files)]


def test_a_source_and_its_tests_stand_side_by_side_the_source_first() -> None:
    files = [new("b/other.py"), new("src/cart.py"), new("tests/test_cart.py"), new("web/cart.test.ts")]
    assert ["src/cart.py", "tests/test_cart.py", "web/cart.test.ts"] in order(*files)


def test_a_reader_of_specifications_is_no_test_of_a_reader() -> None:
    assert order(new("a/reader.py"), new("a/spec_reader.py")) == [["a/reader.py"], ["a/spec_reader.py"]]


def test_a_header_and_its_implementation_stand_side_by_side() -> None:
    assert order(new("include/queue.h"), new("src/alpha.c"), new("src/queue.c"))[0:2] in (
        [["include/queue.h", "src/queue.c"], ["src/alpha.c"]],
        [["src/alpha.c"], ["include/queue.h", "src/queue.c"]],
    )


def test_names_that_say_little_bring_no_strangers_together() -> None:
    assert order(new("a/index.ts"), new("b/index.ts")) == [["a/index.ts"], ["b/index.ts"]]


def test_what_can_do_harm_comes_before_what_cannot() -> None:
    calm = new("a/calm.py")
    prose = new("README.md", "words\n")
    secrets = new("z/login.py", "check_password(user)\n")
    unlocked = source_of("y/work.py", "with lock:\n    run()\n", "run()\n")
    unguarded = source_of(
        "x/share.py",
        "def f(n):\n    if not n:\n        return 0\n    return 1 / n\n",
        "def f(n):\n    return 1 / n\n",
    )
    names = [group[0] for group in order(prose, calm, unguarded, unlocked, secrets)]
    assert names.index("z/login.py") < names.index("a/calm.py")
    assert names.index("y/work.py") < names.index("a/calm.py")
    assert names.index("x/share.py") < names.index("a/calm.py")
    assert names[-1] == "README.md"


def test_every_file_is_there_exactly_once() -> None:
    files = [new(f"d{n % 3}/name{n % 5}.py") for n in range(15)]
    assert sorted(path for group in order(*files) for path in group) == sorted(file.path for file in files)


def test_a_test_is_less_of_a_risk_than_any_source() -> None:
    assert risk(new("tests/test_login.py", "password = token = secret\n" * 50)) < risk(new("a.py"))


def test_what_tests_read_is_as_little_of_a_risk_as_a_test() -> None:
    text = "password = token = secret\n" * 50
    assert risk(new("pkg/testdata/login.go", text)) == risk(new("pkg/login_test.go", text))
    assert risk(new("src/spec_login.py", text)) == risk(new("src/run_login.py", text))
