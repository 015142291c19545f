import base64
import os
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import transaction

from acquiring.core import ids
from acquiring.core.memory import forget_everything
from acquiring.vault import keys, sealing
from acquiring.vault.models import DataKey
from acquiring.vault.services import Unreadable, fingerprint, rotate_data_key, seal, unseal

pytestmark = pytest.mark.django_db

MERCHANT = UUID("0192a5b0-0000-7000-8000-000000000001")
OTHER = UUID("0192a5b0-0000-7000-8000-000000000002")


@pytest.fixture
def masters(settings):
    """Lets a test choose the master keys; afterwards the suite's own are read again."""

    def use(today: bytes, *retired: bytes) -> None:
        settings.MASTER_KEY = base64.b64encode(today).decode()
        settings.MASTER_KEYS_RETIRED = ",".join(base64.b64encode(key).decode() for key in retired)
        keys.master_keys.cache_clear()
        forget_everything()

    yield use
    keys.master_keys.cache_clear()


def test_what_was_sealed_comes_back():
    assert unseal(MERCHANT, seal(MERCHANT, b"secret", "note:1"), "note:1") == b"secret"


def test_two_seals_of_the_same_bytes_differ():
    assert seal(MERCHANT, b"secret", "note:1") != seal(MERCHANT, b"secret", "note:1")


@pytest.mark.parametrize(("merchant", "purpose"), [(OTHER, "note:1"), (MERCHANT, "note:2")])
def test_it_opens_for_nobody_else_and_nothing_else(merchant, purpose):
    sealed = seal(MERCHANT, b"secret", "note:1")
    seal(OTHER, b"so that the other merchant has a key", "note:1")

    with pytest.raises(Unreadable):
        unseal(merchant, sealed, purpose)


def test_every_changed_byte_is_noticed():
    sealed = seal(MERCHANT, b"secret", "note:1")

    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Unreadable):
            unseal(MERCHANT, changed, "note:1")
    with pytest.raises(Unreadable):
        unseal(MERCHANT, sealed[: sealing.HEAD_BYTES - 1], "note:1")


def test_the_data_key_lies_wrapped():
    seal(MERCHANT, b"secret", "note:1")

    row = DataKey.objects.get(merchant_id=MERCHANT)
    assert keys.current(MERCHANT).secret not in bytes(row.wrapped)


def test_a_retired_data_key_still_reads_and_a_new_one_seals():
    before = seal(MERCHANT, b"secret", "note:1")
    rotate_data_key(MERCHANT)
    after = seal(MERCHANT, b"secret", "note:1")

    assert before[1:17] != after[1:17]
    assert unseal(MERCHANT, before, "note:1") == unseal(MERCHANT, after, "note:1") == b"secret"


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_rolled_back_seals_nothing_later():
    merchant = ids.new()
    with transaction.atomic():
        seal(merchant, b"lost", "note:1")
        transaction.set_rollback(True)

    sealed = seal(merchant, b"kept", "note:1")
    forget_everything()

    assert unseal(merchant, sealed, "note:1") == b"kept"


def test_the_master_key_is_replaced_while_everything_stays_readable(masters, capsys):
    old, new = os.urandom(32), os.urandom(32)
    masters(old)
    sealed = seal(MERCHANT, b"secret", "note:1")
    mark = fingerprint(MERCHANT, "4242424242424242")

    masters(new, old)
    assert unseal(MERCHANT, sealed, "note:1") == b"secret"
    call_command("rotate_master_key")
    call_command("rotate_master_key")
    assert capsys.readouterr().out.splitlines()[0].startswith("2 data keys")

    masters(new)
    assert unseal(MERCHANT, sealed, "note:1") == b"secret"
    assert fingerprint(MERCHANT, "4242424242424242") == mark


def test_without_its_master_key_a_data_key_stays_shut(masters):
    masters(os.urandom(32))
    sealed = seal(MERCHANT, b"secret", "note:1")
    masters(os.urandom(32))

    with pytest.raises(keys.MasterKeyMissing):
        unseal(MERCHANT, sealed, "note:1")


def test_a_wrapped_key_moved_to_another_merchant_does_not_open():
    seal(MERCHANT, b"secret", "note:1")
    DataKey.objects.filter(merchant_id=MERCHANT).update(merchant_id=OTHER)
    forget_everything()

    with pytest.raises(keys.MasterKeyMissing):
        keys.current(OTHER)


def test_a_fingerprint_knows_a_card_again_but_only_for_its_merchant():
    one = fingerprint(MERCHANT, "4242424242424242")

    assert one == fingerprint(MERCHANT, "4242424242424242")
    assert one != fingerprint(MERCHANT, "4000056655665556")
    assert one != fingerprint(OTHER, "4242424242424242")
