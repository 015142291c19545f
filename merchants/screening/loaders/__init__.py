"""The lists in their official formats: one file a format, all giving the same entries.

A loader takes the paths of a publication and gives when it was published (None where the format
does not say) and its entries, one after another. A broken file is a `BrokenList` with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from merchants.screening.entries import Entry
from merchants.screening.loaders import (
    eu_csv,
    eu_xml,
    ofac_csv,
    ofac_xml,
    uk_fcdo_csv,
    uk_ofsi_csv,
    un_xml,
)
from merchants.screening.loaders.reading import BrokenList

Loader = Callable[[Sequence[Path]], tuple[date | None, Iterator[Entry]]]
# What a file of a format holds near its beginning, and who reads it; the first that fits.
FORMATS: dict[str, tuple[tuple[bytes, Loader], ...]] = {
    "ofac_sdn": ((b"<sdnList", ofac_xml.read), (b",", ofac_csv.read)),
    "ofac_consolidated": ((b"<sdnList", ofac_xml.read), (b",", ofac_csv.read)),
    "un": ((b"<CONSOLIDATED_LIST", un_xml.read),),
    "uk": ((b"Unique ID", uk_fcdo_csv.read), (b"Group ID", uk_ofsi_csv.read)),
    "eu": ((b"<export", eu_xml.read), (b"Entity_LogicalId", eu_csv.read)),
    "test": ((b"<CONSOLIDATED_LIST", un_xml.read),),
}
SNIFFED_BYTES = 8192


class Publication(NamedTuple):
    """What a loader makes of the files: when they were published, and who is in them."""

    published_on: date | None
    entries: list[Entry]


def read(source: str, paths: Sequence[Path]) -> Publication:
    """All entries of a publication of this source, each id once; raises BrokenList."""
    if not paths:
        raise BrokenList(Path(source), "no file was given")
    loader = _loader(source, paths)
    if len(paths) > 1 and loader is not ofac_csv.read:
        raise BrokenList(paths[1], "a publication in this format is one file")
    published_on, entries = loader(paths)
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in seen:
            raise BrokenList(paths[0], f"the entry {entry.id} is there twice")
        seen[entry.id] = entry
    if not seen:
        raise BrokenList(paths[0], "no entry is in it")
    return Publication(published_on, list(seen.values()))


def _loader(source: str, paths: Sequence[Path]) -> Loader:
    for path in paths:
        with path.open("rb") as file:
            start = file.read(SNIFFED_BYTES)
        for mark, loader in FORMATS[source]:
            if mark in start:
                return loader
    raise BrokenList(paths[0], f"this is no format of the list {source!r}", 1, 1)
