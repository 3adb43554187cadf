"""The composition root: LEAN on one side, the desk on the other, and nothing here but the wiring between them.

The same file runs on leansim, in the lean CLI, in QuantConnect's cloud and live.
"""

import json

from AlgorithmImports import *
from tomking.accounting import account_of, exposures_of
from tomking.adapters.lean_fees import TastytradeFees
from tomking.adapters.lean_fills import PackageFillModel
from tomking.adapters.lean_market import LeanMarket
from tomking.adapters.lean_route import route_for
from tomking.adapters.lean_store import LeanStore
from tomking.adapters.lean_symbols import LeanSymbols
from tomking.clock import RunId, new_run_id
from tomking.dashboard import Dashboard, snapshot
from tomking.desk import Desk
from tomking.events import QUIET_NOTES, OperatorNote, Record
from tomking.journal.journal import journal_prefix
from tomking.run_report import LOOK_MINUTES, RunReport
from tomking.settings import Settings, settings_text
from tomking.strategies.catalog import specs, universes


class TomKingAlgorithm(QCAlgorithm):
    """Tom King's option strategies on LEAN."""

    def initialize(self) -> None:
        """Read the settings, ask for the data, put the desk together."""
        self._config = Settings.from_parameters({pair.key: pair.value for pair in self.get_parameters()})
        for line in settings_text(self._config):
            self.log(line)
        self._choose_account()
        symbols = LeanSymbols(self)
        self._market = LeanMarket(self, symbols, universes(self._config), lambda: self.desk.book.holdings())
        self._market.subscribe()
        self.set_benchmark(self._market.anchor)
        self._route = route_for(self, symbols, self._config.live, self._market.now)
        self._mode = "live" if self.live_mode else "backtest"
        self.desk = Desk(
            settings=self._config,
            backend=self._route.backend,
            market=self._market,
            store=LeanStore(self.object_store),
            # a backtest's journal begins empty, so its ids may repeat from run to run, and its files be compared
            run=new_run_id(self._market.now()) if self.live_mode else RunId("backtest"),
            mode=self._mode,
            now=self._market.now(),
        )
        self._report = RunReport(self._config)
        self.desk.ledger.listener = self._on_record
        # the names users know
        self.atomic_executor = self.desk.atomic
        self.position_manager = self.desk.book
        self.strategy_validator = self.desk.validator
        self.dashboard = Dashboard(self._snapshot)
        anchor = self._market.anchor
        self.schedule.on(
            self.date_rules.every_day(anchor), self.time_rules.before_market_close(anchor, 0), self._end_day
        )
        if self.live_mode:  # time passes without data: timeouts must not wait for a quote
            beat = timedelta(seconds=max(1.0, float(self._config.execution.fill_check_seconds)))
            self.schedule.on(
                self.date_rules.every_day(), self.time_rules.every(beat), lambda: self._guard(self.desk.step)
            )

    def _choose_account(self) -> None:
        backtest, execution = self._config.backtest, self._config.execution
        self.set_start_date(backtest.start.year, backtest.start.month, backtest.start.day)
        self.set_end_date(backtest.end.year, backtest.end.month, backtest.end.day)
        if self.live_mode:
            return
        self.set_cash(float(backtest.cash))
        if execution.brokerage == "tastytrade":
            self.set_brokerage_model(BrokerageName.TASTYTRADE, AccountType.MARGIN)
        self.add_security_initializer(PackageFillModel(float(execution.fill_share)).give_to)
        if execution.fees == "tastytrade":
            self.add_security_initializer(TastytradeFees().give_to)

    def on_warmup_finished(self) -> None:
        """Recover; LEAN knows the holdings from here on, not before."""
        self.desk.start(self._market.now())

    def on_data(self, slice: Slice) -> None:
        """Take the market, then one turn of the desk."""
        self._market.update(slice)
        self._guard(self.desk.step)
        if slice.time.minute % LOOK_MINUTES == 0:
            self._look()

    def _guard(self, turn: Callable[[datetime], None]) -> None:
        """An error nobody foresaw ends a backtest; live, the desk halts, and still unwinds and reports."""
        try:
            turn(self._market.now())
        except Exception as error:
            if not self.live_mode:
                raise
            self.desk.halt(self._market.now(), "CRASH", f"{type(error).__name__}: {error}")

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Only take the notice: LEAN calls this on its own threads, and inside the order call."""
        self._route.hear(order_event)

    def _look(self) -> None:
        """Follow the positions that end today, for the report; the others are followed from day to day."""
        if not self.live_mode and any(each.expiry == self.time.date() for each in self.desk.book.open_positions):
            self._report.look(self._snapshot())

    def _end_day(self) -> None:
        self._guard(self.desk.end_day)
        view = self.dashboard.sync_from_position_manager()
        if not view:
            return
        self._report.look(view)
        self.set_runtime_statistic("Desk", view["trading"]["state"])
        self.set_runtime_statistic("Phase", str(view["account"]["phase"]))
        self.set_runtime_statistic("Drawdown of equity", f"{view['account']['drawdown_fraction']:.1%}")

    def on_end_of_algorithm(self) -> None:
        """Make the journal durable and leave the report where the result can name it."""
        self.desk.stop(self._market.now())
        report = self._report.result(self.desk.state)
        key = f"{journal_prefix(self._mode, self._config.desk.deployment)}/report.json"
        if self.object_store.save(key, json.dumps(report)):
            self.set_runtime_statistic("tomking-report", key)
        self.dashboard.sync_from_position_manager()
        for line in self.dashboard.text().splitlines():
            self.log(line)
        self._route.stop()

    def _snapshot(self) -> dict[str, Any]:
        state, config = self.desk.state, self._config
        exposures = exposures_of(state, specs(config), self._market, self._market.now())
        account = account_of(state, self._route.backend.balances(), config, exposures)
        return snapshot(state, self._market, account, config, self._market.now())

    def _on_record(self, record: Record) -> None:
        self._report.see(record)
        note = record.event
        if not isinstance(note, OperatorNote):
            return
        if note.code in QUIET_NOTES:
            self.log(f"{note.code}: {note.text}")
            return
        self.error(f"{note.code}: {note.text}")
        if self.live_mode and self._config.desk.alert_email:
            self.notify.email(self._config.desk.alert_email, f"{self._config.desk.deployment}: {note.code}", note.text)
