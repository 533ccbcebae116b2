"""A desk as commands meet it: GitHub in miniature, a real Redis, a scripted model, and people who talk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from redis import Redis

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Category, Disposition, Fate, Finding, LineRange, MarkedFinding, Severity
from bot.domain.pull_request import PullRequest
from bot.domain.request import CommandRequest, ReviewRequest
from bot.github.client import GitHub, connect
from bot.github.events import CommandGiven, parse_event
from bot.github.publish import ReviewComment, post_review
from bot.github.pulls import fetch_pull_request
from bot.queue.wire import CommandJob
from bot.rendering.carried import carry_finding
from bot.rendering.markers import MarkerKind, write_marker
from bot.sandbox import state
from bot.settings import Settings
from bot.store import Store
from bot.store.breaker import Breaker
from bot.store.ledgers import Ledgers
from bot.store.pauses import Pauses
from bot.store.policies import Policies
from tests.support.installation import Scene, scene_in
from tests.support.scripted import write_script
from workers.commands import Desk, obey
from workers.models.scripted import Rule

API = "https://api.github.test"
NOW = 1_800_000_000.0
GUARD = "    if not people:\n        return 0\n"
HEAD = {"shop/share.py": "def share(total, people):\n    return total / people\n"}
BASE = {"shop/share.py": f"def share(total, people):\n{GUARD}    return total / people\n"}
FINDING = Finding(
    path="shop/share.py",
    lines=LineRange(2, 2),
    quote="    return total / people",
    category=Category.MISSING_CHECK,
    severity=Severity.MEDIUM,
    confidence=0.8,
    claim="The guard against an empty list is gone.",
    trigger="share(10, 0)",
    consequence="ZeroDivisionError",
    source="scripted",
)
SAID = ("issue_comment", "pull_request_review_comment", "pull_request_review_thread")


@dataclass
class Submitted:
    """A queue that only remembers."""

    requests: list[ReviewRequest] = field(default_factory=list)

    def submit(self, request: ReviewRequest) -> bool:
        self.requests.append(request)
        return True


@dataclass
class Settled:
    """Settles nothing, and remembers what it was asked to."""

    told: set[int] = field(default_factory=set)
    asked: list[tuple[int, Disposition]] = field(default_factory=list)

    async def __call__(
        self, pull: PullRequest, comment_id: int, settled: Disposition
    ) -> MarkedFinding | None:
        if comment_id not in self.told:
            return None
        self.asked.append((comment_id, settled))
        return MarkedFinding(FINDING, settled, "0" * 16, comment_id=comment_id)


@dataclass
class Commanding:
    """One pull request, and what people say on it."""

    scene: Scene
    desk: Desk
    queue: Submitted
    settled: Settled
    rules: Path
    redis: Redis

    @property
    def pull(self) -> state.PullRequest:
        return self.scene.pull

    @property
    def asked(self) -> list[str]:
        """Names of the questions that the model got, in order."""
        record = self.rules.with_name("asked")
        return (
            [json.loads(line)["name"] for line in record.read_text().splitlines()] if record.exists() else []
        )

    def model(self, *rules: Rule) -> None:
        write_script(self.rules, rules, record=self.rules.with_name("asked"))

    def forget(self) -> None:
        """Redis loses everything."""
        self.redis.flushdb()

    def people(self, **roles: str) -> None:
        """Logins and what they may do."""
        for login, role in roles.items():
            self.scene.sandbox.set_role(self.scene.repository, login, role)

    def with_policy(self, text: str) -> None:
        """A policy file on the base branch."""
        self.scene.sandbox.commit(self.scene.repository, "main", {".github/ai-review.yml": text})

    def set_up(self, **settings: object) -> None:
        """Other settings of the operator."""
        self.desk = replace(self.desk, settings=self.desk.settings.model_copy(update=settings))

    async def tells(
        self, severity: Severity = Severity.MEDIUM, fate: Fate = Fate.POSTED
    ) -> state.ReviewComment:
        """The inline comment of a finding, as a review posts it."""
        marked = MarkedFinding(replace(FINDING, severity=severity), Disposition(fate), "0123456789abcdef")
        marker = write_marker(MarkerKind.FINDING, fp=marked.fingerprint)
        body = f"**The guard is gone.**\n\n{marker}\n{carry_finding(marked)}"
        pull = await fetch_pull_request(self.desk.github, self.scene.ref)
        comment = ReviewComment(Anchor("shop/share.py", Side.RIGHT, 2), body)
        await post_review(self.desk.github, pull, "One comment.", [comment], marker="One comment.")
        posted = self.pull.review_comments[-1]
        self.settled.told.add(posted.id)
        return posted

    async def say(self, body: str, author: str = "wanda") -> state.IssueComment:
        """A comment in the conversation, and everything that follows from it."""
        comment = self.scene.sandbox.comment(self.pull, body, author=author)
        await self.follow(self.request())
        return comment

    async def answer(
        self, root: state.ReviewComment, body: str, author: str = "wanda"
    ) -> state.ReviewComment:
        """An answer in a thread, and everything that follows from it."""
        comment = self.scene.sandbox.reply(root, body, author=author)
        await self.follow(self.request())
        return comment

    def request(self) -> CommandRequest | None:
        """What the newest webhook about something that people said asks for; None where that is nothing."""
        delivery = [one for one in self.scene.sandbox.deliveries if one.event in SAID][-1]
        event = parse_event(delivery.event, delivery.body, delivery.guid)
        return event.request if isinstance(event, CommandGiven) else None

    async def follow(self, request: CommandRequest | None, retries: int = 0) -> None:
        """Obey as a worker does."""
        if request is not None:
            await obey(self.desk, CommandJob(request, retries))

    def calls(self, since: int = 0) -> list[str]:
        """API calls as `METHOD path`, without minting tokens and without `tells`."""
        calls = [f"{call.method} {call.path}" for call in self.scene.sandbox.calls]
        ours = [call for call in calls if "access_tokens" not in call and not call.endswith("/reviews")]
        return ours[since:]

    def answers(self) -> list[str]:
        """What we said in the conversation."""
        return [one.body for one in self.pull.comments if one.author.login.endswith("[bot]")]

    def in_thread(self, root: state.ReviewComment) -> list[str]:
        """What we answered in a thread."""
        replies = [one for one in self.pull.review_comments if one.reply_to is root]
        return [one.body for one in replies if one.author.login.endswith("[bot]")]


def signs(comment: state.IssueComment | state.ReviewComment) -> list[str]:
    """Reactions to a comment, in order."""
    return [reaction.content for reaction in comment.reactions]


@asynccontextmanager
async def commanding(folder: Path, redis: Redis, **settings: object) -> AsyncIterator[Commanding]:
    """A pull request of `dev` on a repository where `wanda` may write; the model has no rules yet."""
    scene = scene_in(folder / "github", HEAD, BASE)
    rules = folder / "rules.json"
    write_script(rules, ())
    scene.sandbox.set_role(scene.repository, "wanda", "write")
    values = {"model": f"scripted:{rules}", "data_dir": folder / "data", "repository_cache_mb": 0} | settings
    async with connect(scene.credentials, API, transport=scene.sandbox.transport(), pause=_at_once) as github:
        queue, settled = Submitted(), Settled()
        desk = desk_of(github, redis, queue, settled, Settings.model_validate(values))
        yield Commanding(scene, desk, queue, settled, rules, redis)


def desk_of(
    github: GitHub, redis: Redis, queue: Submitted, settled: Settled, settings: Settings | None = None
) -> Desk:
    """A desk whose clock stands still."""
    return Desk(
        github,
        Store(redis),
        Ledgers(redis),
        Pauses(redis),
        Breaker(redis),
        Policies(redis),
        queue,
        settings or Settings(),
        settled,
        clock=lambda: NOW,
    )


async def _at_once(_: float) -> None:
    """Tests do not wait."""
