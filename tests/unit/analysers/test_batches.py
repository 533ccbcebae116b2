from __future__ import annotations

from tests.support.analysing import reasons, source
from workers.analysers.batches import LARGEST_FILE, Batch, Broken, analyse_in_batches, python_suffix
from workers.analysers.process import Limits
from workers.ports import Analysis, SourceFile

LIMITS = Limits(seconds=20)


class Looker:
    """Breaks on every batch that holds a file with `boom` in it."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def __call__(self, batch: Batch, limits: Limits) -> Analysis | Broken:
        self.batches.append(list(batch))
        if any("boom" in file.text for file in batch.values()):
            return Broken("it broke")
        return Analysis(covered=frozenset(file.path for file in batch.values()))


async def look(files: list[SourceFile], looker: Looker, limits: Limits = LIMITS) -> Analysis:
    return await analyse_in_batches(files, python_suffix, looker, limits)


async def test_all_files_go_into_one_run_under_made_up_names() -> None:
    looker = Looker()
    files = [source("../../etc/passwd.py", "a"), source("a\nb.pyi", "b"), source("--config.py", "c")]
    analysis = await look(files, looker)
    assert looker.batches == [["f0.py", "f1.pyi", "f2.py"]]
    assert analysis.covered == {"../../etc/passwd.py", "a\nb.pyi", "--config.py"}


async def test_files_of_other_languages_are_left_alone() -> None:
    looker = Looker()
    analysis = await look([source("a.go", "boom"), source("README", "boom")], looker)
    assert analysis == Analysis()
    assert looker.batches == []


async def test_one_bad_file_does_not_take_the_others_with_it() -> None:
    files = [source(f"{n}.py", "boom" if n == 5 else "fine") for n in range(9)]
    analysis = await look(files, Looker())
    assert reasons(analysis) == {"5.py": "it broke"}
    assert analysis.covered == {f"{n}.py" for n in range(9) if n != 5}


async def test_when_the_time_is_used_up_the_rest_is_failed() -> None:
    looker = Looker()
    files = [source("a.py", "boom"), source("b.py", "fine")]
    analysis = await look(files, looker, Limits(seconds=0.0))
    assert looker.batches == []
    assert set(analysis.failed) == {"a.py", "b.py"}


async def test_a_file_that_is_no_utf_8_is_failed_and_not_shown_to_the_tool() -> None:
    looker = Looker()
    analysis = await look([source("a.py", "x = '\udcff'"), source("b.py", "fine")], looker)
    assert reasons(analysis) == {"a.py": "the file is not UTF-8 text"}
    assert looker.batches == [["f1.py"]]


async def test_too_large_and_binary_files_are_failed() -> None:
    analysis = await look([source("a.py", "x" * (LARGEST_FILE + 1)), source("b.py", "a\0b")], Looker())
    assert reasons(analysis) == {"a.py": "the file is larger than 1 MB", "b.py": "the file has null bytes"}


async def test_an_empty_file_is_covered_without_a_run() -> None:
    looker = Looker()
    assert (await look([source("a/__init__.py", "\n")], looker)).covered == {"a/__init__.py"}
    assert looker.batches == []
