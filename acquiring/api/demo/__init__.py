"""What `make run` shows a stranger: a merchant that has been trading for a month.

- `shop` the merchant, its people, its keys, and the file that remembers them
- `applicants` businesses on their way to live payments, one at each turn
- `month` what was bought in thirty days: a plan drawn from a fixed seed and `month.toml`
- `playing` the plan, played through the payments room against the simulators
"""
