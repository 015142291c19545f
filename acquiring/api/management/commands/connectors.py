"""`manage.py connectors`: the scoreboard of methods and providers."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from acquiring.api.scoreboard import render_connectors, scoreboard, sentence

SENTENCE = re.compile(r"^- \*\*\d+ payment methods\*\*.*?\n  .*?\n", re.M)
COLUMNS = ("name", "methods", "card_schemes", "recorded_exchanges", "declines")


class Command(BaseCommand):
    """Counts what drivers and catalogue have; writes docs/connectors.md and the README's line."""

    help = "Print how many payment methods are reached, through whom, by which verbs."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """The table on standard output; the page in docs/."""
        board = scoreboard()
        if options["json"]:
            self.stdout.write(json.dumps(board, indent=2))
            return
        (settings.DOCS_DIR / "connectors.md").write_text(render_connectors(), "utf-8")
        front = settings.BASE_DIR / "README.md"
        front.write_text(SENTENCE.sub(sentence(), front.read_text("utf-8")), "utf-8")
        head = ("provider", "methods", "schemes", "exchanges", "declines", "verbs")
        self.stdout.write("{:<16}{:>8}{:>9}{:>11}{:>10}  {}".format(*head))
        for row in board["providers"]:
            cells = [row[name] for name in COLUMNS]
            line = "{:<16}{:>8}{:>9}{:>11}{:>10}  {}".format(*cells, " ".join(row["verbs"]))
            self.stdout.write(line)
        self.stdout.write("")
        self.stdout.write(
            f"{board['methods']} methods, {board['methods_with_two_or_more_providers']} through two"
            f" or more providers, {board['card_schemes']} card schemes, {board['routes']} routes,"
            f" {board['drivers']} drivers. docs/connectors.md and README.md are written."
        )
