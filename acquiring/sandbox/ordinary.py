"""How a payment goes at most providers: opened, approved or not, captured, let go, given back.

A simulator built on this says in the provider's own words what it hears and tells; the sums and the
states are kept here, once.

    class Example(Ordinary):
        def create(self, request, book):
            ...check the body...
            charge = Charge(f"ex_{…}", 1999, "EUR", "ideal", "", scenario=…, page="bank", data={…})
            self.begin(book, charge, asks_shopper=True)
            return Answer(201, self.shown(charge))

        def tell(self, book, charge, what, thing): book.tell(charge, f"payment.{what}", …)

What `tell` hears of, by `what`: action is never told (the answer says it); "pending", "authorized",
"captured", "declined", "expired", "canceled", "disputed" are about the charge, whose state has
changed already; "capture" and "refund" are about one operation, `thing`:
`{"id", "reference", "amount", "status", …}` with status "succeeded", "pending" or "failed".
`charge.data["decline"]` is the unified code of a decline.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from acquiring.sandbox.book import Book, Charge
from acquiring.sandbox.engine import Event, Simulator, first_step

Thing = dict[str, Any]


class TooMuch(Exception):  # noqa: N818 (an answer on its way)
    """A capture or refund of more than is left; `left` is what is, in minor units."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__(str(left))


class WrongState(Exception):  # noqa: N818 (an answer on its way)
    """The charge is not in a state that allows this."""


class Ordinary(Simulator):
    """The shared half of a simulator whose payments go the ordinary way."""

    # Providers that settle a refund or capture only afterwards set these.
    refunds_later = False

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """Queue the provider's webhook for what has happened; nothing where it has none."""

    def begin(
        self,
        book: Book,
        charge: Charge,
        *,
        asks_shopper: bool,
        is_card: bool = False,
        manual: bool = False,
        expires_after: timedelta | None = None,
    ) -> Charge:
        """Open a charge and let it take its first step by its scenario.

        The state it is left in is what the answer has to show: action (the shopper is asked on
        `charge.page`, or elsewhere), pending, authorized, captured or declined.
        """
        charge.data |= {"manual": manual, "is_card": is_card}
        step = first_step(charge.plan, asks_shopper, is_card)
        charge.state = "action" if step == "action" else "pending"
        if charge.state == "action" and expires_after:
            charge.due, charge.due_at = "expire", book.now + expires_after
        book.open(charge)
        if step in ("approve", "decline"):
            self.advance(book, charge, step, charge.plan.decline)  # type: ignore[arg-type]
            book.save(charge)
        return charge

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """Let something happen to a charge; what its state does not allow is ignored."""
        waiting = charge.state in ("action", "pending")
        if event == "approve" and waiting:
            self._approve(book, charge)
        elif event == "wait" and charge.state == "action":
            self._move(book, charge, "pending")
        elif event in ("decline", "cancel") and waiting:
            default = "shopper_canceled" if event == "cancel" else "generic_decline"
            charge.data["decline"] = decline or default
            self._move(book, charge, "declined")
        elif event == "expire" and waiting:
            charge.data["decline"] = "payment_expired"
            self._move(book, charge, "expired")
        elif event in ("expire", "cancel") and charge.state == "authorized":
            self._move(book, charge, "expired" if event == "expire" else "canceled")
        elif event == "dispute" and charge.captured and self._may_be_disputed(charge):
            charge.data["disputed"] = True
            book.charge_back(charge)
            self.tell(book, charge, "disputed")

    def _may_be_disputed(self, charge: Charge) -> bool:
        return "dispute" not in self.cannot and not charge.data.get("disputed")

    def _approve(self, book: Book, charge: Charge) -> None:
        manual = charge.data["manual"]
        charge.captured = 0 if manual else charge.amount
        self._move(book, charge, "authorized" if manual else "captured")

    def _move(self, book: Book, charge: Charge, state: str) -> None:
        charge.state = state
        self.tell(book, charge, state)

    # Afterwards.

    def take(
        self, book: Book, charge: Charge, thing_id: str, reference: str, amount: int, last: bool
    ) -> Thing:
        """Capture `amount` of what is held; the rest is let go when this is the `last` capture.

        Raises WrongState and TooMuch.
        """
        if charge.state != "authorized":
            raise WrongState
        if not 0 < amount <= charge.amount - charge.captured:
            raise TooMuch(charge.amount - charge.captured)
        made = _thing(thing_id, reference, amount)
        if charge.plan.capture == "fail":
            made["status"] = "failed"
        else:
            charge.captured += amount
            if last or charge.captured == charge.amount:
                charge.state = "captured"
        book.put("capture", thing_id, made, charge.id)
        book.save(charge, made)
        self.tell(book, charge, "capture", made)
        return made

    def let_go(self, book: Book, charge: Charge) -> None:
        """Cancel what is held or not yet paid. Raises WrongState."""
        if charge.state not in ("action", "pending", "authorized") or charge.captured:
            raise WrongState
        self._move(book, charge, "canceled")
        book.save(charge)

    def give_back(
        self, book: Book, charge: Charge, thing_id: str, reference: str, amount: int
    ) -> Thing:
        """Refund `amount` of what was taken. Raises WrongState and TooMuch.

        The scenario decides: done at once, or pending and told later, or failed. A provider whose
        refunds always take their time (`refunds_later`) answers pending first.
        """
        if not charge.captured:
            raise WrongState
        if not 0 < amount <= charge.captured - charge.refunded:
            raise TooMuch(charge.captured - charge.refunded)
        made = _thing(thing_id, reference, amount)
        plan = charge.plan.refund
        ended = {**made, "status": "failed" if plan == "fail" else "succeeded"}
        is_pending = self.refunds_later or plan == "pending"
        made = {**ended, "status": "pending"} if is_pending else ended
        kept = ended | {"asked_at": book.now.isoformat()}
        if plan == "pending":
            kept |= {"status": "pending", "later": ended["status"], "later_at": book.later()}
        charge.refunded += 0 if plan == "fail" else amount
        book.put("refund", thing_id, kept, charge.id)
        book.save(charge, made)
        with book.delayed(plan == "pending"):
            self.tell(book, charge, "refund", ended)
        return made


def _thing(thing_id: str, reference: str, amount: int) -> Thing:
    return {"id": thing_id, "reference": reference, "amount": amount, "status": "succeeded"}
