"""One run, from the algorithm's file to its last result; and in it one time step, in LEAN's order.

``run()`` is the only door. What a step does, and in which order, is written down in :meth:`_Run.step` and nowhere else.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leansim.api.algorithm_universes import SelectionTurn
from leansim.api.enums import AlgorithmStatus, SplitType
from leansim.api.reference import use_reference_data
from leansim.api.slice import Slice
from leansim.api.symbols import SymbolCache
from leansim.api.time_zones import NS_PER_HOUR, NS_PER_MINUTE, aware_utc, to_ns
from leansim.api.universes import SecurityChanges
from leansim.api.workings import Surroundings, Workings, surroundings
from leansim.errors import NotEmulated, ProcessDied
from leansim.feed.phases import WarmUp
from leansim.feed.warm_up import warm_up_start
from leansim.garbage import seldom_collected
from leansim.loading import describe, load, project_modules
from leansim.results.statistics import statistics_of
from leansim.run_view import AccountView, configuration
from leansim.split_liquidation import SplitLiquidation
from leansim.trading import margin_calls
from leansim.trading.transactions import TransactionHandler

if TYPE_CHECKING:
    from leansim.api.algorithm import QCAlgorithm
    from leansim.api.symbols import Symbol
    from leansim.brokerage_session import BrokerageSession, Remains
    from leansim.feed.timeslice import TimeSlice
    from leansim.lean_data.folder import DataFolder
    from leansim.results.recorder import Recorder
    from leansim.trading.books import Books
    from leansim.trading.faults import FaultPlan

MARGIN_CALL_EVERY_NS = 5 * NS_PER_MINUTE
PROGRESS_EVERY_SECONDS = 0.1
# looked up on their classes they cost more than what is compared with them
_RUNNING: Final = AlgorithmStatus.RUNNING
_NO_CHANGES: Final = SecurityChanges.NONE
END_OF_DAY_BEFORE_CLOSE = 10.0


@dataclass(frozen=True)
class Progress:
    """Where a run is: simulated time (aware UTC), fraction of the run's dates done (0 to 1), account's value, steps."""

    time: datetime
    fraction: float
    equity: Decimal
    steps: int = 0


@dataclass(frozen=True)
class RunConfig:
    """What a run needs. ``progress`` is called at most ten times a second of wall time, from the run's own thread.

    ``object_store`` is a directory shared by all runs that name it; it is made when absent.
    """

    algorithm: Path
    data: DataFolder
    parameters: Mapping[str, str]
    object_store: Path
    algorithm_id: str
    live_like: bool = False
    faults: FaultPlan | None = None
    progress: Callable[[Progress], None] | None = None


class RunStatus(Enum):
    """How a run ended; the values are LEAN's names in its result file."""

    COMPLETED = "Completed"
    RUNTIME_ERROR = "RuntimeError"
    STOPPED = "Stopped"


@dataclass(frozen=True)
class RunResult:
    """The end of a run. ``error`` is the message and stack of the exception that ended it, ``None`` otherwise.

    ``algorithm`` is the instance that ran, for tests and for the results room; ``slices`` counts the steps that brought
    prices or events, not only a universe's turn. ``books`` is what the brokerage has in the end, of a run with faults
    or a live-like one: what is true, whatever the algorithm was told.
    """

    status: RunStatus
    error: str | None
    algorithm: QCAlgorithm
    steps: int
    data_points: int
    slices: int
    books: Books | None = None


def run(config: RunConfig, recorder: Recorder) -> RunResult:
    """Run an algorithm to its end, its error, ``quit()`` or Ctrl-C; the recorder holds what happened in every case.

    Raises :class:`~leansim.errors.AlgorithmError` when there is nothing to run, and
    :class:`~leansim.errors.NotEmulated` when the algorithm uses a member leansim does not have; what was recorded until
    then stays in the recorder.
    """
    use_reference_data(config.data)
    given = Surroundings(
        config.data,
        recorder,
        dict(config.parameters),
        config.object_store,
        config.algorithm_id,
        config.live_like,
    )
    before: _Before | None = None
    while True:
        SymbolCache.clear()
        with project_modules(config.algorithm), surroundings(given), seldom_collected():
            algorithm, warning = load(config.algorithm)
            if warning:
                algorithm.debug(warning)
            process = _Run(config, recorder, algorithm, before)
            try:
                return process.whole()
            except ProcessDied as died:
                before = process.what_remains(died)


