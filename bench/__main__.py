"""`make bench`: measure all claims, or the named ones, and say which are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from bench import driving, lists, notifying, paying, screening, starting, writing
from bench.figures import Figure, machine, table
from bench.installation import Servers

CLAIMS: dict[str, Callable[[Servers], Iterator[Figure]]] = {
    "write": writing.measure,
    "payments": paying.measure,
    "webhooks": notifying.measure,
    "drivers": driving.measure,
    "first-run": starting.measure,
    "lists": lists.measure,
    "screening": screening.measure,
}


def main(chosen: list[str]) -> int:
    """Print one table; the status is 1 when a promise is missed, 2 for an unknown claim."""
    if unknown := set(chosen) - set(CLAIMS):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(CLAIMS)}")
        return 2
    try:
        servers = Servers.of_this_environment()
    except KeyError:
        print("The benchmarks need servers of their own: `make bench ARGS=...`.")
        return 2
    print(f"machine before: {machine(servers.programs)}", flush=True)
    figures = []
    for name in chosen or CLAIMS:
        print(f"measuring {name}", flush=True)
        figures += list(CLAIMS[name](servers))
    print(f"machine after: {machine(servers.programs)}\n\n{table(figures)}")
    missed = [one for one in figures if not one.holds]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
