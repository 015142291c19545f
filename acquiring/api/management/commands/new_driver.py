"""`manage.py new_driver`: the files of a new provider, out of a description of its API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from acquiring.connectors import registry, scaffold


class Command(BaseCommand):
    """Writes driver, simulator, catalogue file and recorded exchanges; overwrites nothing."""

    help = "Write the four files of a new provider: docs/adding-a-connector.md walks through it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the provider in lower case: harbour_pay")
        parser.add_argument(
            "--from", dest="description", type=Path, required=True, metavar="FILE", help="TOML"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """All of the files, or none."""
        name = options["name"]
        try:
            found = scaffold.read(options["description"].read_bytes())
            drawn = scaffold.files(name, found)
        except OSError as error:
            raise CommandError(f"{options['description']}: {error.strerror}") from error
        except scaffold.BadDescription as error:
            raise CommandError(str(error)) from error
        exchanges = Path(f"acquiring/connectors/specs/{name}.json")
        taken = [path for path in (*drawn, exchanges) if (settings.BASE_DIR / path).exists()]
        if taken:
            raise CommandError(f"{taken[0]} exists already")
        for path, content in drawn.items():
            (settings.BASE_DIR / path).write_text(content, "utf-8")
        driver = registry.load(f"acquiring.connectors.drivers.{name}", name)
        (settings.BASE_DIR / exchanges).write_text(scaffold.exchanges(driver, found), "utf-8")
        for path in (*drawn, exchanges):
            self.stdout.write(str(path))
