"""The code base from the cache on disk, where git cannot answer or takes too long."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.work_trees import WorkTree, work_tree
from workers.context.cached_code import CachedCode
from workers.context.fetched import FetchedTexts
from workers.context.git_reading import BareRepository
from workers.ports import Hit, is_whole

IN_HAND = FetchedTexts({"app/pay.py": "def pay(x):\n"}, {"AGENTS.md": "Be brief.\n"})


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    return work_tree(tmp_path / "repo", {"lib/x.py": "pay = 1\n"}, {"app/pay.py": "def pay(x):\n"})


def code_of(tree: WorkTree, head: str = "") -> CachedCode:
    return CachedCode(BareRepository(tree.path / ".git"), head or tree.head(), head or tree.head(), IN_HAND)


async def test_what_git_answers_is_whole(tree: WorkTree) -> None:
    code = code_of(tree)
    assert await code.paths() == ["app/pay.py", "lib/x.py"]
    found = await code.search(["pay"])
    assert [hit.path for hit in found] == ["app/pay.py", "lib/x.py"]
    nothing = await code.search(["callers_of_pay"])
    assert (list(nothing), is_whole(found), is_whole(nothing)) == ([], True, True)


async def test_where_git_cannot_answer_there_are_the_texts_in_hand_and_nothing_counts_as_whole(
    tree: WorkTree,
) -> None:
    code = code_of(tree, "0" * 40)
    paths, found = await code.paths(), await code.search(["pay", "callers_of_pay"])
    assert (list(paths), is_whole(paths)) == (["app/pay.py"], False)
    assert (list(found), is_whole(found)) == ([Hit("app/pay.py", 1, "def pay(x):")], False)
    assert await code.read(["app/pay.py", "lib/x.py"]) == {"app/pay.py": "def pay(x):\n", "lib/x.py": None}
    assert await code.read_base(["AGENTS.md"]) == {"AGENTS.md": "Be brief.\n"}
