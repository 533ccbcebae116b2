"""The look at one pull request: whether it is wanted, what is known, what the engine says.

What is *not* here: the check run and what is written (workers.reviewing, workers.posting), and how a run ends
(workers.running).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from bot.domain.finding import MarkedFinding
from bot.domain.in_force import PolicyInForce
from bot.domain.ledger import SETTLED, THUMBS_DOWN, TOLD, Ledger, Lesson
from bot.domain.pause import Paused
from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequest, PullRequestRef, Trigger
from bot.domain.request import Look, ReviewRequest
from bot.domain.review import Outcome, Review, SkippedBy
from bot.errors import GitHubError, QueueUnavailable
from bot.github.client import GitHub
from bot.github.permissions import may_command
from bot.github.publish import post_reply
from bot.github.standing import Standing, fetch_standing
from bot.rendering.pauses import pause_record, paused_by_pushes_marker, paused_by_pushes_words
from bot.settings import Settings
from bot.store import Store
from bot.store.ledgers import Ledgers
from bot.store.pauses import Pauses
from bot.store.policies import Policies
from workers.composition import build_engine, call_lease, is_static, may_ask_models, purse_of
from workers.connecting import code_of_pull
from workers.context.pull_code import code_around
from workers.models.limits import Limiter
from workers.models.purse import DAY_SPENT, Purse
from workers.operator_limits import limited, model_of
from workers.policy_levels import last_good_in_force
from workers.posting import NoCheck, Terms
from workers.reading_intent import with_intent
from workers.reading_pulls import ReadPull, read_policy, read_pull
from workers.recalling import Recalled, known_ledger, of_this_head, recall, still_open
from workers.remembering import ledger_on_github
from workers.review.lessons import is_from_click, lesson_of, teaches
from workers.review.pipeline import review_change
from workers.review.recounting import recount
from workers.wanted import ASKED, Skip, why_not

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept in Redis between runs."""

    store: Store
    ledgers: Ledgers
    pauses: Pauses
    policies: Policies


@dataclass(slots=True)
class Progress:
    """How far a run got: what has to be known to tell people when it ends badly.

    Attributes:
        check_id: the check run in progress, or why there is none.
        terms: known once policy and ledger were read.
        to_close: threads of settled findings that the review had no room for.
        reviewed: the change was read, or is about to be; what the operator bounds counts from such a run.
        bettered: how many earlier reviews of the request this one completes.
    """

    pull: PullRequest | None = None
    check_id: int | NoCheck = NoCheck.NOT_YET
    terms: Terms = field(default_factory=Terms)
    to_close: int = 0
    reviewed: bool = False
    bettered: int = 0

    @property
    def still_open(self) -> tuple[MarkedFinding, ...]:
        """What stands against the pull request however this run ends."""
        return still_open(self.terms.before)


