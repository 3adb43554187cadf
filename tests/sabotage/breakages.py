"""The deliberate mistakes: each an edit of the real source that a test must notice.

They are the mistakes other executors make, and those earlier versions of this one made. An edit must fit exactly once,
so that a breakage can never quietly become none; the tests named are the shortest selection that notices.
"""

from __future__ import annotations

from dataclasses import dataclass

EXECUTOR = "execution/executor.py"
GROUP = "execution/group.py"
ORDER = "execution/order.py"
PLAN = "execution/plan.py"
PRICING = "execution/pricing.py"
RECOVERY = "execution/recovery.py"
DESK = "desk.py"
LEDGER = "ledger.py"
JOURNAL = "journal/journal.py"
READING = "journal/reading.py"
SEALED_LINE = "journal/sealed_line.py"
CODEC = "codec.py"


@dataclass(frozen=True)
class Breakage:
    """One mistake.

    Attributes:
        name: what is wrong with the broken version.
        file: below ``TomKingAlgorithm/tomking``.
        old: the text that is replaced; it occurs exactly once.
        new: what it is replaced by.
        tests: the tests that notice, as ``<file below tests/unit/tomking>::<test>``.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


BREAKAGES: tuple[Breakage, ...] = (
    # -- sending -----------------------------------------------------------------------------------------------------
    Breakage(
        "a timeout is taken for a rejection",
        EXECUTOR,
        "self.ledger.record(OrderUnknown(order_id, str(error)))",
        'self.ledger.record(OrderRefusedByVenue(order_id, "TIMEOUT", str(error)))',
        ("test_executor.py::test_a_lost_reply_is_looked_up_and_never_sent_again",),
    ),
    Breakage(
        "an unanswered order is sent again",
        EXECUTOR,
        "self.ledger.record(OrderUnknown(order_id, str(error)))",
        "self.ledger.record(OrderUnknown(order_id, str(error)))\n            self.backend.submit(request)",
        ("test_executor.py::test_a_request_that_never_arrived_is_given_up_only_after_enough_answers",),
    ),
    Breakage(
        "the journal is written after the send",
        EXECUTOR,
        """        self.ledger.record(OrderSubmitted(order_id, group.group_id, *what, send.at_market, *market))
        self.ledger.barrier()
        goes_out = (send.legs, send.quantity, send.limit, send.closing, send.opens, _most_buying_power(group, send))
        request = OrderRequest(order_id, *goes_out, at_market=send.at_market)
        try:
            if send.replaces:
                self.backend.replace(send.replaces, request)
            else:
                self.backend.submit(request)
""",
        """        goes_out = (send.legs, send.quantity, send.limit, send.closing, send.opens, None)
        request = OrderRequest(order_id, *goes_out, at_market=send.at_market)
        try:
            try:
                self.backend.submit(request)
            finally:
                self.ledger.record(OrderSubmitted(order_id, group.group_id, *what, send.at_market, *market))
                self.ledger.barrier()
