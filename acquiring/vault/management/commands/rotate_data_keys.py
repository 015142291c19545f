"""`manage.py rotate_data_keys mer_…`: a fresh data key; the cards are sealed anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from acquiring.core import ids
from acquiring.vault import services


class Command(BaseCommand):
    help = (__doc__ or "").strip()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("merchants", nargs="+", metavar="mer_…")

    def handle(self, *args: Any, **options: Any) -> None:
        for shown in options["merchants"]:
            moved = services.rotate_data_key(ids.read("mer", shown))
            self.stdout.write(f"{shown}: {moved} cards sealed under a new data key")
