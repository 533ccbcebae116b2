"""What hunks stand in: that places can be told apart, and stay the same when lines move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.changes import file_of
from workers.context.nesting import nests

STEPS = "".join(f"step_{number}();\n" for number in range(8))


def nest(path: str, text: str, mark: str = "step_4()") -> str:
    """What the hunk stands in that changes the first line with the mark."""
    changed = text.replace(mark, "other()", 1)
    [found] = nests(file_of(path, text, changed), changed)
    return found


def indented(lines: str, depth: int = 1) -> str:
    return "".join(f"{'    ' * depth}{line}\n" for line in lines.splitlines())


@pytest.mark.parametrize(
    ("path", "head", "end", "found"),
    [
        ("a.py", "def pay(total,\n        fee):", "", "pay"),
        ("a.rs", "impl Till for Shop {\n    fn pay(&self) {", "    }\n}\n", "impl Till for Shop\npay"),
        ("a.go", "func (t *Till) Pay(total int) {", "}\n", "(t *Till) Pay"),
        ("a.ts", "class Till {\n    pay(total: number) {", "    }\n}\n", "Till\npay"),
        ("a.js", "app.get('/pay', async (call) => {", "})\n", "app.get('/pay', async (call) =>"),
        ("a.rb", "module Shop\n  class Till\n    def pay(total)", "    end\n  end\nend\n", "Shop\nTill\npay"),
        ("a.java", "class Till {\n    int pay(int total) {", "    }\n}\n", "class Till\nint pay(int total)"),
        (
            "a.cpp",
            "namespace shop {\nint Till::pay(int a) {",
            "}\n}\n",
            "namespace shop\nint Till::pay(int a)",
        ),
        (
            "a.kt",
            "class Till {\n    fun pay(total: Int) {",
            "    }\n}\n",
            "class Till {\nfun pay(total: Int) {",
        ),
        ("a.yml", "jobs:\n  deploy:", "", "jobs:\ndeploy:"),
        ("a.txt", "Steps", "", "Steps"),
    ],
    ids=lambda one: one if one.startswith("a.") else "",
)
def test_a_place_is_named_from_the_outside(path: str, head: str, end: str, found: str) -> None:
    assert nest(path, f"{head}\n{indented(STEPS, 2)}{end}") == found


def test_what_has_no_name_in_the_tree_is_known_by_its_line() -> None:
    text = f"def pay(total):\n    if total:\n{indented(STEPS, 2)}"
    assert nest("a.py", text) == "pay\nif total:"
    struct = f"type Till struct {{\n{indented(STEPS)}}}\n"
    assert "type Till struct {" in nest("a.go", struct)


def test_what_ends_above_or_begins_inside_of_a_hunk_is_no_part_of_its_place() -> None:
    text = f"def before():\n{indented(STEPS)}\n\ndef pay():\n    x = 1\n    y = 2\n"
    assert nest("a.py", text, "x = 1") == ""
    assert nest("a.py", text, "def pay()") == "before"  # its last line is in view


def test_code_that_is_broken_has_the_places_that_indentation_tells() -> None:
    text = f")) }} class (((\ndef pay(total):\n{indented(STEPS)}"
    assert "pay" in nest("a.py", text)


def test_a_text_that_does_not_fit_or_is_not_known_leaves_the_heading() -> None:
    text = f"def pay():\n{indented(STEPS)}"
    file = file_of("a.py", text, text.replace("step_4", "other"))
    headed = replace(file, hunks=tuple(replace(hunk, heading="class Till:") for hunk in file.hunks))
    for known in ("", "x = 1\n"):
        assert nests(headed, known) == ("class Till:",)


@pytest.mark.parametrize("path", ["a.py", "a.cpp", "a.kt"])
def test_hostile_texts_have_a_place_all_the_same(path: str) -> None:
    deep = "".join(f"{' ' * depth}if x:\n" for depth in range(900))
    for text in (f"{deep}{' ' * 900}step_4()\n", "(" * 9_000 + f"\n{STEPS}", f"\udcff = 1\r\n{STEPS}\0"):
        assert isinstance(nest(path, text), str)
