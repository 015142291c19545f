"""A shop that never gives up: every request goes on under its idempotency key until it is answered.

What it was told it writes down, and what it was told is what must be true in the end.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

PAUSE_SECONDS = 0.3
# Answers that say "not now": the same request is to be made again.
NOT_NOW = {429, 500, 502, 503, 504}
LATER_CODES = {"idempotency_in_progress", "operation_in_progress", "conflict"}
CARDS = {"approved": "4242424242424242", "declined": "4000000000009995"}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The shopper's browser, one step at a time."""

    def redirect_request(self, *_: Any) -> None:
        return None


BROWSER = urllib.request.build_opener(NoRedirect)


@dataclass
class Till:
    """One merchant's till. `answers` are the last answers by payment reference."""

    base_url: str
    secret_key: str
    seed: int
    closed: threading.Event = field(default_factory=threading.Event)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    retries: int = 0

    def sell(self, worker: int) -> None:
        """Make payments of all kinds, one after the other, until the till is closed."""
        draw = random.Random(f"{self.seed}-{worker}")
        kinds = [self.card, self.card, self.held_card, self.refunded, self.refused, self.bank]
        number = 0
        while not self.closed.is_set():
            number += 1
            draw.choice(kinds)(f"crash-{worker}-{number}", draw)

    # What a shop does.

    def card(self, reference: str, draw: random.Random) -> dict[str, Any]:
        return self._pay(reference, draw, _card("approved"))

    def refused(self, reference: str, draw: random.Random) -> dict[str, Any]:
        return self._pay(reference, draw, _card("declined"))

    def held_card(self, reference: str, draw: random.Random) -> None:
        payment = self._pay(reference, draw, _card("approved"), capture_method="manual")
        if payment["status"] != "authorized":
            return
        path = f"/v1/payments/{payment['id']}"
        if draw.random() < 0.3:
            self.ask(f"{path}/cancel", {}, f"{reference}-cancel")
        else:
            part = {"amount": payment["amount"] // 2} if draw.random() < 0.5 else {}
            self.ask(f"{path}/capture", part, f"{reference}-capture")

    def refunded(self, reference: str, draw: random.Random) -> None:
        payment = self.card(reference, draw)
        if payment["status"] != "captured":
            return
        body: dict[str, Any] = {"payment": payment["id"]}
        if draw.random() < 0.5:
            body["amount"] = payment["amount"] // 3
        self.ask("/v1/refunds", body, f"{reference}-refund")

    def bank(self, reference: str, draw: random.Random) -> None:
        payment = self._pay(reference, draw, {"type": "ideal"}, country="NL")
        action = payment.get("next_action")
        if action:
            choice = draw.choice(["approve", "approve", "decline", "leave"])
            if choice != "leave":
                self._shopper(action["url"], choice)

    # How it asks.

    def ask(self, path: str, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        """Ask until answered; a refusal is an answer too."""
        while True:
            status, answer = self._once("POST", path, body, key)
            code = answer.get("error", {}).get("code", "")
            if status and status not in NOT_NOW and code not in LATER_CODES:
                return status, answer
            self.retries += 1
            time.sleep(PAUSE_SECONDS)

    def read(self, path: str) -> dict[str, Any]:
        """Read until answered."""
        while True:
            status, answer = self._once("GET", path, None, "")
            if status == 200:
                return answer
            time.sleep(PAUSE_SECONDS)

    def _pay(
        self, reference: str, draw: random.Random, method: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        body = {
            "amount": draw.randrange(1_000, 6_000),
            "currency": "EUR",
            "payment_method": method,
            "reference": reference,
            "return_url": "https://shop.example/done",
            **more,
        }
        status, answer = self.ask("/v1/payments", body, f"{self.seed}-{reference}")
        assert status == 201, (status, answer)
        self.answers[reference] = answer
        return answer

    def _once(
        self, method: str, path: str, body: dict[str, Any] | None, key: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and answer; status 0 when none came."""
        headers = {"Authorization": f"Bearer {self.secret_key}"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        request = urllib.request.Request(
            self.base_url + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers=headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=45) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, _json(error)
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}

    def _shopper(self, url: str, choice: str) -> None:
        """Press a button at the bank and follow the way back, as far as servers let a browser."""
        form = urllib.parse.urlencode({"choice": choice}).encode()
        for data in (form, None):
            try:
                BROWSER.open(urllib.request.Request(url, data=data), timeout=45)
            except urllib.error.HTTPError as error:
                url = error.headers.get("Location") or ""
            except (OSError, http.client.HTTPException):
                return  # the browser shows an error page, and its owner goes to bed
            if not url.startswith(self.base_url):
                return


def _card(kind: str) -> dict[str, Any]:
    card = {"number": CARDS[kind], "exp_month": 12, "exp_year": 2031, "cvc": "123"}
    return {"type": "card", "card": card}


def _json(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        found = json.load(error)
    except (ValueError, OSError, http.client.HTTPException):
        return {}
    return found if isinstance(found, dict) else {}
