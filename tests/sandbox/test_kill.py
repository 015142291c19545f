"""A simulator that is killed with -9 knows every charge it acknowledged, and tells of it later."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from acquiring.core import http
from tests.sandbox.stripe_shop import card, payment
from tests.sandbox.test_process import INTENTS, post
from tests.sandbox_process import Inbox, placed, running

pytestmark = [pytest.mark.django_db, pytest.mark.crash]
PAYERS = 4
BEFORE_THE_KILL = 40


def test_a_killed_process_forgets_nothing_it_said(django_db_setup: None, inbox: Inbox):
    sandbox = placed()
    acknowledged: dict[str, str] = {}
    unanswered: list[str] = []
    enough = threading.Event()

    def keep_paying(payer: int) -> None:
        for number in range(10_000):
            key = f"{payer}-{number}"
            form = payment() | card() | {"metadata[order]": key}
            try:
                reply = post(shop, INTENTS, form, idempotency_key=key)
            except (http.NoAnswer, http.NotSent):
                unanswered.append(key)
                return
            acknowledged[key] = json.loads(reply.body)["id"]
            if len(acknowledged) >= BEFORE_THE_KILL:
                enough.set()

    with running(sandbox) as process:
        shop = sandbox.register("stripe", inbox.url)
        payers = [threading.Thread(target=keep_paying, args=(one,)) for one in range(PAYERS)]
        for payer in payers:
            payer.start()
        assert enough.wait(30)
        os.killpg(process.pid, signal.SIGKILL)
        for payer in payers:
            payer.join()

    with running(sandbox):
        charges = {charge["reference"]: charge["id"] for charge in shop.charges()}
        assert acknowledged.items() <= charges.items()
        for key in unanswered:  # asked again under its key, each is charged once, not twice
            form = payment() | card() | {"metadata[order]": key}
            reply = post(shop, INTENTS, form, idempotency_key=key)
            assert charges.get(key, json.loads(reply.body)["id"]) == json.loads(reply.body)["id"]
        everything = shop.charges()
        assert len(everything) == len(acknowledged) + len(unanswered)
        inbox.wait(len(everything), seconds=30)
    told = {json.loads(body)["data"]["object"]["id"] for _, body in inbox.got}
    assert told == {charge["id"] for charge in everything}
