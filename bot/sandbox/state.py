"""What this GitHub remembers, as plain records.

Records change in place: they are the state, not values. Times are POSIX seconds.

What is *not* here: all of them together (memory.py), code (in git: repositories.py), rules (placement.py,
auth.py, api/), JSON (shapes/).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.errors import SandboxError
from bot.sandbox.placement import Place
from bot.sandbox.repositories import GitRepository


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes at which GitHub stops, so that a test can make them small.

    Attributes:
        diff_lines: lines of a diff above which the diff media type answers 406.
        diff_files: files of a diff above which it answers 406.
        listed_files: files after which the listing of changed files stops.
        patch_lines: changed lines above which a listed file has no `patch`.
        patch_bytes: size of a patch above which a listed file has none.
        content_bytes: size above which the contents API gives no content in JSON.
        text_bytes: size at which GraphQL cuts the text of a blob.
        body_characters: longest body of a comment, review or check output.
        requests_per_hour: requests of one installation or user before 403.
        token_seconds: life of an installation token.
    """

    diff_lines: int = 20_000
    diff_files: int = 300
    listed_files: int = 3_000
    patch_lines: int = 3_000
    patch_bytes: int = 500_000
    content_bytes: int = 1_000_000
    text_bytes: int = 512_000
    body_characters: int = 65_536
    requests_per_hour: int = 5_000
    token_seconds: int = 3_600


@dataclass(slots=True)
class User:
    """An account. `kind` is GitHub's word: User, Organization or Bot."""

    id: int
    login: str
    kind: str = "User"


@dataclass(slots=True)
class App:
    """A GitHub App.

    Attributes:
        private_key: PEM text, as its owner would download it.
        bot: the account `SLUG[bot]` that its comments carry.
        permissions: name -> read or write.
    """

    id: int
    slug: str
    client_id: str
    owner: User
    bot: User
    private_key: str
    webhook_url: str | None
    webhook_secret: str
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: float


@dataclass(slots=True)
class Installation:
    """An App on an account.

    Attributes:
        repository_ids: what it may see; None for everything that the account owns.
    """

    id: int
    app: App
    account: User
    repository_ids: set[int] | None
    permissions: dict[str, str]
    created_at: float
    suspended_at: float | None = None

    def covers(self, repository: Repository) -> bool:
        """Whether it was installed on this repository."""
        if repository.owner.id != self.account.id:
            return False
        return self.repository_ids is None or repository.id in self.repository_ids


@dataclass(slots=True)
class Reaction:
    """One emoji of one account."""

    id: int
    user: User
    content: str
    created_at: float


@dataclass(slots=True)
class Label:
    """A label of a repository; `color` is six hexadecimal digits."""

    id: int
    name: str
    color: str = "ededed"


@dataclass(slots=True)
class IssueComment:
    """A comment in the conversation of a pull request or an issue.

    Attributes:
        minimized: why it is folded away, in GitHub's words, or None.
    """

    id: int
    topic: PullRequest | Issue
    author: User
    body: str
    created_at: float
    updated_at: float
    reactions: list[Reaction] = field(default_factory=list)
    minimized: str | None = None


@dataclass(slots=True)
class Review:
    """A review. `submitted_at` is None while it is pending, which hides it from everybody but its author."""

    id: int
    pull: PullRequest
    author: User
    body: str
    state: str
    commit_sha: str
    submitted_at: float | None
    minimized: str | None = None


@dataclass(slots=True)
class ReviewComment:
    """An inline comment; `reply_to` is the first comment of its thread, which alone knows `resolved_by`.

    Attributes:
        place: where it stood when it was made, in the diff that ends at `commit_sha`.
    """

    id: int
    pull: PullRequest
    review: Review
    author: User
    body: str
    place: Place
    commit_sha: str
    created_at: float
    updated_at: float
    reply_to: ReviewComment | None = None
    resolved_by: User | None = None
    reactions: list[Reaction] = field(default_factory=list)
    minimized: str | None = None


