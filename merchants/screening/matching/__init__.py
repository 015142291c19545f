"""How names are compared. Pure: no Django, no database; the same facts give the same score.

`folding` makes names of all scripts comparable, `names` reads their parts, `similarity` compares
two words, `scoring` two names with all that is known beside them, and `index` finds the few entries
of a list that are worth comparing.
"""
