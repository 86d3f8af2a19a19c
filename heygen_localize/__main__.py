"""Where the program begins: `localize`, and `python -m heygen_localize`.

Ctrl-C comes at any moment, while modules load as well. Until there is work that wants to end
in good order it ends the program at once, and never by a traceback.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130
_code = _INTERRUPTED


def _leave(number: int = 0, frame: FrameType | None = None) -> None:
    """End at once: nothing has begun, or all is done."""
    del number, frame
    try:
        if _code == _INTERRUPTED:
            os.write(2, b"Interrupted.\n")
    finally:  # also where nobody listens
        os._exit(_code)


def main() -> None:
    """Run the command line and leave with its exit code."""
    global _code
    try:
        if sys.argv[1:] == ["--version"] and _told_version():
            return
        import atexit
        import gc
        import signal

        # What a run reads lives until it ends: looking through it again and again frees nothing.
        gc.set_threshold(100_000)

        # Who started us may have said that Ctrl-C is not for us, as `nohup` and `&` do.
        ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if ours:
            signal.signal(signal.SIGINT, _leave)
        sys.unraisablehook = _unraisable
        from heygen_localize.cli.main import run
        from heygen_localize.cli.streams import guard

        guard()

        def loaded() -> None:
            gc.freeze()
            if ours:
                signal.signal(signal.SIGINT, signal.default_int_handler)

        _code = run(sys.argv[1:], loaded)
        if ours:
            signal.signal(signal.SIGINT, _leave)
            # Python itself, once its threads have ended, would let Ctrl-C change the exit code.
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        _leave()
    sys.exit(_code)


def _told_version() -> bool:
    """Print the version, as git hooks ask for, before anything is imported.

    Return False where the way of everything else has to: to Windows, and to a stream that
    takes nothing, which it tells of.
    """
    if os.name != "posix" or sys.stdout is None:
        return False
    from heygen_localize.core.version import __version__

    try:
        rest = f"localize {__version__}\n".encode(sys.stdout.encoding)
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError:
        return False
    return True


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Raise anew a Ctrl-C that came where Python cannot raise it, as between two imports."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        import signal

        signal.raise_signal(signal.SIGINT)
    else:
        sys.__unraisablehook__(lost)


if __name__ == "__main__":
    main()
