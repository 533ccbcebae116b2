"""From the keys of a file to the policy that follows.

What is *not* here: where the keys come from.
"""

from __future__ import annotations

from bot.domain.policy import (
    CATEGORIES_OFF_BY_DEFAULT,
    Learning,
    PathInstructions,
    PauseAfter,
    Policy,
    Rule,
    Triggers,
)
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.nested_keys import TriggerKeys

SET_BY_PROFILE = ("severity_threshold", "max_comments")
"""Keys whose defaults are the profile's."""
_AS_IT_IS = (
    *("enabled", "branches", "drafts", "ignore", "ignore_authors", "ignore_labels", "ignore_titles"),
    *("guidelines", "fail_on", "profile", "cross_check", "passes", "model", "language", "summary"),
    *("budget_usd", "suggestions", "code_scanning", "images"),
)


def policy_of(said: PolicyFile) -> Policy:
    """The policy that these keys ask for."""
    explicit = said.model_fields_set
    on = {category for category, wanted in said.categories.items() if wanted}
    off = frozenset(category for category, wanted in said.categories.items() if not wanted)
    return Policy(
        triggers=_triggers(said.triggers),
        languages=said.languages.only,
        languages_off=said.languages.off,
        path_instructions=tuple(PathInstructions(entry.patterns, entry.text) for entry in said.instructions),
        rules=tuple(Rule(rule.id, rule.text, rule.paths, rule.severity) for rule in said.rules),
        categories_off=(CATEGORIES_OFF_BY_DEFAULT - on) | off,
        permission=said.commands.permission,
        learning=Learning(said.learning.enabled, said.learning.days),
        **{key: getattr(said if key in explicit else said.profile, key) for key in SET_BY_PROFILE},
        **{key: getattr(said, key) for key in _AS_IT_IS},
    )


def _triggers(said: TriggerKeys) -> Triggers:
    burst = said.pause_after
    pause = PauseAfter(burst.pushes, burst.minutes) if burst else None
    return Triggers(said.opened, said.ready_for_review, said.push, pause, said.max_rounds)
