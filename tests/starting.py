"""Commands in processes of their own that start at once: forked from one that has imported and loaded everything.

Of a process that is started anew for a test nearly all the time goes into imports and machine code from the cache.
What a test does to it is as real as before: its own pid, session, streams, folder, signals and end. Processes whose
environment differs have to be started anew, as NumPy and Numba read theirs once.
"""

import atexit
import functools
import io
import json
import os
import select
import socket
import subprocess
import sys
from typing import NamedTuple

from support import python_environment

_MOTHER = """
import fcntl, json, os, signal, socket, sys, tempfile, termios, threading
import w2v.__main__, w2v.cli.commands, w2v.cli.training_commands, w2v.cli.classify_commands
from w2v import Word2Vec

Word2Vec([["a", "b", "c", "d"]] * 50, vector_size=4, min_count=1, workers=1, epochs=1, negative=1)
assert threading.active_count() == 1
channel = socket.socket(fileno=int(sys.argv[1]))
while True:
    message, streams, _, _ = socket.recv_fds(channel, 1 << 20, 4)
    if not message:
        os._exit(0)
    arguments, folder, environment, new_session = json.loads(message)
    nurse = os.fork()
    if nurse == 0:
        child = os.fork()
        if child == 0:
            break
        *streams, status = streams
        for one in streams:
            os.close(one)
        channel.send(str(child).encode())
        os.write(status, str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
        os._exit(0)
    for one in streams:
        os.close(one)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                break
        except ChildProcessError:
            break

channel.close()
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
if new_session:
    os.setsid()
for number, one in enumerate(streams[:3]):
    os.dup2(one, number)
for one in streams:
    os.close(one)
if new_session and os.isatty(0):
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.chdir(folder)
os.environ.clear()
os.environ.update(environment)
tempfile.tempdir = None
sys.stdin = sys.__stdin__ = open(0, closefd=False)
sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)
sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
how, *sys.argv = arguments
if how == "-m":
    w2v.__main__.main()
else:
    code, sys.argv[0] = sys.argv[0], "-c"
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
"""


def started(arguments, cwd=None, env=None, preexec_fn=None, **settings):
    """`subprocess.Popen([sys.executable, *arguments], ...)` for `-m w2v ...` and `-c code ...`. env: what is to be
    added to this process's environment."""
    environment, arguments = python_environment(**(env or {})), list(map(str, arguments))
    if preexec_fn or _read_once(environment) != _mother().read_once:
        command = [sys.executable, *arguments]
        return subprocess.Popen(command, cwd=cwd, env=environment, preexec_fn=preexec_fn, **settings)
    return Forked(arguments, cwd or os.getcwd(), environment, **settings)


def _read_once(environment):
    """What Python and libraries read when they start."""
    return {
        name: value for name, value in environment.items() if name.startswith(("PYTHON", "NUMBA", "OPENBLAS", "OMP"))
    }


class Forked(subprocess.Popen):
    """A process that is forked; what `subprocess` keeps of one that it started."""

    def __init__(self, arguments, cwd, env, stdin=None, stdout=None, stderr=None, text=False, start_new_session=False):
        ours, theirs, opened = [], [], []
        for number, asked in enumerate((stdin, stdout, stderr)):
            if asked == subprocess.PIPE:
                read, write = os.pipe()
                ours.append(write if number == 0 else read)
                theirs.append(read if number == 0 else write)
                opened.append(theirs[-1])
            else:
                ours.append(None)
                theirs.append(_descriptor(asked, number, theirs, opened))
        self._status, status = os.pipe()
        channel = _mother().channel
        message = json.dumps([arguments, str(cwd), env, start_new_session]).encode()
        socket.send_fds(channel, [message], [*theirs, status])
        for one in [*opened, status]:
            os.close(one)
        self.pid, self.args, self.returncode = int(channel.recv(64)), arguments, None
        self.stdin, self.stdout, self.stderr = (
            None if one is None else _file(one, number == 0, text) for number, one in enumerate(ours)
        )
        self.text_mode = self.universal_newlines = text
        self.encoding, self.errors, self.pipesize, self.process_group = None, None, -1, None
        self._input, self._communication_started, self._child_created = None, False, True

    def _internal_poll(self, **_):
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = int(os.read(self._status, 64) or -1)
            os.close(self._status)
        return self.returncode

    def _wait(self, timeout):
        if self.returncode is None and not select.select([self._status], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self._internal_poll()


def _file(descriptor, is_input, text):
    """This side of a pipe, as `subprocess` opens it."""
    raw = io.FileIO(descriptor, "w" if is_input else "r")
    file = io.BufferedWriter(raw) if is_input else io.BufferedReader(raw)
    return io.TextIOWrapper(file, write_through=is_input) if text else file


def _descriptor(asked, number, theirs, opened):
    """The stream that a process is to have, as `subprocess` understands it."""
    if asked is None:
        return number
    if asked == subprocess.DEVNULL:
        opened.append(os.open(os.devnull, os.O_RDWR))
        return opened[-1]
    if asked == subprocess.STDOUT:
        return theirs[1]
    return asked if isinstance(asked, int) else asked.fileno()


class Mother(NamedTuple):
    """The process that others are forked from."""

    channel: socket.socket
    read_once: dict[str, str]


@functools.cache
def _mother():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command, environment = [sys.executable, "-c", _MOTHER, str(theirs.fileno())], python_environment()
    process = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()])
    theirs.close()
    atexit.register(lambda: (ours.close(), process.wait(60)))
    return Mother(ours, _read_once(environment))