""",
        ("test_executor.py::test_the_record_is_durable_before_the_order_leaves",),
    ),
    Breakage(
        "nothing is made durable before the send",
        EXECUTOR,
        "        self.ledger.barrier()\n        goes_out = ",
        "        goes_out = ",
        ("test_executor.py::test_the_record_is_durable_before_the_order_leaves",),
    ),
    Breakage(
        "a close is sent without strict position effect",
        EXECUTOR,
        "send.limit, send.closing, send.opens, _most",
        "send.limit, False, send.opens, _most",
        ("test_executor.py::test_what_closes_is_sent_so_that_it_cannot_open",),
    ),
    Breakage(
        "group ids are a counter without the run",
        EXECUTOR,
        'f"{strategy}-{self.run}-{self._minted}"',
        'f"{strategy}-group-{self._minted}"',
        ("test_executor.py::test_ids_are_never_reused_within_or_across_runs",),
    ),
    Breakage(
        "order ids are a counter without the run",
        EXECUTOR,
        'f"{group.group_id}.{self.run}.{len(group.orders) + 1}"',
        'f"{group.group_id}.run.{len(group.orders) + 1}"',
        ("test_executor.py::test_an_order_id_the_journal_lost_is_not_minted_again",),
    ),
    Breakage(
        "an order that should replace another is sent beside it",
        EXECUTOR,
        "            if send.replaces:\n",
        "            if False:\n",
        ("test_replacing.py::test_at_the_broker_at_most_one_of_the_two_works",),
    ),
    Breakage(
        "what closes is replaced, and may open",
        PLAN,
        "    if order.closing or order.filled:\n        return False",
        "    if order.filled:\n        return False",
        ("test_replacing.py::test_what_closes_is_never_replaced",),
    ),
    Breakage(
        "a refused replacement ends the trade",
        PLAN,
        "return old if was_refused or was_dropped else last",
        "return last",
        ("test_replacing.py::test_a_refused_replacement_is_no_word_against_the_trade",),
    ),
    Breakage(
        "a package is opened whatever the quotes",
        PLAN,
        "        if not found.accepted:\n            return RefuseDepth",
        "        if False:\n            return RefuseDepth",
        ("test_plan.py::test_a_bad_market_ends_it_before_anything_is_sent",),
    ),
    Breakage(
        "an order works on although a late fill has completed the trade",
        PLAN,
        "            if has + abs(coming) > most:",
        "            if False:",
        ("test_plan.py::test_an_order_that_is_not_needed_any_more_is_taken_back",),
    ),
    Breakage(
        "one leg too many is kept",
        PLAN,
        "        if has > most:\n",
        "        if False:\n",
        ("test_plan.py::test_leg_by_leg_one_leg_too_many_is_given_back",),
    ),
    Breakage(
        "two orders of a group may work",
        GROUP,
        "        if [order.order_id for order in self.working_orders] != ([event.replaces] if event.replaces else []):",
        "        if False:",
        ("test_group.py::test_one_order_works_at_a_time",),
    ),
    Breakage(
        "an order id may be sent twice",
        GROUP,
        "        if event.order_id in self.orders:\n            raise",
        "        if False:\n            raise",
        ("test_group.py::test_an_id_is_never_sent_twice",),
    ),
    Breakage(
        "a halted desk opens",
        EXECUTOR,
        "if state is TradingState.HALTED:\n            return Denial",
        "if False:\n            return Denial",
        ("test_executor.py::test_nothing_is_opened_by_hand_either_while_trading_is_stopped",),
    ),
    Breakage(
        "a reducing desk opens",
        EXECUTOR,
        "if purpose is not Purpose.CLOSE and state is TradingState.REDUCING:",
        "if False:",
        ("test_executor.py::test_nothing_is_opened_by_hand_either_while_trading_is_stopped",),
    ),
    # -- at market ----------------------------------------------------------------------------------------------------
    Breakage(
        "an order goes at market while the limit before it works",
        PLAN,
        """        return Cancel(order.order_id, "its price was walked to its end: at market next")
""",
        """        return _at_market(group, group.legs, group.quantity - group.units, now, around, rules) or Wait("")
