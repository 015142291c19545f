"""Which language a locale asks for, whatever form it is written in."""

from __future__ import annotations

# Chinese is read by script; a region stands for one where the script is not named.
TRADITIONAL = frozenset({"tw", "hk", "mo"})


def language(locale: str) -> str:
    """`pt` for "pt-BR"; `zh_Hant` for "zh-TW" and "zh-hant", `zh_Hans` for any other Chinese."""
    first, *rest = locale.lower().replace("_", "-").split("-")
    if first != "zh":
        return first
    if "hans" in rest:
        return "zh_Hans"
    return "zh_Hant" if "hant" in rest or TRADITIONAL & set(rest) else "zh_Hans"
