"""`manage.py ledger verify`: recompute every chain, every sum and every published root."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from acquiring.core import ids
from acquiring.ledger import verifying


class Command(BaseCommand):
    """Names the first row that was tampered with, removed, or left unsealed too long."""

    help = "Verify the ledger: chains, sums, agreement with the payments, daily roots."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`verify`, for one merchant or all."""
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("--merchant", help="mer_… (default: every merchant)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was verified; exit 1 with the first fault."""
        merchants: list[UUID] | None = None
        if options["merchant"]:
            merchants = [ids.read("mer", options["merchant"])]
        report = verifying.verify(merchants)
        for fault in report.faults:
            self.stderr.write(self.style.ERROR(fault))
        if report.faults:
            raise CommandError(f"{len(report.faults)} faults in the ledger.")
        self.stdout.write(
            f"ledger whole: {report.merchants} merchants, {report.transfers} transfers,"
            f" {report.roots} daily roots"
        )
