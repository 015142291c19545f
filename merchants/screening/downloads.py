"""Lists fetched from their publishers, for installations that ask for it.

A download that fails changes nothing: the list grows older, the admin shows it, and past its age
screening says `stale`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin, urlsplit

import structlog
from django.conf import settings

from acquiring.core import http
from merchants.screening import lists
from merchants.screening.loaders.reading import BrokenList
from merchants.screening.models import ListVersion

MAX_BYTES = 256 * 1024 * 1024
REDIRECTS = 4
TOTAL_SECONDS = 900
ACTOR = "system"

log = structlog.get_logger("merchants.screening")


class NotFetched(Exception):  # noqa: N818 (a fact about a publisher)
    """The publisher did not give the file."""


def fetch_all() -> Iterator[ListVersion]:
    """Fetch every list the installation asks for; one that fails is logged and left as it was."""
    for source, address in settings.SCREENING_DOWNLOADS.items():
        try:
            yield fetch(source, address)
        except (NotFetched, BrokenList) as error:
            log.warning("list not fetched", list=source, why=str(error))


def fetch(source: str, address: str = "") -> ListVersion:
    """Fetch one list from `address` (or its publisher) and make it the version in force.

    Raises NotFetched, or BrokenList for what is no such list.
    """
    urls = (address,) if address else lists.sources()[source].urls
    if not urls:
        raise NotFetched(f"the list {source} has no address")
    with TemporaryDirectory(prefix="caravel-list-") as directory:
        paths = [_save(url, Path(directory)) for url in urls]
        version = lists.load(source, paths, ACTOR)
    lists.seen_again(version, ACTOR)
    return version


def _save(url: str, directory: Path) -> Path:
    body = _get(url)
    path = directory / (Path(urlsplit(url).path).name or "list")
    path.write_bytes(body)
    return path


def _get(url: str) -> bytes:
    """The file, behind a few redirections (publishers keep it in object stores)."""
    for _ in range(REDIRECTS):
        if not (url.startswith("https://") or settings.ALLOW_PRIVATE_ENDPOINTS):
            raise NotFetched(f"{urlsplit(url).hostname}: only https is fetched")
        try:
            reply = http.send(
                "GET", url, {"accept": "*/*"}, read_timeout_seconds=60,
                total_timeout_seconds=TOTAL_SECONDS, guard=not settings.ALLOW_PRIVATE_ENDPOINTS,
                max_response_bytes=MAX_BYTES,
            )  # fmt: skip
        except (http.NotSent, http.NoAnswer) as silence:
            raise NotFetched(f"{urlsplit(url).hostname}: {silence}") from silence
        if reply.status not in {301, 302, 303, 307, 308}:
            break
        url = urljoin(url, reply.headers.get("location", ""))
    if reply.status != 200:
        raise NotFetched(f"{urlsplit(url).hostname} answered {reply.status}")
    return reply.body