""",
        ("test_last_resort.py::test_the_limit_before_it_has_ended",),
    ),
    Breakage(
        "what opens goes at market",
        PLAN,
        "    if created.purpose is not Purpose.CLOSE or created.worst_net is not None:",
        "    if False:",
        ("test_last_resort.py::test_what_opens_never_goes_at_market",),
    ),
    Breakage(
        "a close with a worst price goes at market",
        PLAN,
        "is not Purpose.CLOSE or created.worst_net is not None:\n",
        "is not Purpose.CLOSE:\n",
        ("test_last_resort.py::test_a_close_with_a_worst_price_keeps_to_it",),
    ),
    Breakage(
        "an order that would open at market is let through",
        GROUP,
        "        if event.at_market and (event.opens or not event.closing):",
        "        if False:",
        ("test_last_resort.py::test_an_order_at_market_that_opens_is_impossible",),
    ),
    Breakage(
        "an order goes at market where the broker takes none",
        PLAN,
        "    may_go = around.combo_market and rules",
        "    may_go = rules",
        ("test_last_resort.py::test_a_broker_that_takes_none_is_never_asked",),
    ),
    Breakage(
        "an order goes at market whatever the quotes",
        PLAN,
        "    if not found.accepted:\n        return StayOut",
        "    if False:\n        return StayOut",
        ("test_last_resort.py::test_poor_quotes_keep_it_out_of_the_market_and_the_operator_is_told_once",),
    ),
    Breakage(
        "a group goes at market again and again",
        PLAN,
        "    if not may_go or group.was_at_market:",
        "    if not may_go:",
        ("test_last_resort.py::test_nobody_takes_it_and_it_is_not_sent_again",),
    ),
    Breakage(
        "the journal forgets that an order was at market",
        EXECUTOR,
        "*what, send.at_market, *market))",
        "*what))",
        ("test_last_resort.py::test_a_new_process_knows_what_went_at_market",),
    ),
    # -- what the broker says ----------------------------------------------------------------------------------------
    Breakage(
        "a doubled fill is recorded twice",
        EXECUTOR,
        "if fill.fill_id not in group.fill_ids:",
        "if True:",
        ("test_executor.py::test_a_doubled_fill_counts_once",),
    ),
    Breakage(
        "a group counts a doubled fill twice",
        GROUP,
        "        if fill.fill_id in self.fill_ids:\n            return False\n",
        "",
        ("test_group.py::test_a_fill_is_taken_once_by_its_id",),
    ),
    Breakage(
        "late fills are ignored",
        EXECUTOR,
        "if fill.fill_id not in group.fill_ids:",
        "if group.working and fill.fill_id not in group.fill_ids:",
        ("test_executor.py::test_a_fill_after_the_cancel_reopens_the_group_and_is_undone",),
    ),
    Breakage(
        "a notice of the end is believed without a look-up",
        EXECUTOR,
        """                if order.is_working and not self.look_up(order.order_id):
                    self._doubt(order, f"said to be {report.reason.value}, not confirmed")
""",
        """                if order.is_working:
                    self.ledger.record(OrderClosed(order.order_id, report.reason, report.text))
