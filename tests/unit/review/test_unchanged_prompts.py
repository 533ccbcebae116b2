"""What a review without special wishes asks of models: its quality was measured, so each byte of it stays."""

from __future__ import annotations

from bot.domain.policy import CrossCheck, Policy
from tests.support.changes import change_of, reader_of
from tests.support.code_base import Texts
from tests.support.golden import check_golden
from tests.support.scripted import finds, found, scripted, votes
from workers.ports import Prompt
from workers.review.change import Engine
from workers.review.pipeline import review_change

BASE = "from money import rate\n\n\ndef total(cart):\n    return cart.sum * 2\n"
HEAD = "from money import rate\n\n\ndef total(cart):\n    return cart.sum * rate(cart)\n"
FILES = {"shop/total.py": (BASE, HEAD), "shop/tax.sql": ("SELECT 19;\n", "SELECT 20;\n")}
CODE = {"shop/total.py": HEAD, "money.py": "def rate(cart):\n    return None if cart.empty else 0.19\n"}
UNSURE = found("shop/total.py", "    return cart.sum * rate(cart)", confidence=0.5, needs=["rate"])


def whole(prompt: Prompt) -> str:
    return f"=== {prompt.name}: system ===\n{prompt.system}\n=== user ===\n{prompt.text}\n"


async def asked(passes: int) -> str:
    """Every question of a review with rules of the repository, related code and a second model."""
    finder, checker = scripted(finds(UNSURE)), scripted(votes("confirmed"))
    engine = Engine(
        reader_of(FILES),
        code=Texts(CODE, {"REVIEW.md": "Money must be Decimal."}),
        finder=finder,
        cross_checker=checker,
        passes=passes,
        nonce=lambda: "0123456789abcdef",
    )
    change = change_of(FILES, title="Look the rate up", body="It differs by cart. Fixes #12")
    await review_change(change, Policy(cross_check=CrossCheck.VERIFY, suggestions=False), engine)
    return "\n".join(whole(prompt) for prompt in (*finder.prompts, *checker.prompts))


async def test_one_pass_asks_as_it_was_measured() -> None:
    check_golden("prompts/review-with-1-pass.txt", await asked(1))


async def test_several_passes_ask_as_they_were_measured() -> None:
    check_golden("prompts/review-with-4-passes.txt", await asked(4))
