from __future__ import annotations

import time

import pytest

from bot.parsing.linked_issues import MAX_BODY, linked_issues

REPO = "acme/shop"
PAGE = "https://github.com/acme/shop"


@pytest.mark.parametrize(
    "body",
    [
        "Fixes #12",
        "fixes: #12",
        "This closes #12.",
        "resolved acme/shop#12",
        "RESOLVES ACME/SHOP#12, at last",
        "Close GH-12",
        "fixed https://github.com/acme/shop/issues/12",
        "- [x] tested\n- fixes #12\n",
        "# Fixes #12",
        "(fix #12)",
        "It fixes\n#12",
        "Fixes #12\r\nFixes #12\r\n",
    ],
)
def test_a_keyword_and_an_issue_of_this_repository_are_a_link(body: str) -> None:
    assert linked_issues(body, REPO, PAGE) == (12,)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "See #12",
        "fixes 12",
        "prefixes #12",
        "bug-fixes #12",
        "fixes #12a",
        "fixes #0",
        "fixes other/shop#12",
        "fixes acme/shop-old#12",
        "fixes https://github.com/acme/other/issues/12",
        "fixes https://evil.example/acme/shop/issues/12",
        "fixes #1234567890",
        "> fixes #12",
        "> quoted\nfixes #12",
        "`fixes #12`",
        "```\nfixes #12\n```",
        "    fixes #12",
        "<!-- fixes #12 -->",
        "<!-- for example\n\nfixes #12\n-->",
        "<details>\nfixes #12\n</details>",
        "[fixes #12](https://evil.example)",
        "fixes `x` #12",
    ],
)
def test_anything_else_is_none(body: str) -> None:
    assert linked_issues(body, REPO, PAGE) == ()


def test_addresses_say_nothing_where_the_page_is_not_known() -> None:
    assert linked_issues("fixes /issues/12", REPO) == ()


def test_the_first_three_count_each_once_in_their_order() -> None:
    body = "Fixes #9, fixes #2 and fixes #9.\n\nCloses #5.\n\nResolves #1."
    assert linked_issues(body, REPO) == (9, 2, 5)


@pytest.mark.parametrize("part", ["fixes ", "`", "[", "](", "<!--", "fixes #1`", "> fixes #1\n", "fixes   "])
def test_hostile_descriptions_take_no_time(part: str) -> None:
    before = time.perf_counter()
    linked_issues(part * (MAX_BODY // len(part)), REPO, PAGE)
    assert time.perf_counter() - before < 2
