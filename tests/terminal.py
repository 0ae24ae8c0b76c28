"""A person at a pseudo-terminal."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from starting import started

CTRL_C, CTRL_D = b"\x03", b"\x04"
ESCAPES = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")


class Terminal:
    """Python, with these arguments, on a terminal; what it shows is gathered in `shown`."""

    def __init__(self, folder, *arguments, columns=150, **pipes):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        os.set_inheritable(slave, True)
        environment = {"TERM": "xterm", "XDG_STATE_HOME": str(folder / "state")}
        streams = {"stdin": slave, "stdout": slave, "stderr": slave, **pipes}
        self.process = started(arguments, folder, environment, start_new_session=True, **streams)
        os.close(slave)
        self.shown = ""

    def wait_for(self, text, seconds=90):
        """Read until `text` is there; returns what was shown up to then since the last call."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"no {text!r} in {self.shown!r}"
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:  # the other side is closed
                    data = b""
                assert data, f"ended without {text!r}: {self.shown!r}"
                self.shown += ESCAPES.sub("", data.decode("utf-8", "replace"))
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def type(self, text):
        os.write(self.master, text if isinstance(text, bytes) else text.encode())

    def interrupt(self, seconds=60):
        """Press Ctrl-C until the command ends: readline can miss one that comes just as the prompt appears."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.type(CTRL_C)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)

    def end(self, seconds=90):
        """Wait for the exit; returns (exit code, the rest of what was shown)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.shown += ESCAPES.sub("", data.decode("utf-8", "replace"))
            elif self.process.poll() is not None:
                break
        return self.process.wait(seconds), self.shown

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.master)
