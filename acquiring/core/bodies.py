"""How long the body of a page's form may be. Pages alone: programs have limits of their own."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

LARGEST_BYTES = 9 * 1024 * 1024  # a paper of 8 MB and the rest of its form
STAFF = "/admin/"  # where people of the platform load whole lists


class BoundedBodies:
    """Refuses a longer one by its `Content-Length`, before anything of it is read or written down.

    A body is read as far as that header says and no further; without one it is empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(STAFF) and _too_long(request):
            words = "What was sent is too large: a file has at most 8 MB."
            return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


def _too_long(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > LARGEST_BYTES
