"""Papers: taken when they are what they claim, kept sealed, accepted or refused with a reason.

The bytes are evidence and stay as they came; what people see is drawn anew from them. How long a
paper is kept is said by `papers.retention`.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import PLATFORM, AuditEntry
from merchants.kyc import markets
from merchants.kyc.records import Document as Asked
from merchants.onboarding import again, events, reasons, rows
from merchants.onboarding.models import Application, Document, Party
from merchants.onboarding.papers import apart, pieces, scanner
from merchants.onboarding.papers.rules import (
    HEIC,
    JPEG,
    LARGEST_BYTES,
    MOST_PAGES,
    PAGE_SIDE,
    PDF,
    PNG,
    REMARKS,
    Read,
    Refused,
)

__all__ = [
    "ACCEPTED_TYPES",
    "LARGEST_BYTES",
    "MOST_PAGES",
    "accept",
    "content",
    "delete",
    "erase",
    "examine",
    "find",
    "page",
    "path",
    "picture",
    "refuse",
    "remark",
    "take",
    "title",
    "twins",
]

ACCEPTED_TYPES = (JPEG, PNG, HEIC, PDF)  # for the `accept` of a file input
MOST = 200  # of an application, deleted ones too
MOST_REFUSED = 40  # an hour, of an application
NOT_TAKEN = "document.not_taken"
NOBODY = "There is no such person in this application."
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f/\\]")
Status = Document.Status


class Examined(NamedTuple):
    """A file that was opened apart: what it is, and what the scanner says."""

    read: Read
    scan: str


def take(
    application: Application,
    actor: str,
    kind: str,
    name: str,
    content: bytes,
    party: Party | None = None,
    side: int = 1,
    issued_on: datetime.date | None = None,
    expires_on: datetime.date | None = None,
    examined: Examined | None = None,
) -> Document:
    """Take a paper: one of the market's kinds, the business's or a person's. It is examined here,
    unless the caller has let it be `examined`, as it must before it begins a transaction.

    The very same file for the same place is the paper that is there already. A paper that nobody
    has looked at yet makes room for its successor. Raises Problem naming `kind`, `side`, `party`,
    a date or `file` and what is wrong with it; `unavailable` when it cannot be examined now;
    `invalid_state` while the application cannot be changed.
    """
    _check_place(application, kind, party, side)
    _check_dates(issued_on, expires_on)
    digest = sha256(content).hexdigest()
    known = _same(application, digest, kind, party, side)
    if known is not None:
        return known
    read, scan = examined or examine(application, actor, content)
    with transaction.atomic():
        row = rows.writable(application)
        if row.documents.count() >= MOST:
            raise Problem("invalid_field", f"An application has at most {MOST} papers.", "file")
        if party is not None and not row.partys.filter(pk=party.pk, removed_at=None).exists():
            raise Problem("not_found", NOBODY, "party")
        _make_room(row, actor, kind, party, side)
        document = Document.objects.create(
            application=row, party=party, kind=kind, side=side, name=_clean(name), type=read.type,
            size=len(content), pages=read.pages, digest=digest, scan=scan, issued_on=issued_on,
            expires_on=expires_on, remarks=list(read.remarks),
        )  # fmt: skip
        pieces.put(document, pieces.Of.CONTENT, content)
        pieces.put(document, pieces.Of.THUMBNAIL, read.thumbnail)
        again.told(row, [path(document)], actor)
        facts = {"document": document.shown, "kind": kind, "sha256": digest, "scan": scan}
        rows.changed(row, actor, "application.document_received", facts)
        _announce(row, document, "received")
    return document


def examine(application: Application, actor: str, content: bytes) -> Examined:
    """What the file is, by whoever may open it. It may take a minute. Raises Problem naming `file`,
    `unavailable`, or `invalid_state` while the application cannot be changed.
    """
    rows.check_open(application)
    _check_patience(application)
    if len(content) > LARGEST_BYTES:
        raise Problem("invalid_field", "A paper has at most 8 MB, this file is larger.", "file")
    try:
        scan = scanner.scan(content)
        return Examined(apart.read(content), scan)
    except Refused as refused:
        facts = {"sha256": sha256(content).hexdigest(), "why": str(refused)}
        audit.record(actor, NOT_TAKEN, application.shown, None, facts)
        raise Problem("invalid_field", str(refused), "file") from refused


def content(document: Document) -> bytes:
    """The file as it came. Raises Problem `not_found` once it is deleted."""
    if document.status == Status.DELETED:
        raise Problem("not_found", "This paper was deleted.")
    return pieces.get(document, pieces.Of.CONTENT)


def picture(document: Document) -> bytes | None:
    """A PNG of the first page, 480 pixels at most; None once the paper is deleted."""
    return pieces.get(document, pieces.Of.THUMBNAIL) or None


def page(document: Document, number: int = 1, side: int = PAGE_SIDE) -> bytes:
    """A page as a JPEG, drawn for reading. Raises Problem `not_found` where there is none."""
    if not 1 <= number <= document.pages:
        raise Problem("not_found", f"This paper has no page {number}.")
    try:
        return apart.page(content(document), number, side)
    except Refused as refused:
        raise Problem("unsupported", str(refused)) from refused


@transaction.atomic
def accept(document: Document, actor: str) -> Document:
    """Say that a paper shows what it should. Raises Problem `invalid_state` for a deleted one."""
    row, locked = _locked(document)
    if locked.status == Status.ACCEPTED:
        return locked
    return _judge(row, locked, actor, Status.ACCEPTED, "")


@transaction.atomic
def refuse(document: Document, actor: str, reason: str) -> Document:
    """Say that a paper does not serve, so that another one is due.

    `reason` is a key of the papers' reasons in `data/reasons.toml`, or words for the merchant.
    """
    row, locked = _locked(document)
    words = reasons.of_paper(reason)
    if not 1 <= len(words) <= 300:
        raise Problem("invalid_field", "A reason has 1 to 300 characters.", "reason")
    return _judge(row, locked, actor, Status.REFUSED, words)


@transaction.atomic
def delete(document: Document, actor: str, reason: str) -> Document:
    """Take a paper back that nobody has looked at: its bytes go, the row stays.

    Raises Problem `invalid_state` once the application was handed in with it.
    """
    row = rows.writable(document.application)
    locked = _lock(row, document)
    seen = locked.status != Status.RECEIVED
    if seen or (row.sent_at is not None and locked.created_at < row.sent_at):
        raise Problem("invalid_state", "What was handed in is kept as long as the law asks.")
    _erase(locked, reason)
    again.told(row, [path(locked)], actor)
    facts = {"document": locked.shown, "reason": locked.reason}
    rows.changed(row, actor, "application.document_deleted", facts)
    return locked


@transaction.atomic
def erase(document: Document, actor: str, reason: str) -> Document:
    """Delete the bytes of a paper whose time is over, or that must not be kept; the row stays."""
    row = rows.locked(document.application)
    locked = _lock(row, document)
    if locked.status != Status.DELETED:
        _erase(locked, reason)
        changes = {"kind": locked.kind, "sha256": locked.digest, "reason": locked.reason}
        audit.record(actor, "document.erased", locked.shown, None, changes)
    return locked


def find(application: Application, doc_id: str) -> Document:
    """One by its outside id. Raises Problem `not_found`."""
    known = ids.read("doc", doc_id, "documents")
    found = Document.objects.filter(application_id=application.pk, id=known).first()
    if found is None:
        raise Problem("not_found", f"There is no document {doc_id[:60]!r}.", "documents")
    found.application = application
    return found


def path(document: Document) -> str:
    """Where the paper belongs, as `kyc.requirements` and tasks name it."""
    owner = f".{ids.show('per', document.party_id)}" if document.party_id else ""
    side = f".{document.side}" if document.side > 1 else ""
    return f"documents.{document.kind}{owner}{side}"


def title(document: Document) -> str:
    """What the paper is called in its market."""
    try:
        return markets.document(document.application.country, document.kind).title
    except KeyError:
        return document.kind.replace("_", " ")


def twins(listed: Iterable[Document]) -> dict[str, list[Document]]:
    """Papers made of the very same bytes, these among them, by digest, where there are several: for
    another place of this application, or in others'. For reviewers.
    """
    digests = {document.digest for document in listed}
    same = Document.objects.filter(digest__in=digests).select_related("application__business")
    found: dict[str, list[Document]] = defaultdict(list)
    for document in same.order_by("-id")[:500]:
        found[document.digest].append(document)
    return {digest: group for digest, group in found.items() if len(group) > 1}


def remark(key: str) -> str:
    """A remark in words, for whoever sent the paper and for reviewers."""
    return REMARKS.get(key, key)


def _check_patience(application: Application) -> None:
    """Reading a file costs a process: who sends one bad file after the other has to wait."""
    refused = AuditEntry.objects.filter(
        merchant_id=PLATFORM,
        subject=application.shown,
        action=NOT_TAKEN,
        id__gte=ids.first_at(clock.now() - datetime.timedelta(hours=1)),
    )
    if refused.count() >= MOST_REFUSED:
        raise Problem("rate_limited", "Too many files could not be taken. Try again in an hour.")


def _check_place(application: Application, kind: str, party: Party | None, side: int) -> None:
    try:
        asked: Asked = markets.document(application.country, kind)
    except KeyError as error:
        raise Problem("invalid_field", f"There is no paper {kind[:60]!r} here.", "kind") from error
    if (asked.of == "person") != (party is not None):
        whose = "a person's: say whose" if asked.of == "person" else "the business's, no person's"
        raise Problem("invalid_field", f"{asked.title} is {whose}.", "party")
    if party is not None and (party.application_id != application.pk or party.removed_at):
        raise Problem("not_found", NOBODY, "party")
    if not 1 <= side <= asked.sides:
        raise Problem("invalid_field", f"{asked.title} has {asked.sides} sides.", "side")


def _check_dates(issued_on: datetime.date | None, expires_on: datetime.date | None) -> None:
    tomorrow = clock.now().date() + datetime.timedelta(days=1)  # east of here it has begun
    if issued_on is not None and issued_on > tomorrow:
        raise Problem("invalid_field", "A paper is not issued in the future.", "issued_on")
    if issued_on is not None and expires_on is not None and expires_on <= issued_on:
        raise Problem("invalid_field", "A paper ends after it was issued.", "expires_on")


def _same(
    application: Application, digest: str, kind: str, party: Party | None, side: int
) -> Document | None:
    """The paper of the very same bytes in the very same place."""
    living = Document.objects.filter(application=application, digest=digest)
    here = living.filter(kind=kind, party=party, side=side).exclude(status=Status.DELETED)
    known = here.order_by("-id").first()
    if known is not None and known.status == Status.REFUSED:
        raise Problem("invalid_field", f"This very file was refused: {known.reason}", "file")
    return known


def _make_room(row: Application, actor: str, kind: str, party: Party | None, side: int) -> None:
    """Delete what the new paper replaces, unless somebody has already seen it."""
    former = Document.objects.filter(
        application=row, kind=kind, party=party, side=side, status=Status.RECEIVED
    ).select_for_update()
    if row.sent_at is not None:
        former = former.filter(created_at__gt=row.sent_at)
    for document in former:
        _erase(document, "Replaced by another file.")
        facts = {"document": document.shown, "reason": document.reason}
        rows.note(row, actor, "application.document_deleted", facts)


def _erase(document: Document, reason: str) -> None:
    pieces.drop(document)
    document.status, document.reason = Status.DELETED, reason[:300]
    document.deleted_at = clock.now()
    document.save(update_fields=["status", "reason", "deleted_at"])


def _judge(
    row: Application, document: Document, actor: str, status: Document.Status, reason: str
) -> Document:
    before = document.status
    document.status, document.reason = status, reason
    document.save(update_fields=["status", "reason"])
    # The papers are among the facts, and who wrote in between must hear of it.
    row.version += 1
    row.save(update_fields=["version"])
    changes = {"status": [before, str(status)], "reason": reason}
    audit.record(actor, f"document.{status}", document.shown, None, changes)
    _announce(row, document, str(status))
    return document


def _locked(document: Document) -> tuple[Application, Document]:
    row = rows.locked(document.application)
    locked = _lock(row, document)
    if locked.status == Status.DELETED:
        raise Problem("invalid_state", "This paper was deleted.")
    return row, locked


def _lock(row: Application, document: Document) -> Document:
    locked = Document.objects.select_for_update().get(pk=document.pk)
    locked.application = row
    return locked


def _announce(row: Application, document: Document, what: str) -> None:
    person = ids.show("per", document.party_id) if document.party_id else None
    events.announce_part(
        row, f"document.{what}", document.shown, kind=document.kind, side=document.side,
        person=person, status=document.status, reason=document.reason,
    )  # fmt: skip


def _clean(name: str) -> str:
    """The file's own name as far as it is fit to be shown."""
    return UNPRINTABLE.sub(" ", name).strip()[-200:] or "unnamed"
