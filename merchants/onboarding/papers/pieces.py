"""The bytes of papers in the database: cut into pieces, each sealed with the business's data key.

A piece is small enough to be sealed, sent and read without holding a paper several times in memory.
What is sealed is bound to its paper, its place and its business: swapped rows do not open.
"""

from __future__ import annotations

from collections.abc import Iterator

from acquiring.vault import services as vault
from merchants.onboarding.models import Document, DocumentPiece

PIECE_BYTES = 1024 * 1024
Of = DocumentPiece.Of


def put(document: Document, of: Of, content: bytes) -> None:
    """Seal and store; the caller holds the transaction. Empty content is no piece."""
    owner = document.application.business_id
    for number, piece in enumerate(_cut(content), start=1):
        sealed = vault.seal(owner, piece, _purpose(document, of, number))
        DocumentPiece.objects.create(document=document, of=of, number=number, sealed=sealed)


def get(document: Document, of: Of) -> bytes:
    """The bytes; empty when there are none (any more). Raises vault.Unreadable."""
    rows = DocumentPiece.objects.filter(document_id=document.pk, of=of).order_by("number")
    stored = list(rows.values_list("number", "sealed"))
    assert [number for number, _ in stored] == list(range(1, len(stored) + 1)), "a piece is missing"
    sealed = [(piece, _purpose(document, of, number)) for number, piece in stored]
    return b"".join(vault.unseal_all(document.application.business_id, sealed))


def drop(document: Document) -> None:
    """Delete every byte of a paper and of its picture."""
    DocumentPiece.objects.filter(document_id=document.pk).delete()


def _cut(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def _purpose(document: Document, of: str, number: int) -> str:
    return f"document:{document.pk}:{of}:{number}"
