from __future__ import annotations

from tests.support.code_base import Texts
from workers.context.fetched import FetchedTexts
from workers.context.words import (
    HITS,
    HITS_OF_A_WORD,
    LINE_LENGTH,
    LONGEST_WORD,
    MOST_WORDS,
    WordFinder,
    hits,
    searchable,
)
from workers.ports import CodeBase, Hit, is_whole


def found(text: str, *words: str) -> list[str]:
    return sorted(word for word, _ in WordFinder(words).places(text))


def test_only_whole_words_count() -> None:
    assert found("rate(rates, a_rate, rate2) + rate", "rate") == ["rate", "rate"]
    assert found("größe(a)", "größ") == []


def test_names_with_a_mark_at_the_end_are_found_with_and_without_it() -> None:
    assert found("open!(till) if ready?(1)", "open!", "ready?", "open", "till") == ["open!", "ready?", "till"]
    assert found("ready!=1", "ready") == ["ready"]


def test_a_phrase_is_found_as_it_stands() -> None:
    assert found("a.rate(b) a.rates(c)", "a.rate(") == ["a.rate("]


def test_words_that_stand_on_no_line_are_not_looked_for() -> None:
    assert searchable(["a", "", "a\nb", "b\0", "c\r", "x" * (LONGEST_WORD + 1), "a"]) == ("a",)
    assert len(searchable(f"w{number}" for number in range(1_000))) == MOST_WORDS


def test_a_line_with_many_words_is_one_hit() -> None:
    assert list(hits([("a.py", 7, "rate = rate + till\r")], ["rate", "till"])) == [
        Hit("a.py", 7, "rate = rate + till")
    ]


def test_of_a_common_word_the_first_places_and_the_definitions_are_kept() -> None:
    lines = [("a.py", number, "rate()") for number in range(1, 2_000)] + [("z.py", 1, "def rate():")]
    kept = list(hits(lines, ["rate"]))
    assert len(kept) == HITS_OF_A_WORD + 1
    assert not is_whole(hits(lines, ["rate"]))
    assert is_whole(hits(lines[:HITS_OF_A_WORD], ["rate"]))
    assert kept[-1] == Hit("z.py", 1, "def rate():")


def test_all_hits_together_are_bounded() -> None:
    words = [f"word{number}" for number in range(100)]
    lines = [("a.py", number, f"word{number % 100}()") for number in range(60_000)]
    found = hits(lines, words)
    assert len(found) == min(HITS, 100 * HITS_OF_A_WORD)
    assert not is_whole(found)


def test_of_a_long_line_the_part_around_the_word_is_kept() -> None:
    [hit] = hits([("a.js", 1, "x " * 300_000 + "rate" + " y" * 300_000)], ["rate"])
    assert len(hit.text) <= LINE_LENGTH + 2
    assert "rate" in hit.text
    assert hit.text.startswith("…")
    assert hit.text.endswith("…")


async def test_texts_in_hand_are_a_code_base() -> None:
    code: CodeBase = FetchedTexts({"b.py": "x\nrate()\n", "a.py": "rate = 1", "gone.py": None})
    assert await code.paths() == ("a.py", "b.py")
    assert not is_whole(await code.paths())
    assert await code.read(["a.py", "gone.py", "other"]) == {
        "a.py": "rate = 1",
        "gone.py": None,
        "other": None,
    }
    assert await code.read_base(["a.py"]) == {"a.py": None}
    assert await code.search(["rate"]) == (Hit("a.py", 1, "rate = 1"), Hit("b.py", 2, "rate()"))
    assert await code.search([]) == ()


async def test_the_fake_code_base_of_the_tests_finds_the_same() -> None:
    texts = {"b.py": "x\nrate()\n", "a.py": "rate = 1"}
    assert tuple(await Texts(texts).search(["rate"])) == await FetchedTexts(texts).search(["rate"])
