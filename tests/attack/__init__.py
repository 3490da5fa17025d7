"""Attacks on a whole server in a process of its own, on SQLite and PostgreSQL.

Each test is an attack: the fixture `target` (conftest.py) is a server that has just been started,
`bench.py` has the measures and the hands of an attacker. All aim at loopback, stop by themselves
and are slow; `make marked`, a part of `make check`, runs them. To add one: a file
`test_<door>.py`, a test whose name says what holds, bounds generous enough for a machine four times
slower.

README.md tells which of them succeeded on the code of before.
"""
