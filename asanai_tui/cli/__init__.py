"""The command line: the screen, and the same program without one. Nothing heavy is imported until it is needed."""

from asanai_tui.cli.program import main

__all__ = ["main"]
