from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.code_base import Texts
from workers.context.lookup import BoundedLookup, LookLimits
from workers.ports import CodeLookup, Hit, InPart
from workers.review.untrusted import visible

TEXT = "".join(f"line {number}\n" for number in range(1, 401))
FILES = {
    "src/app.py": TEXT,
    "src/rates.py": "def rate_of(a):\n\treturn a.rate_of(b)\n",
    "lib/app.py": "x\n",
    ".github/a.yml": "on: push\n",
}
USED_UP = "You have used all looks: answer now."


DEFAULT = LookLimits()


def lookup(limits: LookLimits = DEFAULT, files: dict[str, str] = FILES, **more: object) -> BoundedLookup:
    return BoundedLookup(Texts(files), visible, limits, **more)  # type: ignore[arg-type]


async def test_it_is_what_the_engine_asks_for() -> None:
    look: CodeLookup = lookup()
    assert "line 1" in await look.read("src/app.py", 1, 1)


async def test_lines_come_with_their_numbers() -> None:
    answer = await lookup().read("src/app.py", 3, 4)
    assert answer == "src/app.py, lines 3 to 4 of 400:\n     3  line 3\n     4  line 4"


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [(0, 2, 1, 2), (-5, -3, 1, 1), (5, 2, 5, 5), (399, 999, 399, 400), (1, 10**9, 1, 120)],
)
async def test_odd_ranges_are_put_right(start: int, end: int, first: int, last: int) -> None:
    lines = (await lookup().read("src/app.py", start, end)).split("\n")
    assert lines[0] == f"src/app.py, lines {first} to {last} of 400:"
    assert len(lines) == last - first + 2


async def test_a_start_behind_the_end_is_said() -> None:
    assert await lookup().read("lib/app.py", 7, 9) == "lib/app.py has 1 lines."


@pytest.mark.parametrize(
    "path",
    [
        "../src/app.py",
        "src/../src/app.py",
        "/src/app.py",
        "/etc/passwd",
        "src//app.py",
        "./src/app.py",
        "..",
        "",
        "\\\\host\\share",
        "src/",
    ],
)
async def test_only_paths_from_the_top_are_taken(path: str) -> None:
    assert (await lookup().read(path, 1, 9)).startswith("Name a file by its path from the top")


@pytest.mark.parametrize(
    "path", [".git/config", "nosuch.py", "src", "src/app.py\n", "SRC/APP.PY", "a\0b", "\u202e"]
)
async def test_only_what_the_code_base_lists_is_read(path: str) -> None:
    answer = await lookup().read(path, 1, 9)
    assert answer.startswith("src/app.py, lines") or "no file of this repository" in answer
    assert "\u202e" not in answer
    assert "\0" not in answer


class Part(Texts):
    """Of a repository that has more."""

    async def paths(self) -> Sequence[str]:
        return InPart(await super().paths())

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        return InPart(await super().search(words))


async def test_where_not_all_could_be_looked_at_nothing_is_said_not_to_be_there() -> None:
    look = BoundedLookup(Part(FILES), visible)
    assert await look.read("src/app.py", 1, 1) == "src/app.py, lines 1 to 1 of 400:\n     1  line 1"
    missing = await look.read("src/pay.py", 1, 1)
    assert "no file of this repository" not in missing
    assert "not all files could be listed" in missing
    nothing = await look.search("callers_of")
    assert nothing.startswith("No line has callers_of in what could be searched, which is not all.")
    assert (await look.search("rate_of")).endswith("\n(there may be more: not all could be searched)")


async def test_a_listing_in_part_is_asked_for_again_and_a_whole_one_is_not() -> None:
    class Recovering(Texts):
        asked = 0

        async def paths(self) -> Sequence[str]:
            type(self).asked += 1
            return await super().paths() if self.asked > 1 else InPart()

    look = BoundedLookup(Recovering(FILES), visible)
    answers = [await look.read("lib/app.py", 1, 1) for _ in range(3)]
    assert ["1  x" in answer for answer in answers] == [False, True, True]
    assert Recovering.asked == 2


async def test_a_wrong_folder_brings_the_files_of_that_name() -> None:
    assert (await lookup().read("app.py", 1, 9)).endswith("Files of that name: lib/app.py, src/app.py.")


