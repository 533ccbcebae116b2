"""The command line at a glance: every command with its options. `ai-review --help` is this file.

Commands are loaded when they are called, so that help and completion stay quick.
What is *not* here: what a command does (the module of its name), and how it ends (workers.cli.ending).
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from workers.cli.choices import FailOnSeverity, ListFormat, OutputFormat, Role
from workers.cli.ending import guarded

app = typer.Typer(
    name="ai-review",
    help="Reviews changes for subtle bugs and missing checks, and says what it could not look at.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"ai-review {version('ai-review-bot')}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Review changes for subtle bugs and missing checks, and say what could not be looked at."""


Model = Annotated[
    str | None,
    typer.Option(help="openai:NAME, openai-chat:NAME, anthropic:NAME or static. Default: AI_REVIEW_MODEL."),
]
Dollars = Annotated[
    float | None, typer.Option(min=0, help="Dollars this run may spend; recorded answers are free.")
]
Format = Annotated[OutputFormat, typer.Option("--format", help="How to print the review.")]
Sarif = Annotated[
    list[Path] | None,
    typer.Option(help="Hits of other tools, as SARIF 2.1.0; may be given several times."),
]
FailOn = Annotated[
    FailOnSeverity | None,
    typer.Option(
        help="Exit with 1 when a finding is at least this severe. Default: fail_on of the policy, else high."
    ),
]


@app.command()
def demo(
    repo: Annotated[
        Path | None, typer.Option(help="A git repository on disk to take the change from.")
    ] = None,
    revisions: Annotated[
        str | None, typer.Option("--range", metavar="BASE..HEAD", help="The change, with --repo.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep everything up and name the addresses.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Where to write the page. Default: under the data directory.")
    ] = None,
) -> None:
    """Open a pull request on a GitHub in miniature and review it, all on this machine."""
    from workers.cli.demo import run

    raise typer.Exit(run(repo, revisions, serve=serve, output=output))


@app.command()
def review(
    revisions: Annotated[
        str | None,
        typer.Argument(
            metavar="[RANGE]",
            help="BASE..HEAD, or BASE for the working tree since then. Default: since the main branch.",
        ),
    ] = None,
    diff: Annotated[Path | None, typer.Option(help="Review this diff; - is standard input.")] = None,
    repo: Annotated[Path, typer.Option(help="The repository.")] = Path(),
    sarif: Sarif = None,
    model: Model = None,
    output_format: Format = OutputFormat.TEXT,
    fail_on: FailOn = None,
) -> None:
    """Review a local change. Exit: 1 findings, else 2 something was not reviewed, else 0."""
    from workers.cli.review import run

    raise typer.Exit(run(revisions, diff, repo, sarif or [], model, output_format, fail_on))


@app.command()
def pr(
    pull: Annotated[str, typer.Argument(metavar="OWNER/REPO#N", help="The pull request.")],
    post: Annotated[bool, typer.Option("--post", help="Write the review to GitHub.")] = False,
    sarif: Sarif = None,
    model: Model = None,
    output_format: Format = OutputFormat.TEXT,
    fail_on: FailOn = None,
) -> None:
    """Review one pull request with GITHUB_TOKEN, without a server.

    Exit: 1 findings, else 3 with --post and not on GitHub, else 2 something was not reviewed, else 0.
    """
    from workers.cli.pull_names import pull_named

    named = pull_named(pull)  # a slip is said before the rest is loaded
    from workers.cli.pr import run

    raise typer.Exit(run(named, sarif or [], model, output_format, fail_on, post=post))


policy_app = typer.Typer(help="Check, explain and try out a repository's policy file.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")


@policy_app.command(name="check")
def policy_check(
    file: Annotated[
        Path | None,
        typer.Argument(help="- is standard input. Default: .github/ai-review.yml of the repository here."),
    ] = None,
) -> None:
    """Name every mistake of a policy file with its line and column. Exit: 1 mistakes, else 0."""
    from workers.cli.policy import check

    raise typer.Exit(check(file))


@policy_app.command(name="schema")
def policy_schema() -> None:
    """Print the JSON Schema of the policy file, for editors."""
    from workers.cli.policy import schema

    raise typer.Exit(schema())


@policy_app.command(name="explain")
def policy_explain(
    path: Annotated[str | None, typer.Option(help="Say what holds for this file instead.")] = None,
    repo: Annotated[Path, typer.Option(help="The repository.")] = Path(),
    base: Annotated[
        str | None, typer.Option(help="Whose policy is looked at. Default: the main branch.")
    ] = None,
    organisation: Annotated[Path | None, typer.Option(help="The organisation's policy file.")] = None,
    repository: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/REPO|origin",
            help="Fetch the file of this one's organisation with GITHUB_TOKEN; origin: where that leads.",
        ),
    ] = None,
) -> None:
    """Say which policy holds for changes of a repository on disk, and why. Exit: 2 not fetched, else 0."""
    from workers.cli.explain import run

    raise typer.Exit(run(repo, base, organisation, repository, path))


AsList = Annotated[ListFormat, typer.Option("--format", help="How to print it.")]


@policy_app.command(name="backtest")
def policy_backtest(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="The policy to try. Default: .github/ai-review.yml of the repository here, as it is on disk."
        ),
    ] = None,
    repo: Annotated[
        str | None,
        typer.Option(metavar="OWNER/REPO", help="Whose pull requests. Default: where origin leads."),
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=100, help="Pull requests, those that changed last.")] = 20,
    reviews: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Look at reviews that --format json wrote there instead."),
    ] = None,
    output_format: AsList = ListFormat.TEXT,
) -> None:
    """Show which comments of the past would appear or vanish. Exit: 2 something was not read, else 0."""
    from workers.cli.backtest import run

    raise typer.Exit(run(file, repo, last, reviews, output_format))


