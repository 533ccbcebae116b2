"""Every key of the policy file: what it means, what it takes, and what holds without it.

The one place for this: values are checked by it, and the JSON Schema and the reference are made of it.
Descriptions are sentences for people.

What is *not* here: what stands below a key (bot.parsing.policies.nested_keys), what values look like
(bot.parsing.policies.values), and the policy that follows (bot.parsing.policies.policy_of).
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from bot.domain.finding import Category
from bot.domain.policy import Policy
from bot.parsing.policies.nested_keys import (
    CommandKeys,
    InstructionKeys,
    Keys,
    LanguageKeys,
    LearningKeys,
    RuleKeys,
    TriggerKeys,
)
from bot.parsing.policies.values import (
    MAX_TEXTS,
    CrossCheckWord,
    Dollars,
    FailOnWord,
    Flag,
    GitignorePatterns,
    LanguageCode,
    ModelName,
    Must,
    ProfileWord,
    SeverityWord,
    Wildcards,
    many,
    whole,
)

MAX_COMMENTS: Final = 60
MAX_PASSES: Final = 4

_POLICY: Final = Policy()


def _switch(value: object) -> object:
    """`learning: false` for short."""
    return {"enabled": value} if isinstance(value, bool) else value


def _ids_once(rules: tuple[RuleKeys, ...]) -> tuple[RuleKeys, ...]:
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        if rule.id.casefold() in seen:
            raise PydanticCustomError(
                "repeated", "{words}", {"words": "is given twice", "at": [number, "id"]}
            )
        seen.add(rule.id.casefold())
    return rules


class PolicyFile(Keys):
    """All keys of the file; each is optional."""

    version: Annotated[int, Must("1")] = Field(
        default=1, ge=1, le=1, description="The version of this format."
    )
    enabled: Flag = Field(default=_POLICY.enabled, description="Whether pull requests are reviewed at all.")
    triggers: Annotated[TriggerKeys, Must("a mapping of keys such as push")] = Field(
        default=TriggerKeys(), description="What starts a review by itself. Commands and re-runs always do."
    )
    branches: Wildcards = Field(
        default=_POLICY.branches,
        description="Pull requests into these base branches are reviewed by themselves; empty means all.",
    )
    drafts: Flag = Field(default=_POLICY.drafts, description="Whether drafts are reviewed by themselves.")
    ignore: GitignorePatterns = Field(
        default=_POLICY.ignore,
        description="Files that are left out of reviews. As in a .gitignore, the last pattern that matches"
        " decides, and one with `!` takes back in what a pattern above it left out. What is a lock"
        " file, vendored, generated or minified by its name is left out by itself; `-linguist-generated` in"
        " .gitattributes takes that back in.",
    )
    ignore_authors: Wildcards = Field(
        default=_POLICY.ignore_authors,
        description="Pull requests of these people and bots are not reviewed by themselves; upper or lower"
        " case does not matter.",
    )
    ignore_labels: Wildcards = Field(
        default=_POLICY.ignore_labels,
        description="Pull requests with one of these labels are not reviewed by themselves; upper or lower"
        " case does not matter.",
    )
    ignore_titles: Wildcards = Field(
        default=_POLICY.ignore_titles,
        description="Pull requests with such a title are not reviewed by themselves; upper or lower case does"
        " not matter. They are once they have another title.",
    )
    languages: Annotated[LanguageKeys, Must("a mapping with the keys only and off")] = Field(
        default=LanguageKeys(), description="Which programming languages are reviewed."
    )
    instructions: Annotated[
        tuple[InstructionKeys, ...], *many(MAX_TEXTS, "entries, each with the keys path and text")
    ] = Field(default=(), description="What is asked of reviews of some files.")
    rules: Annotated[
        tuple[RuleKeys, ...],
        *many(MAX_TEXTS, "entries, each with the keys id and text"),
        AfterValidator(_ids_once),
    ] = Field(
        default=(),
        description="Business logic that nobody wrote down elsewhere; changes are checked against it.",
    )
    guidelines: GitignorePatterns = Field(
        default=_POLICY.guidelines,
        description="Further files of the base branch that hold rules in words, beside REVIEW.md, AGENTS.md,"
        " CLAUDE.md and, for its sentences with words such as must or never, CONTRIBUTING.md.",
    )
    categories: Annotated[
        dict[Annotated[Category, Field(strict=False)], Flag],
        Must("a mapping from categories to true or false", tuple(Category)),
    ] = Field(
        default={category: category not in _POLICY.categories_off for category in Category},
        description="Which kinds of findings are told. What is not named stays as it is by default.",
    )
    severity_threshold: SeverityWord = Field(
        default=_POLICY.severity_threshold,
        description="The mildest severity that is told. Without it `profile` decides.",
    )
    max_comments: Annotated[int, *whole(0, MAX_COMMENTS)] = Field(
        default=_POLICY.max_comments,
        description="Inline comments that a review may post; the summary lists the rest. Without it"
        " `profile` decides.",
    )
    fail_on: FailOnWord = Field(
        default=_POLICY.fail_on,
        description="From which severity on a finding turns the check red; with `incomplete` no finding"
        " does, but what could not be looked at does, and what was skipped for the author's doing (a title in"
        " `ignore_titles`, pushes that `push: first`, `max_rounds` or `pause_after` leaves out) or for the"
        " day's budget.",
    )
    profile: ProfileWord = Field(
        default=_POLICY.profile,
        description="How sure and how bad a finding has to be: `chill` tells the"
        " fewest, `assertive` the most.",
    )
    cross_check: CrossCheckWord | None = Field(
        default=_POLICY.cross_check,
        description="Which findings a second question is asked about: none, those that the model is not sure"
        " of, or all. Without it `verify` where the operator configured a second model, else `off`.",
    )
    passes: Annotated[int, *whole(1, MAX_PASSES)] | None = Field(
        default=_POLICY.passes,
        description="How many questions are asked about the same code. Without it the operator decides, who"
        " may also set a limit.",
    )
    model: ModelName | None = Field(
        default=_POLICY.model, description="The model that looks for defects. Without it the operator's own."
    )
    language: LanguageCode = Field(
        default=_POLICY.language, description="The language that findings are written in."
    )
    summary: Flag = Field(
        default=_POLICY.summary,
        description="Whether a summary comment is posted; the check run says everything all the same.",
    )
    budget_usd: Dollars | None = Field(
        default=_POLICY.budget_usd,
        description="What one review may cost. The operator's own limit holds beside it.",
    )
    commands: Annotated[CommandKeys, Must("a mapping with the key permission")] = Field(
        default=CommandKeys(), description="Who may command."
    )
    learning: Annotated[
        LearningKeys,
        BeforeValidator(_switch),
        Must("true, false, or a mapping with the keys enabled and days"),
    ] = Field(default=LearningKeys(), description="What follows from findings that people dismissed.")
    suggestions: Flag = Field(
        default=_POLICY.suggestions, description="Whether the worst findings get a proposal how to mend them."
    )
    code_scanning: Flag = Field(
        default=_POLICY.code_scanning,
        description="Whether GitHub's open code-scanning alerts of the pull request are looked at too.",
    )
    images: Flag = Field(
        default=_POLICY.images,
        description="Whether changed images and screenshots of the description are shown to models that can"
        " see.",
    )
