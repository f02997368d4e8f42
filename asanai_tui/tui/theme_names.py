"""What the themes are called: known to the command line, which does not load the screen for it."""

THEME_NAMES = ("dark", "light", "terminal-dark", "terminal-light", "high-contrast")