@dataclass(slots=True)
class Issue:
    """An issue that is no pull request; both are counted together."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str | None
    author: User
    created_at: float
    updated_at: float
    state: str = "open"
    closed_at: float | None = None
    labels: list[Label] = field(default_factory=list)
    comments: list[IssueComment] = field(default_factory=list)


@dataclass(slots=True)
class PullRequest:
    """A pull request; `head_repository` becomes None when the fork is deleted."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str | None
    author: User
    head_repository: Repository | None
    head_ref: str
    head_sha: str
    base_ref: str
    created_at: float
    updated_at: float
    draft: bool = False
    state: str = "open"
    closed_at: float | None = None
    labels: list[Label] = field(default_factory=list)
    comments: list[IssueComment] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)

    @property
    def base_sha(self) -> str:
        """Tip of the base branch now."""
        return self.repository.git.resolve(f"refs/heads/{self.base_ref}")

    @property
    def merge_base(self) -> str:
        """Where the diff starts."""
        return self.repository.git.merge_base(self.base_sha, self.head_sha)

    @property
    def threads(self) -> list[ReviewComment]:
        """The first comment of each thread that everybody sees."""
        return [one for one in self.review_comments if one.reply_to is None and one.review.state != "PENDING"]

    def thread(self, root: ReviewComment) -> list[ReviewComment]:
        """What everybody sees of a thread, oldest first."""
        shown = (one for one in self.review_comments if one.review.state != "PENDING")
        return [one for one in shown if one is root or one.reply_to is root]


@dataclass(slots=True)
class Annotation:
    """A remark of a check run on lines of a file."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None


@dataclass(slots=True)
class CheckRun:
    """What an App says about a commit. `suite_id` groups the runs of one App on one commit."""

    id: int
    suite_id: int
    repository: Repository
    app: App
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    started_at: float | None = None
    completed_at: float | None = None
    external_id: str = ""
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)


@dataclass(slots=True)
class Repository:
    """A repository; its code is in `git`.

    Attributes:
        roles: login -> none, read, triage, write, maintain or admin. The owner has admin.
        parent: what it was forked from.
    """

    id: int
    owner: User
    name: str
    git: GitRepository
    default_branch: str
    private: bool
    created_at: float
    roles: dict[str, str] = field(default_factory=dict)
    parent: Repository | None = None
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    checks: list[CheckRun] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """OWNER/NAME."""
        return f"{self.owner.login}/{self.name}"

    @property
    def next_number(self) -> int:
        """What the next pull request or issue is called."""
        return len(self.pulls) + len(self.issues) + 1

    def role_of(self, login: str) -> str:
        """The role that decides what somebody may do here."""
        if login.lower() == self.owner.login.lower():
            return "admin"
        fallback = "none" if self.private else "read"
        return next((role for name, role in self.roles.items() if name.lower() == login.lower()), fallback)

    def pull(self, number: int) -> PullRequest:
        """A pull request by number.

        Raises:
            SandboxError: when there is none.
        """
        if number not in self.pulls:
            raise SandboxError(f"{self.full_name} has no pull request {number}.")
        return self.pulls[number]


@dataclass(slots=True)
class Token:
    """What a bearer string stands for: an installation (narrowed, until it expires) or a user."""

    text: str
    user: User
    installation: Installation | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repository_ids: set[int] | None = None
    expires_at: float | None = None


@dataclass(slots=True)
class Delivery:
    """One attempt to send an event to an App; `status_code` is 0 until there is an answer.

    Attributes:
        guid: `X-GitHub-Delivery`, the same for every attempt of an event.
        body: exactly the bytes that are signed and sent.
        seconds: how long the receiver took.
    """

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    body: bytes
    installation_id: int | None
    repository_id: int | None
    created_at: float
    redelivery: bool = False
    status: str = "pending"
    status_code: int = 0
    seconds: float = 0.0
    response: str = ""
    is_done: bool = False
