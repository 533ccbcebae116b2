"""Operator settings, read once from the environment and handed on; there is no global instance.

What is *not* here: a repository's policy (bot.domain.policy) and the providers' own variables
(`OPENAI_API_KEY`, `OPENAI_BASE_URL` and so on), which their SDKs read.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from bot.errors import SettingsError

PREFIX = "AI_REVIEW_"
TRUST_STORE: Final = "SSL_CERT_FILE"
"""Authorities of the operator's own: a variable of the TLS library."""

_EXPECTED: Final[Mapping[str, str]] = {
    "github_api_url": "write an address such as https://api.github.com, or https://HOST/api/v3",
    "redis_url": "write an address such as redis://HOST:6379/0, or unix:///PATH",
    "data_dir": "write the path of a folder; the home that its ~ names is not known",
    "model": "write static, openai:NAME, openai-chat:NAME or anthropic:NAME",
    "cross_check_model": "write openai:NAME, openai-chat:NAME or anthropic:NAME",
    "allowed_models": "write static, openai:NAME, openai-chat:NAME or anthropic:NAME, several separated by"
    " commas",
    "model_prices": "write NAME=INPUT/OUTPUT or NAME=INPUT/CACHED/OUTPUT, in dollars per million tokens,"
    " several separated by commas",
}
"""What to write, where the library's own words do not say it."""


_Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ModelPrice(NamedTuple):
    """Dollars per million tokens: read anew, read from the provider's cache, written."""

    input: _Dollars
    cached: _Dollars
    output: _Dollars


def _prices(value: object) -> object:
    """`NAME=INPUT/OUTPUT` or `NAME=INPUT/CACHED/OUTPUT`; without a price of its own, cached is as new."""
    if not isinstance(value, str):
        return value
    prices: dict[str, list[str]] = {}
    for part in filter(None, map(str.strip, value.split(","))):
        name, _, text = part.rpartition("=")
        numbers = [number.strip() for number in text.split("/")]
        if not name.strip() or len(numbers) not in (2, 3):
            raise ValueError("a name and two or three prices are needed")
        prices[name.strip()] = [numbers[0], numbers[-2], numbers[-1]]
    return prices


def _split(value: object) -> object:
    """Comma-separated text as a tuple of trimmed, non-empty parts."""
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


def _address(value: str) -> str:
    """An address whose port is none, or one that can be used; its pattern says the rest."""
    if urlsplit(value).port == 0:
        raise ValueError("port 0 cannot be reached")
    return value


def _folder(value: Path) -> Path:
    """A folder whose `~` can be resolved."""
    try:
        value.expanduser()
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    return value


ModelName = Annotated[str, Field(pattern=r"^(static|[a-z][a-z0-9-]*:.+)$")]


