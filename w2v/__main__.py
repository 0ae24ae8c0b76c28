"""`python -m w2v` and the `w2v` script."""

import signal
import sys


def main() -> None:
    """Run the command line as this process."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job scheduler's stop saves and cleans up like Ctrl-C
    for stream in (sys.stdin, sys.stdout):  # words that the terminal cannot show must not end the program
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdin else "backslashreplace")
    try:
        from w2v.cli.commands import main as run

        code = run()
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
