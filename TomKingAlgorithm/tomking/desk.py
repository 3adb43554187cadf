"""The loop that owns everything: one turn under one lock, old trades before new ones, never waiting.

The order of a turn: what the broker reported and what is next for every group; may we trade; which positions must be
closed; which may be opened. It goes round until nothing changes, then the journal is handed to the store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from threading import RLock
from typing import Final

from tomking import __version__, entering, exiting
from tomking.accounting import (
    MarksSince,
    account_of,
    account_worth,
    exposures_of,
    periods_of,
    standing_of,
    track_record,
)
from tomking.clock import RunId
from tomking.entering import deny_once
from tomking.errors import BackendUnreachable, InvalidTransition, JournalUnwritable, SettingsError
from tomking.events import (
    ContractSettled,
    EquityMarked,
    ExitReason,
    FillReason,
    GroupFinished,
    GroupOutcome,
    HeldBeside,
    MismatchFound,
    OperatorNote,
    PhaseChanged,
    Record,
    RunStarted,
    TradingState,
    TradingStateChanged,
    VolatilityMarked,
)
from tomking.execution.atomic import AtomicOrderExecutor
from tomking.execution.backend import Backend, Balances
from tomking.execution.executor import Executor
from tomking.execution.recovery import compare, resolve_orders
from tomking.execution.rules import ExecutionRules
from tomking.journal.journal import journal_prefix
from tomking.journal.store import Store
from tomking.ledger import Ledger
from tomking.market.calendar import session_date
from tomking.market.contract import plain
from tomking.market.event_dates import EventDates, event_dates
from tomking.market.view import MarketView
from tomking.operator import OperatorDoor
from tomking.positions.book import PositionBook
from tomking.positions.position import MultiLegPosition
from tomking.risk.breakers import flattening
from tomking.risk.drawdown import FLATTEN, LIQUIDATE, NORMAL, STOP, permission_for
from tomking.risk.equity_watch import EquityWatch
from tomking.risk.phase import PhaseAction, next_phase, phase_of, told
from tomking.risk.validator import StrategyValidator
from tomking.risk.verdict import Denial
from tomking.rolling import Rolls
from tomking.rounds import Beat, Rounds
from tomking.settings import Settings, settings_hash
from tomking.state import State, digest
from tomking.strategies.catalog import specs
from tomking.strategies.exits import NO_ORDERS, Orders
from tomking.strategies.intent import RollIntent, RollRefusal
from tomking.strategies.rolls import rolls_due

Flow = Callable[[], Decimal]
"""Deposits less withdrawals since it was last asked, in account currency."""

COMPACT_AFTER: Final = 1_000
"""Records since the last compaction from which a day's end gathers them again (own choice)."""

_MOST_TURNS: Final = 1_000


def no_flow() -> Decimal:
    """For accounts nobody pays into while the desk runs, as in a backtest."""
    return Decimal(0)


