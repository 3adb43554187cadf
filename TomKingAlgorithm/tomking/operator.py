"""What a person may tell the desk: the doors back in after a halt.

A command is one line of text. It comes through the letter box, a key of the object store
(``python -m tomking.journal tell`` writes to it) that the desk empties, or through `Desk.command`. Each is safe to say
twice, and each is journaled with its answer.

::

    halt WHY                                     nothing new is opened until `resume`
    resume WHY                                   lift a halt; only when book and broker agree
    accept CONTRACT [@ PRICE]                    the broker is right: what differs was traded by hand, book it
    accept all                                   likewise for every difference, at the present mids
    ignore CONTRACT                              what the account holds more or less than the book is my own
    ignore all                                   likewise for every orphan: what lies in contracts the desk never traded
    adopt STRATEGY REQUIREMENT: CONTRACT @ PRICE; CONTRACT @ PRICE
                                                 orphans, or holdings of my own, become a position the desk manages

A contract is named as the desk names it: ``SPXW 2018-01-05 2710 P``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from math import gcd
from typing import Final

from tomking.events import ContractSettled, FillReason, HeldBeside, OperatorNote, PositionTakenOver
from tomking.execution.executor import Executor
from tomking.execution.recovery import Comparison, compare
from tomking.journal.letter_box import letter_box
from tomking.journal.store import Store
from tomking.market.contract import Contract, plain
from tomking.market.leg import Leg

COMMANDED: Final = "COMMAND"
"""Code of the note that holds a command and its answer."""


class NotDone(Exception):
    """A command cannot be carried out; the text says why."""


class OperatorDoor:
    """Carries out what a person says.

    Args:
        executor: ledger, broker and market.
        store: where the letter box is.
        prefix: of this deployment's keys.
        halt: stops the opening of trades, saying why.
        resume: lifts a halt; False when book and broker do not agree.
    """

    def __init__(
        self,
        executor: Executor,
        store: Store,
        prefix: str,
        halt: Callable[[str], None],
        resume: Callable[[str], bool],
    ) -> None:
        self._executor = executor
        self._store = store
        self._key = letter_box(prefix)
        self._halt = halt
        self._resume = resume
        self._words: dict[str, Callable[[str], str]] = {
            "halt": self._do_halt,
            "resume": self._do_resume,
            "accept": self._do_accept,
            "ignore": self._do_ignore,
            "adopt": self._do_adopt,
        }

    def empty_letter_box(self) -> bool:
        """Carry out what lies there; True when there was a letter.

        What was done is durable before the letter goes: a crash between has it done twice, which changes nothing.
        """
        letter = self._store.read(self._key)
        if letter is None:
            return False
        for line in filter(None, map(str.strip, letter.splitlines())):
            self.obey(line)
        self._executor.ledger.barrier()
        self._store.delete(self._key)
        return True

    def obey(self, line: str) -> str:
        """Carry out one command; the answer, which is journaled too."""
        word, _, rest = line.strip().partition(" ")
        do = self._words.get(word.lower())
        try:
            if do is None:
                raise NotDone(f"I know {', '.join(self._words)}")
            answer = do(rest.strip())
        except NotDone as reason:
            answer = f"NOT DONE: {reason}"
        self._executor.ledger.record(OperatorNote(COMMANDED, f"{line.strip()} -> {answer}"))
        return answer

    # -- the words -----------------------------------------------------------------------------------------------------

    def _do_halt(self, why: str) -> str:
        self._halt(why or "no reason given")
        return "nothing new is opened; what is at work is brought to its end"

    def _do_resume(self, why: str) -> str:
        if self._resume(why or "no reason given"):
            return "trading again"
        found = self._compared()
        raise NotDone(f"book and broker differ: {found.text}")

    def _do_accept(self, what: str) -> str:
        differences = self._compared().differences
        if what == "all":
            booked = [self._book(contract, None) for contract in differences]
            return "; ".join(booked) or "book and broker agree already"
        name, price = _priced(what)
        return self._book(self._among(differences, name), price)

    def _book(self, contract: Contract, price: Decimal | None) -> str:
        """Take the broker's word for one contract."""
        ledger = self._executor.ledger
        book, broker = self._compared().differences[contract]
        held = ledger.book.holdings().get(contract, 0)
        change = broker - book
        if held * change >= 0 or abs(change) > abs(held):
            raise NotDone(
                f"{contract.text}: book {book:+d}, broker {broker:+d} is no closing by hand: ignore it, then adopt it"
            )
        price = self._mid(contract) if price is None else price
        name = f"by-hand/{self._executor.run}/{ledger.now.isoformat()}/{contract.text}"
        ledger.record(ContractSettled(name, contract, change, price, FillReason.BY_HAND))
        return f"{change:+d} {contract.text} booked at {plain(price)}"

    def _do_ignore(self, name: str) -> str:
        ledger = self._executor.ledger
        found = self._compared()
        held = {contract: broker for contract, (_, broker) in found.differences.items()} | found.orphans
        chosen = list(found.orphans) if name == "all" else [self._among(held, name)]
        own = {contract: held[contract] - ledger.book.holdings().get(contract, 0) for contract in chosen}
        for contract, quantity in own.items():
            ledger.record(HeldBeside(contract, quantity))
        names = ", ".join(f"{quantity:+d} {contract.text}" for contract, quantity in own.items())
        return f"{names} is your own" if own else "there is no orphan"

    def _do_adopt(self, what: str) -> str:
        head, colon, body = what.partition(":")
        words = head.split()
        if not colon or len(words) != 2:
            raise NotDone("say: adopt STRATEGY REQUIREMENT: CONTRACT @ PRICE; CONTRACT @ PRICE")
        strategy, requirement = words[0], _number(words[1])
        ledger, orphans = self._executor.ledger, self._compared().orphans
        holdings = {**ledger.beside, **orphans}
        legs, prices = [], []
        for part in filter(None, map(str.strip, body.split(";"))):
            name, price = _priced(part)
            contract = self._among(holdings, name)
            legs.append((contract, holdings[contract]))
            prices.append(self._mid(contract) if price is None else price)
        if not legs:
            raise NotDone("name at least one contract")
        size = gcd(*(quantity for _, quantity in legs))
        package = tuple(Leg(contract, quantity // size) for contract, quantity in legs)
        try:
            position_id = self._executor.new_group_id(strategy)
        except ValueError as error:
            raise NotDone(str(error)) from error
        for contract, quantity in legs:
            if contract in orphans:
                ledger.record(HeldBeside(contract, quantity))
        ledger.record(PositionTakenOver(position_id, strategy, package, size, tuple(prices), requirement))
        return f"{position_id} holds {', '.join(f'{quantity:+d} {contract.text}' for contract, quantity in legs)}"

    # -- what they need ------------------------------------------------------------------------------------------------

    def _compared(self) -> Comparison:
        found = compare(self._executor)
        if found is None:
            raise NotDone("an order is at work or the broker does not answer; say it again in a minute")
        return found

    def _among(self, contracts: Iterable[Contract], name: str) -> Contract:
        """The contract of that name among those the command is about."""
        found = {contract.text.lower(): contract for contract in contracts}
        contract = found.get(" ".join(name.lower().split()))
        if contract is None:
            raise NotDone(f"{name!r} is none of: {', '.join(each.text for each in found.values()) or 'nothing'}")
        return contract

    def _mid(self, contract: Contract) -> Decimal:
        quote = self._executor.market.quote(contract)
        if quote is None or not quote.has_ask:
            raise NotDone(f"{contract.text} has no quote: say {contract.text} @ PRICE")
        return quote.mid


def _priced(text: str) -> tuple[str, Decimal | None]:
    """``CONTRACT @ PRICE`` or ``CONTRACT``."""
    name, sign, price = text.partition("@")
    return name.strip(), _number(price.strip()) if sign else None


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise NotDone(f"{text!r} is not a number") from error
    if not number.is_finite() or number < 0:
        raise NotDone(f"{text} is not a price or an amount")
    return number
