"""A backtest from the command line: put the rooms together, run, write what came out, say how it ended.

Whatever happens after the algorithm was found (an error of its own, a member that is not emulated, Ctrl-C), the results
so far are written before anything else is said.
"""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leansim import __version__
from leansim.console import RunDisplay, show_published, show_statistics
from leansim.errors import AlgorithmError, InputError, LeanSimError, NotEmulated
from leansim.garbage import seldom_collected
from leansim.lean_data.cache import default_cache_folder
from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunResult, RunStatus, run
from leansim.results.recorder import DataSource, EngineInfo, Recorder
from leansim.results.writer import RunTimes, write

if TYPE_CHECKING:
    from rich.console import Console

    from leansim.project import Project
    from leansim.results.statistics import Statistics
    from leansim.trading.faults import FaultPlan

# A zip ends with this mark, 18 more bytes and its comment, of 65535 bytes at most.
_END_OF_ARCHIVE = b"PK\x05\x06"
_END_BEFORE_COMMENT = 22
_LONGEST_END = _END_BEFORE_COMMENT + 65535
FAILED = 1
INTERRUPTED = 130
_EXIT_CODES = {RunStatus.COMPLETED: 0, RunStatus.RUNTIME_ERROR: FAILED, RunStatus.STOPPED: INTERRUPTED}
#: Runtime statistic in which an algorithm names the object store key of its own report.
PUBLISHED_REPORT = "tomking-report"


@dataclass(frozen=True)
class Request:
    """What to run, whether to write the HTML report, and how the brokerage behaves."""

    project: Project
    report: bool = True
    live_like: bool = False
    faults: FaultPlan | None = None


@dataclass(frozen=True)
class Outcome:
    """How a backtest ended: the process's exit code, and the one message to show when it is not 0."""

    exit_code: int
    error: str = ""


def run_backtest(request: Request, console: Console) -> Outcome:
    """Run a project and write its results.

    Raises :class:`~leansim.errors.InputError` when there is nothing to run or no data to run on.
    """
    folder = open_data(request.project)
    try:
        # also while the results are written: nothing of the run is to be gone through for what they are made of
        with seldom_collected():
            return _run_on(folder, request, console)
    finally:
        folder.provider.close()


def _run_on(folder: DataFolder, request: Request, console: Console) -> Outcome:
    project = request.project
    started = datetime.now(UTC)
    output = project.output or fresh_folder(project.backtests, started)
    recorder = Recorder(EngineInfo(__version__, seed=project.seed))
    with RunDisplay(console) as display:
        config = RunConfig(
            algorithm=project.algorithm,
            data=folder,
            parameters=project.parameters,
            object_store=project.object_store,
            algorithm_id=project.name,
            live_like=request.live_like,
            faults=request.faults,
            progress=display.show,
        )
        try:
            outcome = _run(config, recorder)
        except AlgorithmError:
            raise
        except Exception:  # an error of leansim's own: its traceback is shown, but not before the results are kept
            _close(recorder, "RuntimeError", traceback.format_exc())
            recorder.engine.data_sources = sources_of(folder)
            write(recorder, output, project.name)
            raise
    recorder.engine.data_sources = sources_of(folder)
    published = None
    try:
        published = read_published(project.object_store, recorder.runtime_statistics)
    except InputError as error:
        outcome = outcome if outcome.exit_code else Outcome(FAILED, str(error))
    times = RunTimes(started, datetime.now(UTC))
    statistics = write(recorder, output, project.name, times, published)
    _show(console, recorder, statistics, published)
    if request.report:
        from leansim.results.report import write_report

        write_report(output / f"{project.name}.json", output / "report.html")
        console.print(f"Report: {output / 'report.html'}", highlight=False, soft_wrap=True)
    console.print(f"Results: {output}", highlight=False, soft_wrap=True)
    return outcome