@dataclass(frozen=True, slots=True)
class Inspector:
    """Looks at one pull request.

    Attributes:
        limiter: bounds the model calls of the whole fleet.
        may_write: raises SlotLost when another run has taken over.
    """

    settings: Settings
    github: GitHub
    memory: Memory
    limiter: Limiter
    may_write: Callable[[], None]

    async def look(self, pull: PullRequest, request: ReviewRequest, progress: Progress) -> Review:
        """The review that an earlier run left, or a new one, with what an earlier try had found."""
        store = self.memory.store
        kept = store.result(pull.ref, request.delivery)
        progress.bettered = 0 if kept is None else kept.bettered + kept.told
        if kept is not None and not kept.told:
            policy = (await read_policy(self.github, pull, self.memory.policies)).policy
            before = await self._known_ledger(pull, policy)
            progress.terms = _terms(policy, before, request)
            progress.reviewed = kept.review.outcome is not Outcome.SKIPPED
            return kept.review
        static = not may_ask_models(self.settings)
        material = await read_pull(self.github, pull, static=static, memory=self.memory.policies)
        in_force = limited(material.in_force, self.settings)
        material, policy = replace(material, in_force=in_force), in_force.policy
        standing = await self._standing(pull, request)
        recalled = await self._recall(pull, standing, policy)
        ledger = recalled.ledger
        progress.terms = _terms(policy, ledger, request)
        is_due, is_click = self._is_due(pull, ledger), policy.enabled and _is_click(pull, request, ledger)
        skip = None
        if is_due or not is_click:
            rounds = ledger.round - (is_due or ledger.counts(request.delivery, pull.head_sha))
            skip = await self._why_not(pull, request, policy, rounds, standing)
        if skip and not is_click:
            return self._skipped(pull, skip, in_force, progress)
        self._learn(pull.ref, policy, recalled)
        purse = self._purse(pull.ref, request, policy)
        is_spent = purse is not None and purse.day_is_spent
        is_recount = is_click and (skip is not None or not is_due or is_spent)
        # A ledger that lost the marks of what was read does not know what was.
        if is_recount and ledger.hunks and not is_static(self.settings, policy):
            return await self._recount(pull, material, recalled)
        if is_spent:
            spent = Skip(DAY_SPENT, SkippedBy.BUDGET)
            return self._skipped(pull, spent, in_force, progress) if kept is None else kept.review
        progress.reviewed = not is_recount
        review = await self._review(pull, request, material, recalled, purse)
        return review if kept is None else _with_earlier(review, kept.review)

    async def recall_terms(self, progress: Progress) -> None:
        """Find out what stands against a pull request, and how much that counts, where no look got that far.

        What GitHub does not tell now comes from Redis. It never fails: it is for the telling of failures.
        """
        pull = progress.pull
        if pull is None or progress.terms != Terms():
            return
        try:
            before = self.memory.ledgers.find(pull.ref)
            progress.terms = Terms(before=before or Ledger())
            if before is None or before.open:
                policy = (await self._policy(pull)).policy
                before = before or await self._known_ledger(pull, policy)
                progress.terms = Terms(policy.fail_on, policy.summary, before)
        except (GitHubError, QueueUnavailable) as error:
            _log.warning("What stands on %s could not be read: %s", pull.ref.external_id, error)

    async def _known_ledger(self, pull: PullRequest, policy: Policy) -> Ledger:
        """What stands, for telling: nobody is asked who did what by hand."""
        standing = await fetch_standing(self.github, pull.ref)
        return known_ledger(await self._kept(pull, standing, policy), standing)

    async def _kept(self, pull: PullRequest, standing: Standing, policy: Policy) -> Ledger:
        """The ledger of Redis; where that has none, GitHub's."""
        kept = self.memory.ledgers.find(pull.ref)
        return kept or await ledger_on_github(self.github, pull, standing, summary=policy.summary)

    async def _policy(self, pull: PullRequest) -> PolicyInForce:
        try:
            return await read_policy(self.github, pull, self.memory.policies)
        except GitHubError:
            return last_good_in_force(self.memory.policies, pull.ref.repo, pull.base_ref)

    async def _review(
        self,
        pull: PullRequest,
        request: ReviewRequest,
        material: ReadPull,
        recalled: Recalled,
        purse: Purse | None,
    ) -> Review:
        """Ask the engine."""
        in_force = material.in_force
        policy = in_force.policy
        material, told = await with_intent(self.github, pull, material, self.settings)
        self.may_write()
        known = self.memory.ledgers.lessons(pull.ref.repo, time.time()) if policy.learning.enabled else ()
        earlier = recalled.earlier(known, everything=_wants_everything(pull, request, recalled.ledger))
        try:
            async with code_of_pull(self.settings, self.github, pull, material.texts, policy) as code:
                engine = build_engine(
                    self.settings, material.texts, self.limiter, material.reports, code, purse, policy
                )
                review = await review_change(material.change, policy, engine, earlier)
        finally:
            self._count(pull.ref, request, purse)
        notices = (*material.notices, *told, *recalled.notices, *review.notices)
        review = replace(review, notices=notices, problems=in_force.problems)
        return of_this_head(review, recalled.ledger)

    async def _recount(self, pull: PullRequest, material: ReadPull, recalled: Recalled) -> Review:
        """Say once more what stands. Anybody can have that done by a click, so it must cost nothing."""
        in_force = material.in_force
        async with code_around(self.github, pull, material.texts, None) as code:
            engine = build_engine(
                self.settings, material.texts, self.limiter, code=code, policy=in_force.policy
            )
            review = await recount(material.change, in_force.policy, engine, recalled.earlier())
        notices = (*material.notices, *recalled.notices, *review.notices)
        review = replace(review, notices=notices, problems=in_force.problems)
        return of_this_head(review, recalled.ledger)

    async def _standing(self, pull: PullRequest, request: ReviewRequest) -> Standing | None:
        """What stands on the pull request; nothing where it was just opened and nobody said a word."""
        is_new = request.trigger is Trigger.OPENED and not pull.comments
        if is_new and self.memory.ledgers.find(pull.ref) is None:
            return None
        return await fetch_standing(self.github, pull.ref)

    async def _recall(self, pull: PullRequest, standing: Standing | None, policy: Policy) -> Recalled:
        if standing is None:
            return Recalled(Ledger())

        store, repo, least = self.memory.store, pull.ref.repo, policy.permission

        async def may_settle(login: str) -> bool | None:
            may = await may_command(self.github, repo, login, least)
            if may is False:
                store.note_stranger(repo, login, least)
            return may

        def strangers(logins: Collection[str]) -> Collection[str]:
            return store.strangers(repo, logins, least)

        kept = await self._kept(pull, standing, policy)
        return await recall(kept, standing, may_settle, strangers)

    def _is_due(self, pull: PullRequest, ledger: Ledger) -> bool:
        """Whether the rest of this head is still to be read by another try, or by what took its place."""
        return ledger.head_sha == pull.head_sha and self.memory.store.awaits_more(pull.ref)

    async def _why_not(
        self,
        pull: PullRequest,
        request: ReviewRequest,
        policy: Policy,
        rounds: int,
        standing: Standing | None,
    ) -> Skip | None:
        """Why this head is not looked at."""
        skip = why_not(pull, pull.labels, policy, request.trigger, rounds=rounds)
        if skip or request.trigger in ASKED:
            return skip
        paused = await self._paused(pull, request, policy, standing)
        return _skip_of(paused) if paused else None

    async def _paused(
        self, pull: PullRequest, request: ReviewRequest, policy: Policy, standing: Standing | None
    ) -> Paused | None:
        """The pause that people or a burst of pushes asked for; GitHub knows it where Redis lost it."""
        pauses, after = self.memory.pauses, policy.triggers.pause_after
        comments = standing.comments if standing else ()
        known = pauses.paused(pull.ref) or pause_record(text.body for text in comments)
        if known is not None or after is None or request.trigger is not Trigger.SYNCHRONIZE:
            return known
        now = time.time()
        if pauses.note_push(pull.ref, pull.head_sha, now, after.minutes) <= after.pushes:
            return None
        words = paused_by_pushes_words(after.pushes, after.minutes, now)
        marker = paused_by_pushes_marker(after.pushes, after.minutes, now)
        await post_reply(self.github, pull.ref, words, marker=marker)
        pauses.pause(pull.ref, "", "", now)
        return pause_record([words])

    def _learn(self, ref: PullRequestRef, policy: Policy, recalled: Recalled) -> None:
        """A 👎 is a lesson like what people dismiss by command without a reason, until it is taken back.

        A resolved thread is none: people also resolve what they are about to mend.
        """
        if not policy.learning.enabled:
            return
        now = time.time()
        for marked in recalled.by_hand:
            by, reason = marked.disposition.by, marked.disposition.reason
            if reason != THUMBS_DOWN or not teaches(marked.finding, ""):
                continue
            lesson = lesson_of(marked, ref, by, reason, now, policy.learning.days)
            self.memory.ledgers.learn(ref.repo, lesson)
        back = {marked.fingerprint for marked in recalled.reopened}
        for lesson in self.memory.ledgers.lessons(ref.repo, now) if back else ():
            if lesson.id in back and lesson.pull_number == ref.number:
                self.memory.ledgers.forget(ref.repo, lesson.id)

    def taught(self, pull: PullRequestRef, review: Review) -> tuple[Lesson, ...]:
        """What the repository learned, now or at an earlier try, from clicks that a review tells of."""
        clicks = [marked for marked in review.findings if marked.disposition.reason == THUMBS_DOWN]
        known = self.memory.ledgers.lessons(pull.repo, time.time()) if clicks else ()
        return tuple(
            lesson
            for lesson in known
            if lesson.pull_number == pull.number and any(is_from_click(lesson, one) for one in clicks)
        )

    def _purse(self, ref: PullRequestRef, request: ReviewRequest, policy: Policy) -> Purse | None:
        """What is left for this request: other tries of it and the repository's other reviews count."""
        limit = self.settings.budget_usd_per_repo_day
        lease = call_lease(self.settings)
        day = None if limit is None else self.memory.store.day_spending(ref.repo, limit, lease)
        return purse_of(self.settings, self.memory.store.usage(ref, request.delivery), day, policy)

    def _count(self, ref: PullRequestRef, request: ReviewRequest, purse: Purse | None) -> None:
        """What this try spent, for the next one: questions without an answer too, and whatever ended it."""
        if purse is None:
            return
        purse.settle()
        try:
            self.memory.store.add_usage(ref, request.delivery, purse.spent)
        except QueueUnavailable as error:
            _log.warning("What a try of %s spent could not be kept: %s", ref.external_id, error)

    def _skipped(self, pull: PullRequest, skip: Skip, in_force: PolicyInForce, progress: Progress) -> Review:
        return Review(
            Outcome.SKIPPED,
            pull.head_sha,
            model_of(self.settings, in_force.policy),
            reason=skip.reason,
            skipped_by=skip.by,
            notices=in_force.notices,
            problems=in_force.problems,
            findings=progress.still_open if in_force.policy.enabled else (),
        )


