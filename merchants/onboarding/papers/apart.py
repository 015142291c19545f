"""Reading a file in a process of its own, so that a hostile one harms nobody.

Decoders of pictures and PDFs are where files break programs. Few papers are sent, so a fresh
process for each is cheap, and the process that serves payments never touches their insides.
"""

from __future__ import annotations

import json
import subprocess
import sys
from threading import BoundedSemaphore
from typing import Any

import structlog
from django.conf import settings

from acquiring.core.errors import Problem
from merchants.onboarding.papers.rules import PAGE_SIDE, Read, Refused

COMMAND = [sys.executable, "-m", "merchants.onboarding.papers.reader"]
TIMEOUT_SECONDS = 40
AT_ONCE = 2  # of this process; the others wait their turn
WAIT_SECONDS = 30

log = structlog.get_logger(__name__)

_turns = BoundedSemaphore(AT_ONCE)


def read(content: bytes) -> Read:
    """What a file is; raises Refused with words for who sent it, Problem when we are too busy."""
    facts, thumbnail = _ask({"verb": "read"}, content)
    facts["remarks"] = tuple(facts["remarks"])
    return Read(thumbnail=thumbnail, **facts)


def page(content: bytes, number: int = 1, side: int = PAGE_SIDE) -> bytes:
    """A page of a paper as a JPEG drawn anew, for a person to read; raises Refused, Problem."""
    return _ask({"verb": "page", "number": number, "side": side}, content)[1]


def _ask(question: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Problem("unavailable", "Too many files are being read. Try again in a minute.")
    try:
        done = subprocess.run(  # noqa: S603 (our own module, no shell, nothing from outside in it)
            COMMAND,
            input=json.dumps(question).encode() + b"\n" + content,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            cwd=settings.BASE_DIR,
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as broken:
        # The last line alone: it names the error, and nothing of the file.
        said = (broken.stderr or b"").decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("paper_unreadable", reason=said[:200], status=getattr(broken, "returncode", 0))
        raise Refused("The file cannot be read. Save it anew, or send a picture of it.") from None
    finally:
        _turns.release()
    head, _, picture = done.stdout.partition(b"\n")
    facts = json.loads(head)
    if "refused" in facts:
        raise Refused(facts["refused"])
    return facts, picture
