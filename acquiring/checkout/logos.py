"""Where the logos of methods and card brands lie."""

from __future__ import annotations

from functools import cache

from django.contrib.staticfiles import finders
from django.templatetags.static import static


@cache
def address(code: str) -> str:
    """The address of a method's or brand's logo, "" where we have none."""
    for name in (code.replace("_", "-"), code.replace("_", "")):
        path = f"brands/{name}.svg"
        if finders.find(path):
            return static(path)
    return ""
