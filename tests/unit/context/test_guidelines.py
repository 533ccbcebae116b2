from __future__ import annotations

import pytest

from tests.support.code_base import Texts
from workers.context.guidelines import FILE_TOKENS, TOTAL_TOKENS, guidelines

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


async def test_only_what_asks_for_something_in_code_is_a_rule() -> None:
    [(path, text)] = await texts(["a.py"], AGENTS=AGENTS)
    assert path == "AGENTS.md"
    assert text.split("\n") == [
        "- Money must be Decimal, never float.",
        "- Call `audit()` whenever a balance changes:",
        "  it should come before the commit.",
        "Handlers never answer without checking the tenant.",
    ]


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
