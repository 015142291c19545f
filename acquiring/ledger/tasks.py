"""Looks for work of the ledger."""

from __future__ import annotations

from celery import shared_task

from acquiring.ledger import services, verifying


@shared_task
def publish_roots() -> None:
    """Publish yesterday's Merkle root once all of its transfers are sealed."""
    services.publish_roots()


@shared_task
def snapshot() -> int:
    """Close balances where the tail has grown long."""
    return services.snapshot()


@shared_task
def verify() -> int:
    """Recompute the ledgers that nobody has looked at for a day."""
    return verifying.verify_due()
