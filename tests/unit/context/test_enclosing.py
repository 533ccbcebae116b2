from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.diff import LineKind
from tests.support.changes import file_of
from workers.context.enclosing import Excerpt, excerpts

PYTHON = '''import os


class Till:
    """Counts coins."""

    def __init__(self):
        self.coins = 0

    @property
    def total(
        self,
        rate,
    ):
        if self.coins:
            coins = self.coins
            return coins * rate
        return 0

    def close(self):
        self.coins = None
'''
GO = """package till

import "fmt"

func (t *Till) Add(n int) error {
	if n < 0 {
		return fmt.Errorf("negative")
	}
	t.coins += n
	return nil
}

func (t *Till) Drop() {
	t.coins = 0
}
"""
C = """#include <stdio.h>

static int
add(struct till *t,
    int n)
{
    if (n < 0) {
        return -1;
    }
    t->coins += n;
    return 0;
}

int drop(struct till *t)
{
    t->coins = 0;
}
"""
JAVASCRIPT = """import x from 'x';

export const add = async (till, n) => {
  if (n < 0) {
    throw new Error('negative');
  }
  till.coins += n;
};

class Till {
  drop() {
    this.coins = 0;
  }
}
"""


def shown(excerpt: Excerpt) -> list[int]:
    return [line.new_number for line in excerpt.lines if line.new_number is not None]


def around(text: str, old: str, new: str, block_lines: int = 80) -> tuple[Excerpt, ...]:
    return excerpts(file_of("f", text.replace(old, new), text), text, block_lines)


def test_a_changed_line_is_shown_in_its_method_and_class() -> None:
    [excerpt] = around(PYTHON, "coins * rate", "coins")
    assert shown(excerpt)[0] == 4
    assert set(range(11, 20)) <= set(shown(excerpt))


def test_removed_lines_stand_where_they_were() -> None:
    base = GO.replace("\tt.coins += n\n", "\tt.lock()\n\tt.coins += n\n")
    [excerpt] = excerpts(file_of("f.go", base, GO), GO, 80)
    texts = [(line.kind, line.text.strip()) for line in excerpt.lines]
    removed = texts.index((LineKind.REMOVED, "t.lock()"))
    assert texts[removed - 1] == (LineKind.CONTEXT, "}")
    assert texts[removed + 1] == (LineKind.CONTEXT, "t.coins += n")


def test_a_function_of_braces_is_shown_from_head_to_brace() -> None:
    [excerpt] = around(GO, "t.coins += n", "t.coins = n")
    assert (min(shown(excerpt)), min(n for n in shown(excerpt) if n >= 11)) == (5, 11)
    [excerpt] = around(C, "t->coins += n", "t->coins = n")
    assert {4, 5, 6, 12} <= set(shown(excerpt))
    [excerpt] = around(JAVASCRIPT, "till.coins += n", "till.coins = n")
    assert {3, 8} <= set(shown(excerpt))


def test_changes_far_apart_are_excerpts_of_their_own() -> None:
    filler = "".join(f"value_{n} = {n}\n" for n in range(60))
    head = f"def one():\n    return 1\n\n{filler}\ndef two():\n    return 2\n"
    base = head.replace("return 1", "return 0").replace("return 2", "return 0")
    first, second = excerpts(file_of("f.py", base, head), head, 80)
    assert max(shown(first)) < min(shown(second))


def test_changes_in_one_function_are_one_excerpt() -> None:
    middle = "".join(f"    step({n})\n" for n in range(30))
    head = f"def work():\n    start()\n{middle}    end()\n"
    base = head.replace("start", "begin").replace("end", "stop")
    assert len(excerpts(file_of("f.py", base, head), head, 80)) == 1


def test_a_long_function_is_shown_by_its_head_and_near_the_change() -> None:
    body = "".join(f"    step({n})\n" for n in range(300))
    head = f"def work(a,\n         b):\n{body}"
    [excerpt] = excerpts(file_of("f.py", head.replace("step(200)", "step(2)"), head), head, 80)
    assert {1, 2, 203} <= set(shown(excerpt))
    assert len(shown(excerpt)) < 40


def test_a_text_of_another_commit_leaves_the_hunks_alone() -> None:
    file = file_of("f.py", "a = 1\n", "a = 2\n")
    assert [excerpt.lines for excerpt in excerpts(file, "b = 3\n", 80)] == [file.hunks[0].lines]
    assert [excerpt.lines for excerpt in excerpts(file, "b = 3\nc = 4\n", 80)] == [file.hunks[0].lines]
    assert [excerpt.lines for excerpt in excerpts(file, "", 80)] == [file.hunks[0].lines]


LINES = st.lists(
    st.sampled_from(
        ["", "  ", "def f():", "    x = 1", "\treturn x", "}", "class A {", "  foo(a) {", "else:", ")"]
    ),
    max_size=25,
)


@given(base=LINES, head=LINES)
@settings(max_examples=60, deadline=None)
def test_every_line_of_a_diff_is_shown_once_and_with_its_numbers(base: list[str], head: list[str]) -> None:
    before, after = "".join(f"{x}\n" for x in base), "".join(f"{x}\n" for x in head)
    if before == after or not before or not after:
        return
    file = file_of("f", before, after)
    lines = [line for excerpt in excerpts(file, after, 5) for line in excerpt.lines]
    changed = [line for line in file.lines() if line.kind is not LineKind.CONTEXT]
    assert [line for line in lines if line.kind is not LineKind.CONTEXT] == changed
    for line in lines:
        if line.new_number is not None:
            assert line.text == head[line.new_number - 1]
        if line.old_number is not None:
            assert line.text == base[line.old_number - 1]


def test_a_line_that_stands_in_two_windows_is_shown_once() -> None:
    head = "@mark\ndef work():\n" + "".join(f"    step({n})\n" for n in range(9))
    base = head.replace("@mark", "@other").replace("step(8)", "step(0)")
    [excerpt] = excerpts(file_of("f.py", base, head), head, 4)
    assert shown(excerpt) == sorted(set(shown(excerpt)))


def test_a_staircase_shows_a_bounded_part_of_what_a_line_stands_in() -> None:
    head = "".join(f"{' ' * n}if a{n}:\n" for n in range(300))
    [excerpt] = excerpts(file_of("f.py", head.replace("a299", "b"), head), head, 80)
    assert 300 in shown(excerpt)
    assert len(shown(excerpt)) < 60


def test_a_method_is_shown_without_its_neighbours() -> None:
    steps = "".join(f"        step({n})\n" for n in range(6))
    head = f"class Till:\n    def one(self):\n{steps}\n    def two(self):\n{steps}        end()\n"
    [excerpt] = excerpts(file_of("f.py", head.replace("end()", "stop()"), head), head, 80)
    assert shown(excerpt) == [1, *range(10, 18)]
