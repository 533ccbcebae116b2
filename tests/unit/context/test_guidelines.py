from __future__ import annotations

import pytest

from tests.support.code_base import Texts
from workers.context.guidelines import (
    FILE_TOKENS,
    MOST_NAMED,
    NAMED_TOKENS,
    TOTAL_TOKENS,
    NamedFiles,
    guidelines,
)

AGENTS = """# AGENTS.md

## Building

```sh
make   # you must have make
```

- Money must be Decimal, never float.
- The title of a pull request must be short.
- Call `audit()` whenever a balance changes:
  it should come before the commit.

Handlers never answer without checking the tenant.

See the handbook for more.
"""


async def texts(paths: list[str], **base: str) -> list[tuple[str, str]]:
    code = Texts({}, {name.replace("__", "/") + ".md": text for name, text in base.items()})
    return [(one.path, one.text) for one in await guidelines(paths, code)]


async def test_of_what_people_are_told_only_what_asks_for_something_in_code_is_a_rule() -> None:
    [(path, text)] = await texts(["a.py"], CONTRIBUTING=AGENTS)
    assert path == "CONTRIBUTING.md"
    assert text.split("\n") == [
        "- Money must be Decimal, never float.",
        "- Call `audit()` whenever a balance changes:",
        "  it should come before the commit.",
        "Handlers never answer without checking the tenant.",
    ]


@pytest.mark.parametrize("name", ["AGENTS", "CLAUDE", "pay__AGENTS"])
async def test_what_was_written_for_machines_is_given_as_it_stands_in_whatever_language(name: str) -> None:
    german = "# Regeln\n\nJede Abfrage prüft den Mandanten.\n\n- Beträge sind ganze Cent.\n  Nie Gleitkomma."
    [(_, text)] = await texts(["pay/a.py"], **{name: f"{german}\n\n- Write a changelog.\n\n```sh\nmake\n```"})
    assert text.split("\n") == [
        "# Regeln",
        "Jede Abfrage prüft den Mandanten.",
        "- Beträge sind ganze Cent.",
        "  Nie Gleitkomma.",
    ]


async def test_a_heading_with_nothing_under_it_is_no_rule() -> None:
    text = "# Shop\n\n## Building\n\n```sh\nmake\n```\n\n## Money\n\nUse cents."
    assert await texts(["a.py"], AGENTS=text) == [("AGENTS.md", "## Money\nUse cents.")]


async def test_what_asks_for_something_comes_first_where_there_is_no_room_for_all() -> None:
    long = "\n\n".join(f"The part {number} of the shop has this to do." for number in range(300))
    [(_, text)] = await texts(["a.py"], AGENTS=f"{long}\n\nMoney must be Decimal.")
    assert text.split("\n")[:2] == ["Money must be Decimal.", "The part 0 of the shop has this to do."]


async def test_what_was_written_for_reviewers_counts_as_a_whole() -> None:
    [(_, text)] = await texts(["a.py"], REVIEW="Look at the tenant.\n\nSee https://example.com")
    assert text == "Look at the tenant.\n\nSee https://example.com"


async def test_the_nearest_file_comes_first_and_folders_without_a_changed_file_say_nothing() -> None:
    found = await texts(
        ["shop/pay/a.py"], AGENTS="Always a.", shop__AGENTS="Always b.", web__AGENTS="Always c."
    )
    assert found == [("shop/AGENTS.md", "Always b."), ("AGENTS.md", "Always a.")]


async def test_the_same_words_in_two_files_are_given_once() -> None:
    assert len(await texts(["a.py"], AGENTS="Always a.", CLAUDE="Always a.")) == 1


async def test_rules_stay_within_their_budget_and_are_cut_at_a_line() -> None:
    long = "\n\n".join(f"Rule {number} must hold." for number in range(2_000))
    found = await texts(["a/b/c.py"], AGENTS=long, a__AGENTS=f"{long} ", a__b__AGENTS=f"{long}  ")
    assert all(text.endswith("must hold.") for _, text in found)
    assert all(len(text) * 2 / 7 <= FILE_TOKENS for _, text in found)
    assert sum(len(text) for _, text in found) * 2 / 7 <= TOTAL_TOKENS


@pytest.mark.parametrize("text", ["", "   \n", "Only words about commit messages."])
async def test_a_file_without_a_rule_is_left_out(text: str) -> None:
    assert await texts(["a.py"], AGENTS=text) == []


async def test_a_fence_that_never_ends_takes_the_rest_with_it_and_no_text_is_read_without_end() -> None:
    fences = "```x\nAlways b.\n" * 100_000
    assert await texts(["a.py"], AGENTS=f"Always a.\n\n{fences}") == [("AGENTS.md", "Always a.")]


async def named(base: dict[str, str], *patterns: str, head: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Guidelines for `a.py`; files at the head are those given, the base has the texts."""
    files = NamedFiles(patterns, ("docs/renamed.md",))
    code = Texts(dict.fromkeys(head, "x"), base)
    return [(one.path, one.text) for one in await guidelines(["a.py"], code, files)]


async def test_a_file_that_the_policy_names_is_read_of_the_base_and_comes_whole_and_first() -> None:
    base = {"docs/money.md": "Money is exact.\n\nSee https://example.com", "AGENTS.md": "Always a."}
    found = await named(base, "docs/money.md", head=("docs/money.md",))
    assert found == [
        ("docs/money.md", "Money is exact.\n\nSee https://example.com"),
        ("AGENTS.md", "Always a."),
    ]


async def test_patterns_find_files_in_their_order() -> None:
    base = {"docs/b.md": "B", "docs/a.md": "A", "rules.txt": "R", "web/rules.txt": "W", "docs/x.md": "X"}
    found = await named(base, "/rules.txt", "docs/*.md", "!docs/x.md", head=tuple(base))
    assert found == [("rules.txt", "R"), ("docs/a.md", "A"), ("docs/b.md", "B")]


async def test_a_file_that_the_change_takes_away_still_counts() -> None:
    assert await named({"docs/gone.md": "Gone."}, "/docs/gone.md") == [("docs/gone.md", "Gone.")]
    assert await named({"docs/renamed.md": "Old name."}, "docs/*") == [("docs/renamed.md", "Old name.")]


async def test_what_a_policy_names_is_bounded_and_leaves_the_usual_files_their_room() -> None:
    base = {f"docs/{n:02}.md": f"Rule {n}.\n" * 300 for n in range(30)} | {"AGENTS.md": "Always a."}
    found = await named(base, "docs/**", head=tuple(base))
    assert sum(len(text) for path, text in found if path != "AGENTS.md") * 2 / 7 <= NAMED_TOKENS
    assert found[-1] == ("AGENTS.md", "Always a.")
    short = {f"docs/{n:02}.md": "Short." for n in range(30)}
    assert len(await named(short, "docs/**", head=tuple(short))) == MOST_NAMED


async def test_a_usual_file_that_is_named_is_given_once() -> None:
    assert await named({"AGENTS.md": AGENTS}, "AGENTS.md") == [("AGENTS.md", AGENTS.strip())]


async def test_a_name_without_a_file_gives_nothing() -> None:
    assert await named({}, "docs/none.md", "none/*") == []
