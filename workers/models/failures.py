"""What an error of the model library means for us: try again, come back later, or give up.

What is *not* here: the tries themselves (workers.models.hosted).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from pydantic import ValidationError
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelUnavailableError,
    ToolRetryError,
    UsageLimitExceeded,
    UserError,
)
from pydantic_ai.messages import ModelResponse, ModelResponsePart, TextPart, ThinkingPart

from bot.errors import (
    AnswerCut,
    AnswerForeign,
    AnswerWithheld,
    BudgetSpent,
    KeyRefused,
    ModelAnswerInvalid,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    ModelUnknown,
    ProviderFailed,
    QueueUnavailable,
    QuotaSpent,
    RateReached,
    SettingsError,
    WindowExceeded,
)
from bot.unreachable import shown_address, why_unreachable
from workers.models.addresses import APIS, BASE_URLS, KEYS
from workers.models.capped import AnswerCompressed, AnswerTooLarge
from workers.models.endings import Cut, part_of

_PASSING: Mapping[type[ModelAPIError], type[ModelUnavailable]] = MappingProxyType(
    {
        ModelRateLimitError: RateReached,
        ModelUnavailableError: ProviderFailed,
        ModelServerError: ProviderFailed,
    }
)
_TOLD: Mapping[type[ModelError], str] = MappingProxyType(
    {
        RateReached: "it limits how much may be asked at once",
        ProviderFailed: "it is overloaded or has a fault",
        ModelUnavailable: "it does not answer now",
        WindowExceeded: "the question is larger than the model's window",
        AnswerWithheld: "a filter held the answer back",
        ModelRefused: "it declined the question",
    }
)
"""What it did, after its address."""

_FORM_REFUSED = (400, 404, 422, 501)
_FILTERED = ("content_filter", "content_policy_violation")
_NOT_THE_FORM = ("model_not_found", "invalid_api_key", *_FILTERED)
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


ErrorT = TypeVar("ErrorT", bound=ModelError)


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that got no answer.

    Attributes:
        passing: whether asking again soon makes sense.
        pause: seconds that the provider asked us to wait, if it did.
        part: see `workers.ports.Unanswered`.
    """

    error: ModelError
    passing: bool = False
    pause: float | None = None
    part: object = None


def classify(error: Exception, name: str, address: str = "", answer: ModelResponse | None = None) -> Failure:
    """Translate what asking raised. The message names the cause, codes and the address; never foreign text.

    The SDKs trust what providers send: what they do not know themselves, such as a RecursionError or a
    TypeError, is about a body that is no answer.

    Args:
        name: of the model, as people configured it.
        address: at which it is asked.
        answer: the last one, where there was one that could be read as what the API sends.
    """
    if ours := _of_our_connection(error, name):
        return Failure(ours)
    if isinstance(error, BudgetSpent):
        return Failure(error)
    if isinstance(error, QueueUnavailable):
        # Redis was waited for already: the whole review is tried again later, not this question soon.
        return Failure(ModelUnavailable(f"{name}: {error}"))
    if isinstance(error, ModelAPIError):
        return _of_the_api(error, name, shown_address(address))
    return Failure(_of_the_answer(error, answer, name, address))


def not_whole(cut: Cut, name: str, shape: type[object], address: str = "") -> Failure:
    """What an answer means that was cut off, or held back by a filter: it is none, whatever parses of it."""
    at = _at(name, address)
    if cut.withheld:
        error: ModelError = AnswerWithheld(f"{at}: a filter held the answer back ({cut.word})")
    else:
        error = AnswerCut(f"{at}: the answer was cut off ({cut.word})")
    return Failure(error, part=part_of(cut, shape))


def _of_our_connection(error: Exception, name: str) -> ModelError | None:
    """What our own part of the connection raised, whatever an SDK made of it; None for the rest."""
    for link in _chain(error):
        if isinstance(link, AnswerTooLarge):
            return ModelAnswerInvalid(f"{name}: the answer is too large to be one")
        if isinstance(link, AnswerCompressed):
            return ModelAnswerInvalid(f"{name}: the answer is compressed, which it was asked not to be")
        if isinstance(link, SettingsError):
            return ModelRefused(f"{name}: {link}")
    return None


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


