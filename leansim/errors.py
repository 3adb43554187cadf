"""What can go wrong in leansim, and who must act.

::

    LeanSimError
    ├── InputError           the user's: a file, a parameter, a folder; one message says what, where, what to do
    │   ├── DataError        a data file that cannot be read as LEAN's format says
    │   └── AlgorithmError   no QCAlgorithm in the file, or it cannot be imported
    └── AlgorithmStopped     the algorithm raised in a callback: the run ends, its results so far are kept

    NotEmulated              a member of LEAN's that leansim does not have: stops the run by name
    ProcessDied              a fault of a plan ended the process: nobody's error, another process begins
"""

from __future__ import annotations


class LeanSimError(Exception):
    """Base of everything leansim raises on purpose towards its user."""


class InputError(LeanSimError):
    """Something given to leansim cannot be used; the text says what, where and what to do about it."""


class DataError(InputError):
    """A data file is missing, truncated or not in LEAN's format; the text names the file."""


class AlgorithmError(InputError):
    """The algorithm file cannot be used: it does not import, or defines no QCAlgorithm."""


class AlgorithmStopped(LeanSimError):
    """An exception of the algorithm ended the run; ``__cause__`` is that exception."""


class NotEmulated(NotImplementedError):
    """A member LEAN has and leansim does not.

    Raised rather than ignored: a backtest that silently skips a call is worse than one that stops.
    """

    def __init__(self, member: str) -> None:
        super().__init__(f"{member} exists in LEAN but is not emulated by leansim; see docs/leansim.md for what is")
        self.member = member


class ProcessDied(BaseException):
    """A fault ended the algorithm's process at this point; another begins ``seconds`` later.

    No ``Exception``, so that no algorithm can survive its own death.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds
