"""Side by side: this library and its peers do the same work on the same virtual card.

``python -m benchmarks --help``. From the bottom up: `sound` makes what is played and finds what is
missing, `libraries` wrap each library in the same few methods, `jobs` do one job with one of them,
`child` runs one job in a process of its own, `runner` runs many of those in turn, `rows` say which
and what is to be reached, `table`, `chart` and `page` show it.
"""
