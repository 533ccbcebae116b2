"""Every error that this project raises on purpose.

    ReviewBotError
    |-- UserError                 a person can mend it; the message is one sentence, shown to them as it is
    |   |-- SettingsError         an operator's environment variable is missing or wrong
    |   |   `-- AppKeyUnusable      ... the App's id or key, so that nobody can be told: worth a try later
    |   |-- PolicyError           the repository's policy file is wrong
    |   `-- UsageError            a command or an argument makes no sense
    |-- DiffError                 a diff cannot be read; the file concerned is reported as not read
    |-- GitHubError               talking to GitHub failed
    |   |-- GitHubUnavailable     timeout, connection, 5xx: worth another try later
    |   |   `-- Unanswered        ... but what was to be created may still appear: not before that is over
    |   |-- RateLimited           GitHub asked for a pause: try again at `retry_at`
    |   |-- AccessLost            404, 403, 451, suspended: trying again will not help
    |   |-- Rejected              422: GitHub understood the request and refused its content
    |   |-- TooLarge              the answer is larger than GitHub gives (406) or than we take
    |   |-- AnswerBehind          the answer is older than the event that we act on: ask again in `retry_in`
    |   `-- HeadMoved             the pull request has a newer head commit than the one at hand
    |-- ModelError                a model gave no usable answer
    |   |-- ModelUnavailable      no answer, or one that says 'not now': worth another try later
    |   |   |-- RateReached       ... 429: more is asked at once than the account may
    |   |   `-- ProviderFailed    ... 5xx: the provider is overloaded or has a fault
    |   |-- ModelRefused          the provider or model declined
    |   |   |-- KeyRefused        ... because of the key
    |   |   |-- ModelUnknown      ... because there is no such model, or not at this address
    |   |   |-- QuotaSpent        ... because the account has nothing left
    |   |   |-- WindowExceeded    ... because the question is larger than the model's window
    |   |   `-- AnswerWithheld    ... because a filter disliked the question or the answer
    |   |-- ModelAnswerInvalid    the answer does not fit the schema, even after one repair
    |   |   |-- AnswerCut         ... or ended before it was whole
    |   |   `-- AnswerForeign     ... or is none of the API that is configured
    |   `-- BudgetSpent           asking could cost more than what is left
    |       `-- BudgetHeld        ... only while other reviews hold it: worth another try later
    |-- QueueUnavailable          Redis cannot take or give a job now
    |-- SlotLost                  another run has taken over this pull request: write nothing more
    `-- JobUnreadable             a job was written by a version that this one does not understand

What is *not* here: errors of libraries. Each is translated at the one module that uses the library.
"""

from __future__ import annotations


class ReviewBotError(Exception):
    """Root of the tree; raised only through its subclasses."""


class UserError(ReviewBotError):
    """One sentence that says what is wrong and how to mend it. Contains no secret and no foreign text."""


class SettingsError(UserError):
    """An operator setting is missing or has a value that cannot be used."""


class AppKeyUnusable(SettingsError):
    """The App's id or key is missing, cannot be read, or GitHub does not accept it now."""


class PolicyError(UserError):
    """The policy file cannot be used.

    Attributes:
        line: 1-based line in the file, or None when the file as a whole is meant.
        column: 1-based column in characters; None where there is no line.
        key: dotted key the message is about, or None.
    """

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, key: str | None = None
    ) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.key = key


class UsageError(UserError):
    """A command line or a slash command that cannot be carried out as written."""


class DiffError(ReviewBotError):
    """A piece of diff that cannot be read."""


class GitHubError(ReviewBotError):
    """A call to GitHub failed; `status` is its HTTP status, or None when there was no answer."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class GitHubUnavailable(GitHubError):
    """No answer, or one that says 'not now'. Whether a write took effect is unknown."""


class Unanswered(GitHubUnavailable):
    """What was to be created does not stand yet and may still appear: sent again, it could stand twice."""


class RateLimited(GitHubError):
    """GitHub asked for a pause.

    Attributes:
        retry_at: POSIX time in seconds from which a new try is allowed.
    """

    def __init__(self, message: str, *, retry_at: float, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_at = retry_at


class AccessLost(GitHubError):
    """The thing is gone or may not be touched by us; only a person can change that."""


class Rejected(GitHubError):
    """GitHub refused the content of a request (422)."""


class TooLarge(GitHubError):
    """The answer is larger than GitHub gives in this form, or than we take: ask for less at a time."""


class AnswerBehind(GitHubError):
    """GitHub tells of a pull request as it was before the event that we act on: a copy lags behind.

    Attributes:
        retry_in: seconds after which to ask again.
    """

    def __init__(self, message: str, *, retry_in: float) -> None:
        super().__init__(message)
        self.retry_in = retry_in


class HeadMoved(GitHubError):
    """The pull request's head is no longer the commit that was reviewed.

    Attributes:
        new_sha: the head now, or None where GitHub only said that the old one is gone.
    """

    def __init__(self, message: str, *, new_sha: str | None = None, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.new_sha = new_sha


class ModelError(ReviewBotError):
    """A model gave no usable answer. The message is for logs; it may quote the provider."""


class ModelUnavailable(ModelError):
    """The provider did not answer in time or asked to come back later."""


class RateReached(ModelUnavailable):
    """The provider bounds how much may be asked in a time, and this is more."""


class ProviderFailed(ModelUnavailable):
    """The provider answered that it is overloaded, or with an error of its own."""


class ModelRefused(ModelError):
    """The provider or the model declined; the same question will be declined again."""


class KeyRefused(ModelRefused):
    """The provider does not accept the key, or not for this model."""


class ModelUnknown(ModelRefused):
    """The provider knows no model of this name, or the address is not the provider's."""


class QuotaSpent(ModelRefused):
    """The account at the provider has no quota or credit left."""


class WindowExceeded(ModelRefused):
    """The question and its answer do not fit into the model's window."""


class AnswerWithheld(ModelRefused):
    """A filter, of the provider or the model, held the answer or the rest of it back."""


class ModelAnswerInvalid(ModelError):
    """The answer does not fit the requested schema, even after one repair."""


class AnswerCut(ModelAnswerInvalid):
    """The answer ended before it was whole: it met a bound of its length, or the provider broke it off."""


class AnswerForeign(ModelAnswerInvalid):
    """Something answered, but not as the configured API does: another server, or a proxy before it."""


class BudgetSpent(ModelError):
    """The question could cost more than what is left. The message is half a sentence for people."""


class BudgetHeld(BudgetSpent):
    """Other reviews hold what is left for questions under way, and may give most of it back."""


class QueueUnavailable(ReviewBotError):
    """Redis cannot take or give a job now."""


class SlotLost(ReviewBotError):
    """A run no longer holds its pull request: another one was started in its place."""


class JobUnreadable(ReviewBotError):
    """What stands in Redis cannot be read: a newer version wrote it, or it is damaged."""
