"""What is measured against what: each variant by its name, in one line.

What is *not* here: running one (workers.evals.running).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.domain.policy import CrossCheck, Policy
from bot.errors import UsageError
from workers.context.pieces import RelatedKind
from workers.review.change import Engine

NAIVE = "naive"


def _as_it_is(engine: Engine) -> Engine:
    return engine


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to review.

    Attributes:
        words: what it is, for people.
        bare: whether the bare prompt is asked, and no engine.
        sweep: whether findings below the confidence count as held back that gives the best F1 over the set.
        cut: the same with a confidence that is known.
        cross_check: which findings a second question is asked about.
        adapt: what is different in the engine.
    """

    words: str
    bare: bool = False
    sweep: bool = False
    cut: float | None = None
    cross_check: CrossCheck = CrossCheck.VERIFY
    adapt: Callable[[Engine], Engine] = _as_it_is

    @property
    def policy(self) -> Policy:
        """The policy that it reviews by: no repository's own, and no fixes, which change no finding."""
        return Policy(cross_check=self.cross_check, suggestions=False)


def variant_of(name: str) -> Variant:
    """The variant with this name.

    Raises:
        UsageError: there is none.
    """
    if name not in VARIANTS:
        raise UsageError(f"{name} is no variant: give one of {', '.join(VARIANTS)}.")
    return VARIANTS[name]


def _engine(**fields: object) -> Callable[[Engine], Engine]:
    """Fields of the engine."""
    return lambda engine: replace(engine, **fields)  # type: ignore[arg-type]  # names are checked by use


def _limits(**fields: float) -> Callable[[Engine], Engine]:
    """Fields of the engine's limits."""
    return lambda engine: replace(engine, limits=replace(engine.limits, **fields))  # type: ignore[arg-type]


def _without(kind: RelatedKind) -> Variant:
    """One question about the changed files and all other kinds of code beside them."""
    kinds = frozenset(RelatedKind) - {kind}
    return Variant(
        f"no {kind} is shown beside the changed files, and nothing is cross-checked",
        cross_check=CrossCheck.OFF,
        adapt=lambda engine: replace(engine, limits=replace(engine.limits, related_kinds=kinds)),
    )


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        NAIVE: Variant("the bare prompt", bare=True),
        "naive-cut": Variant("the bare prompt with its best confidence cut", bare=True, sweep=True),
        "engine": Variant("the whole engine"),
        "engine-no-check": Variant("the engine without cross-check", cross_check=CrossCheck.OFF),
        "engine-votes": Variant("three answers decide about what is unsure", adapt=_engine(votes=3)),
        "engine-votes-no-check": Variant(
            "three answers decide about what is unsure, and nothing is cross-checked",
            cross_check=CrossCheck.OFF,
            adapt=_engine(votes=3),
        ),
        "engine-votes-wide-no-check": Variant(
            "the same, and findings believed in less, too",
            cross_check=CrossCheck.OFF,
            adapt=lambda engine: _limits(confidence_least=0.25)(replace(engine, votes=3)),
        ),
        "engine-wide": Variant("findings believed in less, too", adapt=_limits(confidence_least=0.25)),
        "engine-wide-no-check": Variant(
            "findings believed in less, too, and nothing is cross-checked",
            cross_check=CrossCheck.OFF,
            adapt=_limits(confidence_least=0.25),
        ),
        "engine-strict": Variant("every finding is cross-checked", cross_check=CrossCheck.STRICT),
        "engine-cut": Variant("the whole engine with its best confidence cut", sweep=True),
        "engine-uncut": Variant("no finding is held back", adapt=_limits(confidence_least=0, unsure_least=0)),
        "engine-2-passes": Variant("two questions a bundle", adapt=_engine(passes=2)),
        "engine-3-passes": Variant("three questions a bundle", adapt=_engine(passes=3)),
        "engine-4-passes": Variant("four questions a bundle", adapt=_engine(passes=4)),
        "engine-no-definitions": _without(RelatedKind.DEFINITION),
        "engine-no-callers": _without(RelatedKind.CALLER),
        "engine-no-tests": _without(RelatedKind.TEST),
        "engine-no-other-uses": _without(RelatedKind.USE),
        "engine-no-context": Variant("only the changed files are shown", adapt=_engine(code=None)),
        "engine-no-context-no-check": Variant(
            "only the changed files are shown, and nothing is cross-checked",
            cross_check=CrossCheck.OFF,
            adapt=_engine(code=None),
        ),
        "engine-2-passes-no-check": Variant(
            "two questions a bundle, and nothing is cross-checked",
            cross_check=CrossCheck.OFF,
            adapt=_engine(passes=2),
        ),
        "engine-no-analysers": Variant("no hits of analysers are shown", adapt=_engine(analysers=())),
        "engine-small-bundles": Variant("small questions", adapt=_limits(bundle_tokens=4_000)),
    }
)