def _skip_of(paused: Paused) -> Skip:
    by = SkippedBy.PEOPLE if paused.by else SkippedBy.PUSHES
    return Skip(f"reviews are paused ({_why_paused(paused)}); `/ai-review resume` goes on", by)


def _why_paused(paused: Paused) -> str:
    if paused.reason:
        return paused.reason
    return f"by {paused.by}" if paused.by else "by many pushes"


def _is_click(pull: PullRequest, request: ReviewRequest, ledger: Ledger) -> bool:
    """Whether somebody settled something of a commit that was reviewed.

    Note of that is taken whatever the policy says of reviews. It costs nothing, unless it took the place of
    a try that is due: then it is that try too.
    """
    return request.look is Look.STANDING and ledger.head_sha == pull.head_sha


def _wants_everything(pull: PullRequest, request: ReviewRequest, ledger: Ledger) -> bool:
    """`full`, or somebody who asks once more about a commit that was reviewed."""
    if request.look is Look.ALL:
        return True
    again = request.trigger in ASKED and request.look is Look.NEW
    return again and ledger.head_sha == pull.head_sha


def _terms(policy: Policy, before: Ledger, request: ReviewRequest) -> Terms:
    learns = policy.learning.enabled
    return Terms(policy.fail_on, policy.summary, before, request.delivery, learns=learns)


def _with_earlier(review: Review, earlier: Review) -> Review:
    """A further try at the same head: what an earlier one showed still stands, said again or not.

    Else a check could turn green by itself, beside a comment that says why it should not.
    """
    said = {
        (marked.finding.path, marked.fingerprint)
        for marked in review.findings
        if marked.disposition.fate in TOLD | SETTLED
    }
    more = [marked for marked in earlier.shown if (marked.finding.path, marked.fingerprint) not in said]
    usage, second = review.usage + earlier.usage, review.cross_checker or earlier.cross_checker
    findings = (*review.findings, *more)
    return replace(
        review, findings=findings, usage=usage, cross_checker=second, used_before=earlier.used_before
    )
