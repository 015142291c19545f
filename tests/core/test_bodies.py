"""A page's form is as long as it may be."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from acquiring.core.bodies import LARGEST_BYTES, BoundedBodies


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/login/", "", 200),
        ("/login/", str(LARGEST_BYTES), 200),
        ("/login/", str(LARGEST_BYTES + 1), 413),
        ("/onboard/abc/documents/new/", "9" * 12, 413),
        ("/login/", "-1", 413),
        ("/admin/screening/listversion/add/", str(LARGEST_BYTES + 1), 200),
    ],
)
def test_a_longer_body_is_refused_before_it_is_read(path, length, status):
    request = RequestFactory().post(path, CONTENT_LENGTH=length)

    assert BoundedBodies(lambda _: HttpResponse())(request).status_code == status