class Settings(BaseModel):
    """Everything an operator can set. Field names are the variables' names, lower case, without the prefix.

    Attributes:
        github_private_key: PEM text, or the path of a file that holds it.
        github_webhook_secret: every secret that is accepted; several while one is being rotated.
        github_token: for one-shot use without an App.
        redis_url: unset means that `up` and `demo` start an embedded server under `data_dir`.
        model: pydantic-ai's name of the finding model, or `static` for analysers alone.
        allowed_models: names of finding models that a repository's policy may choose beside `model`.
        model_timeout: seconds one model call may take.
        model_concurrency: model calls under way at once, over all workers.
        passes: questions that the finding model is asked about each part of a change.
        max_passes: the most that a repository's policy may ask for.
        votes: answers that decide about what the finding model is unsure of: with more than 1 its question
            is asked again until there are so many.
        model_output: how answers in a given shape are asked for; `auto` finds out what the server takes.
        model_images: whether models are shown pictures of a pull request; `auto` leaves it to the provider.
        model_window: tokens that a question and its answer share; unset where the models' own are plenty.
        model_prices: of models whose price is not known here, or is another one; by name, with or without
            the provider.
        review_deadline: seconds one review may take.
        push_spacing: seconds at least from the start of one review to the next that a push starts, for a
            pull request; 0: pushes wait only for the end of a burst.
        push_quiet: seconds without a push after which a burst of pushes has ended, as a rule; 0: each push
            is reviewed as soon as the review before it has ended.
        repository_cache_mb: megabytes under `data_dir` for repositories around pull requests; 0 means that
            their files are read through the API alone.
        repository_mb: megabytes of one repository at most; of a larger one files are read through the API.
        retry_delays: seconds to wait before each further try of a review that could not be done.
        budget_usd_per_review: dollars for the questions of one review, all of its tries together.
        budget_usd_per_repo_day: dollars for all reviews of a repository on one day (UTC).
        budget_tokens_per_review: tokens asked and answered in one review, all of its tries together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    github_app_id: str | None = None
    github_private_key: SecretStr | None = None
    github_webhook_secret: Annotated[tuple[SecretStr, ...], BeforeValidator(_split)] = ()
    github_api_url: Annotated[str, AfterValidator(_address)] = Field(
        "https://api.github.com", pattern=r"^https?://[^\s/]+(/.*)?$"
    )
    github_token: SecretStr | None = None
    redis_url: Annotated[str, AfterValidator(_address)] | None = Field(None, pattern=r"^(rediss?|unix)://")
    data_dir: Annotated[Path, AfterValidator(_folder)] = Path("~/.local/share/ai-review")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(2, ge=1, le=64)
    model: ModelName = "static"
    cross_check_model: str | None = Field(None, pattern=r"^[a-z][a-z0-9-]*:.+$")
    allowed_models: Annotated[tuple[ModelName, ...], BeforeValidator(_split)] = ()
    model_timeout: float = Field(120, gt=0)
    model_concurrency: int = Field(8, ge=1)
    passes: int = Field(1, ge=1, le=4)
    max_passes: int = Field(4, ge=1, le=4)
    votes: int = Field(1, ge=1, le=9)
    model_output: Literal["auto", "schema", "tool", "json"] = "auto"
    model_images: Literal["auto", "on", "off"] = "auto"
    model_window: int | None = Field(None, ge=8192)
    model_prices: Annotated[Mapping[str, ModelPrice], BeforeValidator(_prices)] = Field(default_factory=dict)
    review_deadline: float = Field(900, gt=0)
    push_spacing: float = Field(10, ge=0, le=3600)
    push_quiet: float = Field(3, ge=0, le=60)
    retry_delays: Annotated[tuple[Annotated[int, Field(ge=0)], ...], BeforeValidator(_split)] = (
        60,
        300,
        1800,
    )
    repository_cache_mb: int = Field(2000, ge=0)
    repository_mb: int = Field(500, ge=1)
    budget_usd_per_review: float | None = Field(None, ge=0)
    budget_usd_per_repo_day: float | None = Field(None, ge=0)
    budget_tokens_per_review: int | None = Field(None, ge=0)
    dashboard_token: SecretStr | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def data_path(self) -> Path:
        """`data_dir` with `~` resolved."""
        return self.data_dir.expanduser()


def variable(field: str) -> str:
    """The environment variable of a field: `model` -> `AI_REVIEW_MODEL`."""
    return PREFIX + field.upper()


_INVENTED_ADDRESS: Final = re.compile(r"(?:tcp|udp|sctp)://")


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables; empty ones count as unset.

    Unknown ones are left alone; `unknown_variables` lists them. So is the address that Kubernetes puts into
    `AI_REVIEW_PORT` beside a service of our name.

    Raises:
        SettingsError: names every variable that is wrong and what it should be.
    """
    values = {
        field: value
        for field in Settings.model_fields
        if (value := environment.get(variable(field), "").strip())
        and not (field == "port" and _INVENTED_ADDRESS.match(value))
    }
    if "github_token" not in values and (token := environment.get("GITHUB_TOKEN", "").strip()):
        values["github_token"] = token
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(
            "; ".join(dict.fromkeys(_sentence(problem["loc"], problem["msg"]) for problem in error.errors()))
        ) from None


def check_trust_store(environment: Mapping[str, str]) -> None:
    """Whether authorities of the operator's own, where such are named, can be loaded.

    Asked when a command begins, and not with the other settings: a file that is away for a moment later is
    worth another try.

    Raises:
        SettingsError: they cannot; every connection would end in an error of the library.
    """
    name = environment.get(TRUST_STORE)
    if not name:
        return
    try:
        ssl.create_default_context(cafile=name)
    except (OSError, ValueError):  # away, not readable, a folder, without a certificate; a NUL in its name
        raise SettingsError(
            f"{TRUST_STORE} is wrong: name a file of certificates in PEM form that this user may read"
        ) from None


_INVENTED: Final = re.compile(
    r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$", re.ASCII
)


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Variables with our prefix that are no setting: probably misspelt.

    Those of the tests are left out, and those that Kubernetes makes up beside a service of our name.
    """
    known = {variable(field) for field in Settings.model_fields}
    return tuple(
        sorted(
            name
            for name in environment
            if name.startswith(PREFIX)
            and name not in known
            and not name.startswith(PREFIX + "TEST_")
            and not _is_invented(name, environment)
        )
    )


def _is_invented(name: str, environment: Mapping[str, str]) -> bool:
    """Whether Kubernetes made it up; a mere `…_PORT`, which can be misspelt, by its value or its twin."""
    if _INVENTED.search(name):
        return True
    service = name.removesuffix("_PORT")
    if service == name:
        return False
    return bool(_INVENTED_ADDRESS.match(environment[name])) or f"{service}_SERVICE_HOST" in environment


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    """One problem in words, without the value: it may be a secret."""
    field = str(location[0])
    return f"{variable(field)} is wrong: {_EXPECTED.get(field) or message[0].lower() + message[1:]}"
