"""Idempotency keys: the same wish twice is one deed and one answer.

A key is claimed in the commit that makes the wish durable and answered in the commit that ends it.
Between the two the claim is locked; should the process die there, whoever comes with the key after
the lock has run out resumes the deed, never repeats it.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import orjson
from django.db import IntegrityError, models, transaction

from acquiring.core import clock
from acquiring.core.errors import Problem

KEPT = timedelta(hours=72)
LOCK = timedelta(seconds=90)


class IdempotencyKey(models.Model):
    """A claimed key of a merchant; its id is made of the key, so one key is one row."""

    id = models.UUIDField(primary_key=True, editable=False)
    merchant_id = models.UUIDField(editable=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    subject = models.CharField(max_length=80, blank=True)
    locked_until = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key


class Claim(NamedTuple):
    """A wish under a key. `fingerprint` is of endpoint and body."""

    merchant_id: uuid.UUID
    key: str
    fingerprint: str

    @property
    def id(self) -> uuid.UUID:
        """The row's id."""
        return uuid.UUID(bytes=hashlib.sha256(self.key.encode()).digest()[:16])

    def row(self, subject: str, now: datetime) -> dict[str, Any]:
        """The row of a fresh claim, locked."""
        return {
            "id": self.id,
            "merchant_id": self.merchant_id,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "subject": subject,
            "locked_until": now + LOCK,
            "status": None,
            "answer": "",
            "created_at": now,
        }


class Prior(msgspec.Struct):
    """What was found under a key that had been claimed before."""

    fingerprint: str
    subject: str
    locked_until: datetime
    status: int | None
    answer: str


class Answer(NamedTuple):
    """An HTTP status and the bytes of a JSON body; `replayed` when an earlier request got it."""

    status: int
    body: bytes
    replayed: bool = False


def claim_of(merchant_id: uuid.UUID, key: str, endpoint: str, body: bytes) -> Claim:
    """A claim; raises Problem for a key that is none."""
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Problem("invalid_idempotency_key", param="Idempotency-Key")
    digest = hashlib.sha256(endpoint.encode() + b"\n" + body).hexdigest()
    return Claim(merchant_id, key, digest)


def answered(prior: Prior, claim: Claim) -> Answer | None:
    """The first answer; None when the first try died and its deed is to be resumed.

    Raises Problem for another body under the same key, or while the first try is running.
    """
    if prior.fingerprint != claim.fingerprint:
        raise Problem("idempotency_mismatch", param="Idempotency-Key")
    if prior.status is not None:
        return Answer(prior.status, prior.answer.encode(), replayed=True)
    if prior.locked_until > clock.now():
        raise Problem("idempotency_in_progress", retry_after=2)
    return None


def find(claim: Claim) -> Prior | None:
    """What is known under the claim's key."""
    row = IdempotencyKey.objects.filter(merchant_id=claim.merchant_id, id=claim.id).first()
    if row is None:
        return None
    return Prior(row.fingerprint, row.subject, row.locked_until, row.status, row.answer)


def once(claim: Claim | None, deed) -> Answer:
    """Do a deed that is one database transaction, and remember its answer in the same one.

    `deed()` returns (status, JSON-able body). For deeds with a provider call in the middle see
    `payments.services`.
    """
    if claim is None:
        with transaction.atomic():
            status, body = deed()
        return Answer(status, orjson.dumps(body))
    prior = find(claim)
    if prior is None:
        try:
            with transaction.atomic():
                return _first(claim, deed)
        except IntegrityError:
            prior = find(claim)
            if prior is None:
                raise
    found = answered(prior, claim)
    if found is None:
        raise Problem("idempotency_in_progress", retry_after=2)
    return found


def _first(claim: Claim, deed) -> Answer:
    row = IdempotencyKey(**claim.row("", clock.now()))
    row.save(force_insert=True)
    status, body = deed()
    answer = Answer(status, orjson.dumps(body))
    row.status, row.answer = answer.status, answer.body.decode()
    row.save(update_fields=["status", "answer"])
    return answer


def finish(claim: Claim, answer: Answer) -> None:
    """Remember the answer of a resumed deed."""
    IdempotencyKey.objects.filter(merchant_id=claim.merchant_id, id=claim.id).update(
        status=answer.status, answer=answer.body.decode()
    )


def take_over(claim: Claim) -> bool:
    """Lock a claim whose first holder died; False when somebody else was quicker."""
    now = clock.now()
    stale = IdempotencyKey.objects.filter(
        merchant_id=claim.merchant_id, id=claim.id, status=None, locked_until__lte=now
    )
    return stale.update(locked_until=now + LOCK) == 1


def forget_old(limit: int = 10_000) -> int:
    """Delete keys past their time, at most `limit` of them; returns how many."""
    old = IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT)
    keys = list(old.order_by("created_at").values_list("merchant_id", "id")[:limit])
    for merchant_id, row_id in keys:
        IdempotencyKey.objects.filter(merchant_id=merchant_id, id=row_id).delete()
    return len(keys)
