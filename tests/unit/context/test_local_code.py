from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.work_trees import Files, WorkTree, work_tree
from workers.context.local_code import LocalCode
from workers.context.local_git import LocalRepository
from workers.ports import CodeBase, Hit

BASE: Files = {
    "src/till.py": "def total(coins):\n    return rate_of(coins)\n",
    "src/rates.py": "def rate_of(a):\n    return a\n",
    "AGENTS.md": "Be kind.\n",
}
HEAD: Files = {
    "src/till.py": "def total(coins):\n    return 2 * rate_of(coins)\n",
    "AGENTS.md": "Be cruel.\n",
}


@pytest.fixture(autouse=True)
def own_configuration_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    return work_tree(tmp_path / "repo", BASE, HEAD)


def code_of(tree: WorkTree, revisions: str = "main..change") -> CodeBase:
    repository = LocalRepository(tree.path)
    return LocalCode(repository, repository.resolve(revisions))


async def found(code: CodeBase, *words: str) -> list[tuple[str, int]]:
    return [(hit.path, hit.line) for hit in await code.search(words)]


@pytest.mark.parametrize("revisions", ["main..change", "main"])
async def test_head_and_base_are_told_apart(tree: WorkTree, revisions: str) -> None:
    code = code_of(tree, revisions)
    assert await code.paths() == ["AGENTS.md", "src/rates.py", "src/till.py"]
    assert await code.read(["AGENTS.md"]) == {"AGENTS.md": "Be cruel.\n"}
    assert await code.read_base(["AGENTS.md", "nosuch"]) == {"AGENTS.md": "Be kind.\n", "nosuch": None}


@pytest.mark.parametrize("revisions", ["main..change", "main"])
async def test_words_are_found_as_a_whole_with_path_and_line(tree: WorkTree, revisions: str) -> None:
    assert await code_of(tree, revisions).search(["rate_of", "rate", "coins"]) == (
        Hit("src/rates.py", 1, "def rate_of(a):"),
        Hit("src/till.py", 1, "def total(coins):"),
        Hit("src/till.py", 2, "    return 2 * rate_of(coins)"),
    )


async def test_the_base_is_the_tip_of_its_branch(tree: WorkTree) -> None:
    tree.git("checkout", "-q", "main")
    tree.commit({"AGENTS.md": "Be wise.\n"})
    assert await code_of(tree).read_base(["AGENTS.md"]) == {"AGENTS.md": "Be wise.\n"}


async def test_what_is_not_tracked_is_not_searched(tree: WorkTree) -> None:
    tree.write({"secret.py": "rate_of = 1\n", "src/till.py": "rate_of(9)\n"})
    code = code_of(tree, "main")
    assert await found(code, "rate_of") == [("src/rates.py", 1), ("src/till.py", 1)]
    assert "secret.py" not in await code.paths()


@pytest.mark.parametrize(
    "word", ["rate_of(coins)", "return 2 * rate_of", "a.b", "(", "[", "^", "|", "\\", "-e", "*"]
)
async def test_words_are_literal(tree: WorkTree, word: str) -> None:
    text = (await code_of(tree).read(["src/till.py"]))["src/till.py"]
    assert text is not None
    expected = [
        number for number, line in enumerate(text.split("\n"), 1) if word in line and word.isprintable()
    ]
    lines = [line for path, line in await found(code_of(tree), word) if path == "src/till.py"]
    assert set(lines) <= set(expected)
    if word[0].isalnum():
        assert lines == expected


@pytest.mark.parametrize("words", [[], [""], ["a\nb"], ["\0"], ["x" * 5_000]])
async def test_words_that_cannot_stand_on_a_line_find_nothing(tree: WorkTree, words: list[str]) -> None:
    assert await code_of(tree).search(words) == ()


async def test_attributes_of_the_repository_hide_nothing(tree: WorkTree) -> None:
    tree.commit({".gitattributes": "*.py binary -diff\n"})
    for revisions in ("main..change", "main"):
        assert await found(code_of(tree, revisions), "rate_of") == [("src/rates.py", 1), ("src/till.py", 2)]


async def test_settings_of_grep_change_nothing(tree: WorkTree) -> None:
    for name, value in {"column": "true", "patternType": "perl", "fullName": "false"}.items():
        tree.git("config", f"grep.{name}", value)
    tree.git("config", "color.ui", "always")
    assert await found(code_of(tree), "rate_of") == [("src/rates.py", 1), ("src/till.py", 2)]


async def test_links_are_not_followed(tree: WorkTree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "rates.py").write_text("rate_of = 'secret'\n")
    (tree.path / "link.py").symlink_to(outside / "rates.py")
    tree.commit({})
    shutil.rmtree(tree.path / "src")
    (tree.path / "src").symlink_to(outside)
    code = code_of(tree, "main")
    assert await found(code, "rate_of", "secret") == []
    assert await code.read(["src/rates.py", "link.py"]) == {"src/rates.py": None, "link.py": None}
    assert "link.py" not in await code.paths()


async def test_binary_files_and_odd_names_do_no_harm(tree: WorkTree) -> None:
    odd = "src/n\new: 1\t\udcff.py"
    tree.commit(
        {"data.bin": b"\0\1rate_of\0\n", odd: b"rate_of(\xff)\n", "long.js": b"x" * 900_000 + b" rate_of "}
    )
    for revisions in ("main..change", "main"):
        code = code_of(tree, revisions)
        hits = {hit.path: hit for hit in await code.search(["rate_of"])}
        assert set(hits) == {"src/rates.py", "src/till.py", odd, "long.js"}
        assert hits[odd] == Hit(odd, 1, "rate_of(\udcff)")
        assert len(hits["long.js"].text) < 400
        assert (await code.read([odd]))[odd] == "rate_of(\udcff)\n"


async def test_no_filter_of_the_repository_runs(tree: WorkTree, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "filter.evil.process"):
        tree.git("config", name, f"touch {mark}; cat")
    tree.commit({".gitattributes": "*.py filter=evil diff=evil\n"})
    mark.unlink(missing_ok=True)
    code = code_of(tree, "main")
    await code.search(["rate_of"])
    await code.read(["src/till.py"])
    await code.paths()
    assert not mark.exists()
