"""Backups of all that a server keeps: made while it runs, restored where none does, and checked.

A backup is a directory, which has its name once it is whole:

    manifest.json      when, by which version, at which schema, and the checksums of all the others
    database.sqlite    or database.dump, of PostgreSQL's own format
    workflows.sqlite   or workflows.dump: the notes of workflows
    files/             what chargers uploaded, and firmware for them, by id
    token              the first key, where the server made it

What was committed before a backup began is in it. The notes of workflows are of the same moment or
a little older, never newer: a step whose note is missing is done again, which every step allows.
"""
