"""The .NET exceptions LEAN raises, under their .NET names: algorithms catch them by class or as ``Exception``."""

from __future__ import annotations


class ClrException(Exception):
    """System.Exception: base of every exception LEAN's code raises."""

    _namespace = "System"

    def _text(self) -> str:
        """What its ToString begins with."""
        return f"{self._namespace}.{type(self).__name__}: {self.message}"

    @property
    def message(self) -> str:
        """The text."""
        return str(self.args[0]) if self.args else ""

    @property
    def Message(self) -> str:
        """The text, Pascal spelling."""
        return self.message

    @property
    def inner_exception(self) -> BaseException | None:
        """The cause."""
        return self.__cause__


# its .NET name; as a Python name it would hide the builtin in this module
ClrException.__name__ = ClrException.__qualname__ = "Exception"


class SystemException(ClrException):
    """System.SystemException."""


class ApplicationException(ClrException):
    """System.ApplicationException."""


class ArgumentException(SystemException):
    """System.ArgumentException: an argument the method cannot take."""


class ArgumentNullException(ArgumentException):
    """System.ArgumentNullException."""


class ArgumentOutOfRangeException(ArgumentException):
    """System.ArgumentOutOfRangeException."""


class ArithmeticException(SystemException):
    """System.ArithmeticException."""


class OverflowException(ArithmeticException):
    """System.OverflowException."""


class DivideByZeroException(ArithmeticException):
    """System.DivideByZeroException."""


class FormatException(SystemException):
    """System.FormatException: text that cannot be parsed."""


class IndexOutOfRangeException(SystemException):
    """System.IndexOutOfRangeException."""


class InvalidCastException(SystemException):
    """System.InvalidCastException."""


class InvalidOperationException(SystemException):
    """System.InvalidOperationException: not in this state."""


class ObjectDisposedException(InvalidOperationException):
    """System.ObjectDisposedException."""


class KeyNotFoundException(SystemException):
    """System.Collections.Generic.KeyNotFoundException. Not a Python KeyError: ``except KeyError`` does not catch it."""

    _namespace = "System.Collections.Generic"


class ClrNotImplementedException(SystemException):
    """System.NotImplementedException: LEAN itself does not implement it."""


ClrNotImplementedException.__name__ = ClrNotImplementedException.__qualname__ = "NotImplementedException"


class NotSupportedException(SystemException):
    """System.NotSupportedException."""


class NullReferenceException(SystemException):
    """System.NullReferenceException."""


class TimeoutException(SystemException):
    """System.TimeoutException."""


class IOException(SystemException):
    """System.IO.IOException."""


class FileNotFoundException(IOException):
    """System.IO.FileNotFoundException."""


class DirectoryNotFoundException(IOException):
    """System.IO.DirectoryNotFoundException."""
