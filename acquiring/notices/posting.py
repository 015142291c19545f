"""Sending what is due: claim, draw, send, record.

A claim is a lease: a worker that dies while it sends is replaced a few minutes later, and the same
letter under the same Message-ID goes out again. Nothing is locked while a mail server is awaited.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from datetime import timedelta
from email.utils import formataddr, parseaddr
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from acquiring.core import clock, ids
from acquiring.notices import drawing
from acquiring.notices.models import Letter

LEASE = timedelta(minutes=5)
DELAYS_SECONDS = (30, 120, 600, 3_600, 14_400, 43_200, 86_400)  # about a day and a half in all
BATCH = 20
MOST_BATCHES = 50
PERMANENT = 500  # SMTP replies from here on say: do not try again

log = structlog.get_logger("acquiring.notices")


def send_due() -> int:
    """Send the letters whose time has come; returns how many left."""
    sent = 0
    for _ in range(MOST_BATCHES):
        letters = _claim()
        if not letters:
            break
        sent += _send(letters)
    return sent


@transaction.atomic
def _claim() -> list[Letter]:
    """Take some due letters, leased to us."""
    now = clock.now()
    due = Letter.objects.select_for_update(skip_locked=True).filter(
        status=Letter.Status.PENDING, next_at__lte=now
    )
    letters = list(due.order_by("next_at")[:BATCH])
    for one in letters:
        one.tries += 1
        Letter.objects.filter(merchant_id=one.merchant_id, pk=one.pk).update(
            tries=one.tries, next_at=now + LEASE
        )
    return letters


def _send(letters: Sequence[Letter]) -> int:
    """One connection for a batch; each letter's fate is recorded before the next is begun."""
    connection = get_connection()
    sent = 0
    try:
        for one in letters:
            sent += _one(one, connection)
    finally:
        _close(connection)
    return sent


def _one(letter: Letter, connection: BaseEmailBackend) -> bool:
    try:
        message = compose(letter, connection)
        message.send()
    except LookupError as gone:
        _finish(letter, Letter.Status.FAILED, str(gone))
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _words in refused.recipients.values()]
        _failed(letter, "the address was refused", final=all(one >= PERMANENT for one in codes))
    except Exception as error:
        log.warning("letter", letter=ids.show("let", letter.pk), error=type(error).__name__)
        _failed(letter, type(error).__name__)
        _close(connection)  # a broken one is not used again: the next letter opens another
    else:
        _finish(letter, Letter.Status.SENT)
        return True
    return False


def compose(letter: Letter, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """A letter as a message with both its forms."""
    drawn = drawing.draw(letter.template, letter.language, letter.facts, letter.merchant_id)
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    host = address.rpartition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<{ids.show('let', letter.pk)}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    message = EmailMultiAlternatives(
        drawn.subject,
        drawn.text,
        from_email=formataddr((drawn.sender.name, address)),
        to=[letter.recipient],
        reply_to=[drawn.sender.reply_to] if drawn.sender.reply_to else None,
        headers=headers,
        connection=connection,
    )
    message.attach_alternative(drawn.html, "text/html")
    return message


def _failed(letter: Letter, why: str, final: bool = False) -> None:
    if final or letter.tries > len(DELAYS_SECONDS):
        _finish(letter, Letter.Status.FAILED, why)
        return
    later = clock.now() + timedelta(seconds=DELAYS_SECONDS[letter.tries - 1])
    _mine(letter.merchant_id, letter.pk).update(next_at=later, error=why[:300])


def _finish(letter: Letter, status: str, why: str = "") -> None:
    """The letter is done; of what it said and to whom only a trace stays."""
    name, _, host = letter.recipient.rpartition("@")
    _mine(letter.merchant_id, letter.pk).update(
        status=status,
        error=why[:300],
        facts={},
        recipient=f"{name[:1]}…@{host}",
        finished_at=clock.now(),
    )


def _mine(merchant_id: UUID, letter_id: UUID):  # type: ignore[no-untyped-def]
    return Letter.objects.filter(
        merchant_id=merchant_id, pk=letter_id, status=Letter.Status.PENDING
    )


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except OSError as error:  # it was broken before
        log.info("mail server", error=type(error).__name__)
