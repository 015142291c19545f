"""The web process: granian --interface wsgi acquiring.wsgi:application."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquiring.settings")
django.setup(set_prefix=False)

from acquiring.api.programs import Application  # noqa: E402 (Django comes first)

application = Application()
