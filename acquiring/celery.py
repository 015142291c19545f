"""The worker's and the beat's application: `celery -A acquiring worker`, `celery -A acquiring beat`.

A task never carries a fact, it only says "look": every fact that must lead to an action is a row
that was committed with its cause. So a lost message delays and never loses, and beat says each
"look" again.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquiring.settings")

app = Celery("acquiring")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
