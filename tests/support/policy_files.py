"""Policy files: one that says every key, and the first mistake of one that is refused."""

from __future__ import annotations

import pytest

from bot.errors import PolicyError
from bot.parsing.policies import parse_policy

WHOLE = """\
# what we want
version: 1
enabled: false
triggers:
  opened: false
  ready_for_review: false
  push: first
  pause_after: {pushes: 5, minutes: 30}
  max_rounds: 7
branches: [main, release/*]
drafts: true
ignore:
  - "*.min.js"   # built
  - docs/
ignore_authors: ["*[bot]"]
ignore_labels: [no review]
ignore_titles: ["[WIP]*"]
languages: {only: [Python, C++], off: [SQL]}
instructions:
  - path: db/**
    text: Migrations must be reversible.
  - paths: [api/, "!api/made/"]
    text: |
      Handlers check the tenant.
rules:
  - {id: money, text: Amounts are integers., paths: [billing/, '!*.md'], severity: high}
  - {id: R-2, text: No sleep.}
guidelines: [docs/rules.md]
categories: {test: true, security: false}
severity_threshold: high
max_comments: 5
fail_on: incomplete
profile: assertive
cross_check: strict
passes: 2
model: openai:some-model
language: pt-br
summary: false
budget_usd: 0.25
commands: {permission: maintain}
learning: {enabled: false, days: 30}
suggestions: false
code_scanning: true
images: false
"""


def refused(text: str) -> PolicyError:
    """The mistake that is reported of a text."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value
