"""Second and further reviews of a change made of texts, by a scripted model."""

from __future__ import annotations

from bot.domain.ledger import Earlier
from bot.domain.policy import Policy
from bot.domain.review import Review
from tests.support.changes import Versions, reader_of
from tests.support.pushes import change_with_renames
from workers.models.scripted import Rule, ScriptedModel
from workers.review.change import Engine
from workers.review.pipeline import review_change

NEW_HEAD = "2" * 40


def refutes(ruling: str = "refuted") -> Rule:
    """A rule that answers whether an earlier finding still holds."""
    return Rule(name="^recheck", answer={"verdict": ruling, "introduced": True, "reason": "Line 1 does."})


async def review(
    files: Versions,
    model: ScriptedModel | None,
    earlier: Earlier | None = None,
    policy: Policy | None = None,
    **engine: object,
) -> Review:
    """One review; `engine` are fields of the engine, `earlier` what the reviews before it leave."""
    made = Engine(engine.pop("reader", None) or reader_of(files), finder=model, **engine)  # type: ignore[arg-type]
    change = change_with_renames(files, head_sha=NEW_HEAD if earlier else "1" * 40)
    wanted = policy or Policy(suggestions=False)
    return await (
        review_change(change, wanted, made, earlier) if earlier else review_change(change, wanted, made)
    )
