"""What the outermost middleware does to every request."""

import re
from time import perf_counter

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from acquiring.core import context, middleware

factory = RequestFactory()


def answer(request):
    request.resolver_match = ResolverMatch(answer, (), {}, url_name="payments")
    return HttpResponse(context.request_id())


served = middleware.RequestContext(answer)


def test_a_request_gets_an_id_that_the_answer_carries():
    response = served(factory.get("/v1/payments"))

    assert re.fullmatch(r"req_[0-9a-f]{32}", response["X-Request-Id"])
    assert response.content.decode() == response["X-Request-Id"]


def test_a_sane_id_of_the_caller_is_kept():
    response = served(factory.get("/", headers={"X-Request-Id": "shop-42:7f3a"}))

    assert response["X-Request-Id"] == "shop-42:7f3a"


@pytest.mark.parametrize("given", ["short", "x" * 81, "line\nfeed-1", 'quote"quote', "späße-1234"])
def test_an_insane_one_is_replaced(given):
    request = factory.get("/")
    request.META["HTTP_X_REQUEST_ID"] = given

    assert served(request)["X-Request-Id"].startswith("req_")


@pytest.fixture
def told(monkeypatch):
    """What the log was told."""
    lines = []
    monkeypatch.setattr(middleware.logs, "access", lambda **facts: lines.append(facts))
    return lines


def test_one_line_says_what_was_asked_without_the_query(told):
    served(factory.get("/v1/payments?secret=1"))

    (line,) = told
    assert (line["method"], line["path"], line["status"]) == ("GET", "/v1/payments", 200)
    assert "secret" not in str(line)


def test_what_opens_something_is_left_out_of_the_line(told):
    def reset(request):
        request.resolver_match = ResolverMatch(answer, (), {"uidb36": "3", "key": "c9-5ad8f1"})
        return HttpResponse()

    middleware.RequestContext(reset)(factory.get("/password/reset/key/3-c9-5ad8f1/"))

    (line,) = told
    assert line["path"] == "/password/reset/key/3-…/"


def test_what_opens_a_link_is_in_no_log():
    match = ResolverMatch(answer, (), {"secret": "abc123"}, url_name="onboard")

    assert middleware.without_secret_parts("/onboard/abc123", match) == "/onboard/…"


def test_it_is_cheap(monkeypatch):
    """Without the log's output, which is the disk's or the terminal's time."""
    monkeypatch.setattr(middleware.logs, "access", lambda **_: None)
    request = factory.get("/v1/payments")
    rounds = []
    for _ in range(20):
        started = perf_counter()
        for _ in range(50):
            served(request)
        with_it = perf_counter() - started
        started = perf_counter()
        for _ in range(50):
            answer(request)
        rounds.append((with_it - (perf_counter() - started)) / 50)

    assert min(rounds) < 0.000_040
