"""`manage.py screening`: load lists, see how old they are, ask about a name, look at everybody."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from merchants.screening import downloads, indexes, lists, rescreening
from merchants.screening.loaders.reading import BrokenList
from merchants.screening.matching import scoring
from merchants.screening.matching.asking import Asked
from merchants.screening.models import SOURCES


class Command(BaseCommand):
    """One verb each: load, fetch, status, search, sweep."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The verbs and what they take."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        load = verbs.add_parser("load", help="make the files of a publication the version in force")
        load.add_argument("source", choices=list(SOURCES))
        load.add_argument("files", nargs="+", type=Path)
        load.add_argument(
            "--published", type=date.fromisoformat, help="YYYY-MM-DD, where the files do not say"
        )
        load.add_argument(
            "--may-shrink", action="store_true", help="take it though it lost a quarter"
        )
        fetch = verbs.add_parser("fetch", help="download a list from its publisher")
        fetch.add_argument("source", choices=list(SOURCES))
        fetch.add_argument("--url", default="", help="another address than the publisher's")
        verbs.add_parser("status", help="each list, its version and age")
        search = verbs.add_parser("search", help="compare a name with every list in force")
        search.add_argument("name")
        search.add_argument("--entity", action="store_true", help="a company, not a person")
        sweep = verbs.add_parser("sweep", help="compare everybody with what the lists brought")
        sweep.add_argument("--processes", type=int, default=1)

    def handle(self, *_: Any, **options: Any) -> None:
        """Runs the verb."""
        try:
            getattr(self, options["verb"])(options)
        except (BrokenList, downloads.NotFetched) as error:
            raise CommandError(str(error)) from error
        except FileNotFoundError as error:
            raise CommandError(f"there is no file {error.filename}") from error

    def load(self, options: dict[str, Any]) -> None:
        """Load files."""
        version = lists.load(
            options["source"], options["files"], "system", options["published"],
            may_shrink=options["may_shrink"],
        )  # fmt: skip
        self.stdout.write(_line(version))

    def fetch(self, options: dict[str, Any]) -> None:
        """Download."""
        self.stdout.write(_line(downloads.fetch(options["source"], options["url"])))

    def status(self, _: dict[str, Any]) -> None:
        """Each list."""
        active = lists.active()
        for source, title in SOURCES.items():
            version = active.get(source)
            stale = " STALE" if lists.is_stale(source, version) else ""
            told = _line(version) if version else f"{title}: absent"
            self.stdout.write(told + stale)

    def search(self, options: dict[str, Any]) -> None:
        """One name."""
        asked = Asked((options["name"],), not options["entity"])
        for version in lists.active().values():
            for hit in indexes.index_of(version).search(asked, scoring.THRESHOLD):
                self.stdout.write(f"{hit.value:.3f}  {hit.source} {hit.entry.id}  {hit.entry.name}")

    def sweep(self, options: dict[str, Any]) -> None:
        """Everybody."""
        for version in rescreening.waiting():
            looked = rescreening.sweep(version, processes=options["processes"])
            self.stdout.write(f"{version}: {looked} looked at")


def _line(version: Any) -> str:
    return (
        f"{version}: {version.entries} entries ({version.added} added, {version.changed} changed,"
        f" {version.removed} removed)"
    )
