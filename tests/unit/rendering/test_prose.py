from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rendering.prose import first_sentence, prose
from tests.support.github_markdown import render
from tests.support.shown import has_invisible

FRAGMENTS = st.sampled_from(
    [
        *(
            "@alice",
            "@acme/security",
            "&#64;all",
            "\\@bob",
            "x@example.org",
            "fixes",
            "#1",
            "acme/shop#12",
            "GH-123",
        ),
        *(
            "0a1b2c3d4e5f",
            "acme/shop@0a1b2c3d",
            "/ai-review",
            "/lgtm",
            ":octocat:",
            "<!-- ai-review:summary -->",
        ),
        *(
            "![x](https://evil.example/i.png)",
            "[a](javascript:alert(1))",
            '[b](data:text/html "t")',
            "[c]: //x",
        ),
        *(
            "<img src=x>",
            "<details>",
            "</details>",
            "<!--",
            "-->",
            "https://evil.example",
            "www.evil.example",
        ),
        *(
            "# head",
            "| a | b |",
            "|-|-|",
            "---",
            "===",
            "> quote",
            "- item",
            "1. one",
            "```",
            "~~~",
            "$x$",
            "**b**",
        ),
        *(
            "`",
            "``",
            "`code`",
            "`@eve`",
            "\\`",
            "\n",
            "\r",
            "\t",
            "\u202e",
            "\u200b",
            "\U000e0041",
            "\ufe0f",
            "\x1b[31m",
        ),
        *(
            "plain",
            "words",
            "are",
            "fine.",
            "n >= 1",
            "(see",
            "it)",
            "a[0]",
            "f(x)",
            "don't",
            "\u65e5\u672c",
            "\ud800",
        ),
    ]
)
HOSTILE = st.lists(FRAGMENTS | st.text(max_size=4), max_size=14).map("".join) | st.lists(
    FRAGMENTS, max_size=14
).map(" ".join)


@settings(max_examples=250, deadline=None)
@given(HOSTILE)
@example("`a`@bob")
@example('(@bob) "@bob", @bob.')
@example("`open @bob")
@example("` @bob `` @eve `")
@example("` ` > quote")
@example("` ` --- ` ` #")
@example("` ` ` ` ` ` ` ` ` ` indented")
def test_foreign_prose_is_one_paragraph_of_words_and_code(text: str) -> None:
    shown = prose(text)
    rendered = render(shown)
    assert rendered.kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
    assert rendered.live == []
    assert "\n" not in shown
    assert not has_invisible(shown)
    assert "<!-- ai-review" not in shown
    assert not shown.startswith("/")


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
@example(":plain")
@example("a:b")
@example("` ` > quote")
def test_foreign_prose_stays_harmless_in_bold_and_in_lists(text: str) -> None:
    bold = render(f"**{prose(text) or 'x'}.** and more")
    item = render(f"- {prose(text) or 'x'}: more")
    plain = {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
    assert bold.kinds <= plain | {"strong_open", "strong_close"}
    assert item.kinds <= plain | {
        "bullet_list_open",
        "bullet_list_close",
        "list_item_open",
        "list_item_close",
    }
    assert bold.live == item.live == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The list may be empty, so it fails.", "The list may be empty, so it fails."),
        ("Ask @alice, please.", "Ask `@alice`, please."),
        ("It fixes #12 (see GH-7).", "It fixes `#12` (see `GH-7`)."),
        ("`user_id` is None when n >= limit", "`user_id` is None when n >= limit"),
        ("user_id is compared by a[0] == b", "`user_id` is compared by `a[0]` == b"),
        ("check_all() fails", "`check_all()` fails"),
        ("`a`@bob", "`a@bob`"),
        ("at 10:30 :tada", "at `10:30` `:tada`"),
        ("(check_all()) fails", "(`check_all()`) fails"),
        ("['10', '10'] gives [10, NaN, 2].", "`['10', '10']` gives `[10, NaN, 2]`."),
        ("It returns dict[str, list[int]], or None.", "It returns `dict[str, list[int]]`, or None."),
        ("It is {'a': 1, 'b': 2} then", "It is `{'a': 1, 'b': 2}` then"),
        ("load_all(first, [1, 2]) fails", "`load_all(first, [1, 2])` fails"),
        ("([a, b]) is a pair", "(`[a, b]`) is a pair"),
        ("save(a, b) is prose", "save(a, b) is prose"),
        ("an open [bracket stays a word", "an open `[bracket` stays a word"),
        ("[x, `y`, z] has a span", "`[x`, `y`, `z]` has a span"),
        ("(see user_id, or not) it", "(see `user_id`, or not) it"),
        ("[click](https://evil.example)", "`[click](https://evil.example)`"),
        ("commit 0a1b2c3 broke it", "commit `0a1b2c3` broke it"),
        ("it's 5 % (or 1/20) of cases: rare; fine!", "it's 5 % (or 1/20) of cases: rare; fine!"),
        ("日本語の文章。", "日本語の文章。"),
        ("café naïve", "café naïve"),
        ("- no list", "`-` no list"),
        ("1. no list", "`1.` no list"),
        ("> no quote", "`>` no quote"),
        ("two\nlines\r\nhere", "two lines here"),
        ("a ``b ` c`` d", "a ``b ` c`` d"),
        ("an unclosed `tick @bob", "an unclosed `` `tick `` `@bob`"),
        ("", ""),
        ("\u200b\u202e", ""),
    ],
)
def test_prose_stays_readable(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_a_bracket_takes_no_more_than_a_line_of_code() -> None:
    assert prose("[one " + "word " * 40 + "end]").startswith("`[one` word word")


def test_prose_has_a_length() -> None:
    assert prose("word " * 1000, 50) == "word word word word word word word word word word…"


def test_a_code_span_cut_by_the_length_is_no_open_span() -> None:
    assert render(prose("`" + "@bob " * 100 + "`", 20)).live == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two.", ("One.", "Two.")),
        ("No e.g. Break here. Two", ("No e.g. Break here.", "Two")),
        ("Version 1.2 is fine", ("Version 1.2 is fine", "")),
        ("`a. B` stays. Rest", ("`a. B` stays.", "Rest")),
        ("Why? Because.", ("Why?", "Because.")),
        ("", ("", "")),
    ],
)
def test_the_first_sentence_ends_where_people_end_it(text: str, parts: tuple[str, str]) -> None:
    assert first_sentence(text) == parts


def test_an_endless_first_sentence_is_cut_and_told_whole_behind() -> None:
    first, rest = first_sentence("word " * 100, 30)
    assert first.endswith("…")
    assert len(first) <= 30
    assert rest == ("word " * 100).strip()
