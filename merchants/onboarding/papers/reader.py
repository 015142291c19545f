"""The process that meets the files of strangers: one file, one answer, and the end.

It knows no secret, no database and no setting; it has bounded memory, time and files. A file that
crashes a decoder or blows up in it ends this process and nothing else. `apart` starts it:
`python -m merchants.onboarding.papers.reader`, a line of JSON and the file on standard input, a
line of JSON and a picture on standard output.
"""

from __future__ import annotations

import json
import resource
import sys

from merchants.onboarding.papers import pictures
from merchants.onboarding.papers.rules import PDF, Refused
from merchants.onboarding.papers.sniffing import is_heic, sniff

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
LIMITS = {
    resource.RLIMIT_AS: MEMORY_BYTES,
    resource.RLIMIT_CPU: CPU_SECONDS,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}


def main() -> None:
    """Read the question, answer it."""
    _bound(LIMITS)
    line = sys.stdin.buffer.readline()
    content = sys.stdin.buffer.read()
    if not is_heic(content):  # its decoder has a thread of its own, which counts as a process
        _bound({resource.RLIMIT_NPROC: 0})
    try:
        facts, picture = answer(json.loads(line), content)
    except Refused as refused:
        facts, picture = {"refused": str(refused)}, b""
    except MemoryError:
        facts, picture = {"refused": "The file unpacks into too much. Send a simpler one."}, b""
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + picture)


def answer(question: dict, content: bytes) -> tuple[dict, bytes]:
    """`{"verb": "read"}` or `{"verb": "page", "number": 1, "side": 1600}`; raises Refused."""
    media_type = sniff(content)
    if media_type == PDF:
        from merchants.onboarding.papers import pdf  # its libraries take a while to load

        if question["verb"] == "page":
            drawn = pdf.page(content, question["number"], question["side"])
            return {}, pictures.jpeg(drawn)
        read = pdf.read(content)
    elif question["verb"] == "page":
        picture = pictures.open_picture(content, media_type)
        return {}, pictures.jpeg(pictures.decode(picture, question["side"]))
    else:
        read = pictures.read(content, media_type)
    facts = read._asdict()
    return facts, facts.pop("thumbnail")


def _bound(limits: dict[int, int]) -> None:
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
