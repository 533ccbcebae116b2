from __future__ import annotations

from tests.support.golden import check_golden
from workers.evals.bare import bare_prompt


def test_the_bare_question_is_asked_to_the_letter_as_when_it_was_measured() -> None:
    prompt = bare_prompt("Share the bill", "So that it adds up.", "--- a/share.py\n+++ b/share.py\n")
    check_golden(
        "prompts/naive-1.txt", f"=== {prompt.name} ===\n{prompt.system}=== user ===\n{prompt.text}<end>\n"
    )
