"""Many threads may meet a shape for the first time at once, when it was prepared at import."""

import os
import subprocess
import sys

STORM = """
import sys, threading
import django
django.setup()
import msgspec
from acquiring.api.v1 import urls
from acquiring.connectors.driver import Address, Device, Party
from acquiring.risk.rules import Rule

shapes = {Address, Device, Party, Rule}
for endpoint in urls.ENDPOINTS.values():
    for operation in endpoint.operations().values():
        shapes |= {operation.query, operation.body} - {None}
sys.setswitchinterval(1e-6)
for shape in shapes:
    start = threading.Barrier(8)

    def meet():
        start.wait()
        try:
            msgspec.json.Decoder(shape).decode(b'{"amount": 1, "payment_method": {"type": "card"}}')
        except msgspec.ValidationError:
            pass

    threads = [threading.Thread(target=meet) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(shapes), "met")
"""


def storm() -> subprocess.CompletedProcess[str]:
    """In a process of its own, which may die of it."""
    command = [sys.executable, "-c", STORM]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {
        "DJANGO_SETTINGS_MODULE": "acquiring.settings",
    })  # fmt: skip


def test_every_shape_of_the_api_was_prepared():
    done = storm()

    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 30