async def test_a_listed_file_without_text_is_said() -> None:
    class Links(Texts):
        async def read(self, paths):  # type: ignore[no-untyped-def]
            return dict.fromkeys(paths)

    look = BoundedLookup(Links(FILES), visible)
    assert "cannot be read" in await look.read("src/app.py", 1, 9)


async def test_definitions_come_first_among_the_places_of_a_word() -> None:
    files = {"a.py": "x = rate_of(1)\n", "b.py": "def rate_of(a):\n    pass\n"}
    assert await lookup(files=files).search("rate_of") == "b.py:1: def rate_of(a):\na.py:1: x = rate_of(1)"


async def test_a_phrase_stands_on_the_line_as_it_is() -> None:
    assert await lookup().search(".rate_of(b)") == "src/rates.py:2: return a.rate_of(b)"
    assert (await lookup().search("rate_of(c)")).startswith("No line has rate_of(c).")
    files = {"a.py": "rate_of(b)\n", "b.py": "a.rate_of(b)\n"}
    assert await lookup(files=files).search(".rate_of(b)") == "b.py:1: a.rate_of(b)"


@pytest.mark.parametrize("text", ["", "  ", "()", "a\nb", "--", "\0"])
async def test_without_a_word_there_is_nothing_to_search_for(text: str) -> None:
    assert (await lookup().search(text)).startswith("Search for one word")


async def test_further_places_are_counted() -> None:
    answer = await lookup(LookLimits(hits=2)).search("line")
    assert answer.split("\n")[2] == "(and 398 more places)"


async def test_looks_are_counted_refused_ones_too() -> None:
    look = lookup(LookLimits(looks=2))
    await look.read("nosuch", 1, 1)
    await look.search("line")
    assert await look.read("src/app.py", 1, 1) == USED_UP
    assert await look.search("line") == USED_UP
    assert look.looks == 2


async def test_one_answer_and_all_answers_together_are_bounded() -> None:
    look = lookup(LookLimits(looks=99, characters=500, total_characters=1_200))
    answers = [await look.read("src/app.py", 1, 120) for _ in range(4)]
    assert all(len(answer) <= 520 for answer in answers)
    assert answers[0].endswith("(cut here)")
    assert answers[3] == USED_UP


async def test_time_is_bounded() -> None:
    now = [100.0]
    look = lookup(LookLimits(seconds=5), clock=lambda: now[0])
    assert "line 1" in await look.read("src/app.py", 1, 1)
    now[0] = 105.0
    assert await look.search("line") == "The time for looking is over: answer now."


async def test_what_nobody_would_see_is_written_out_and_long_lines_are_cut() -> None:
    files = {"a.py": "x = 1  # \u202e\u200b\x1b[31m rate\n" + "y" * 100_000 + "\n", "b\n\u202e.py": "rate\n"}
    look = lookup(files=files)
    answers = [
        await look.read("a.py", 1, 2),
        await look.search("rate"),
        await look.read("b\n\u202e.py", 1, 1),
    ]
    assert not any(char in answer for answer in answers for char in "\u202e\u200b\x1b")
    assert "⟨U+202E⟩" in answers[0]
    assert max(len(line) for answer in answers for line in answer.split("\n")) < 400
    assert all(line.startswith(("a.py:1:", "b ⟨U+202E⟩.py:1:")) for line in answers[1].split("\n"))


async def test_a_code_base_that_cannot_be_reached_is_a_sentence() -> None:
    look = BoundedLookup(Texts(FILES, down=True), visible)
    sentence = "The code could not be reached: answer with what you know."
    assert await look.read("src/app.py", 1, 1) == sentence
    assert await look.search("line") == sentence


@pytest.mark.parametrize(
    "error", [UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), OSError("gone"), ValueError("null byte")]
)
async def test_a_code_base_that_breaks_on_what_it_is_asked_is_a_sentence(error: Exception) -> None:
    class Broken(Texts):
        async def paths(self):  # type: ignore[no-untyped-def]
            raise error

        async def search(self, words):  # type: ignore[no-untyped-def]
            raise error

    look = BoundedLookup(Broken(FILES), visible)
    sentence = "The code could not be reached: answer with what you know."
    assert await look.read("src/app.py", 1, 1) == sentence
    assert await look.search("abc\ud800def") == sentence
