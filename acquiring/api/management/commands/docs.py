"""`manage.py docs`: draw the generated pages of docs/ anew."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Writes what a test otherwise finds out of date."""

    help = "Draw the generated pages of docs/ from the tables they are made of."

    def handle(self, *args: Any, **options: Any) -> None:
        """Every page of settings.GENERATED_PAGES."""
        for name, renderer in settings.GENERATED_PAGES.items():
            (settings.DOCS_DIR / name).write_text(import_string(renderer)(), encoding="utf-8")
            self.stdout.write(f"docs/{name}")
