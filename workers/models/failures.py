"""What an error of the model library means for us: try again, come back later, or give up.

What is *not* here: the tries themselves (workers.models.hosted).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelUnavailableError,
    UserError,
)

from bot.errors import (
    BudgetSpent,
    ModelAnswerInvalid,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    QueueUnavailable,
    WindowExceeded,
)
from workers.models.capped import AnswerTooLarge

_PASSING = (
    ModelRateLimitError,
    ModelUnavailableError,
    ModelServerError,
    ModelConnectionError,
    ModelRequestTimeout,
)


_FORM_REFUSED = (400, 404, 422, 501)
_NOT_THE_FORM = ("model_not_found", "invalid_api_key")


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that got no answer.

    Attributes:
        passing: whether asking again soon makes sense.
        pause: seconds that the provider asked us to wait, if it did.
    """

    error: ModelError
    passing: bool = False
    pause: float | None = None


def classify(error: Exception, name: str) -> Failure:
    """Translate what asking raised. The message names kinds and codes only, never foreign text.

    The SDKs trust what providers send: what they do not know themselves, such as a RecursionError or a
    TypeError, is about a body that is no answer.
    """
    if any(isinstance(link, AnswerTooLarge) for link in _chain(error)):
        return Failure(ModelAnswerInvalid(f"{name}: the answer is too large to be one"))
    if isinstance(error, BudgetSpent):
        return Failure(error)
    if isinstance(error, QueueUnavailable):
        # Redis was waited for already: the whole review is tried again later, not this question soon.
        return Failure(ModelUnavailable(f"{name}: {error}"))
    if isinstance(error, (ContentFilterError, ModelQuotaExceededError, UserError)):
        return Failure(ModelRefused(_words(error, name)))
    if isinstance(error, ModelAPIError):
        return _of_the_api(error, name)
    return Failure(ModelAnswerInvalid(_words(error, name)))


def refuses_the_form(error: Exception) -> bool:
    """Whether a server may only have refused the schema or the tool that came with the question."""
    if not isinstance(error, ModelHTTPError) or error.status_code not in _FORM_REFUSED:
        return False
    about_else = isinstance(error, (ModelQuotaExceededError, ModelAuthenticationError))
    return not (about_else or _exceeds_the_window(error) or error.provider_error_code in _NOT_THE_FORM)


def _exceeds_the_window(error: ModelAPIError) -> bool:
    """llama.cpp says it in a way that the library does not know."""
    known = isinstance(error, ModelContextWindowExceededError)
    return known or error.provider_error_type == "exceed_context_size_error"


def _of_the_api(error: ModelAPIError, name: str) -> Failure:
    """An error of the HTTP exchange: passing, or a refusal."""
    conflict = isinstance(error, ModelHTTPError) and error.status_code in (408, 409, 425)
    if isinstance(error, _PASSING) or conflict:
        return Failure(ModelUnavailable(_words(error, name)), passing=True, pause=error.retry_after)
    if _exceeds_the_window(error):
        return Failure(WindowExceeded(_words(error, name)))
    if isinstance(error, ModelHTTPError):
        return Failure(ModelRefused(_words(error, name)))
    return Failure(ModelUnavailable(_words(error, name)))


def _words(error: Exception, name: str) -> str:
    """For logs: the model, the kind of error, its status and code."""
    status = f", status {error.status_code}" if isinstance(error, ModelHTTPError) else ""
    code = error.provider_error_code if isinstance(error, ModelAPIError) else None
    return f"{name}: {type(error).__name__}{status}{f', {code[:60]}' if code else ''}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that caused it."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
