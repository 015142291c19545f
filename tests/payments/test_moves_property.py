"""Any world, any order: the sums hold, the books balance, and nobody pays twice.

The machine plays a provider that keeps its own truth about every attempt and operation, and tells
it late, twice, out of order or not at all; when everybody has been told everything, what the
provider holds is what the ledger says. All of it is pure: no database, thousands of worlds.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from acquiring.connectors.driver import Outcome
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from acquiring.ledger.fees import Price
from acquiring.payments import attempts, operations, states
from acquiring.payments.attempts import Terms
from acquiring.payments.change import Change
from acquiring.payments.records import Book, Capture, Payment, Void

ACCOUNT = uuid.uuid4()
TERMS = Terms(Price(140, 25), 2)


class World(RuleBasedStateMachine):
    """One payment, its provider, and everything that can be said about it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.legs: list = []
        self.truth: dict = {}  # attempt id -> [held, captured, refunded] at the provider
        self.done: set = set()  # operations the provider has carried out
        self.book = Book(
            payment=Payment(
                merchant_id=uuid.uuid4(),
                id=uuid.uuid4(),
                amount=1000,
                currency="EUR",
                created_at=self.now,
                updated_at=self.now,
            )
        )

    def change(self) -> Change:
        self.now += timedelta(seconds=1)
        return Change(self.book, self.now)

    def commit(self, change: Change) -> None:
        self.legs += change.transfers

    def tell(self, attempt, state: str, **facts) -> None:
        change = self.change()
        attempts.hear(change, attempt, Outcome(state, **facts), TERMS)
        self.commit(change)

    # --- the merchant -----------------------------------------------------------------------------

    @precondition(lambda self: not self.book.attempts)
    @rule(manual=st.booleans())
    def is_confirmed(self, manual: bool) -> None:
        self.book.payment.capture_method = "manual" if manual else "automatic"
        self.begin()

    @precondition(
        lambda self: (
            self.book.attempts
            and self.book.attempts[-1].status in {"declined", "refused"}
            and self.book.payment.status in states.UNDECIDED_PAYMENT
            and len(self.book.attempts) < 3
        )
    )
    @rule()
    def is_tried_elsewhere(self) -> None:
        self.begin()

    def begin(self) -> None:
        change = self.change()
        attempt = attempts.start(change, ACCOUNT, "lotus", 30)
        self.truth[attempt.id] = [0, 0, 0]
        self.commit(change)

    @precondition(lambda self: self.book.capturable)
    @rule(amount=st.sampled_from([1, 400, 600, 1000]), final=st.booleans())
    def wants_to_capture(self, amount: int, final: bool) -> None:
        self.wants(lambda change: operations.start_capture(change, amount, final))

    @precondition(lambda self: self.book.payment.status in {"pending", "authorized"})
    @rule()
    def wants_to_cancel(self) -> None:
        self.wants(operations.start_void)

    @precondition(lambda self: self.book.payment.amount_captured)
    @rule(amount=st.sampled_from([1, 300, 700, 1000]))
    def wants_to_refund(self, amount: int) -> None:
        self.wants(lambda change: operations.start_refund(change, amount, "", {}))

    def wants(self, start) -> None:
        change = self.change()
        try:
            start(change)
        except Problem:
            assert change.empty, "a refused wish leaves nothing behind"
        self.commit(change)

    # --- the provider -----------------------------------------------------------------------------

    @precondition(lambda self: self.book.attempts)
    @rule(data=st.data(), told=st.booleans(), more=st.booleans())
    def decides_an_attempt(self, data, told: bool, more: bool) -> None:
        attempt = data.draw(st.sampled_from(self.book.attempts))
        truth = self.truth[attempt.id]
        if attempt.status not in states.OPEN_ATTEMPT and not truth[0]:
            return
        if not truth[0]:
            decision = data.draw(st.sampled_from(["authorized", "captured", "declined", "refused"]))
            if decision in states.MONEY:
                truth[0] = 1000
                truth[1] = 1000 if decision == "captured" else 0
        else:
            decision = "captured" if truth[1] else "authorized"
        if told:
            change = self.change()
            terms = TERMS._replace(more_routes=more)
            attempts.hear(change, attempt, Outcome(decision), terms)
            self.commit(change)

    @precondition(lambda self: self.book.attempts)
    @rule(data=st.data(), state=st.sampled_from(["unknown", "pending", "action", "expired"]))
    def says_little(self, data, state: str) -> None:
        attempt = data.draw(st.sampled_from(self.book.attempts))
        if state == "expired" and self.truth[attempt.id][0]:
            return
        self.tell(attempt, state)

    @precondition(lambda self: any(one.status == "pending" for one in self.operations()))
    @rule(data=st.data(), works=st.booleans(), told=st.booleans())
    def carries_out(self, data, works: bool, told: bool) -> None:
        waiting = [one for one in self.operations() if one.status == "pending"]
        self.carry_out(data.draw(st.sampled_from(waiting)), works, told)

    def carry_out(self, row, works: bool, told: bool) -> None:
        truth = self.truth[row.attempt_id]
        if row.id not in self.done:
            works = works and self.possible(row, truth)
            if works:
                self.do(row, truth)
        else:
            works = True
        if told:
            change = self.change()
            operations.hear(change, row, Outcome("succeeded" if works else "failed"), TERMS)
            self.commit(change)

    def possible(self, row, truth: list[int]) -> bool:
        if isinstance(row, Capture):
            return truth[0] > 0 and truth[1] + row.amount <= truth[0]
        if isinstance(row, Void):
            return truth[1] == 0
        return truth[1] - truth[2] >= row.amount

    def do(self, row, truth: list[int]) -> None:
        self.done.add(row.id)
        if isinstance(row, Capture):
            truth[1] += row.amount
        elif isinstance(row, Void):
            truth[0] = 0
        else:
            truth[2] += row.amount

    def operations(self) -> list:
        return [*self.book.captures, *self.book.voids, *self.book.refunds]

    # --- what must hold ---------------------------------------------------------------------------

    @invariant()
    def the_sums_hold(self) -> None:
        payment = self.book.payment
        assert 0 <= payment.amount_refunded <= payment.amount_captured
        assert payment.amount_captured <= payment.amount_authorized <= payment.amount

    @invariant()
    def one_success_at_most(self) -> None:
        kept = [one for one in self.book.attempts if one.status in states.MONEY and not one.surplus]
        assert len(kept) <= 1

    @invariant()
    def one_attempt_is_open_at_most(self) -> None:
        assert sum(one.open for one in self.book.attempts) <= 1

    @invariant()
    def no_fact_is_posted_twice(self) -> None:
        posted = [(leg.journal, leg.leg) for leg in self.legs]
        assert len(posted) == len(set(posted))

    @invariant()
    def the_ledger_says_what_the_payment_says(self) -> None:
        sums = {"capture": 0, "refund": 0, "refund_returned": 0}
        for leg in self.legs:
            if leg.reason in sums:
                sums[leg.reason] += leg.amount
        assert sums["capture"] == self.book.payment.amount_captured
        assert sums["refund"] - sums["refund_returned"] == self.book.payment.amount_refunded

    def teardown(self) -> None:
        """Everybody is told everything; then the provider and the ledger agree to the cent."""
        for _ in range(4):
            for attempt in list(self.book.attempts):
                held, captured, _ = self.truth[attempt.id]
                if captured and attempt.status != "captured":
                    self.tell(attempt, "captured", money=Money(captured, "EUR"))
                elif held and attempt.status not in states.MONEY:
                    self.tell(attempt, "authorized")
                elif attempt.open:
                    self.tell(attempt, "declined")
            for row in self.operations():
                if row.status == "pending":
                    self.carry_out(row, works=True, told=True)
        net = sum(captured - refunded for _, captured, refunded in self.truth.values())
        booked = sum(
            leg.amount * (leg.source.startswith("provider:") - leg.target.startswith("provider:"))
            for leg in self.legs
        )
        assert booked == net, "the ledger and the provider disagree"
        surplus = sum(
            leg.amount * ((":surplus:" in leg.target) - (":surplus:" in leg.source))
            for leg in self.legs
        )
        assert surplus == 0, "money taken by accident was not given back"


World.TestCase.settings = hypothesis_settings(
    max_examples=400, stateful_step_count=40, deadline=None
)
TestAnyWorld = World.TestCase
