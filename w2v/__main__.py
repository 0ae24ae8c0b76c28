"""`python -m w2v` and the `w2v` script."""

import atexit
import os
import signal
import sys

from w2v.system.console import Notices
from w2v.system.interrupts import Signals, ignore_signals, not_ignored


def main() -> None:
    """Run the command line as this process."""
    signals = Signals()
    signals.handle(not_ignored())  # to the very end, so that a second one does not disturb how the first one ends it
    sys.unraisablehook = signals.dropped
    atexit.register(ignore_signals)  # the last thing: Python drops its handlers soon after, and the code would be lost
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - closed from the start, and open to the end
    sys.stderr = Notices(sys.stderr)
    for stream in (sys.stdin, sys.stdout):  # words that the terminal cannot show must not end the program
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdin else "backslashreplace")
    try:
        from w2v.cli.commands import main as run

        code = run()
    except KeyboardInterrupt as stop:
        code = 128 + getattr(stop, "signal_number", signal.SIGINT)
    signals.end()
    sys.exit(code)


if __name__ == "__main__":
    main()
