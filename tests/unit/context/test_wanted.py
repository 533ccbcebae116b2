from __future__ import annotations

import pytest

from tests.support.changes import source_of
from workers.context.wanted import Alteration, Reach, Wanted, base_text, wanted

PY = """\
import rates

LIMIT = 3


def total(coins):
    return rates.sum_up(coins)


def close(till):
    log_all(till)
    return till
"""


def want(path: str, base: str | None, head: str | None) -> Wanted:
    found = wanted(source_of(path, base, head), names=40, block_lines=80)
    assert found is not None
    return found


def altered(path: str, base: str | None, head: str | None) -> list[tuple[str, Alteration]]:
    return [(one.name, one.alteration) for one in want(path, base, head).altered]


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ("a\nb\nc\n", "a\nx\nc\n"),
        ("a\nb\n", "a\nb\nc\nd\n"),
        ("a\nb\nc\n", "c\n"),
        (None, "a\n"),
        ("a\nb\n", None),
        ("\n".join(map(str, range(50))) + "\n", "0\n" + "\n".join(map(str, range(2, 49))) + "\n"),
    ],
)
def test_the_text_before_a_change_is_made_from_the_one_after(base: str | None, head: str | None) -> None:
    assert (
        base_text(source_of("a.py", base, head)).split("\n")[: (base or "").count("\n")]
        == (base or "").split("\n")[:-1]
    )


def test_changed_lines_ask_for_what_they_call_first_and_for_what_removed_lines_called_last() -> None:
    head = PY.replace("    log_all(till)\n", "    check(LIMIT_OF[till])\n    Money(till.store_up())\n")
    wishes = [(wish.use.name, wish.is_gone) for wish in want("a.py", PY, head).wishes]
    assert wishes == [
        ("check", False),
        ("Money", False),
        ("store_up", False),
        ("LIMIT_OF", False),
        ("log_all", True),
    ]


def test_no_more_names_are_asked_for_than_the_limit() -> None:
    head = "".join(f"call_{number}(1)\n" for number in range(100))
    found = wanted(source_of("a.py", "", head), names=7, block_lines=80)
    assert found is not None
    assert len(found.wishes) == 7


def test_changed_bodies_signatures_and_removed_functions_are_told_apart() -> None:
    head = PY.replace("def total(coins):", "def total(coins, sign):").replace("    log_all(till)\n", "")
    assert altered("a.py", PY, head) == [("total", Alteration.SIGNATURE), ("close", Alteration.BODY)]
    gone = PY[: PY.index("def close")]
    assert altered("a.py", PY, gone) == [("close", Alteration.REMOVED)]
    assert altered("a.py", PY, None) == [
        ("LIMIT", Alteration.REMOVED),
        ("total", Alteration.REMOVED),
        ("close", Alteration.REMOVED),
    ]


def test_white_space_in_a_signature_changes_none() -> None:
    head = PY.replace("def total(coins):", "def total(\n    coins\n):")
    assert altered("a.py", PY, head) == [("total", Alteration.BODY)]


def test_a_new_function_and_a_changed_comment_alter_nothing() -> None:
    assert altered("a.py", PY, PY + "\n\ndef more(coins):\n    return coins\n") == []
    assert altered("a.py", PY, "# A till.\n" + PY) == []


def test_a_changed_constant_is_altered() -> None:
    assert altered("a.py", PY, PY.replace("LIMIT = 3", "LIMIT = 4")) == [("LIMIT", Alteration.BODY)]


def test_a_constructor_is_altered_under_the_name_of_its_class() -> None:
    base = "class Till:\n    def __init__(self):\n        self.coins = 0\n"
    assert altered("a.py", base, base.replace("self)", "self, coins)")) == [("Till", Alteration.SIGNATURE)]


def test_of_a_test_nothing_is_altered_for_others() -> None:
    assert altered("tests/test_a.py", PY, PY.replace("log_all", "log_none")) == []


@pytest.mark.parametrize(
    ("path", "base", "reach"),
    [
        ("A.java", "class Till {\n  private int rate() { return 1; }\n}\n", Reach.FILE),
        ("A.java", "class Till {\n  public int rate() { return 1; }\n}\n", Reach.ANYWHERE),
        ("a.ts", "class Till {\n  private rate() { return 1; }\n}\n", Reach.FILE),
        ("a.c", "static int rate(void) { return 1; }\n", Reach.FILE),
        ("a.h", "static int rate(void) { return 1; }\n", Reach.ANYWHERE),
        ("a.go", "package a\n\nfunc rate() int { return 1 }\n", Reach.FOLDER),
        ("a.go", "package a\n\nfunc Rate() int { return 1 }\n", Reach.ANYWHERE),
        ("a.py", "def _rate(): return 1\n", Reach.ANYWHERE),
    ],
)
def test_what_is_private_reaches_no_further(path: str, base: str, reach: Reach) -> None:
    [one] = want(path, base, base.replace("return 1", "return 2")).altered
    assert one.reach is reach


@pytest.mark.parametrize("path", ["a.md", "a.sql", "Dockerfile"])
def test_without_a_grammar_nothing_is_wanted(path: str) -> None:
    assert wanted(source_of(path, "a\n", "b\n"), names=9, block_lines=80) is None
