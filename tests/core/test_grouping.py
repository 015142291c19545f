"""Group commit: together when they come together, alone when one of them is at fault."""

from __future__ import annotations

import threading

import msgspec
import pytest
from django.db import DatabaseError, OperationalError, connection

from acquiring.core import fast
from acquiring.core.grouping import Group

pytestmark = pytest.mark.django_db(transaction=True)

SQL = """
CREATE FUNCTION noted(doc jsonb) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    IF doc ->> 'n' = '13' THEN RAISE EXCEPTION 'thirteen is refused'; END IF;
    INSERT INTO notes VALUES ((doc ->> 'n')::int);
    RETURN json_build_object('noted', doc -> 'n');
END $$;
CREATE FUNCTION noted_all(docs jsonb) RETURNS json LANGUAGE plpgsql AS $$
DECLARE doc jsonb; results json[] := '{}';
BEGIN
    FOR doc IN SELECT * FROM jsonb_array_elements(docs) LOOP
        results := results || noted(doc);
    END LOOP;
    RETURN array_to_json(results);
END $$;
CREATE TABLE notes (n int PRIMARY KEY);
"""


@pytest.fixture
def group():
    with connection.cursor() as cursor:
        cursor.execute(SQL)
    yield Group("noted")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE notes; DROP FUNCTION noted; DROP FUNCTION noted_all")


@pytest.fixture
def statements(monkeypatch):
    """Every statement that was sent, and a slow database, so that others come meanwhile."""
    sent: list[str] = []
    real = fast.call

    def slow(name: str, sql: str, *parameters: bytes):
        sent.append(name)
        threading.Event().wait(0.02)
        return real(name, sql, *parameters)

    monkeypatch.setattr(fast, "call", slow)
    return sent


def write_all(group: Group, numbers: list[int]) -> dict[int, object]:
    results: dict[int, object] = {}
    barrier = threading.Barrier(len(numbers))

    def write(number: int) -> None:
        barrier.wait()
        try:
            found = group.call(b'{"n": %d}' % number, f"{number:04}")
            results[number] = msgspec.json.decode(found)["noted"]
        except DatabaseError as error:
            results[number] = type(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def noted() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM notes ORDER BY n")
        return [number for (number,) in cursor.fetchall()]


def test_who_writes_at_the_same_moment_shares_a_statement_and_gets_the_own_answer(
    group, statements
):
    numbers = list(range(100, 132))
    assert write_all(group, numbers) == {number: number for number in numbers}
    assert noted() == numbers
    assert "noted_all" in statements
    assert len(statements) < len(numbers) / 2


def test_only_the_one_at_fault_hears_of_it(group, statements):
    numbers = [1, 2, 13, 4, 5, 6, 7, 8]
    results = write_all(group, numbers)
    assert results.pop(13) is DatabaseError
    assert results == {number: number for number in numbers if number != 13}
    assert noted() == sorted(results)


def test_when_the_database_goes_away_everybody_is_told(group, monkeypatch):
    def away(*_: object) -> bytes:
        threading.Event().wait(0.05)
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(fast, "call", away)
    results = write_all(group, [1, 2, 3, 4])
    assert set(results.values()) == {OperationalError}
    monkeypatch.undo()
    assert write_all(group, [5]) == {5: 5}, "and the next one leads again"


def test_a_lone_write_goes_alone(group, statements):
    assert write_all(group, [7]) == {7: 7}
    assert statements == ["noted"]
