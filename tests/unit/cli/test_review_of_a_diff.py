"""`ai-review review --diff`: a change that comes as text, beside a work tree that should hold it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Terminal
from tests.support.scripted import finds, write_script
from tests.support.work_trees import WorkTree, work_tree

CLEAN = "def area(width, height):\n    return width * height\n"
SHARED = "def add(item, basket=[]):\n    basket.append(item)\n    return basket\n"
"""What the static rules take for a defect of medium severity."""


@pytest.fixture
def shell(shell: Terminal, tmp_path: Path) -> Terminal:
    shell.patch.chdir(tmp_path)
    return shell


def diff_of(tree: WorkTree) -> bytes:
    return tree.git("diff", "main..change")


@pytest.mark.parametrize("name", ["change.diff", "-"])
def test_a_diff_is_taken_from_a_file_or_from_standard_input(shell: Terminal, name: str) -> None:
    tree = work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"}, {"shop.py": SHARED})
    raw = diff_of(tree)
    Path("change.diff").write_bytes(raw)
    options = ("--diff", name, "--repo", "repo", "--fail-on", "medium", "--format", "json")
    done = shell.run("review", *options, given=raw if name == "-" else b"")
    [finding] = json.loads(done.out)["findings"]
    assert (done.status, finding["path"], finding["line"]) == (1, "shop.py", 1)


def reviewed_diff(shell: Terminal, given: bytes, *options: str) -> tuple[int, dict[str, Any]]:
    done = shell.run("review", "--diff", "-", "--repo", "repo", "--format", "json", *options, given=given)
    return done.status, json.loads(done.out)


@pytest.mark.parametrize("by_model", [False, True])
def test_files_that_do_not_hold_the_change_of_a_diff_are_named_as_not_read(
    shell: Terminal, by_model: bool
) -> None:
    if by_model:
        shell.set(model=write_script(Path("nothing.json").absolute(), [finds()]))
    base = {"basket.py": "def add(item, basket):\n    return basket\n", "old.py": CLEAN, "shop.py": CLEAN}
    tree = work_tree(
        Path("repo").absolute(), base, {"basket.py": SHARED, "old.py": None, "shop.py": "x = 1\n"}
    )
    raw = diff_of(tree)
    tree.git("checkout", "-q", "main")
    tree.write({"shop.py": "x = 1\n"})
    status, review = reviewed_diff(shell, raw)
    reason = "the work tree does not hold this change"
    assert [(one["path"], one["reason"]) for one in review["coverage"]["not_read"]] == (
        [("basket.py", reason), ("old.py", reason)] if by_model else [("basket.py", reason)]
    )
    assert review["coverage"]["read"] == ["shop.py"]
    assert (status, review["outcome"]) == (2, "partial")


def test_a_work_tree_that_ends_its_lines_in_another_way_holds_the_change(shell: Terminal) -> None:
    tree = work_tree(Path("repo").absolute(), {"a.py": "x = 1\n"}, {"a.py": "x = 2\ny = 3\n"})
    raw = diff_of(tree)
    tree.write({"a.py": "x = 2\r\ny = 3\r\n"})
    status, review = reviewed_diff(shell, raw)
    assert (status, review["coverage"]["read"]) == (0, ["a.py"])


@pytest.mark.parametrize("given", [b"", b"\n"])
@pytest.mark.parametrize("name", ["-", "change.diff"])
def test_an_empty_diff_is_nothing_to_review_and_said_to_be_empty(
    shell: Terminal, given: bytes, name: str
) -> None:
    work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"})
    Path("change.diff").write_bytes(given)
    done = shell.run("review", "--diff", name, "--repo", "repo", given=given)
    source = "standard input" if name == "-" else name
    assert (done.status, done.err) == (0, "")
    assert "Nothing to review" in done.out
    assert f"{source}: the diff is empty" in " ".join(done.out.split())


def test_a_diff_cannot_make_files_outside_of_the_repository_be_read(shell: Terminal) -> None:
    work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"})
    Path("outside.py").write_text(SHARED)
    patch = "diff --git a/../outside.py b/../outside.py\nnew file mode 100644\n--- /dev/null\n"
    patch += "+++ b/../outside.py\n"
    patch += "@@ -0,0 +1,3 @@\n" + "".join(f"+{line}\n" for line in SHARED.splitlines())
    done = shell.run("review", "--diff", "-", "--repo", "repo", "--format", "json", given=patch.encode())
    review = json.loads(done.out)
    assert (done.status, review["findings"], review["coverage"]["read"]) == (2, [], [])
    assert [one["path"] for one in review["coverage"]["not_read"]] == ["../outside.py"]
