from __future__ import annotations

import pytest

from bot.parsing.telling_tests import is_for_tests, is_test, subject


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "Tests/a.swift",
        "src/test/java/A.java",
        "spec/cart.rb",
        "web/__tests__/cart.js",
        "a_test.go",
        "cart_unittest.cc",
        "test_a.py",
        "src/test-utils.ts",
        "a.test.ts",
        "a-spec.js",
        "src/cart.specs.ts",
        "src/ATest.java",
        "src/TestCart.java",
        "src/UnitTest1.cs",
        "src/CartIT.java",
        "src/CartSpec.scala",
        "job_test.pb.go",
    ],
)
def test_tests_are_told_by_their_paths(path: str) -> None:
    assert is_test(path)
    assert is_for_tests(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "src/latest.py",
        "src/contest.go",
        "contest/a.py",
        "src/testing.py",
        "Attestation.java",
        "inspect.js",
        "src/run_it.py",
        "src/my_it_helper.py",
        "src/it.py",
        "src/spec_reader.py",
        "src/SpecReader.java",
        "src/spec.py",
        "src/test.py",
    ],
)
def test_names_that_only_sound_like_tests_are_none(path: str) -> None:
    assert not is_test(path)
    assert not is_for_tests(path)


@pytest.mark.parametrize("path", ["pkg/testdata/a.go", "src/fixtures/b.py"])
def test_what_tests_read_is_for_tests_and_is_none(path: str) -> None:
    assert is_for_tests(path)
    assert not is_test(path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("web/cart.test.ts", ("cart",)),
        ("src/CartSpec.scala", ("cart",)),
        ("src/CartIT.java", ("cart",)),
        ("src/fit_it.py", ("fit", "it")),
        ("src/test_spec.py", ("spec",)),
        ("src/spec_reader.py", ("spec", "reader")),
        ("tests/test.py", ("test",)),
        (".env", ("env",)),
        ("größe/---", ()),
    ],
)
def test_what_a_test_is_of_is_told_by_the_rest_of_its_name(path: str, words: tuple[str, ...]) -> None:
    assert subject(path) == words
