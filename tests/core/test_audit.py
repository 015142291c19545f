"""The audit log keeps what was written, and says when somebody made it forget."""

import pytest
from django.db import IntegrityError, connection, transaction

from acquiring.core import audit, chain, context, ids
from acquiring.core.models import PLATFORM, AuditEntry

pytestmark = pytest.mark.django_db


def test_an_entry_knows_the_request_it_came_from():
    context.begin("req_1234", "192.0.2.7")
    try:
        entry = audit.record("user:1", "key.revoked", "key_1", ids.new(), {"status": ["on", "off"]})
    finally:
        context.begin("", "")

    assert (entry.request_id, entry.ip) == ("req_1234", "192.0.2.7")


def test_a_change_without_a_merchant_belongs_to_the_platform():
    assert audit.record("system", "provider.added", "stripe").merchant_id == PLATFORM


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET actor = 'nobody'",
        "DELETE FROM core_auditentry",
        "UPDATE core_auditentry SET sequence = 7",
    ],
)
def test_an_entry_can_be_neither_changed_nor_removed(statement):
    audit.record("user:1", "key.revoked", "key_1")
    chain.seal(chain.AUDIT, PLATFORM)

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_unsealed_entry_cannot_be_changed_while_it_is_sealed():
    audit.record("user:1", "key.revoked", "key_1")

    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.update(actor="nobody", sequence=1)


def test_entries_are_chained_and_an_untrue_one_is_found():
    for number in range(3):
        audit.record("user:1", "rule.published", f"rule_{number}")
    chain.seal(chain.AUDIT, PLATFORM)
    assert chain.verify(chain.AUDIT, PLATFORM) is None

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER ALL")
        cursor.execute("UPDATE core_auditentry SET subject = 'rule_9' WHERE sequence = 2")

    assert chain.verify(chain.AUDIT, PLATFORM).sequence == 2