def _of_the_api(error: ModelAPIError, name: str, address: str) -> Failure:
    """An error of the HTTP exchange: passing, or a refusal."""
    conflict = isinstance(error, ModelHTTPError) and error.status_code in (408, 409, 425)
    if isinstance(error, (ModelConnectionError, ModelRequestTimeout)):
        words = f"{name}: {address or 'the provider'} could not be reached: {why_unreachable(error)}"
        return Failure(ModelUnavailable(words), passing=True, pause=error.retry_after)
    at = _at(name, address)
    passing = next((ours for theirs, ours in _PASSING.items() if isinstance(error, theirs)), None)
    if passing is not None or conflict:
        told = _told(passing or ModelUnavailable, error, at)
        return Failure(told, passing=True, pause=error.retry_after)
    if _exceeds_the_window(error):
        return Failure(_told(WindowExceeded, error, at))
    if isinstance(error, (ModelHTTPError, ModelQuotaExceededError)):
        return Failure(_refusal(error, name, address))
    if error.provider_error_code is not None:  # an answer may hold an error, under a status that says 200
        return Failure(_told(ProviderFailed, error, at))
    return Failure(_foreign(error, name, address))


def _of_the_answer(error: Exception, answer: ModelResponse | None, name: str, address: str) -> ModelError:
    """An error of what came, or of how it was asked for."""
    at = _at(name, address)
    if isinstance(error, ContentFilterError):
        return _told(AnswerWithheld, error, at)
    if isinstance(error, UserError):
        return ModelRefused(f"{at}: it takes no question in this form: look at AI_REVIEW_MODEL_OUTPUT")
    if answer is None:
        return _foreign(error, name, address)
    return ModelAnswerInvalid(f"{at}: {_fault(error, answer)}")


def _foreign(error: Exception, name: str, address: str) -> AnswerForeign:
    """Something answered that is not the configured API. The server was reached: the network is in order."""
    provider = name.partition(":")[0]
    api, base = APIS.get(provider, "its API"), BASE_URLS.get(provider, "its address")
    shown = "" if isinstance(error, AgentRunError) else f" ({type(error).__name__})"
    return AnswerForeign(
        f"{_at(name, address)}: it answered, but not as {api} does{shown}, or broke its answer off:"
        f" where that goes on, check {base}, and what stands before it, such as a proxy"
    )


def _refusal(error: ModelAPIError, name: str, address: str) -> ModelRefused:
    """What asking again will not change, and what an operator can do about it."""
    provider = name.partition(":")[0]
    key, base = KEYS.get(provider, "its key"), BASE_URLS.get(provider, "its address")
    at, said = address or "the provider", _said(error)
    if error.provider_error_code in _FILTERED:
        return AnswerWithheld(f"{_at(name, address)}: a filter declined the question ({said})")
    if isinstance(error, ModelQuotaExceededError):
        return QuotaSpent(f"{name}: the account has no quota or credit left ({said}): see to it there")
    if isinstance(error, ModelAuthenticationError):
        return KeyRefused(f"{name}: {at} does not accept the key ({said}): check {key}")
    if isinstance(error, ModelNotFoundError):
        return ModelUnknown(f"{name}: {at} knows no such model ({said}): check its name, and {base}")
    return _told(ModelRefused, error, _at(name, address))


def _at(name: str, address: str) -> str:
    """The model, and where it is asked, as far as that is known."""
    return ": ".join(filter(None, (name, shown_address(address))))


def _told(kind: type[ErrorT], error: Exception, at: str) -> ErrorT:
    """For logs and operators: the model and its address, the cause, its status and code."""
    said = _said(error)
    return kind(f"{at}: {_TOLD[kind]}{f' ({said})' if said else ''}")


def _fault(error: Exception, answer: ModelResponse) -> str:
    """Why an answer cannot be used; nothing of it is quoted, not even a name in it."""
    if isinstance(error, UsageLimitExceeded):
        return "it went on looking into the code and gave no answer"
    if all(_is_blank(part) for part in answer.parts):
        return "the answer is empty"
    links = list(_chain(error))
    for link in links:
        if isinstance(link, ValidationError):
            kind = link.errors(include_url=False, include_context=False, include_input=False)[0]["type"]
            is_json = kind != "json_invalid"
            return f"the answer does not fit the schema ({kind})" if is_json else "the answer is no JSON"
    if any(isinstance(link, ToolRetryError) for link in links):
        return "the answer is not in the form that was asked for"
    return f"the answer cannot be read ({type(error).__name__})"


def _is_blank(part: ModelResponsePart) -> bool:
    return isinstance(part, ThinkingPart) or (isinstance(part, TextPart) and not part.content.strip())


def _said(error: Exception) -> str:
    """Status and code of an answer; a code that is not one word is left out."""
    status = f"status {error.status_code}" if isinstance(error, ModelHTTPError) else ""
    code = error.provider_error_code if isinstance(error, ModelAPIError) else None
    word = code if code and _CODE.fullmatch(code) else ""
    return ", ".join(part for part in (status, word) if part)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that caused it."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
