"""What the demo prints: its progress, and the review as it stands on the pull request.

What is *not* here: the review's own words (bot.rendering); they are read back from the sandbox, as a person
would see them.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from bot.sandbox.state import CheckRun, PullRequest, ReviewComment
from workers.cli.demo_planted import PLANTED, missed

_COMMENT: Final = re.compile(r"<!--.*?-->|</?(?:details|summary)>", re.DOTALL)
_COLOURS: Final = {"success": "green", "neutral": "yellow", "failure": "red"}


class Report:
    """Prints to standard output."""

    def __init__(self) -> None:
        self._console = Console()
        self._started = time.monotonic()

    def step(self, text: str) -> None:
        """One line of progress with the seconds since the start."""
        seconds = time.monotonic() - self._started
        self._console.print(Text(f"{seconds:5.1f} s  {text}"))

    def review(self, pull: PullRequest, *, static: bool) -> None:
        """The review with its inline comments, the summary and the check run."""
        self.step("the review stands on the pull request")
        self._console.print()
        for comment in pull.review_comments:
            self._inline(comment)
        for conversation in pull.comments:
            self._console.print(Rule("Summary comment", style="dim"))
            self._markdown(conversation.body)
        for run in pull.repository.checks:
            self._check(run)
        meaning = (
            "A green check says that all was read, not that nothing was found: `fail_on: high` in the policy"
            " makes it red for grave findings."
        )
        self._console.print(Text(f"\n{meaning}", "dim"))
        if static:
            hint = "No model took part. To see what one adds, set AI_REVIEW_MODEL and its key."
            self._console.print(Text(f"\n{hint}", "dim"))

    def planted(self, pull: PullRequest) -> None:
        """Which of the planted bugs have no comment: a review that found three of six has missed three."""
        stand = (comment.place for comment in pull.review_comments)
        left = missed((place.path, place.line) for place in stand if place.line is not None)
        self._console.print(
            Text(f"\nPlanted bugs found: {len(PLANTED) - len(left)} of {len(PLANTED)}.", "bold")
        )
        for bug in left:
            self._console.print(Text(f"  not found  {bug.path}: {bug.what}"))

    def failure(self, log: Path) -> None:
        """What the processes said, when no review came."""
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        self._console.print(Text("No review came. The log of the processes ends with:", "bold red"))
        for line in lines[-15:]:
            self._console.print(Text(line))

    def trouble(self, log: Path) -> None:
        """Why the model left something unread, for who set it: the pull request does not say it all."""
        self._console.print(Text("\nThe model left something unread.", "bold red"))
        for sentence in _warnings(log):
            self._console.print(Text(f"  {sentence}"), soft_wrap=True)
        self._console.print(Text("Mend that, and run the demo again."))

    def page(self, path: Path) -> None:
        """Where the page is."""
        self._console.print(
            Text.assemble("\nThe pull request as a page: ", (str(path), "bold")), soft_wrap=True
        )

    def addresses(self, github_url: str, pull: PullRequest, port: int, token: str) -> None:
        """For `--serve`: where everything is, and what to try; the token opens this sandbox only."""
        address = f"{github_url}/{pull.repository.full_name}/pull/{pull.number}"
        self._console.print(Text(f"The pull request:  {address}"), soft_wrap=True)
        self._console.print(Text(f"The receiver:      http://127.0.0.1:{port}/readyz"), soft_wrap=True)
        self._console.print(
            Text(f"To try, in another terminal:  {_question(github_url, pull, token)}"), soft_wrap=True
        )
        self._console.print(Text("The answer is on the pull request's page a moment later."))
        self._console.print(Text("Ctrl+C ends everything."))

    def _inline(self, comment: ReviewComment) -> None:
        place = comment.place
        self._console.print(Rule(Text(f"{place.path}:{place.line}", "bold"), align="left", style="dim"))
        self._markdown(comment.body)

    def _check(self, run: CheckRun) -> None:
        colour = _COLOURS.get(run.conclusion or "", "white")
        self._console.print(
            Text.assemble(
                "\nCheck run ", (run.name, "bold"), ": ", (str(run.conclusion), colour), f" · {run.title}"
            )
        )

    def _markdown(self, body: str) -> None:
        text = _COMMENT.sub("", body).strip()
        self._console.print(Padding(Markdown(text, hyperlinks=False), (0, 0, 1, 2)))


def _warnings(log: Path) -> list[str]:
    """What the processes warned of, each thing once."""
    found: dict[str, None] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("level") in ("WARNING", "ERROR"):
            found[str(record.get("message", ""))] = None
    return list(found)


def _question(github_url: str, pull: PullRequest, token: str) -> str:
    """A call that asks the bot to explain its first finding, or for its commands where there is none."""
    api, number = f"{github_url}/repos/{pull.repository.full_name}", pull.number
    url, word = f"{api}/issues/{number}/comments", "help"
    if pull.review_comments:
        url = f"{api}/pulls/{number}/comments/{pull.review_comments[0].id}/replies"
        word = "explain"
    body = json.dumps({"body": f"/ai-review {word}"})
    return f"curl -s -o /dev/null -H 'Authorization: Bearer {token}' -d '{body}' {url}"
