"""`manage.py prepare`: what an installation needs besides its tables; harmless to repeat."""

from typing import Any

from django.contrib.staticfiles import finders
from django.core.management.base import BaseCommand, CommandError

from acquiring.core import partitions
from merchants import staff
from merchants.screening import lists

NEEDED_FILES = ("base.css", "tokens.css", "caravel.css", "portal.css", "theme.js", "icons.svg")


class Command(BaseCommand):
    help = "Make partitions ahead, set the admin's groups, load the test list, look for files."

    def handle(self, *args: Any, **options: Any) -> None:
        made = partitions.prepare()
        groups = staff.prepare_groups()
        lists.load("test", [lists.DATA / "test_list.xml"], "system")
        missing = [name for name in NEEDED_FILES if finders.find(name) is None]
        if missing:
            raise CommandError(f"templates/static lacks {', '.join(missing)}")
        self.stdout.write(f"partitions made: {len(made)}; groups: {', '.join(groups)}")
