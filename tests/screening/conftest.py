"""Lists in force for the tests: the fictitious one, under the name of any list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acquiring.core import clock
from merchants.screening import lists
from merchants.screening.models import ListVersion
from merchants.screening.party import Party

Publish = Callable[..., ListVersion]
TEST_LIST = lists.DATA / "test_list.xml"


@pytest.fixture
def publish(db, tmp_path) -> Publish:
    """Load the test list as another, published today unless told, with some of its text changed."""

    def load(
        source: str = "un", *changes: tuple[str, str], day: str = "", seconds: int = 0
    ) -> ListVersion:
        today = day or clock.now().date().isoformat()
        text = TEST_LIST.read_text("utf-8").replace("2026-01-01T", f"{today}T", 1)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "list.xml"
        path.write_text(text, "utf-8")
        return lists.load(source, [path], "user:usr_1")

    return load


def listed_person(**facts: object) -> Party:
    """Somebody of the name of a listed person, live, as an owner."""
    given = {"kind": "person", "names": ("Testperson Gelistet",), "role": "owner"} | facts
    return Party(**given)  # type: ignore[arg-type]
