"""The application of worker and beat: `celery -A acquiring worker`, `celery -A acquiring beat`.

A task never carries a fact, it only says "look": every fact that must lead to an action is a row
that was committed with its cause. So a lost message delays and never loses, and beat says each
"look" again.
"""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquiring.settings")

app = Celery("acquiring")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery leaves logging alone when someone answers this: Django has set it up already.
setup_logging.connect(lambda **_: None, weak=False)
