"""`python -m w2v` and the `w2v` script."""

import sys


def main() -> None:
    """Run the command line."""
    from w2v.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
