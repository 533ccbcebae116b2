"""Keys of the policy file that stand below others. Descriptions are sentences for people.

What is *not* here: the keys at the top (bot.parsing.policies.keys).
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.domain.policy import MayCommand, Policy, Rule
from bot.parsing.policies.values import (
    Flag,
    Must,
    OnePath,
    PathPatterns,
    PermissionWord,
    ProgrammingLanguages,
    PushWord,
    RuleId,
    SeverityWord,
    Text,
    problem,
    whole,
)

MAX_ROUNDS: Final = 1_000

_POLICY: Final = Policy()
_RULE: Final = Rule("", "")
_PATHS: Final = "As in `ignore`, the last one that matches decides; one with `!` takes files out again."


class Keys(BaseModel):
    """Keys of one mapping. An empty key asks for its default, as a missing one does."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            key: value for key, value in given.items() if value is not None or key not in cls.model_fields
        }


class PauseAfterKeys(Keys):
    """Keys of `triggers.pause_after`."""

    pushes: Annotated[int, *whole(2, 1000)] = Field(
        description="So many pushes within `minutes` pause the reviews."
    )
    minutes: Annotated[int, *whole(1, 1440)] = Field(description="The time in which `pushes` are counted.")


class TriggerKeys(Keys):
    """Keys of `triggers`."""

    opened: Flag = Field(
        default=_POLICY.triggers.opened,
        description="Whether opening or reopening a pull request starts a review.",
    )
    ready_for_review: Flag = Field(
        default=_POLICY.triggers.ready_for_review, description="Whether a draft is reviewed once it is ready."
    )
    push: PushWord = Field(
        default=_POLICY.triggers.push,
        description="Which pushes start a review: `every` one, or only the `first` while there was none yet.",
    )
    pause_after: Annotated[PauseAfterKeys | None, Must("a mapping with the keys pushes and minutes")] = Field(
        default=None,
        description="Pauses the reviews of a pull request during a burst of pushes, until `resume`.",
    )
    max_rounds: Annotated[int, *whole(1, MAX_ROUNDS)] = Field(
        default=_POLICY.triggers.max_rounds,
        description="Reviews of one pull request after which pushes start none; people can still ask.",
    )


class LanguageKeys(Keys):
    """Keys of `languages`."""

    only: ProgrammingLanguages = Field(
        default=_POLICY.languages,
        description="Only files of these languages are reviewed; empty means all files.",
    )
    off: ProgrammingLanguages = Field(
        default=_POLICY.languages_off,
        description="Files of these languages are not reviewed, whatever `only` says.",
    )


class InstructionKeys(Keys):
    """Keys of one entry of `instructions`; either `path` or `paths` is needed."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["path"]}, {"required": ["paths"]}]},
    )

    path: OnePath | None = Field(default=None, description="The files that it holds for.")
    paths: PathPatterns | None = Field(default=None, description=f"The same for several patterns. {_PATHS}")
    text: Text = Field(description="What reviews should look at there, in words for the model.")

    @model_validator(mode="after")
    def _has_paths(self) -> InstructionKeys:
        if bool(self.path) is bool(self.paths):
            raise problem("needs either `path` or `paths`")
        return self

    @property
    def patterns(self) -> tuple[str, ...]:
        """Those of either key."""
        return self.paths or ((self.path,) if self.path else ())


class RuleKeys(Keys):
    """Keys of one entry of `rules`."""

    id: RuleId = Field(description="A short name; findings that break the rule carry it.")
    text: Text = Field(description="The rule, in words for the model.")
    paths: PathPatterns = Field(
        default=_RULE.paths, description=f"The files that it holds for; empty means all. {_PATHS}"
    )
    severity: SeverityWord = Field(default=_RULE.severity, description="How bad a finding is that breaks it.")


class CommandKeys(Keys):
    """Keys of `commands`."""

    permission: PermissionWord = Field(
        default=MayCommand.WRITE,
        description="The least permission on the repository that `/ai-review` obeys.",
    )


class LearningKeys(Keys):
    """Keys of `learning`."""

    enabled: Flag = Field(
        default=_POLICY.learning.enabled,
        description="Whether findings like those that people with write access dismissed are held back.",
    )
    days: Annotated[int, *whole(1, 365)] = Field(
        default=_POLICY.learning.days, description="How many days a dismissal counts."
    )
