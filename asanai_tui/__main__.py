"""`python -m asanai_tui` and the command `asanai-tui`."""

import sys


def main() -> int:
    """Run the program; the exit status."""
    from asanai_tui.cli import main as program

    return program()


if __name__ == "__main__":
    sys.exit(main())
