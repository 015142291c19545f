"""`manage.py demo`: a merchant to look at, with a month of payments and applications behind it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from acquiring.api.demo import applicants, playing, shop
from merchants.services import SandboxAway

PAYMENTS = 320
PATIENCE_SECONDS = 20


class Command(BaseCommand):
    """Make the demo merchant and its past; what is there already stays as it is."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much past, for how long, and where the facts are kept."""
        parser.add_argument("--payments", type=int, default=PAYMENTS, help="past payments to make")
        parser.add_argument(
            "--seconds", type=int, default=PATIENCE_SECONDS,
            help="stop making payments after this long; the next run goes on",
        )  # fmt: skip
        parser.add_argument(
            "--file", type=Path, default=settings.BASE_DIR / ".run" / "demo.json",
            help="where login and keys are written, readable by its owner only",
        )  # fmt: skip

    def handle(self, *_: Any, **options: Any) -> None:
        """Needs web and sandbox to be up."""
        began = time.monotonic()
        try:
            opened = shop.open_shop(options["file"])
        except SandboxAway as away:
            raise CommandError(f"The simulators do not answer: {away}") from away
        applicants.apply(opened.merchant)
        made, left = playing.play(opened.merchant, options["payments"], options["seconds"])
        seconds = time.monotonic() - began
        self.stdout.write(f"{made} past payments made in {seconds:.1f} s, {left} left to make")
