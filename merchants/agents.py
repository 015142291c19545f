"""What a browser says it is, in two words: for people who look at where they are signed in."""

from __future__ import annotations

import re
from typing import NamedTuple

# The first that fits: browsers name those they descend from too.
BROWSERS = (
    ("Edge", r"\bEdgA?(iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("WeChat", r"\bMicroMessenger/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bHeadlessChrome/"),
    ("Safari", r"\bSafari/"),
    ("curl", r"^curl/"),
)
SYSTEMS = (
    ("iPad", r"\biPad"),
    ("iPhone", r"\biPhone"),
    ("Android", r"\bAndroid"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMacintosh\b|\bMac OS X\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)
PHONES = ("iPhone", "Android")


class Agent(NamedTuple):
    """A browser and the system it runs on, "" where it does not say."""

    browser: str
    system: str

    @property
    def is_phone(self) -> bool:
        """Whether it fits into a pocket."""
        return self.system in PHONES

    def __str__(self) -> str:
        return " · ".join(one for one in self if one)


def read(user_agent: str) -> Agent:
    """The two words of a User-Agent header (RFC 9110, section 10.1.5)."""
    return Agent(_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent))


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, sign in table if re.search(sign, text)), "")
