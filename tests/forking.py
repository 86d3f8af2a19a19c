"""A program that is `localize` to whoever starts it, without the half second of imports.

`forking.py serve SOCKET` has imported everything, and forks for each caller; `forking.py call
SOCKET arguments…` is such a caller, which lends the fork its streams, folder, environment and
umask, passes signals on, and ends as the fork ends.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
from array import array

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def call(place: str, arguments: list[str]) -> int:
    """Have a command line run; give its exit code."""
    streams = [_stream(number) for number in range(3)]
    umask = os.umask(0)
    os.umask(umask)
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    folder = os.getcwd()  # noqa: PTH109 - pathlib would be the half of this program's start
    closed = "".join(str(number) for number in range(3) if streams[number] is None)
    words = [closed, str(umask), str(len(arguments)), folder, *arguments, *variables]
    told = "\0".join(words).encode("utf-8", "surrogateescape")
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        handles = array("i", [server.fileno() if one is None else one for one in streams])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)]
        server.sendmsg([len(told).to_bytes(4, "big")], rights)
        server.sendall(told)
        answer = server.makefile("r")
        process = int(answer.readline())
        for number in _PASSED_ON:
            signal.signal(number, lambda number, _: os.kill(process, number))
        code = int(answer.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def _stream(number: int) -> int | None:
    """Give a copy of one of our streams, out of the way of what is opened later."""
    try:
        return fcntl.fcntl(number, fcntl.F_DUPFD, 3)
    except OSError:
        return None


def serve(place: str) -> None:
    """Fork for each caller, until nobody holds our standard input open."""
    from preloading import preload

    preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen(64)
        print(flush=True)  # noqa: T201 - it is awaited
        if not os.fork():
            sys.stdin.read()
            os.kill(os.getppid(), signal.SIGKILL)
            os._exit(0)
        while True:
            caller, _ = server.accept()
            if not os.fork():
                server.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _attend(caller)
            caller.close()


def _attend(caller: socket.socket) -> None:
    size, rights, _, _ = caller.recvmsg(4, socket.CMSG_SPACE(12))
    handles = array("i", rights[0][2])
    with caller.makefile("rb") as stream:
        told = stream.read(int.from_bytes(size, "big")).decode("utf-8", "surrogateescape")
    closed, umask, count, folder, *rest = told.split("\0")
    process = os.fork()
    if not process:
        caller.close()
        for place, handle in enumerate(handles):
            os.dup2(handle, place)
            os.close(handle)
        for number in map(int, closed):  # as Python begins without them
            os.close(number)
            setattr(sys, ("stdin", "stdout", "stderr")[number], None)
        os.chdir(folder)
        os.umask(int(umask))
        os.environ.clear()
        os.environ.update(variable.split("=", 1) for variable in rest[int(count) :])
        sys.argv[1:] = rest[: int(count)]
        os._exit(_ran())
    for handle in handles:
        os.close(handle)
    caller.sendall(f"{process}\n".encode())
    _, status = os.waitpid(process, 0)
    caller.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _ran() -> int:
    from heygen_localize.__main__ import main

    code = 1
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    return code


if __name__ == "__main__":
    if sys.argv[1] == "call":
        sys.exit(call(sys.argv[2], sys.argv[3:]))
    serve(sys.argv[2])
