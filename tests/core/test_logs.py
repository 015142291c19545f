"""Every line is JSON, knows its request, and carries no card number and no secret."""

import io
import json
import logging
from datetime import datetime
from time import monotonic, sleep

import pytest
import structlog

from acquiring.core import context, logs

PAN = "4242424242424242"
CANARIES = [PAN, "4242 4242 4242 4242", "3782-822463-10005", "sk_test_" + "a1" * 16]
CANARIES += ["rk_live_" + "b2" * 16, "whsec_" + "C2V/+cmV0" * 4]


class Late(io.StringIO):
    """A stream that shows what was flushed."""

    shown = ""

    def flush(self):
        self.shown = self.getvalue()


@pytest.fixture
def lines():
    """What was logged so far, as parsed lines, with the logging of production."""
    root, kept = logging.root, (logging.root.handlers, logging.root.level)
    configured = structlog.get_config()
    stream = Late()
    logs.configure({"level": "INFO"})
    root.handlers[0].setStream(stream)
    yield lambda: [json.loads(line) for line in stream.shown.splitlines()]
    root.handlers, root.level = kept
    structlog.configure(**configured)
    structlog.contextvars.clear_contextvars()


def test_our_lines_and_everybody_elses_have_one_shape(lines):
    structlog.contextvars.bind_contextvars(request_id="req_1")
    structlog.get_logger("acquiring.x").info("sealed", rows=3)
    logging.getLogger("celery.worker").warning("lost %s", "contact")

    ours, theirs = lines()
    assert (ours["event"], ours["rows"], ours["request_id"]) == ("sealed", 3, "req_1")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "lost contact",
        "warning",
        "celery.worker",
    )


@pytest.mark.parametrize("canary", CANARIES)
def test_no_canary_sings(lines, canary):
    log = structlog.get_logger("acquiring.x")
    log.info(f"paid with {canary}")
    log.info("field", note=canary, nested={"deep": [{"er": canary}]}, key={canary: 1})
    logging.getLogger("django").error("body was %r", {"card": canary})
    try:
        raise ValueError(f"cannot read {canary}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("celery").exception("task failed")

    assert len(lines()) == 5
    text = json.dumps(lines())
    assert canary not in text
    assert logs.MASK in text


def test_what_only_its_field_gives_away_is_masked_too(lines):
    log = structlog.get_logger("acquiring.x")
    log.info("card", card={"number": 4242, "cvc": "737"}, password="correct horse")
    log.info("number", pan=int(PAN), amount=int(PAN))

    text = json.dumps(lines())
    assert '"737"' not in text
    assert "4242" not in text
    assert "horse" not in text


@pytest.mark.parametrize("canary", CANARIES)
def test_the_line_about_a_request_is_masked_and_comes_soon(lines, canary):
    context.begin(f"mine {canary}", "203.0.113.9")
    logs.access(method="GET", path=f"/v1/payments/{canary}", status=404, ms=1.5)
    assert not lines()

    deadline = monotonic() + 10
    while not lines() and monotonic() < deadline:
        sleep(0.02)
    (line,) = lines()
    assert canary not in json.dumps(line)
    assert (line["event"], line["level"], line["status"]) == ("request", "info", 404)
    assert line["request_id"].startswith("mine")
    assert datetime.fromisoformat(line["timestamp"]).tzinfo


def test_a_line_of_another_kind_takes_those_about_requests_along(lines):
    logs.access(method="GET", path="/", status=200, ms=1.5)
    structlog.get_logger("acquiring.x").info("sealed")

    assert [line["event"] for line in lines()] == ["request", "sealed"]


@pytest.mark.parametrize(
    "harmless",
    [
        "4242424242424243",
        "1763776675123",
        "019a1946-7e80-7000",
        "req_01a203218e4242424242424242a194ab",
        "pay_4242424242424242abcdefabcdefabcd",
    ],
)
def test_numbers_that_are_no_cards_stay_readable(lines, harmless):
    structlog.get_logger("acquiring.x").info("seen", what=harmless)

    assert lines()[0]["what"] == harmless
