"""The command line. Every failure the user can repair is one sentence that says what, where and what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from leansim import __version__
from leansim.errors import InputError, LeanSimError, NotEmulated
from leansim.garbage import until_the_process_ends

if TYPE_CHECKING:
    from rich.console import Console


P = ParamSpec("P")
R = TypeVar("R")

FAILED = 1
INTERRUPTED = 130
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _reported(command: Callable[P, R]) -> Callable[P, R]:
    """Turn errors meant for the user into one message and an exit code; with ``--debug`` show where they arose."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (LeanSimError, NotEmulated) as error:
            if kwargs.get("debug"):
                raise
            click.secho(f"Error: {error}", fg="red", err=True)
            sys.exit(FAILED)
        except KeyboardInterrupt:
            click.secho("Interrupted.", fg="red", err=True)
            sys.exit(INTERRUPTED)

    return wrapper


def brief(error: str) -> str:
    """An algorithm's error without the calls in between: its text, where it began and where it was raised."""
    lines = error.splitlines()
    calls = [number for number, line in enumerate(lines) if line.startswith("  at ")]
    places = [line.removeprefix(" in ") for line in lines[calls[0] :] if line.startswith(" in ")] if calls else []
    if not places:
        return error
    where = places[-1] if len(places) == 1 else f"{places[-1]}, called from {places[0]}"
    text = "\n".join(lines[: calls[0]])
    return f"{text}\n  raised in {where}; the whole stack is in the results, or shown with --debug"


@click.group(context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="leansim")
def cli() -> None:
    """Backtest LEAN Python algorithms on this machine, with LEAN's rules and nothing but Python.

    \b
    Start here:
      leansim init                                a workspace in this folder
      leansim data generate --start 2018-01-02 --end 2018-12-31
      leansim backtest TomKingAlgorithm           run, show statistics, write a report
      leansim optimize TomKingAlgorithm ...       the same over a grid of parameters
      leansim compare RUN_A RUN_B                 what differs between two runs
    """


@cli.command(short_help="Run an algorithm and write LEAN's result files and a report.")
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path),
              help="Directory to store results in (defaults to PROJECT/backtests/TIMESTAMP, UTC).")  # fmt: skip
@click.option("--config", type=click.Path(path_type=Path),
              help="A file to read instead of the workspace's config.json: parameters, data, seed.")  # fmt: skip
@click.option("--data-folder", type=click.Path(path_type=Path),
              help="LEAN data folder (defaults to the one config.json or lean.json names).")  # fmt: skip
@click.option("--data-provider", "--data-provider-historical", "data_provider",
              type=click.Choice(["local", "model"], case_sensitive=False),
              help="Where missing files come from: nowhere, or modelled option chains on real history.")  # fmt: skip
@click.option("--parameter", "parameters", type=(str, str), multiple=True, metavar="KEY VALUE",
              help="A parameter of the algorithm; may be given several times.")  # fmt: skip