""",
        ("test_executor.py::test_a_notice_of_the_end_is_not_believed_without_a_look",),
    ),
    Breakage(
        "a cancel is taken for confirmed as soon as it is sent",
        EXECUTOR,
        "            self.backend.cancel(action.order_id)\n",
        "            self.backend.cancel(action.order_id)\n"
        '            self.ledger.record(OrderClosed(action.order_id, CloseReason.CANCELED, ""))\n',
        ("test_executor.py::test_nothing_follows_a_cancel_before_it_is_confirmed",),
    ),
    Breakage(
        "working orders are never polled",
        PLAN,
        "if now - spoken_at >= rules.poll:",
        "if False:",
        ("test_plan.py::test_a_working_order_nobody_speaks_of_is_polled",),
    ),
    Breakage(
        'one answer "no such order" is believed',
        PLAN,
        "order.not_found >= rules.not_found_answers\n            and since is not None\n"
        "            and until is not None\n            and until - since >= rules.not_found_span\n",
        "order.not_found\n            and since is not None\n            and until is not None\n",
        ("test_plan.py::test_no_such_order_is_believed_after_enough_answers_over_enough_time",),
    ),
    Breakage(
        'time that passed after the last answer "no such order" counts as one',
        PLAN,
        "until - since >= rules.not_found_span",
        "now - since >= rules.not_found_span",
        ("test_plan.py::test_time_without_an_answer_proves_nothing",),
    ),
    Breakage(
        "an order given up stays given up when it turns out to work",
        ORDER,
        "(_S.REJECTED, _F.ACCEPTED): _S.UNKNOWN,",
        "(_S.REJECTED, _F.ACCEPTED): _S.REJECTED,",
        ("test_executor.py::test_an_order_that_arrives_after_it_was_given_up_is_taken_back",),
    ),
    Breakage(
        '"filled" is believed without the fills',
        ORDER,
        "            if self.state is not OrderState.FILLED:\n                raise",
        "            if False:\n                raise",
        ("test_order.py::test_a_notice_of_being_filled_is_not_believed",),
    ),
    Breakage(
        "more is filled than was ordered, and nobody minds",
        ORDER,
        "if quantity * wanted <= 0 or abs(after) > abs(wanted):",
        "if False:",
        ("test_order.py::test_impossible_fills_are_refused_and_change_nothing",),
    ),
    # -- prices and legs ---------------------------------------------------------------------------------------------
    Breakage(
        "the worst price is ignored",
        PLAN,
        "    worst = group.created.worst_net\n    if worst is not None and legs",
        "    worst = None\n    if worst is not None and legs",
        ("test_executor.py::test_a_rapid_market_is_not_chased_past_the_worst_price",),
    ),
    Breakage(
        "rounding may pass the worst price",
        PRICING,
        "    if worst_net is not None and limit > worst_net:\n",
        "    if False:\n",
        ("test_pricing.py::test_the_walk_never_passes_the_worst_price",),
    ),
    Breakage(
        "leg by leg, shorts are sold first",
        PLAN,
        "bought_first = sorted(part, key=lambda leg: leg.is_short)",
        "bought_first = sorted(part, key=lambda leg: not leg.is_short)",
        ("test_plan.py::test_leg_by_leg_the_longs_first",),
    ),
    Breakage(
        "undoing begins with the longs",
        PLAN,
        "key=lambda contract: missing[contract] < 0)",
        "key=lambda contract: missing[contract] > 0)",
        ("test_plan.py::test_leg_by_leg_the_shorts_are_bought_back_first",),
    ),
    Breakage(
        "whole units are kept although all or nothing was wanted",
        PLAN,
        "if group.policy is PartialPolicy.UNWIND and opened < group.quantity:",
        "if False:",
        ("test_plan.py::test_all_or_nothing_undoes_whole_units_too_as_one_package_first",),
    ),
    Breakage(
        "a close that filled in part is taken back, shorts sold again",
        PLAN,
        "closed = min(max(begun, opened), group.quantity)",
        "closed = units(closing, held)",
        ("test_plan.py::test_a_close_is_brought_forward_never_taken_back",),
    ),
    Breakage(
        "a long roll opens before it has closed",
        PLAN,
        "(group.outgoing, group.incoming) if group.incoming",
        "(group.incoming, group.outgoing) if group.incoming",
        ("test_roll.py::test_never_more_shorts_than_before_while_it_is_rolled",),
    ),
    Breakage(
        "what a roll opened is kept although its old legs are not out",
        PLAN,
        "closed = min(max(begun, opened), group.quantity)",
        "closed = min(begun, group.quantity)",
        ("test_roll.py::test_what_came_in_alone_brings_the_rest_out",),
    ),
    Breakage(
        "trading halts only after the end of a stranded group was recorded",
        "execution/executor.py",
        "            self._call_operator(group.group_id, action.text)\n"
        "        self.ledger.record(GroupFinished(group.group_id, action.outcome, action.text))\n",
        "            pass\n"
        "        self.ledger.record(GroupFinished(group.group_id, action.outcome, action.text))\n"
        "        if action.outcome is GroupOutcome.STRANDED:\n"
        "            self._call_operator(group.group_id, action.text)\n",
        ("test_executor.py::test_what_cannot_be_balanced_halts_trading_and_names_the_legs",),
    ),
    Breakage(
        "a group that cannot be balanced does not halt trading",
        EXECUTOR,
        "self.ledger.record(TradingStateChanged(TradingState.HALTED, STRANDED_CODE, message))",
        "pass",
        ("test_executor.py::test_what_cannot_be_balanced_halts_trading_and_names_the_legs",),
    ),
    # -- starting again ----------------------------------------------------------------------------------------------
    Breakage(
        "a start does not look up what the broker does not list",
        RECOVERY,
        "                executor.look_up(order.order_id)\n",
        "                pass\n",
        ("test_desk.py::test_a_restart_looks_up_what_the_broker_does_not_list",),
    ),
    Breakage(
        "a start does not take in the broker's list of orders",
        RECOVERY,
        "            executor.take_order_report(report)\n",
        "            pass\n",
        ("test_desk.py::test_a_restart_asks_about_every_unfinished_order_before_anything_else",),
    ),
    Breakage(
        "a start goes on before the broker was asked",
        DESK,
        "        self.ledger.barrier()\n        self._recover_now()\n",
        "        self.ledger.barrier()\n",
        ("test_desk.py::test_a_restart_asks_about_every_unfinished_order_before_anything_else",),
    ),
    Breakage(
        "book and broker are not compared",
        DESK,
        "        if found.text != self.state.mismatch:\n",
        "        if False:\n",
        ("test_desk.py::test_a_difference_halts_and_names_both_sides",),
    ),
    Breakage(
        "a holding nobody knows halts nothing",
        RECOVERY,
        "            found.orphans[contract] = held\n",
        "            pass\n",
        (
            "test_operator.py::test_what_nothing_explains_is_an_orphan_and_halts_entries_until_a_person_says_whose_it_is",
        ),
    ),
    Breakage(
        "something is opened before book and broker agree",
        DESK,
        "if self._agrees and state.trading_state is TradingState.ACTIVE:",
        "if state.trading_state is TradingState.ACTIVE:",
        ("test_desk.py::test_nothing_opens_while_the_holdings_cannot_be_read",),
    ),
    Breakage(
        "a drawdown leaves opening groups at work",
        PLAN,
        "if group.purpose is not Purpose.CLOSE and around.trading is not TradingState.ACTIVE:",
        "if False:",
        ("test_desk.py::test_a_drawdown_stops_new_trades_and_takes_back_what_is_being_opened",),
    ),
    Breakage(
        "one record that no longer fits stops the start",
        LEDGER,
        "            except InvalidTransition as error:\n",
        "            except ZeroDivisionError as error:\n",
        ("test_desk.py::test_one_poisoned_group_does_not_stop_the_start",),
    ),
    Breakage(
        "damage to durable records passes for a torn end",
        READING,
        "        if any(durable > self.last for _, durable, _ in ahead.values()):\n",
        "        if False:\n",
        ("test_journal.py::test_damage_before_a_barrier_quarantines_the_journal",),
    ),
    Breakage(
        "checksums are not looked at",
        SEALED_LINE,
        "    if not line.endswith(_seal_of(line.encode()[:-_SEAL_LENGTH])):\n",
        "    if not line[-_SEAL_LENGTH:].startswith(_SUM):\n",
        ("test_journal.py::test_damage_before_a_barrier_quarantines_the_journal",),
    ),
    Breakage(
        "a dry run's larger figure is not counted",
        "positions/book.py",
        "position.requirement = max(position.requirement, buying_power)",
        "pass",
        ("test_reckoning.py::test_a_dry_run_within_the_limits_is_journaled_and_its_larger_figure_counts",),
    ),
    Breakage(
        "an order does not say what it may tie up",
        EXECUTOR,
        "    return most * send.quantity / group.quantity\n",
        "    return None\n",
        ("test_reckoning.py::test_what_the_dry_run_ties_up_must_fit_into_every_limit_of_buying_power",),
    ),
    Breakage(
        "the broker's larger figure is not taken for a package",
        "risk/buying_power.py",
        "return own if reckoned is None else max(own, reckoned)",
        "return own",
        ("test_reckoning.py::test_a_larger_one_counts_for_every_package",),
    ),
    Breakage(
        "a trade by hand is opened beside an orphan",
        EXECUTOR,
        "if purpose is not Purpose.CLOSE and self.ledger.mismatch:",
        "if False:",
        (
            "test_operator.py::test_what_nothing_explains_is_an_orphan_and_halts_entries_until_a_person_says_whose_it_is",
        ),
    ),
    Breakage(
        "what the user called his own is taken for an orphan",
        "execution/recovery.py",
        "(contract in known_beside and not ledger.trades(contract))",
        "False",
        ("test_operator.py::test_what_a_person_called_his_own_may_come_and_go",),
    ),
    Breakage(
        "a leg is opened against the user's own",
        EXECUTOR,
        "if purpose is not Purpose.CLOSE and users:",
        "if False:",
        ("test_operator.py::test_nothing_is_opened_in_a_contract_the_user_holds",),
    ),
    Breakage(
        "a halt is lifted while the books differ",
        "desk.py",
        "if found is None or not found.agrees:\n            return False",
        "if found is None:\n            return False",
        ("test_operator.py::test_in_a_contract_of_the_desk_it_is_a_difference_until_it_is_declared",),
    ),
    Breakage(
        "a put condor may be opened for a credit",
        "strategies/structure.py",
        "if (shape.is_debit and net <= 0) or",
        "if",
        ("test_structure.py::test_a_condor_whose_far_wing_is_wider_still_has_to_cost_something",),
    ),
    Breakage(
        "what a roll brings in may oppose another holding",
        "execution/executor.py",
        " or self._netted(incoming)",
        "",
        ("test_roll.py::test_nothing_is_rolled_into_a_contract_another_trade_of_ours_holds_the_other_way",),
    ),
    Breakage(
        "what is written to a file that nobody can reach any more passes for durable",
        "journal/store.py",
        "            if _place_of(descriptor) != self._place:\n",
        "            if False:\n",
        ("test_journal.py::test_a_file_that_is_not_the_same_any_more_is_never_durable",),
    ),
    Breakage(
        "records are added to a text that somebody else has changed",
        "journal/store.py",
        "is_as_left = os.pread(descriptor, len(_END), begin) == behind",
        "is_as_left = True",
        ("test_journal.py::test_what_is_added_to_a_file_must_follow_what_was_there",),
    ),
    Breakage(
        "two processes may write one journal",
        JOURNAL,
        "        if self.store.read(key) is not None:\n",
        "        if False:\n",
        ("test_journal.py::test_a_second_process_is_noticed",),
    ),
    Breakage(
        "a record is believed whatever its values are",
        CODEC,
        "        if type(value) not in reads:\n"
        "            raise _wrong_wire(name, reads, value)\n"
        "        read_part = reads[type(value)]\n",
        "        read_part = reads.get(type(value))\n",
        ("test_codec.py::test_what_does_not_fit_is_refused",),
    ),
    Breakage(
        "a record is believed when another with the same names was good",
        CODEC,
        "row = (kind, *data, *map(type, data.values()))",
        "row = (kind, *data)",
        ("test_codec.py::test_each_record_is_looked_at_anew",),
    ),
    Breakage(
        "a part of a snapshot is believed when another with the same names was good",
        CODEC,
        "row = (*data, *map(type, data.values()))",
        "row = (*data,)",
        ("test_codec.py::test_each_part_of_a_state_is_looked_at_anew",),
    ),
    # -- what is remembered ------------------------------------------------------------------------------------------
    Breakage(
        "what a group holds is remembered past a fill",
        GROUP,
        "        self._held = self._units = self._excess = self._is_complete = None\n        if self.outcome",
        "        if self.outcome",
        ("test_group.py::test_what_is_held_adds_up_from_the_fills",),
    ),
    Breakage(
        "a desk at rest does not notice a new quote",
        DESK,
        "sight = (self.market.revision, ",
        "sight = (0, ",
        ("test_desk.py::test_a_turn_that_finds_nothing_new_decides_nothing_again",),
    ),
    Breakage(
        "a desk at rest does not notice that time passes",
        DESK,
        "self._agrees, now.replace(second=0, microsecond=0))",
        "self._agrees, now.replace(hour=0, minute=0, second=0, microsecond=0))",
        ("test_desk.py::test_a_turn_that_finds_nothing_new_decides_nothing_again",),
    ),
    Breakage(
        "a desk is at rest while a way out is still to be found",
        DESK,
        "self._idle_at = sight if is_idle else None",
        "self._idle_at = sight",
        ("test_desk.py::test_a_way_out_that_ended_without_a_trade_is_tried_again",),
    ),
)
