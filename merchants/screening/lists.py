"""Lists in versions: loaded whole or not at all, compared with what was there, never changed.

Age is counted from the day a list was published or from when a download last brought the same
files, whichever is later. A list that is absent or too old answers nothing (see services).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction
from django.db.models import Func, IntegerField, Q, QuerySet, Sum

from acquiring.core import audit, clock
from merchants.screening import loaders
from merchants.screening.entries import Entry, fingerprint
from merchants.screening.loaders.reading import BrokenList
from merchants.screening.models import ListedEntry, ListVersion

DATA = Path(__file__).parent / "data"
BATCH = 1000
SHRINKS = 4  # what lost more than one part in this many is taken for a torn file
READ_BYTES = 1 << 20
FLIP = "screening:version"  # held alone to put a version in force, shared by who relies on one


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list as `data/lists.toml` describes it: who publishes it, where, and how old it may be."""

    publisher: str
    page: str
    max_age_days: int  # 0 = it does not age
    urls: tuple[str, ...] = ()


class Change(NamedTuple):
    """How one entry differs between two versions: None where it was absent."""

    entry_id: str
    before: Entry | None
    after: Entry | None


@lru_cache(maxsize=1)
def sources() -> dict[str, Source]:
    """Every list the product knows."""
    text = (DATA / "lists.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Source])


def load(
    source: str,
    paths: Sequence[Path],
    actor: str,
    published_on: date | None = None,
    *,
    may_shrink: bool = False,
) -> ListVersion:
    """Make the files of a publication the version in force, and return it.

    The same files again are the same version. `published_on` is for formats that do not say
    (OFAC's CSV); what a file says wins. CSV that was torn at the end of a line reads as a whole
    file: one that lost a quarter of its entries or names is refused, unless it `may_shrink`.
    Raises BrokenList: nothing is loaded then.
    """
    publication = loaders.read(source, paths)
    published = publication.published_on or published_on
    if published is None:
        raise BrokenList(paths[0], "this format does not say when it was published: give the date")
    if published > clock.now().date() + timedelta(days=1):  # it is tomorrow already somewhere
        raise BrokenList(paths[0], f"published {published}, which is still to come")
    files = [_file(path) for path in paths]
    digest = hashlib.sha256("".join(sorted(one["sha256"] for one in files)).encode()).hexdigest()
    with transaction.atomic():
        _lock(f"screening:{source}")  # two loads of one list follow each other
        former = active().get(source)
        if former is not None and former.digest == digest:
            return former
        if former is not None and published < former.published_on:
            told = f"published {published}, and {former.published_on} is loaded already"
            raise BrokenList(paths[0], told)
        if not may_shrink and (lost := _lost(source, publication.entries)):
            raise BrokenList(paths[0], f"{lost}: if that is right, say that it may shrink")
        version = _store(source, publication.entries, former, published)
        version.digest, version.files, version.loaded_by = digest, files, actor
        version.save(force_insert=True)
        changes = {"list": source, "published": published.isoformat(), "entries": version.entries}
        audit.record(actor, "screening.list_loaded", f"list_version:{version.pk}", None, changes)
    return version


def stand(versions: Mapping[str, int]) -> bool:
    """Whether these are the versions in force, and stay so until this transaction ends.

    Who is compared with a list while a new version comes would be missed by both: by the answer,
    which is of the old one, and by the sweep of the new one, which does not see them yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [FLIP])
    now = active()
    return all(one in now and now[one].number == number for one, number in versions.items())


def seen_again(version: ListVersion, actor: str) -> None:
    """This version is still the latest there is: a download brought it, or a person looked."""
    ListVersion.objects.filter(pk=version.pk).update(seen_at=clock.now())
    audit.record(actor, "screening.list_seen", f"list_version:{version.pk}")


def active() -> dict[str, ListVersion]:
    """The version in force of each list that has one."""
    rows = ListVersion.objects.filter(state=ListVersion.State.ACTIVE)
    return {row.source: row for row in rows}


def is_stale(source: str, version: ListVersion | None, now: datetime | None = None) -> bool:
    """Whether a list may not answer: absent, or older than it may be."""
    if version is None:
        return True
    limit = sources()[source].max_age_days
    return bool(limit) and age(version, now) > timedelta(days=limit)


def age(version: ListVersion, now: datetime | None = None) -> timedelta:
    """How long ago this version was certainly the latest."""
    now = now or clock.now()
    published = datetime.combine(version.published_on, datetime.min.time(), now.tzinfo)
    return now - max(published, version.seen_at or published)


def entries_of(source: str, number: int) -> Iterator[Entry]:
    """The entries of one version of a list, as it was."""
    in_force = Q(removed_in__isnull=True) | Q(removed_in__gt=number)
    rows = ListedEntry.objects.filter(in_force, source=source, added_in__lte=number)
    for body in rows.order_by("id").values_list("body", flat=True).iterator(BATCH):
        yield as_entry(body)


def find(source: str, entry_id: str) -> Entry | None:
    """An entry in force, with all that its list says."""
    row = ListedEntry.objects.filter(source=source, entry_id=entry_id, removed_in=None).first()
    return as_entry(row.body) if row else None


def changes_between(source: str, older: int, newer: int, limit: int = 0) -> list[Change]:
    """What `newer` added, changed and removed against `older`, by id; `limit` 0 is all of it."""
    opened = ListedEntry.objects.filter(source=source, added_in__gt=older, added_in__lte=newer)
    opened = opened.filter(Q(removed_in__isnull=True) | Q(removed_in__gt=newer))
    closed = ListedEntry.objects.filter(source=source, removed_in__gt=older, removed_in__lte=newer)
    closed = closed.filter(added_in__lte=older)
    if limit:
        first = closed.values_list("entry_id").union(opened.values_list("entry_id"))
        ids = [one for (one,) in first.order_by("entry_id")[:limit]]
        closed, opened = closed.filter(entry_id__in=ids), opened.filter(entry_id__in=ids)
    before = _bodies(closed)
    after = _bodies(opened)
    return [
        Change(one, before.get(one), after.get(one)) for one in sorted(before.keys() | after.keys())
    ]


def _bodies(rows: QuerySet[ListedEntry]) -> dict[str, Entry]:
    found = rows.order_by("entry_id").values_list("entry_id", "body")
    return {one: as_entry(body) for one, body in found.iterator(BATCH)}


def as_entry(body: dict[str, Any]) -> Entry:
    """The stored form as an entry."""
    return msgspec.convert(body, Entry)


def _store(
    source: str, entries: list[Entry], former: ListVersion | None, published: date
) -> ListVersion:
    """Close what changed or left, open what changed or came; count both."""
    number = former.number + 1 if former else 1
    in_force = ListedEntry.objects.filter(source=source, removed_in__isnull=True)
    known = dict(in_force.values_list("entry_id", "fingerprint"))
    fresh = {entry.id: (fingerprint(entry), entry) for entry in entries}
    gone = known.keys() - fresh.keys()
    changed = {one for one, (mark, _) in fresh.items() if known.get(one, mark) != mark}
    for ids in in_batches(sorted(gone | changed)):
        in_force.filter(entry_id__in=ids).update(removed_in=number)
    opened = (
        ListedEntry(
            source=source,
            entry_id=one,
            kind=entry.kind,
            name=entry.name,
            fingerprint=mark,
            body=msgspec.to_builtins(entry),
            added_in=number,
        )
        for one, (mark, entry) in fresh.items()
        if one not in known or one in changed
    )
    for rows in in_batches(opened):
        ListedEntry.objects.bulk_create(rows)
    _lock(FLIP)
    if former is not None:
        ListVersion.objects.filter(pk=former.pk).update(state=ListVersion.State.SUPERSEDED)
    return ListVersion(
        source=source,
        number=number,
        published_on=published,
        loaded_at=clock.now(),
        entries=len(fresh),
        added=len(fresh.keys() - known.keys()),
        changed=len(changed),
        removed=len(gone),
    )


def in_batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Lists of at most BATCH of them."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _lost(source: str, entries: list[Entry]) -> str:
    """What too large a part of the version in force would lose; empty for a usual change."""
    in_force = ListedEntry.objects.filter(source=source, removed_in=None)
    known = set(in_force.values_list("entry_id", flat=True))
    gone = len(known - {entry.id for entry in entries})
    if gone * SHRINKS > len(known):
        return f"{gone} of {len(known)} entries are not in it"
    count = Sum(Func("body__names", function="jsonb_array_length", output_field=IntegerField()))
    before = in_force.aggregate(names=count)["names"] or 0
    after = sum(len(entry.names) for entry in entries)
    if (before - after) * SHRINKS > before:
        return f"it has {after} names and the former version {before}"
    return ""


def _lock(name: str) -> None:
    """One at a time until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def _file(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return {"name": path.name, "bytes": size, "sha256": digest.hexdigest()}
