"""Know your customer, as data: what each country asks of a business, and whether it was given.

`<CC>.toml` holds one market; `default.toml` serves the rest. `facts` is an application as plain
values, `requirements` says what of it is missing or wrong and why it is asked, `checks` looks at
the whole with a trace, `deciding` turns facts and findings into a verdict. Nothing here knows a
database: what was decided can be decided again from what was stored.
"""
