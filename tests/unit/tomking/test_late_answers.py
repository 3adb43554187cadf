"""A broker that never lets a question wait: look-ups end without an answer, and the answer comes as a report."""

from __future__ import annotations

from collections.abc import Sequence

from fakes.chaotic_backend import ChaoticBackend
from fakes.habits import CALM, Habits
from fakes.trading_room import Room
from tomking.errors import BackendUnreachable
from tomking.events import GroupOutcome, OrderNotFound, OrderUnknown
from tomking.execution.backend import Closed, NotFound, OrderReport, OrderRequest, Refused, Report


class Unhurried(ChaoticBackend):
    """Answers look-ups with the next drain; tells of an order's end by its whole story."""

    answers: list[Report]

    def look_up(self, order_id: str) -> OrderReport | None:
        found = super().look_up(order_id)
        self.answers = [*getattr(self, "answers", []), NotFound(order_id) if found is None else found]
        raise BackendUnreachable("asked")

    def drain(self) -> Sequence[Report]:
        told = [self._whole(report) for report in super().drain()]
        told += getattr(self, "answers", [])
        self.answers = []
        return told

    def _whole(self, report: Report) -> Report:
        return self._report(self.orders_by_id[report.order_id]) if isinstance(report, Closed) else report


def room(habits: Habits = CALM) -> Room:
    made = Room(habits)
    made.venue = Unhurried(made.market, habits)
    made.start()
    return made


def test_an_end_told_with_its_whole_story_leaves_no_doubt() -> None:
    here = room()
    group = here.begin()
    here.turn(30)
    assert group.outcome is GroupOutcome.FILLED
    assert not here.of(OrderUnknown)


def test_a_lost_send_is_found_by_a_late_answer_and_never_sent_again() -> None:
    here = room(Habits(lost_after=1, fills=0))
    group = here.begin()
    here.turn(1)
    assert here.of(OrderUnknown)
    here.venue.habits = CALM
    here.turn(30)
    assert group.outcome is GroupOutcome.FILLED
    assert len(here.venue.submissions) == len(set(here.venue.submissions)) == len(group.orders)


def test_late_answers_of_no_such_order_count_and_end_the_wait() -> None:
    here = room(Habits(lost_before=1))
    group = here.begin()
    here.turn(40)
    assert group.outcome is GroupOutcome.CANCELED
    assert len(here.of(OrderNotFound)) >= 3
    assert len(here.venue.submissions) == 1
    assert next(iter(group.orders.values())).text


class Choosy(Unhurried):
    """Says no in a dry run, before anything is sent."""

    def submit(self, request: OrderRequest) -> None:
        self.answers = [Refused(request.order_id, "DRY_RUN_MARGIN", "not enough buying power", was_sent=False)]


def test_what_the_dry_run_refuses_is_a_denial() -> None:
    here = room()
    here.venue = Choosy(here.market, CALM)
    here.start()
    group = here.begin()
    here.turn(5)
    assert group.outcome is GroupOutcome.DENIED
    assert "not enough buying power" in group.outcome_text


def test_what_the_broker_refuses_after_it_had_the_order_is_none() -> None:
    here = Room(Habits(refused=1))
    group = here.begin()
    here.turn(5)
    assert group.outcome is GroupOutcome.CANCELED
