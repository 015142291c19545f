from acquiring.core.memory import Memory, forget_everything


def test_a_value_lives_for_its_seconds(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("acquiring.core.memory.monotonic", lambda: now[0])
    memory: Memory[str, int] = Memory(seconds=10, limit=5)
    memory.put("long", 1)
    memory.put("short", 2, seconds=3)

    now[0] += 5
    assert (memory.get("long"), memory.get("short")) == (1, None)
    now[0] += 6
    assert memory.get("long") is None


def test_the_one_kept_longest_leaves_when_it_is_full():
    memory: Memory[str, int] = Memory(seconds=10, limit=2)
    for number, key in enumerate("abc"):
        memory.put(key, number)

    assert [memory.get(key) for key in "abc"] == [None, 1, 2]


def test_putting_again_counts_as_new():
    memory: Memory[str, int] = Memory(seconds=10, limit=2)
    for key in "abac":
        memory.put(key, 1)

    assert [memory.get(key) for key in "abc"] == [1, None, 1]


def test_what_is_forgotten_is_gone():
    memory: Memory[str, int] = Memory(seconds=10, limit=2)
    memory.put("a", 1)
    memory.forget("a")
    memory.forget("never there")
    assert memory.get("a") is None

    memory.put("b", 1)
    forget_everything()
    assert memory.get("b") is None
