"""Which sites may show a checkout in a frame."""

from __future__ import annotations

import pytest

from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from merchants import sites


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("https://192.0.2.7", "https://192.0.2.7"),
        ("https://[2001:DB8:0::7]", "https://[2001:db8::7]"),
    ],
)
def test_a_site_is_written_as_browsers_write_it(typed, origin):
    assert sites.check(typed, "live") == origin


@pytest.mark.parametrize(
    "typed",
    [
        *("", "shop.example", "https://", "https://*.shop.example", "https://a b", "*", "'self'"),
        *("https://shop.example/pay", "https://shop.example?a", "https://shop.example#a"),
        *("https://me@shop.example", "https://shop.example:99999", "javascript:alert(1)"),
        *("data:text/html,x", "https://shop.example;script-src", "null", "http://shop.example"),
    ],
)
def test_what_is_no_safe_site_is_refused_in_either_mode(typed):
    for mode in ("test", "live"):
        with pytest.raises(Problem) as refused:
            sites.check(typed, mode)
        assert refused.value.param == sites.FIELD


@pytest.mark.parametrize(
    "typed",
    ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:5173", "https://shop.localhost"],
)
def test_ones_own_machine_is_for_test_mode(typed):
    assert sites.check(typed, "test") == typed
    with pytest.raises(Problem):
        sites.check(typed, "live")


@pytest.mark.django_db
def test_a_change_is_written_down_once(ambers_shop):
    merchant = ambers_shop.merchant.id
    typed = ["https://b.example", "https://b.example/"]
    for _again in range(2):
        assert sites.change(merchant, "user:usr_1", typed) == ["https://b.example"]
    entry = AuditEntry.objects.get(merchant_id=merchant, action="merchant.changed")
    assert entry.changes == {sites.FIELD: [[], ["https://b.example"]]}


@pytest.mark.django_db
def test_there_is_an_end_to_sites(ambers_shop):
    many = [f"https://s{number}.example" for number in range(sites.MOST_SITES + 1)]
    with pytest.raises(Problem, match="at most 50"):
        sites.change(ambers_shop.merchant.id, "system", many)
