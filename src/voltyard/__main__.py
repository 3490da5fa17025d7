"""`python -m voltyard` is the `voltyard` command."""

from voltyard.cli.main import run

if __name__ == "__main__":
    run()
