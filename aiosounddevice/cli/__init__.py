"""The command line: a thin layer over the async API.

`app` finds the command; each command is a module of its own, imported only when it runs. `plain`
is what is there without the extra ``cli``.
"""
