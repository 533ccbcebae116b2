"""What reviews of later pushes cost: one that changes a file, one that changes nothing, beside the first.

The engine on a repository on disk, with a scripted model: counted are questions and tokens, not seconds.
What is *not* here: GitHub and the queue (tests.bench.reviews).
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from bot.domain.ledger import Earlier, Ledger
from bot.domain.review import Review
from tests.bench.changes import Files, files
from tests.bench.figures import Figure, Target
from tests.bench.flow import SlowModel, instructions, repository_of, review_of, rules_of
from workers.recalling import Recalled, ledger_after
from workers.review.change import tokens

_GROUP = "Later pushes"


def measure_rounds() -> list[Figure]:
    """Six files with three findings; a push that changes one of them; a push without a change of content."""
    first = files(6)
    path = next(one for one in first.head if one.endswith(".py"))
    pushed = replace(first, head={**first.head, path: f"import json\n{first.head[path]}"})
    with tempfile.TemporaryDirectory() as folder:
        review, cost, _ = _look(Path(folder) / "first", first)
        earlier = Recalled(ledger_after(review, Ledger())).earlier()
        again, push_cost, questions = _look(Path(folder) / "push", pushed, earlier)
        known = Recalled(ledger_after(again, Ledger())).earlier()
        quiet, _, none = _look(Path(folder) / "quiet", pushed, known)
    told = sum(not marked.since for one in (again, quiet) for marked in one.shown)
    return [
        Figure(_GROUP, "prompts of a push that changes one of six files", "tokens", (push_cost,)),
        Figure(_GROUP, "against the first review", "ratio", (push_cost / cost,), (Target.BELOW, 0.7)),
        Figure(_GROUP, "questions of it, three findings open", "calls", (float(questions),)),
        Figure(
            _GROUP, "questions of a push without new content", "calls", (float(none),), (Target.AT_MOST, 0.0)
        ),
        Figure(_GROUP, "findings told again in both", "findings", (float(told),), (Target.AT_MOST, 0.0)),
    ]


def _look(folder: Path, change: Files, earlier: Earlier | None = None) -> tuple[Review, float, int]:
    """The review, its tokens, and how many questions it asked."""
    model = SlowModel(rules_of(change, slow=False))
    review = asyncio.run(review_of(repository_of(folder, change), model, earlier))
    asked = sum(tokens(prompt.text) for prompt in model.prompts) + instructions(model.prompts)
    return review, asked, len(model.prompts)
