"""leansim: an embedded engine that runs LEAN Python algorithms by LEAN's rules. See docs/leansim.md."""

__version__ = "0.1.0"