@dataclass(frozen=True)
class _Before:
    """What a process that died leaves to the next: the brokerage, the run's end, its view and its counts."""

    remains: Remains
    end_ns: int
    view: AccountView
    counts: tuple[int, int, int]


class _Run:
    """The state of one run, or of one process of a run whose processes die."""

    def __init__(
        self, config: RunConfig, recorder: Recorder, algorithm: QCAlgorithm, before: _Before | None = None
    ) -> None:
        self.config = config
        self.before = before
        self.recorder = recorder
        self.algorithm = algorithm
        self.workings: Workings = algorithm._leansim
        self.feed = self.workings.feed
        self.session: BrokerageSession | None = None
        if config.live_like or config.faults is not None:
            # a plain backtest has no use for the room of brokerages that are late or err
            from leansim.brokerage_session import BrokerageSession
            from leansim.trading.faults import FaultPlan

            remains = None if before is None else before.remains
            self.session = BrokerageSession(self.workings, recorder, config.faults or FaultPlan(), remains)
            self.handler = self.session.handler
        else:
            self.handler = TransactionHandler(self.workings, recorder)
        self.workings.transactions.set_order_processor(self.handler)
        self.splits = SplitLiquidation(self.workings)
        self.selection = SelectionTurn(self.workings)
        # called in every step, of objects whose members are dear to look up
        self.prices_moved = self.workings.portfolio._prices_moved
        self.store_if_due = self.workings.object_store._flush_if_due
        self.export_signals = self.workings.signal_export._flush
        self.steps, self.data_points, self.slices = (0, 0, 0) if before is None else before.counts
        self.interrupted = False
        self.next_margin_call_ns = 0
        self.next_hourly_ns = 0
        self.next_progress = 0.0
        self.start_ns = self.end_ns = 0
        self.view: AccountView | None = None
        # the account's value that was last found to be above nothing
        self.worth: Decimal | None = None
        self.end_of_day: dict[Symbol, Any] = {}

    # ---- the whole

    def whole(self) -> RunResult:
        workings = self.workings
        workings.name = "local"
        try:
            if self.initialize():
                self.stream()
        except KeyboardInterrupt:
            self.interrupted = True
            workings.flush_messages()
        except NotEmulated as error:
            workings.set_runtime_error(error, "leansim")
            self.finish()
            raise
        return self.finish()

    def initialize(self) -> bool:
        """``initialize`` and what follows it; False when it failed."""
        workings = self.workings
        hook = workings.hook("initialize") or self.algorithm.initialize
        if not workings.attempt(hook):
            return False
        self.start_ns = workings.time_zone.to_utc_ns(to_ns(workings.start_date))
        self.end_ns = workings.time_zone.to_utc_ns(to_ns(workings.end_date))
        if self.before is not None:
            self.start_ns, self.end_ns = self.before.remains.ns, self.before.end_ns
        if self.session is not None:
            # what the brokerage holds is seeded with the prices of the start
            workings.clock.advance(self.start_ns)
            if not workings.attempt(self.session.set_up_account):
                return False
        if not (workings.attempt(workings.finish_setup) and workings.attempt(self.selection.take)):
            return False
        first_ns = warm_up_start(workings)
        workings.is_warming_up = first_ns is not None
        workings.clock.advance(self.start_ns if first_ns is None else first_ns)
        self.feed.end_of_step()
        workings.warn_of_raw_prices()
        workings.locked = True
        self.view = self.begin_records()
        self.feed.time_zone = workings.time_zone
        self.feed.benchmark = workings.benchmark_symbol
        self.feed.daily_precise_end_time = workings.settings.daily_precise_end_time
        resolution = workings.settings.warmup_resolution
        warm_up = None if first_ns is None or resolution is None else WarmUp(resolution, self.start_ns)
        self.feed.start(workings.clock.ns, self.end_ns, warm_up)
        self.schedule_daily()
        workings.queue.start(lambda: workings.clock.ns)
        if self.session is not None:
            self.session.start()
        return True

    def begin_records(self) -> AccountView:
        """The recorder has an account to look at; a process that follows another goes on with its records."""
        workings = self.workings
        if self.before is not None:
            self.before.view.move_to(workings)
            return self.before.view
        view = AccountView(workings, self.start_ns, self.end_ns)
        self.recorder.begin(view)
        self.recorder.configure(configuration(workings))
        workings.summary = lambda: statistics_of(self.recorder).summary
        return view

    def what_remains(self, died: ProcessDied) -> _Before:
        """The process is dead: what it had in memory is gone, what the brokerage and the recorder have is not."""
        assert self.session is not None
        assert self.view is not None
        self.workings.drop_messages()
        self.recorder.go_on()
        remains = self.session.remains(died)
        return _Before(remains, self.end_ns, self.view, (self.steps, self.data_points, self.slices))

    def schedule_daily(self) -> None:
        """The engine's own events: the sample of each midnight, and ``on_end_of_day()`` of algorithms that have it."""
        schedule = self.workings.schedule
        rules, times = schedule.date_rules, schedule.time_rules
        hook = self.workings.hook("on_end_of_day")
        if hook is not None and _takes_nothing(hook):
            schedule.on("Algorithm.EndOfDay", rules.every_day(), times.at(23, 58), hook)
        schedule.on("Daily Sampling", rules.every_day(), times.midnight, self.recorder.sample_day)

    def stream(self) -> None:
        """All time steps, and the end of the algorithm."""
        workings = self.workings
        if workings.is_warming_up:
            workings.debug("Algorithm starting warm up...")
        elif not self.call("on_warmup_finished"):
            return
        self.next_hourly_ns = _next_hour(workings.clock.ns)
        feed, progress, end_ns = self.feed, self.config.progress, self.end_ns
        # Not `while workings.status ...`: the bytecode of a function that is called once is made specific to what it
        # works with at an unconditional jump back only, and an idle step took a twentieth more without that.
        while True:
            if workings.status is not _RUNNING and workings.runtime_error is None:
                break
            try:
                step = feed.advance()
            except NotEmulated:
                raise
            except Exception as error:  # noqa: BLE001  a universe's filter is the algorithm's own code
                # whatever it raises ends the run, as in LEAN
                workings.set_runtime_error(error)
                break
            if step is None or self.portfolio_is_gone():
                break
            if step.ns > end_ns and self.is_after_the_end(step):
                workings.attempt(lambda: workings.queue.fire_due(workings.clock.ns))
                self.recorder.step(workings.clock.ns)
                break
            if workings.is_warming_up and step.ns > self.start_ns and not self.pulse(self.start_ns):
                return
            if not self.step(step):
                return
            if progress is not None:
                self.show_progress(step.ns, progress)
        if not self.call("on_end_of_algorithm"):
            return
        self.recorder.step(workings.clock.ns, force=True)
        workings.flush_messages()
        if workings.status == AlgorithmStatus.STOPPED:
            workings.write("log", "Algorithm Stopped")
            workings.flush_messages()
        self.recorder.sample_day()

    # ---- one time step, in LEAN's order

    def step(self, step: TimeSlice) -> bool:
        """One time step; False when the run ends at once, without ``on_end_of_algorithm``."""
        # Most steps bring prices and nothing else: who has nothing to do is not called.
        workings = self.workings
        now = step.ns
        if step.is_time_pulse:
            return self.pulse(now)
        self.let_pass(now)
        brought = Slice(step, step.auxiliary)
        has_data = brought.has_data
        self.steps += 1
        self.data_points += step.data_points
        self.slices += has_data

        workings.current_slice = brought
        changes = step.changes
        changed = changes is not _NO_CHANGES and changes.count > 0
        if changed:
            self.watch_end_of_day(changes)
        step.publish()
        consolidators = workings.consolidators
        watches = consolidators.sessions or consolidators.volatile
        if watches and not workings.attempt(consolidators.tell_securities, step):
            return False
        self.prices_moved()
        workings.trade_builder._look_at_market(workings.securities)
        if now >= self.next_hourly_ns:
            workings.portfolio._scan_settlements(now)
            self.next_hourly_ns = _next_hour(now)
        if workings.is_warming_up and not self.check_warm_up():
            return False
        events = step.auxiliary is not None
        if events and brought.symbol_changed_events.count and not self.symbols_changed(brought):
            return False

        self.handler.process_synchronous_events()
        if workings.queue.soonest <= now:
            workings.attempt(workings.queue.fire_due, now)
        if self.splits.announced:
            self.splits.close_positions()
        if workings.runtime_error is not None:
            return False
        if workings.status is not _RUNNING:
            return True
        if now >= self.next_margin_call_ns and not workings.live_mode:
            if not workings.attempt(margin_calls.check, workings):
                return False
            self.next_margin_call_ns = now + MARGIN_CALL_EVERY_NS
        if changed:
            changes.filter_custom_securities = True
            if not self.call("on_securities_changed", changes):
                return False
        if events and not workings.attempt(self.corporate_actions, brought):
            return False
        if consolidators.scans and not workings.attempt(consolidators.feed, step):
            return False
        if events and not self.tell_of_events(brought):
            return False
        if has_data:
            on_data = workings.hook("on_data")
            if on_data is not None and not workings.attempt(on_data, brought):
                return False
        if workings.universe_selection is not None and not workings.attempt(self.selection.take):
            return False
        self.handler.process_synchronous_events()
        self.recorder.step(workings.clock.ns)
        # What was logged in the step that failed is lost, as in LEAN.
        if workings.has_messages and workings.runtime_error is None:
            workings.flush_messages()
        self.store_if_due()
        self.export_signals()
        self.feed.end_of_step()
        workings.warn_of_raw_prices()
        return True

    # ---- parts of a step

    def let_pass(self, now: int) -> None:
        """What was due while nothing came, with the prices of then; afterwards the clock is at the step's instant."""
        workings = self.workings
        session = self.session
        if session is not None and session.alarms is not None:
            workings.attempt(session.let_pass, now)
        elif workings.queue.soonest <= now:
            workings.attempt(workings.queue.fire_before, now, workings.clock.advance)
        if workings.consolidators.scans:
            workings.attempt(workings.consolidators.scan_past, now)
        workings.clock.advance(now)

    def pulse(self, now: int) -> bool:
        """An instant without data: before a universe's selection, and at the end of the warm-up."""
        self.let_pass(now)
        return self.check_warm_up()

    def call(self, name: str, *arguments: Any) -> bool:
        """A hook of the algorithm; False when it raised."""
        hook = self.workings.hook(name)
        return hook is None or self.workings.attempt(hook, *arguments)

    def check_warm_up(self) -> bool:
        """End the warm-up when its time is over; False when ``on_warmup_finished`` raised."""
        workings = self.workings
        if not workings.is_warming_up or workings.clock.ns < self.start_ns:
            return True
        workings.is_warming_up = False
        self.recorder.warm_up_finished()
        finished = self.call("on_warmup_finished")
        workings.debug("Algorithm finished warming up.")
        return finished

    def symbols_changed(self, brought: Slice) -> bool:
        """Tell the algorithm, then cancel the open orders of the old symbols."""
        events = brought.symbol_changed_events
        if not self.call("on_symbol_changed_events", events):
            return False
        for symbol in list(events._every_symbol()):
            for ticket in self.workings.transactions.get_open_order_tickets(symbol):
                ticket.cancel("Open order cancelled on symbol changed event")
        return True

    def corporate_actions(self, brought: Slice) -> None:
        """Dividends, then splits, applied to the account; nothing while warming up, as in LEAN."""
        workings = self.workings
        if workings.is_warming_up:
            return
        for dividend in brought.dividends.values():
            mode = workings.normalization(dividend.symbol)
            workings.portfolio.apply_dividend(dividend, mode)
        for split in brought.splits.values():
            if split.type == SplitType.SPLIT_OCCURRED:
                security = workings.securities[split.symbol]
                mode = workings.normalization(split.symbol)
                workings.portfolio.apply_split(split, security, mode)
                self.handler.apply_split(split, mode)

    def tell_of_events(self, events: Slice) -> bool:
        """The hooks for splits, dividends and delistings, then splits are kept in mind; False when one raised."""
        for hook, kind in (
            ("on_splits", events.splits),
            ("on_dividends", events.dividends),
            ("on_delistings", events.delistings),
        ):
            if kind.count and not self.call(hook, kind):
                return False
        self.splits.take_notice(events)
        return True

    def watch_end_of_day(self, changes: Any) -> None:
        """``on_end_of_day(symbol)`` ten minutes before the close of each security that is subscribed."""
        hook = self.workings.hook("on_end_of_day")
        if hook is None or _takes_nothing(hook):
            return
        schedule = self.workings.schedule
        for security in changes.added_securities:
            symbol, extended = security.symbol, security.is_extended_market_hours
            self.end_of_day[symbol] = schedule.on(
                f"{symbol}.EndOfDay",
                schedule.date_rules.every_day(symbol, False),
                schedule.time_rules.before_market_close(symbol, END_OF_DAY_BEFORE_CLOSE, extended),
                lambda symbol=symbol: hook(symbol),
            )
        for security in changes.removed_securities:
            event = self.end_of_day.pop(security.symbol, None)
            if event is not None:
                schedule.remove(event)

    def is_after_the_end(self, step: TimeSlice) -> bool:
        """Whether a step past the end is a universe's selection alone: at the midnight of the end LEAN makes none."""
        return not step.is_time_pulse and not Slice(step, step.auxiliary).has_data

    def portfolio_is_gone(self) -> bool:
        """Whether the account is worth nothing: LEAN ends a backtest then."""
        # The value of the last sample: nothing has moved since the step that took it ended.
        assert self.view is not None
        value = self.view.last_equity
        if value is self.worth or value > 0:
            self.worth = value
            return False
        self.workings.debug("Portfolio value is less than or equal to zero, stopping algorithm.")
        return True

    def show_progress(self, ns: int, show: Callable[[Progress], None]) -> None:
        """Call the progress call-back when it is time."""
        now = time.monotonic()
        if now >= self.next_progress:
            self.next_progress = now + PROGRESS_EVERY_SECONDS
            done = (ns - self.start_ns) / max(self.end_ns - self.start_ns, 1)
            value = self.workings.portfolio._total_portfolio_value
            show(Progress(aware_utc(ns), min(max(done, 0.0), 1.0), value, self.steps))

    def finish(self) -> RunResult:
        """Write down how it ended."""
        workings, recorder = self.workings, self.recorder
        workings.object_store._flush()
        error, status = None, RunStatus.COMPLETED
        if workings.runtime_error is not None:
            status = RunStatus.RUNTIME_ERROR
            error = describe(workings.runtime_error, self.config.algorithm.parent)
            if not workings.locked:
                error = f"During the algorithm initialization, the following exception has occurred: {error}"
            workings.drop_messages()
            workings.write("error", f"Runtime Error: {error}")
            workings.flush_messages()
        elif self.interrupted:
            status = RunStatus.STOPPED
        recorder.charts_of(workings.charts.values())
        requests = workings.data.requests
        recorder.data_requests(requests.succeeded, requests.failed)
        recorder.finish(status.value, error or "", error or "")
        books = None if self.session is None else self.session.books
        return RunResult(status, error, self.algorithm, self.steps, self.data_points, self.slices, books)


def _next_hour(ns: int) -> int:
    return ns - ns % NS_PER_HOUR + NS_PER_HOUR


def _takes_nothing(hook: Callable[..., Any]) -> bool:
    return not inspect.signature(hook).parameters
