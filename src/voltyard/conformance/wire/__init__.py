"""The wire of a case: the tester's end of a link, the messages on it, and what is expected."""
