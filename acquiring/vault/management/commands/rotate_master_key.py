"""`manage.py rotate_master_key`: wrap every data key with today's master key."""

from typing import Any

from django.core.management.base import BaseCommand

from acquiring.vault import keys


class Command(BaseCommand):
    """Set CARAVEL_MASTER_KEY to the new key and CARAVEL_MASTER_KEYS_RETIRED to the old, restart
    the processes, run this, then drop the retired key. Cards and credentials are not touched."""

    help = (__doc__ or "").strip()

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        while moved := keys.rewrap():
            total += moved
        self.stdout.write(
            f"{total} data keys now wrapped with {keys.name_of(keys.master_keys()[0])}"
        )
