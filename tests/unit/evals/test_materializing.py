from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.parsing.diffs import parse_diff
from tests.support.eval_cases import ALL, BASKET, SHELF, SHELF_BASE, SHELF_HEAD, cases
from tests.support.work_trees import work_tree
from workers.context.local_git import LocalRepository
from workers.evals.cases import Blob, Case, CaseFile, Material, side_by_side
from workers.evals.materializing import lay_side_by_side, materialize, raw_diff, whole_repository


def material(*files: CaseFile) -> Material:
    return Material("Title", "", "Python", files)


def changed(folder: Path) -> dict[str, str]:
    repository = LocalRepository(folder)
    diff = parse_diff(repository.diff(repository.resolve("base..pr")))
    return {file.path: file.status.value for file in diff.files}


def test_a_case_becomes_a_repository_with_both_branches_and_no_files_on_disk(tmp_path: Path) -> None:
    [case] = cases(tmp_path, SHELF)
    materialize(case.material, tmp_path / "made")
    repository = LocalRepository(tmp_path / "made")
    assert repository.text_at("base", "shop/shelf.py") == SHELF_BASE
    assert repository.text_at("pr", "shop/shelf.py") == SHELF_HEAD
    assert [path.name for path in (tmp_path / "made").iterdir()] == [".git"]
    assert case.id not in raw_diff(tmp_path / "made")


def test_added_removed_renamed_and_odd_files_come_through(tmp_path: Path) -> None:
    text, link = Blob("100644", b"a\nb\nc\nd\n"), Blob("120000", b"target")
    odd = 'sp ace "quoted"\n\\ \N{SNOWMAN}\udcff.py'
    made = material(
        CaseFile("new.py", "new.py", None, text),
        CaseFile("gone.py", "gone.py", Blob("100644", b"1\n2\n3\n"), None),
        CaseFile("to.py", "from.py", Blob("100644", b"r1\nr2\nr3\n"), Blob("100644", b"r1\nr2\nr3\n")),
        CaseFile(odd, odd, None, Blob("100755", b"x = 1\r\n\xff\n")),
        CaseFile("link", "link", None, link),
    )
    materialize(made, tmp_path / "made")
    assert changed(tmp_path / "made") == {
        "new.py": "added",
        "gone.py": "removed",
        "to.py": "renamed",
        odd: "added",
        "link": "added",
    }
    assert LocalRepository(tmp_path / "made").text_at("pr", odd) == "x = 1\r\n\udcff\n"


def test_attributes_of_a_case_change_and_start_nothing(tmp_path: Path) -> None:
    attributes = CaseFile("a", ".gitattributes", None, Blob("100644", b"* text=auto eol=crlf filter=evil\n"))
    source = CaseFile("b.py", "b.py", Blob("100644", b"one\r\n"), Blob("100644", b"two\r\n"))
    materialize(material(replace(attributes, path=".gitattributes"), source), tmp_path / "made")
    assert "-one\r\n+two\r\n" in raw_diff(tmp_path / "made")


def repositories(folder: Path, *given: Case) -> Path:
    """Whole repositories of cases: a file more than the change has."""
    for case in given:
        ends: list[dict[str, str | bytes | None]] = [{"other.py": f"# of {case.id}\n"}, {}]
        for file in case.material.files:
            for end, blob in zip(ends, (file.base, file.head), strict=True):
                end.update({file.path: blob.content} if blob else {})
        tree = work_tree(folder / case.id, *ends)
        tree.git("branch", "base", "main")
        tree.git("branch", "pr", "change")
    return folder


def test_whole_repositories_are_taken_by_the_name_of_the_case(tmp_path: Path) -> None:
    [shelf, basket] = cases(tmp_path, SHELF, BASKET)
    repos = repositories(tmp_path / "repos", shelf)
    assert whole_repository(shelf, repos) == repos / "shelf-case"
    with pytest.raises(UsageError, match="basket-case is missing"):
        whole_repository(basket, repos)


def test_a_repository_with_another_change_is_refused(tmp_path: Path) -> None:
    [shelf, basket] = cases(tmp_path, SHELF, BASKET)
    repositories(tmp_path / "repos", basket)
    (tmp_path / "repos" / "basket-case").rename(tmp_path / "repos" / "shelf-case")
    with pytest.raises(UsageError, match=r"holds another change: shop/shelf\.py is the same"):
        whole_repository(shelf, tmp_path / "repos")


def test_side_by_side_whole_trees_hold_the_same_change_as_the_changed_files_alone(tmp_path: Path) -> None:
    given = cases(tmp_path, *ALL)
    repos = repositories(tmp_path / "repos", *given)
    materialize(side_by_side(given).material, tmp_path / "files")
    lay_side_by_side([whole_repository(case, repos) for case in given], tmp_path / "trees")
    assert changed(tmp_path / "trees") == changed(tmp_path / "files")
    assert raw_diff(tmp_path / "trees") == raw_diff(tmp_path / "files")
    assert LocalRepository(tmp_path / "trees").text_at("pr", "c2/other.py") == "# of basket-case\n"