@policy_app.command(name="learned")
def policy_learned(
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="The repository.")],
    forget: Annotated[
        str | None, typer.Option(metavar="ID", help="Take this lesson back: what is like it is told again.")
    ] = None,
    output_format: AsList = ListFormat.TEXT,
) -> None:
    """List what people dismissed: findings like these are held back for a while."""
    from workers.cli.learned import run

    raise typer.Exit(run(repo, forget, output_format))


Host = Annotated[str | None, typer.Option(help="Address to listen on. Default: AI_REVIEW_HOST.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on. Default: AI_REVIEW_PORT.")]
Workers = Annotated[int | None, typer.Option(help="Worker processes. Default: AI_REVIEW_WORKERS.")]


@app.command()
def up(host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """Run receiver, workers and, without AI_REVIEW_REDIS_URL, an embedded Valkey."""
    from workers.cli.up import run

    raise typer.Exit(run(host, port, workers))


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Run the receiver alone."""
    from workers.cli.serve import run

    raise typer.Exit(run(host, port))


@app.command()
def work(workers: Workers = None) -> None:
    """Run the workers alone."""
    from workers.cli.work import run

    raise typer.Exit(run(workers))


@app.command()
def doctor(
    role: Annotated[Role, typer.Option("--for", help="The command whose settings are looked at.")] = Role.UP,
    ask: Annotated[
        bool, typer.Option(help="Ask each model one small question, for some hundred tokens.")
    ] = True,
) -> None:
    """Name every setting that is missing or wrong, and how to mend it; ask GitHub, Redis and the models."""
    from workers.cli.doctor import run

    raise typer.Exit(run(role, ask=ask))


@app.command()
def sweep() -> None:
    """Have GitHub deliver again what did not arrive. Exit: 2 not all was looked at, or some waits; else 0."""
    from workers.cli.sweep import run

    raise typer.Exit(run())


Cases = Annotated[
    list[Path] | None,
    typer.Argument(metavar="CASES…", help="Files (.jsonl, .jsonl.gz) or folders of cases."),
]
Measured = Annotated[
    list[str] | None, typer.Option(help="What to measure; may be repeated. Default: engine.")
]
Repos = Annotated[Path | None, typer.Option(help="Folder with each case's whole repository.")]
CrossCheckModel = Annotated[str | None, typer.Option(help="Default: the finding model itself.")]
JudgeModel = Annotated[
    str | None, typer.Option(help="Says whether a finding is the known defect. Default: its lines decide.")
]
Answers = Annotated[Path | None, typer.Option(help="Folder of recorded answers. Default: OUT/answers.")]
Replay = Annotated[bool, typer.Option("--replay", help="Ask no model: recorded answers only.")]
Runs = Annotated[int, typer.Option(min=1, help="Repetitions.")]
Together = Annotated[bool, typer.Option("--together", help="Lay all cases side by side as one.")]
Jobs = Annotated[int, typer.Option(min=1, help="Cases under way at once.")]
Out = Annotated[Path, typer.Option(help="Folder for records and pages.")]
ModelLabel = Annotated[str | None, typer.Option(help="Who answered, for the record.")]
SetName = Annotated[str | None, typer.Option("--set", help="Name of the cases, for the record.")]
Compared = Annotated[
    tuple[Path, Path] | None, typer.Option("--compare", help="Two records, finding by finding.")
]
Calibrate = Annotated[
    Path | None, typer.Option(help="Write the table of measured confidence; CASES are records then.")
]
Tokens = Annotated[int | None, typer.Option(min=1, help="Tokens this run may spend.")]


@app.command(name="eval")
def evaluate(  # noqa: PLR0913, PLR0917 - one an option
    cases: Cases = None,
    variant: Measured = None,
    repos: Repos = None,
    model: Model = None,
    cross_check_model: CrossCheckModel = None,
    judge_model: JudgeModel = None,
    record: Answers = None,
    replay: Replay = False,
    runs: Runs = 1,
    together: Together = False,
    jobs: Jobs = 4,
    out: Out = Path("evaluation"),
    model_label: ModelLabel = None,
    set_name: SetName = None,
    compared: Compared = None,
    calibrate: Calibrate = None,
    budget: Dollars = None,
    budget_tokens: Tokens = None,
) -> None:
    """Measure the engine on changes whose defects are known. Exit: 2 a review is left out, else 0."""
    from workers.cli.eval import Options, run, run_calibrate, run_compare

    if compared is not None:
        raise typer.Exit(run_compare(*compared))
    if calibrate is not None:
        raise typer.Exit(run_calibrate(calibrate, cases or ()))
    options = Options(
        sources=tuple(cases or ()),
        variants=tuple(variant or ("engine",)),
        out=out,
        repos=repos,
        model=model,
        cross_check_model=cross_check_model,
        judge_model=judge_model,
        record=record,
        replay=replay,
        together=together,
        runs=runs,
        jobs=jobs,
        model_label=model_label,
        set_name=set_name,
        budget=budget,
        budget_tokens=budget_tokens,
    )
    raise typer.Exit(run(options))


def main() -> None:
    """Entry point of the command. A user's mistake is one sentence, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know fewer letters than a review
    sys.exit(guarded(_run))


def _run() -> int:
    status: int = app(standalone_mode=False)
    sys.stdout.flush()  # a disk that is full shows now, or when nobody can tell of it any more
    return status


if __name__ == "__main__":
    main()