def open_data(project: Project) -> DataFolder:
    """The project's data folder, with the model behind it when it is asked for."""
    if project.data_provider == "model":
        from leansim.model_data import ModelDataProvider
        from leansim.model_data.ahead import MadeAhead

        project.data_folder.mkdir(parents=True, exist_ok=True)
        model = ModelDataProvider(project.data_folder, seed=project.seed, scenario=project.scenario)
        cache = default_cache_folder(project.data_folder)
        return DataFolder(project.data_folder, MadeAhead(model, project.data_folder, cache), cache)
    return DataFolder(project.data_folder)


def sources_of(folder: DataFolder) -> list[DataSource]:
    """Where the archives of a run came from: the model says so in each zip it writes, other zips are recorded data."""
    made = folder.requests.made
    recorded, modelled = 0, Counter({folder.provider.label: len(made)} if made else {})
    for relative in folder.requests.succeeded:
        if not relative.endswith(".zip") or relative in made:
            continue
        try:
            comment = _archive_comment(folder.root / relative)
        except (OSError, ValueError):
            continue  # unreadable: the run has ended with that error, and nothing in it was used
        if "modelled" in comment:
            modelled[comment] += 1
        else:
            recorded += 1
    sources = [DataSource("model", f"{files} archives, {text}", True) for text, files in sorted(modelled.items())]
    if recorded:
        sources.append(DataSource("data folder", f"{recorded} archives", False))
    return sources


def _archive_comment(path: Path) -> str:
    """The comment at the end of a zip, without reading its table of hundreds of entries; ``ValueError`` for no zip."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _LONGEST_END, 0))
        tail = file.read()
    return tail[tail.rindex(_END_OF_ARCHIVE) + _END_BEFORE_COMMENT :].decode("utf-8", "replace")


def fresh_folder(parent: Path, now: datetime) -> Path:
    """A folder named by the time, not used yet."""
    name = f"{now:%Y-%m-%d_%H-%M-%S}"
    folder, number = parent / name, 1
    while folder.exists():
        number += 1
        folder = parent / f"{name}_{number}"
    return folder


def read_published(store: Path, runtime_statistics: Mapping[str, str]) -> dict[str, Any] | None:
    """The report the algorithm saved in the object store, ``None`` when it saved none."""
    key = runtime_statistics.get(PUBLISHED_REPORT)
    if key is None:
        return None
    path = (store / key).resolve()
    if not path.is_relative_to(store.resolve()) or not path.is_file():
        raise InputError(f'the algorithm names "{key}" as its report, but the object store {store} has no such file')
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: the report the algorithm saved is not valid JSON ({error})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: the report the algorithm saved must be a JSON object")
    return content


def _run(config: RunConfig, recorder: Recorder) -> Outcome:
    """Run; errors that end the run inside it become an outcome, so that what was recorded is still written."""
    try:
        result = run(config, recorder)
    except AlgorithmError:
        raise
    except KeyboardInterrupt:
        _close(recorder, "Stopped", "")
        return Outcome(INTERRUPTED, "interrupted; the results so far are written")
    except (LeanSimError, NotEmulated) as error:
        _close(recorder, "RuntimeError", str(error))
        return Outcome(FAILED, str(error))
    return _outcome(result)


def _outcome(result: RunResult) -> Outcome:
    code = _EXIT_CODES[result.status]
    if result.status is RunStatus.STOPPED:
        return Outcome(code, "interrupted; the results so far are written")
    if result.status is RunStatus.COMPLETED and not result.slices:
        return Outcome(FAILED, _no_data(result))
    return Outcome(code, result.error or "")


def _no_data(result: RunResult) -> str:
    algorithm = result.algorithm
    return (
        f"no data at all between {algorithm.start_date:%Y-%m-%d} and {algorithm.end_date:%Y-%m-%d}: check the dates, "
        "the data folder, and the failed-data-requests file beside the results"
    )


def _close(recorder: Recorder, status: str, error: str) -> None:
    if recorder.closing is None:
        recorder.finish(status, error)


def _show(console: Console, recorder: Recorder, statistics: Statistics, published: Mapping[str, Any] | None) -> None:
    if recorder.engine.modelled:
        console.print(
            "MODELLED DATA: option quotes come from a model on real history, not from a market.", style="bold"
        )
    show_statistics(console, statistics)
    if published is not None:
        show_published(console, published)
