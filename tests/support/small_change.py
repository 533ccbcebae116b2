"""A change of two files with a defect in each, and a review of it."""

from __future__ import annotations

from bot.domain.policy import CrossCheck, Policy
from bot.domain.review import Review
from tests.support.changes import Versions, change_of, reader_of
from tests.support.scripted import found
from workers.models.scripted import ScriptedModel
from workers.review.change import Engine
from workers.review.pipeline import review_change

BASE = "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n"
HEAD = "def share(total, people):\n    return total / people\n"
FILES: Versions = {"shop/share.py": (BASE, HEAD), "shop/tax.py": ("RATE = 19\n", "RATE = 20\n")}
GUARD = found("shop/share.py", "    if not people:\n        return 0")
RATE = found("shop/tax.py", "RATE = 20", claim="The rate doubles.", category="boundary", severity="low")


async def review(
    finder: ScriptedModel | None = None,
    checker: ScriptedModel | None = None,
    policy: Policy | None = None,
    **engine: object,
) -> Review:
    """A first review; a second model is asked about everything unless the policy says otherwise."""
    made = Engine(reader_of(FILES), finder=finder, cross_checker=checker, **engine)  # type: ignore[arg-type]
    everything = Policy(cross_check=CrossCheck.STRICT) if checker else Policy()
    return await review_change(change_of(FILES), policy or everything, made)