class Desk:
    """The framework behind its four ports: backend, market, store and the time it is told.

    Attributes:
        settings: every number.
        ledger: journal and state; `ledger.listener` sees every record.
        executor: carries groups out.
        atomic: the facade for trades asked for by hand: `algo.atomic_executor`.
        validator: the chain of validators: `algo.strategy_validator`.
        dead: why the desk can do nothing at all (its journal cannot be written); empty while it can.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        backend: Backend,
        market: MarketView,
        store: Store,
        run: RunId,
        mode: str,
        now: datetime,
        flow: Flow = no_flow,
    ) -> None:
        """Read the journal; nothing is sent before `start`.

        Args:
            settings: every number.
            backend: the broker, one for the life of the process.
            market: quotes and sessions.
            store: where the journal is kept.
            run: unique name of this process run.
            mode: ``live``, ``paper`` or ``backtest``; a backtest begins with an empty journal.
            now: the present instant.
            flow: deposits less withdrawals.

        Raises:
            JournalCorrupt: the journal cannot be relied on; the desk refuses to start.
        """
        self.settings = settings
        self.backend = backend
        self.market = market
        self.dead = ""
        self._mode = mode
        self._flow = flow
        self._specs = specs(settings)
        self._lock = RLock()
        self._in_turn = False
        prefix = journal_prefix(mode, settings.desk.deployment)
        self._digest_key = f"{prefix}/digest"
        if mode == "backtest":
            for key in list(store.keys(f"{prefix}/")):
                store.delete(key)
        self.ledger = Ledger.opened(store, prefix, run, now)
        rules = ExecutionRules.from_settings(settings.execution, live=mode != "backtest")
        self.executor = Executor(backend, self.ledger, market, rules, run)
        self.atomic = AtomicOrderExecutor(self.executor, self._recover_now, settings.risk, self._lock)
        self.validator = StrategyValidator(settings, _events_in(store, settings))
        self._rules = rules
        self._exits = exiting.Exits(self.executor, rules)
        self._entries = entering.Entries(self.executor, self.validator, settings)
        self._rolls = Rolls(self.executor, settings.desk.entry_attempts)
        self._watch = EquityWatch(settings.breakers)
        self._marks_since = MarksSince()
        self._rounds = Rounds(settings.desk.management_minutes)
        self._account_beat = Beat(min(settings.desk.management_minutes, settings.breakers.sudden_minutes))
        self._operator = OperatorDoor(
            self.executor, store, prefix, lambda why: self._halt("OPERATOR", why), self._resume
        )
        self._listened_at = now
        self._orders_resolved = False
        self._agrees = False
        self._compare_due = True
        self._swept_at = now
        self._idle_at: tuple[int, int, bool, datetime] | None = None

    @property
    def state(self) -> State:
        """The sum of all records."""
        return self.ledger.state

    @property
    def book(self) -> PositionBook:
        """All positions: `algo.position_manager`."""
        return self.ledger.state.book

    @property
    def is_ready(self) -> bool:
        """Book and broker agree, so that something may be opened."""
        return self._agrees and not self.dead

    # -- start, step, stop -------------------------------------------------------------------------------------------

    def start(self, now: datetime) -> None:
        """Say who runs, then recover: ask the broker about every order, compare the books, carry on."""
        with self._lock:
            self._guarded(self._start, now)

    def step(self, now: datetime) -> None:
        """One turn; returns at once when another thread is in one, or when called from inside one."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if not self._in_turn:
                self._guarded(self._step, now)
        finally:
            self._lock.release()

    def end_day(self, now: datetime) -> None:
        """After the close: mark the account, change the phase, gather the journal. Once a session, before midnight."""
        with self._lock:
            self._guarded(self._end_day, now)

    def stop(self, now: datetime) -> None:
        """Make everything durable and leave the state's digest beside the journal; working orders stay as they are."""
        with self._lock:
            self._guarded(self._stop, now)

    def halt(self, now: datetime, code: str, text: str) -> None:
        """Open nothing more, on word from outside the desk: an error nobody foresaw in the wiring around it."""
        with self._lock:
            self._guarded(lambda _: self._halt(code, text), now)

    def command(self, now: datetime, line: str) -> str:
        """A person's word, as in `tomking.operator`; the answer is journaled too."""
        answers = [self.dead]
        with self._lock:
            self._guarded(lambda _: answers.append(self._operator.obey(line)), now)
            self._compare_due = True
        return answers[-1]

    def _guarded(self, turn: Callable[[datetime], None], now: datetime) -> None:
        """Do one turn; a journal that cannot be written ends all trading, what cannot be halts it."""
        if self.dead:
            return
        self.ledger.now = now
        self._in_turn = True
        try:
            try:
                turn(now)
            except InvalidTransition as error:
                self._halt("IMPOSSIBLE", str(error))
            self.ledger.journal.save()
        except JournalUnwritable as error:
            self.dead = f"the journal cannot be written, so nothing is traded: {error}"
            if self.ledger.listener is not None:  # the journal cannot say it
                note = OperatorNote("JOURNAL_UNWRITABLE", self.dead)
                self.ledger.listener(Record(0, now, self.executor.run, 0, note))
        finally:
            self._in_turn = False

    def _start(self, now: datetime) -> None:
        record = self.ledger.record
        record(
            RunStarted(
                self.executor.run, self._mode, self.settings.desk.deployment, settings_hash(self.settings), __version__
            )
        )
        if self.ledger.dropped:
            record(OperatorNote("JOURNAL_TORN", self.ledger.dropped))
        for group_id, fault in self.ledger.poisoned.items():
            self._poisoned(group_id, fault)
        self.ledger.barrier()
        self._recover_now()
        self.executor.pump(now)
        self._compare()
        balances = self._balances()
        if balances is not None:
            self._first_mark(balances, now)
            self._resume_phase(balances, now)

    def _resume_phase(self, balances: Balances, now: datetime) -> None:
        """Ask again for what a change of phase wanted closed before the process ended."""
        if self.state.phase is not None and self.book.open_ids:
            exposures = exposures_of(self.state, self._specs, self.market, now)
            self._ask_to_close(self.validator.beyond_limits(self.state.phase, exposures, balances.equity))

    def _step(self, now: datetime) -> None:
        self._listen(now)
        for _ in range(_MOST_TURNS):
            before = self.state.seq
            if not self._orders_resolved or self._is_sweep_due(now):
                self._recover_now()
            self.executor.pump(now)
            if self._compare_due:
                self._compare()
            sight = (self.market.revision, self.state.seq, self._agrees, now.replace(second=0, microsecond=0))
            if sight == self._idle_at:
                return
            is_idle = self._decide(now)
            if self.state.seq == before:
                self._idle_at = sight if is_idle else None
                return
        raise InvalidTransition(f"the desk went round {_MOST_TURNS} times without coming to rest")

    def _listen(self, now: datetime) -> None:
        """Look into the operator's letter box every few seconds; a backtest has no operator."""
        if self._rules.sweep is not None and now - self._listened_at >= self._rules.step:
            self._listened_at = now
            self._compare_due |= self._operator.empty_letter_box()

    def _decide(self, now: datetime) -> bool:
        """May we trade, what must go, what may come; True when the same look would lead to nothing again."""
        state, book = self.state, self.state.book
        has_account, equity, is_leaving, is_rolling, is_entering = True, None, False, False, False
        looked_at = self._rounds.due(book.open_positions, state.seq, now) if book.open_ids else ()
        is_watched = bool(book.open_ids) or state.trading_state is not TradingState.ACTIVE
        if is_watched and (self._account_beat.strikes(now) or looked_at):
            equity = self._judge(now)
            has_account = equity is not None
        orders = self._orders()
        if orders.emergency or orders.close_losers:
            looked_at = book.open_positions
        wanted: set[str] = set()
        if book.open_ids:
            wanted.update(self._exits.turn(book, self._specs, self.market, now, equity, orders, looked_at))
            is_leaving = bool(wanted)
        if self._agrees and state.trading_state is TradingState.ACTIVE:
            if looked_at:
                is_rolling = self._roll(looked_at, wanted, now)
            is_entering = self._entries.turn(self._specs, state, self._balances, now, self._watch.day_high)
        self._rounds.remember(wanted)
        return has_account and not is_leaving and not is_rolling and not is_entering

    def _roll(self, looked_at: Sequence[MultiLegPosition], wanted: set[str], now: datetime) -> bool:
        """Exchange what the strategies want exchanged, and add it to `wanted`; True when anything was due."""
        reckon, phase = self.backend.requirement, self.state.phase or 0
        due = rolls_due(self._specs, looked_at, self.market, now, self.settings.risk, reckon, phase)
        wishes = [answer for answer in due if isinstance(answer, RollIntent)]
        for refusal in due:
            if isinstance(refusal, RollRefusal):
                position = self.book.positions[refusal.position_id]
                denial = Denial(refusal.code, refusal.text)
                deny_once(self.ledger, self.state, position.strategy, position.underlying, denial, now)
        if wishes:
            wanted.update(self._rolls.turn(wishes, self.state, self._balances, now))
        return bool(due)

    def _stop(self, _now: datetime) -> None:
        self.ledger.barrier()
        store = self.ledger.journal.store
        store.save(self._digest_key, json.dumps({"seq": self.state.seq, "digest": digest(self.state)}))
        store.flush(self._digest_key)

    # -- recovery ------------------------------------------------------------------------------------------------------

    def _recover_now(self) -> bool:
        """Resolve every order with the broker; False when it gave no answer and the next turn must try again."""
        fault = resolve_orders(self.executor)
        self._orders_resolved = not fault
        self._compare_due = True
        self._swept_at = self.ledger.now
        return self._orders_resolved

    def _is_sweep_due(self, now: datetime) -> bool:
        return self._rules.sweep is not None and now - self._swept_at >= self._rules.sweep

    def _compare(self) -> None:
        """Compare book and broker; only when they agree may anything open."""
        if not self._orders_resolved:
            return
        found = compare(self.executor)
        if found is not None and not found.agrees:
            # a fill may have come between the two readings: look once more before halting
            if not self._recover_now():
                return
            found = compare(self.executor)
        if found is None:
            return
        for contract, quantity in found.beside.items():
            self.ledger.record(HeldBeside(contract, quantity))
            self.ledger.record(OperatorNote("BESIDE", f"not the desk's, left alone: {quantity:+d} {contract.text}"))
        for contract, (quantity, worth) in found.ended.items():
            name = f"ended/{contract.text}"
            self.ledger.record(ContractSettled(name, contract, -quantity, worth, FillReason.EXPIRED))
            self.ledger.record(OperatorNote("SETTLED", f"{quantity:+d} {contract.text} ended worth {plain(worth)}"))
        self._agrees = found.agrees
        self._compare_due = bool(found.differences)  # an orphan waits for the next sweep, or for a person's word
        if found.text != self.state.mismatch:
            self.ledger.record(MismatchFound(found.text))
            if found.differences:
                self._halt("MISMATCH", f"book and broker differ: {found.text}")
            elif found.orphans:
                self.ledger.record(
                    OperatorNote("ORPHAN", f"nothing opens until a person says whose it is: {found.text}")
                )

    def _resume(self, text: str) -> bool:
        """Lift a halt on a person's word; False when book and broker still disagree, or an answer is missing."""
        found = compare(self.executor)
        if found is None or not found.agrees:
            return False
        if self.state.mismatch:
            self.ledger.record(MismatchFound(""))
        self._agrees, self._compare_due = True, False
        self.ledger.record(TradingStateChanged(TradingState.ACTIVE, NORMAL, text))
        self.ledger.barrier()
        return True

    def _poisoned(self, group_id: str, fault: str) -> None:
        """A record that no longer fits: its group is a person's matter, the rest goes on."""
        self._halt("POISONED", f"{group_id or 'the journal'}: {fault}")
        if group_id in self.state.open_group_ids:
            self.ledger.record(GroupFinished(group_id, GroupOutcome.STRANDED, fault))

    def _halt(self, code: str, text: str) -> None:
        """The halt before all else: a disk that loses the last records must not lose it alone."""
        if self.state.trading_state is not TradingState.HALTED:
            self.ledger.record(TradingStateChanged(TradingState.HALTED, code, text))
        self.ledger.record(OperatorNote(code, text))

    # -- may we trade --------------------------------------------------------------------------------------------------

    def _judge(self, now: datetime) -> Decimal | None:
        """Let the drawdown decide; the equity, if told."""
        try:
            equity = self.backend.account_value()
        except BackendUnreachable:
            return None
        is_flattening = self.state.trading_code == FLATTEN and self.state.trading_state is TradingState.REDUCING
        if is_flattening and not self.state.book.open_ids:
            self._end_flattening()
        account = account_worth(self.state, equity, self.settings)
        sudden = self._watch.see(now, equity, account.phase)
        flatten = ""
        if self.state.book.open_ids:
            periods = periods_of(self.state.marks, session_date(now))
            flatten = flattening(periods, equity, self.settings.breakers)
        standing = standing_of(self.state, self._marks_since, sudden, self.market.vix(), flatten)
        found = permission_for(account, standing, now, self.settings)
        known = (self.state.trading_state, self.state.trading_code or NORMAL)
        if found.state is not TradingState.HALTED and (found.state, found.code) != known:
            self.ledger.record(TradingStateChanged(found.state, found.code, found.text, found.mark))
        return equity

    def _end_flattening(self) -> None:
        """All is closed: a person says when to go on; in a backtest, which has none, the limit of the period does."""
        if self._rules.sweep is not None:
            self._halt(FLATTEN, self.state.trading_text)
        else:
            self.ledger.record(TradingStateChanged(TradingState.ACTIVE, NORMAL, "all is closed after a period's loss"))

    def _orders(self) -> Orders:
        """What the drawdown wants closed."""
        code, text = self.state.trading_code, self.state.trading_text
        if code in (LIQUIDATE, FLATTEN):
            return Orders(emergency=text)
        return Orders(close_losers=text) if code == STOP else NO_ORDERS

    def _balances(self) -> Balances | None:
        try:
            return self.backend.balances()
        except BackendUnreachable:
            return None

    # -- the end of a day ----------------------------------------------------------------------------------------------

    def _first_mark(self, balances: Balances, now: datetime) -> None:
        """Where the high-water mark and the phase of an account without history begin."""
        if self.state.high_water_mark is None:
            self.ledger.record(EquityMarked(session_date(now), balances.equity, self._flow()))
        if self.state.phase is None:
            phase = phase_of(balances.equity, self.settings.phases)
            self.ledger.record(PhaseChanged(phase, phase, f"the account begins in phase {phase}"))

    def _end_day(self, now: datetime) -> None:
        self.executor.pump(now)
        balances = self._balances()
        if balances is not None:
            self._first_mark(balances, now)
            self.ledger.record(EquityMarked(session_date(now), balances.equity, self._flow()))
            self._change_phase(balances, now)
        self._mark_volatilities(now)
        if self._rules.sweep is not None:
            self._recover_now()
            self.executor.pump(now)
        self._compare()
        if not self.ledger.open_groups:
            journal = self.ledger.journal
            if journal.last_seq - journal.archived_seq >= COMPACT_AFTER:
                journal.compact(self.state)

    def _mark_volatilities(self, now: datetime) -> None:
        """Remember the volatility of every product whose rank is asked for: in a year its own marks tell the rank."""
        wanted = {
            spec.underlying: spec.expiry.target
            for spec in self._specs
            if spec.is_enabled and spec.conditions.iv_rank is not None
        }
        for underlying, days in wanted.items():
            value = self.market.at_the_money_volatility(underlying, days)
            if value is not None:
                self.ledger.record(VolatilityMarked(session_date(now), underlying, value))

    def _change_phase(self, balances: Balances, now: datetime) -> None:
        old = self.state.phase
        if old is None:
            return
        account = account_of(self.state, balances, self.settings)
        new = next_phase(old, balances.equity, self.settings.phases, track_record(self.state, account))
        if new == old:
            return
        exposures = exposures_of(self.state, self._specs, self.market, now)
        actions = self.validator.handle_phase_transition(old, new, exposures, balances.equity)
        self.ledger.record(PhaseChanged(old, new, told(old, new, actions)))
        self._ask_to_close(actions)

    def _ask_to_close(self, actions: Sequence[PhaseAction]) -> None:
        for action in actions:
            if action.position_id is not None:
                self._exits.ask(action.position_id, ExitReason.PHASE, action.text)


def _events_in(store: Store, settings: Settings) -> EventDates:
    """The days of announcements, those of the file in the store included.

    Raises:
        SettingsError: the file cannot be read.
    """
    text = store.read(settings.events.key)
    try:
        return event_dates(text or "")
    except ValueError as error:
        raise SettingsError(f"events.key = {settings.events.key}: {error}") from error
