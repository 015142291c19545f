"""The launcher: from a bare Python 3.11 to a running platform, and back to silence.

Standard library only, and it imports nothing of the platform: it has to run before the virtualenv
exists, as `python3 acquiring/local <command>`. The Makefile is its face.

- `commands` what each `make` target does, in order
- `bootstrap` the virtualenv and the pinned install; `lockfile` how the pins are made
- `home` the directory a set of services lives in (`.run`, `.run/test`, ...)
- `postgres`, `binaries`, `valkey` the two servers; `programs` the platform's own processes
- `supervisor` keeps all of them alive; `processes` tells our process from a stranger with its pid
- `environment` secrets, ports and the variables every child receives
- `console`, `box` what the person at the terminal sees
"""
