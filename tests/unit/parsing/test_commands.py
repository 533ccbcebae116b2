"""Slash commands: which lines are obeyed, and what they say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.request import NEVER_TYPED, Command, CommandName, UnknownCommand
from bot.parsing.commands import MAX_TEXT, MOST_COMMANDS, parse_command, parse_commands

HELP = Command(CommandName.HELP)


WORDS = [name for name in CommandName if name not in NEVER_TYPED | {CommandName.REVIEW}]


@pytest.mark.parametrize("name", WORDS)
def test_every_word_of_the_grammar_is_a_command(name: CommandName) -> None:
    assert parse_command(f"/ai-review {name}") == Command(name)


@pytest.mark.parametrize("name", sorted(NEVER_TYPED))
def test_what_stands_for_an_answer_or_a_click_in_a_thread_cannot_be_typed(name: CommandName) -> None:
    assert parse_command(f"/ai-review {name}") == UnknownCommand(name.value)


@pytest.mark.parametrize(
    "body",
    [
        "/ai-review",
        "/ai-review ",
        "   /ai-review\t",
        "/AI-Review\r\n",
        "Thanks!\n/ai-review\nbye",
        "a\r/ai-review",
    ],
)
def test_the_word_alone_asks_for_a_review(body: str) -> None:
    assert parse_command(body) == Command(CommandName.REVIEW)


@pytest.mark.parametrize(
    "body", ["/ai-review HELP", "/ai-review\u00a0help", "/ai-review   help  ", "/ai-review help\x00"]
)
def test_case_and_white_space_do_not_matter(body: str) -> None:
    assert parse_command(body) == HELP


@pytest.mark.parametrize(
    "body",
    [
        "",
        "please /ai-review",
        "/ai-reviewer",
        "/ai-review-bot help",
        "/ai-review: help",
        "//ai-review",
        "/ai review",
        "\\/ai-review",
        "# /ai-review",
        "- /ai-review",
        "**/ai-review**",
    ],
)
def test_a_line_that_does_not_start_with_the_word_is_no_command(body: str) -> None:
    assert parse_command(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "> /ai-review full",
        "> quoted\n/ai-review full",
        "> > deep\n> /ai-review full",
        "- > quoted\n/ai-review full",
        "    /ai-review full",
        "\t/ai-review full",
        "words\n    /ai-review full",
        "```\n/ai-review full\n```",
        "~~~~ sh\n~~~\n/ai-review full\n~~~~",
        "```\n/ai-review full",
        "`/ai-review full`",
        "see `code\n/ai-review full\nmore`",
        "see ``a ` b\n/ai-review full\n``",
        "<!--\n/ai-review full\n-->",
        "text <!--\n/ai-review full\n-->",
        "<!-- never closed\n\n/ai-review full",
        "[a link\n/ai-review full\n](https://example.org)",
        "![an image\n/ai-review full\n](https://example.org/x.png)",
        "[name]:\n/ai-review",
        "<details>\n/ai-review full\n</details>",
        '<a title="\n/ai-review full\n">x</a>',
        "text <b\n/ai-review full\nx='1'>",
    ],
)
def test_what_is_quoted_code_html_or_a_link_is_not_obeyed(body: str) -> None:
    assert parse_command(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "> quoted\n\n/ai-review help",
        "```\n/ai-review full\n```\n/ai-review help",
        "> ```\n/ai-review help",
        "<!-- note -->\n\n/ai-review help",
        "a lone ` backtick\n/ai-review help",
        "an escaped \\` one\n/ai-review help\n`x`",
        "a [bracket\n/ai-review help",
        "[a](b) `c` <d>\n/ai-review help",
        "- a list\n/ai-review help",
        "- a list\n\n  /ai-review help",
        "/ai-review help\n---\nmore",
        "a | b\n/ai-review help",
        "1 < 2\n/ai-review help",
    ],
)
def test_what_stands_beside_them_is_obeyed(body: str) -> None:
    assert parse_command(body) == HELP


def test_every_command_of_a_comment_is_read_in_its_order() -> None:
    body = (
        "/ai-review help\nand\n/ai-review nonsense\n\n> /ai-review pause\n\n/ai-review dismiss ok\n/ai-review"
    )
    assert parse_commands(body) == (
        HELP,
        UnknownCommand("nonsense"),
        Command(CommandName.DISMISS, "ok"),
        Command(CommandName.REVIEW),
    )
    assert parse_commands("/ai-review\n/ai-review\n\n/ai-review") == (Command(CommandName.REVIEW),)
    assert len(parse_commands("".join(f"/ai-review {n}\n" for n in range(500)))) == MOST_COMMANDS


def test_the_first_command_wins() -> None:
    assert parse_command("/ai-review help\n/ai-review full") == HELP
    assert parse_command("/ai-review nonsense\n\n/ai-review full") == UnknownCommand("nonsense")
    assert parse_command("> /ai-review full\n\n/ai-review help\n\n/ai-review pause") == HELP


@pytest.mark.parametrize(
    "rest",
    ["review", "ful", "full now", "help please", "model=gpt-9", "config --set x=1", "full\u200bhelp me"],
)
def test_anything_else_is_an_unknown_command(rest: str) -> None:
    assert parse_command(f"/ai-review {rest}") == UnknownCommand(rest.replace("\u200b", ""))


def test_a_dismissal_carries_its_reason() -> None:
    assert parse_command("/ai-review dismiss") == Command(CommandName.DISMISS)
    assert parse_command("/ai-review dismiss  checked *above*, see `f`\nmore") == Command(
        CommandName.DISMISS, "checked *above*, see `f`"
    )


def test_free_text_is_one_clean_short_line() -> None:
    bad = "a\u202eb\u200bc\x1b[31md\x00\U000e0041e\x85f\ud800g"
    assert parse_command(f"/ai-review dismiss {bad}") == Command(CommandName.DISMISS, "abc[31mde fg")
    long = parse_command("/ai-review dismiss " + "x" * 5000)
    assert long == Command(CommandName.DISMISS, "x" * MAX_TEXT)
    assert parse_command("/ai-review " + "y " * 5000) == UnknownCommand(("y " * 100).rstrip())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "\n", "> ", "`", "```\n", "<!-- ", "[", "- ", "    "]))
def test_any_text_is_a_known_command_an_unknown_one_or_none(text: str, before: str) -> None:
    for body in (text, f"{before}/ai-review {text}", f"{text}\n{before}/ai-review{text}"):
        command = parse_command(body)
        if isinstance(command, Command):
            assert command.name in set(CommandName) - NEVER_TYPED
            assert command.argument == "" or command.name is CommandName.DISMISS
            assert len(command.argument) <= MAX_TEXT
            assert command.argument.isprintable()
        elif command is not None:
            assert 0 < len(command.text) <= MAX_TEXT
            assert command.text.isprintable()


@pytest.mark.parametrize(
    "filler",
    [
        "[",
        "`",
        "<",
        "<!--",
        "[a]: ",
        "> ",
        "- ",
        "*",
        "\\",
        "[x\n/ai-review\n",
        "`a\n/ai-review full\n",
        "](",
    ],
)
def test_a_hostile_comment_of_full_length_takes_no_more_than_linear_time(filler: str) -> None:
    body = (filler * 65_536)[:65_000] + "\n\n/ai-review help"
    started = time.process_time()
    assert all(isinstance(command, Command) for command in parse_commands(body))
    assert time.process_time() - started < 3  # a quadratic reading takes more than twice as long