@click.option("--object-store", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the object store (defaults to storage/ in the workspace).")  # fmt: skip
@click.option("--seed", type=int, help="Seed of everything drawn at random: modelled data, faults.")
@click.option(
    "--scenario", default="", help="With the model: a market to be tested in, like-october-1987 (docs/data.md)."
)
@click.option("--no-report", is_flag=True, help="Do not write report.html.")
@click.option("--live-like", is_flag=True, help="Set live_mode; the brokerage answers later, as a real one.")
@click.option("--faults", metavar="PLAN.json|SEED",
              help="What goes wrong at the brokerage: a plan, or a number to draw one from.")  # fmt: skip
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def backtest(
    project: Path,
    output: Path | None,
    config: Path | None,
    data_folder: Path | None,
    data_provider: str | None,
    parameters: tuple[tuple[str, str], ...],
    object_store: Path | None,
    seed: int | None,
    scenario: str,
    no_report: bool,
    live_like: bool,
    faults: str | None,
    debug: bool,
) -> None:
    """Run the algorithm in PROJECT: a folder with main.py, or a Python file.

    \b
    Examples:
      leansim backtest TomKingAlgorithm
      leansim backtest TomKingAlgorithm --parameter backtest.start 2018-02-01
      leansim backtest my_algorithm.py --data-folder ~/lean/data --output results/try-1
      leansim backtest my_algorithm.py --live-like --faults 17
      leansim backtest my_algorithm.py --live-like --faults plan.json

    Results are LEAN's files, under the names LEAN gives them, and report.html, which opens offline. They are written
    also when the algorithm fails or you press Ctrl-C. Parameters come from --parameter, then the workspace's
    config.json, then the project's config.json.

    With --live-like every order call returns while its order is new; the answer comes seconds later, between bars. A
    fault plan makes the brokerage refuse, fill in part, answer late, twice or never, disconnect, or the process die:

    \b
      {"latency": {"request": 0.2, "answer": 0.5},
       "faults": [{"do": "partial", "on": "fill", "shares": [1, 0]},
                  {"do": "refuse", "on": "cancel", "times": 2},
                  {"do": "disconnect", "at": "2026-01-05T10:30:00", "seconds": 90},
                  {"do": "restart", "on": "event", "status": "filled"}]}

    docs/leansim.md has the whole format. The same plan and seed give the same run.
    """
    from leansim.project import Overrides, load_project

    plan = None
    if faults is not None:
        from leansim.trading.fault_plans import read_plan

        plan = read_plan(faults, live_like, seed)
    overrides = Overrides(
        config=config,
        output=output,
        data_folder=data_folder,
        data_provider=data_provider.lower() if data_provider else None,
        object_store=object_store,
        seed=seed,
        scenario=scenario,
        parameters=dict(parameters),
    )
    loaded = load_project(project, overrides)

    from leansim.backtesting import Request, run_backtest

    outcome = run_backtest(Request(loaded, not no_report, live_like, plan), _console())
    if outcome.error:
        click.secho(f"Error: {outcome.error if debug else brief(outcome.error)}", fg="red", err=True)
    if outcome.exit_code:
        sys.exit(outcome.exit_code)


@cli.group(short_help="Make or check a LEAN data folder.")
def data() -> None:
    """Make modelled data, or check a folder of data in LEAN's format."""


@data.command("generate", short_help="Write modelled option data on real history.")
@click.option("--data-folder", type=click.Path(file_okay=False, path_type=Path),
              help="Folder to write into (defaults to the workspace's data folder).")  # fmt: skip
@click.option("--start", "start", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day.")
@click.option("--end", "end", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--root", "roots", multiple=True,
              help="What to write, such as spy, spxw or cl; may be repeated (defaults to everything).")  # fmt: skip
@click.option("--resolution", "resolutions", multiple=True, type=click.Choice(["minute", "hour", "daily"]),
              help="Which files; may be repeated (defaults to all). Options have minutes alone.")  # fmt: skip
@click.option("--scenario", default="", help="A market to be tested in, such as like-october-1987 (docs/data.md).")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same data.")
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def generate(
    data_folder: Path | None,
    start: datetime,
    end: datetime,
    roots: tuple[str, ...],
    resolutions: tuple[str, ...],
    scenario: str,
    seed: int,
    debug: bool,  # noqa: ARG001  read by the wrapper that reports errors
) -> None:
    """Write modelled prices, option chains, universes, market hours and symbol properties as LEAN's files.

    \b
    Examples:
      leansim data generate --start 2018-01-02 --end 2018-01-31 --root spx --root spxw --root vix
      leansim data generate --start 2017-09-18 --end 2017-12-15 --scenario like-october-1987 --data-folder crash

    The index's days are real, the option quotes are modelled: LEAN itself can run on the result, and every result
    computed from it says so. What is there already is kept, so a broken-off run goes on where it stopped. A folder
    made with a scenario keeps it: a backtest on it makes what is missing in the same market.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from leansim.model_data import RESOLUTIONS, ROOTS
    from leansim.model_data import generate as generate_files

    if end < start:
        raise InputError(f"--end {end:%Y-%m-%d} is before --start {start:%Y-%m-%d}")
    folder = data_folder or _workspace() / "data"
    console = _console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("generating", total=None)

        def show(done: int, total: int, relative: str) -> None:
            bar.update(task, completed=done, total=total, description=relative)

        files = generate_files(
            folder, start.date(), end.date(), roots or ROOTS, show, seed=seed, scenario=scenario,
            resolutions=resolutions or RESOLUTIONS,
        )  # fmt: skip
    console.print(f"{files} files in {folder}, seed {seed}", highlight=False, soft_wrap=True)


@data.command("check", short_help="Check a folder of LEAN data.")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def check(folder: Path | None, debug: bool) -> None:  # noqa: ARG001  read by the wrapper that reports errors
    """Open every file of a LEAN data folder, and hold files against each other. Exits 1 when any is wrong.

    Archives, names, order of rows, crossed quotes; missing days and universes, clocks, scales, universes beside prices.
    What recorded data have too is noted only.

    \b
    Examples:
      leansim data check
      leansim data check ~/lean/data
    """
    from leansim.data_check import check_folder, show_findings

    findings = check_folder(folder or _workspace() / "data")
    show_findings(_console(), findings)
    if findings.wrong:
        sys.exit(FAILED)


@cli.command(short_help="Run an algorithm over a grid of parameters.")
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path),
              help="Directory to store results in (defaults to PROJECT/optimizations/TIMESTAMP, UTC); name it again "
                   "to go on with a sweep that was interrupted.")  # fmt: skip
@click.option("--strategy", type=click.Choice(["Grid Search"], case_sensitive=False), default="Grid Search",
              show_default=True, help="The optimization strategy to use.")  # fmt: skip
@click.option("--target", default="Sharpe Ratio", show_default=True, help="The statistic that decides.")
@click.option("--target-direction", type=click.Choice(["min", "max"], case_sensitive=False), default="max",
              show_default=True, help="Whether the target is to be small or large.")  # fmt: skip
@click.option("--parameter", "parameters", type=(str, str, str, str), multiple=True, metavar="NAME MIN MAX STEP",
              help="A parameter to vary; may be given several times.")  # fmt: skip
@click.option("--values", type=(str, str), multiple=True, metavar="NAME A,B,C",
              help="A parameter to vary over listed values, numbers or words.")  # fmt: skip
@click.option("--constraint", "constraints", multiple=True, metavar='"STATISTIC OPERATOR VALUE"',
              help="A condition the best run must meet; may be given several times.")  # fmt: skip
@click.option("--fixed", type=(str, str), multiple=True, metavar="NAME VALUE",
              help="A parameter that is the same in all runs.")  # fmt: skip
@click.option("--max-concurrent-backtests", "jobs", type=click.IntRange(min=1),
              help="Runs at a time on this machine (defaults to its cores).")  # fmt: skip
@click.option("--cluster", metavar="ADDRESS", help="Run on the workers of this Dask scheduler instead.")
@click.option("--data-folder", type=click.Path(path_type=Path), help="LEAN data folder of all runs.")
@click.option("--seed", type=int, help="Seed of everything drawn at random, the same in all runs.")
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def optimize(
    project: Path,
    output: Path | None,
    strategy: str,  # noqa: ARG001  there is one, and LEAN's command line names it
    target: str,
    target_direction: str,
    parameters: tuple[tuple[str, str, str, str], ...],
    values: tuple[tuple[str, str], ...],
    constraints: tuple[str, ...],
    fixed: tuple[tuple[str, str], ...],
    jobs: int | None,
    cluster: str | None,
    data_folder: Path | None,
    seed: int | None,
    debug: bool,  # noqa: ARG001  read by the wrapper that reports errors
) -> None:
    """Backtest PROJECT once for every combination of parameters; show one table and write a page with a heat map.

    \b
    Examples:
      leansim optimize TomKingAlgorithm --parameter zero_dte.profit_target_fraction 0.3 0.7 0.1
      leansim optimize TomKingAlgorithm --parameter zero_dte.short_delta 0.1 0.2 0.05 \\
              --values zero_dte.vix_preset seed,manual --constraint "Drawdown < 0.2"
      leansim optimize TomKingAlgorithm --cluster tcp://10.0.0.5:8786 --parameter ...

    The options are those of `lean optimize`, and shares are fractions there and here: "Drawdown < 0.2" is 20 %. Each
    run is a process of its own with an object store of its own. A sweep that was interrupted goes on when it is
    started again with the same --output. Workers of a cluster see project and data under the same paths.
    """
    from leansim.sweep.command import Wishes, optimize_project

    wishes = Wishes(
        project=project,
        output=output,
        target=target,
        is_maximum=target_direction.lower() == "max",
        stepped=parameters,
        listed=values,
        constraints=constraints,
        fixed=fixed,
        jobs=jobs,
        cluster=cluster,
        data_folder=data_folder,
        seed=seed,
    )
    if not optimize_project(wishes, _console()):
        sys.exit(FAILED)


@cli.command(short_help="Write report.html of a result.")
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path),
              help="File to write (defaults to report.html beside the result).")  # fmt: skip
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def report(result: Path, output: Path | None, debug: bool) -> None:  # noqa: ARG001  read by the wrapper
    """Write the HTML report of a result file, leansim's or LEAN's own, or of a project's newest run.

    \b
    Example:
      leansim report TomKingAlgorithm/backtests/2026-01-05_14-30-00/TomKingAlgorithm.json
      leansim report TomKingAlgorithm                 the newest run of the project
    """
    from leansim.project import newest_result
    from leansim.results.report import write_report

    if result.is_dir():
        result = newest_result(result)
    target = output or result.parent / "report.html"
    write_report(result, target)
    click.echo(f"Report: {target}")


@cli.command(short_help="Show two runs side by side, first what differs first.")
@click.argument("expected", type=click.Path(path_type=Path))
@click.argument("found", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Also write a page: equities, statistics, fills and orders side by side.")  # fmt: skip
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def compare(expected: Path, found: Path, output: Path | None, debug: bool) -> None:  # noqa: ARG001  read by the wrapper
    """Compare two results: folders, result files of leansim or LEAN, or recordings of LEAN. Exits 1 when they differ.

    \b
    Examples:
      leansim compare backtests/before backtests/after
      leansim compare backtests/before backtests/after --output changed.html
      leansim compare recorded/IronCondorStrategyAlgorithm.json.gz results
    """
    from leansim.results.compare import compare_results
    from leansim.results.comparison_view import show_differences, write_comparison

    comparison = compare_results(expected, found)
    show_differences(_console(), comparison)
    if output is not None:
        write_comparison(comparison, (str(expected), str(found)), output)
        click.echo(f"Page: {output}")
    if comparison.differs:
        sys.exit(FAILED)


@cli.command(short_help="Make this folder a workspace.")
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@_reported
def init(debug: bool) -> None:  # noqa: ARG001  read by the wrapper that reports errors
    """Write a minimal lean.json and config.json into this folder; files that exist stay as they are."""
    from leansim.project import make_workspace

    for path, written in make_workspace(Path.cwd()):
        click.echo(f"{path.name}: {'written' if written else 'exists, left as it is'}")


def _console() -> Console:
    from rich.console import Console

    return Console()


def _workspace() -> Path:
    from leansim.project import find_workspace

    return find_workspace(Path.cwd()) or Path.cwd()


def main() -> None:
    """Entry point of ``leansim``, for a process of its own."""
    with until_the_process_ends():
        cli(prog_name="leansim")
