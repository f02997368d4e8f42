"""Four looks: dark, light, the terminal's own colours, high contrast."""

from textual.theme import BUILTIN_THEMES, Theme

from asanai_tui.tui.theme_names import THEME_NAMES

KINDS = ("basic", "activation", "normalization", "convolution", "pooling", "noise", "sequence", "residual")


def _kinds(colours: str) -> dict[str, str]:
    """Variables for the groups of layers."""
    return {f"kind-{kind}": colour for kind, colour in zip(KINDS, colours.split(), strict=True)}


DARK = Theme(
    name="dark",
    primary="#f0a040",
    secondary="#9a7ff0",
    accent="#f0a040",
    warning="#e8b04a",
    error="#ff6b6b",
    success="#8fce4a",
    foreground="#d8d8d8",
    background="#121212",
    surface="#121212",
    panel="#263038",
    dark=True,
    variables={
        "muted": "#8c8c8c", "line": "#454545", "train": "#a08bff", "validation": "#ff9f43", "cursor": "#e4e4e4",
        "cursor-text": "#121212", "cursor-still": "#333b42",
        **_kinds("#f0a040 #e58fc4 #d9cf6a #a08bff #8fce4a #a8a8a8 #55bfe0 #e4e4e4"),
    },
)  # fmt: skip
LIGHT = Theme(
    name="light",
    primary="#b35c00",
    secondary="#5b3fc4",
    accent="#b35c00",
    warning="#8a5a00",
    error="#b3261e",
    success="#2f7d12",
    foreground="#202020",
    background="#fcfcfa",
    surface="#fcfcfa",
    panel="#e4e8ec",
    dark=False,
    variables={
        "muted": "#62666a", "line": "#b4b8bc", "train": "#5b3fc4", "validation": "#b35c00", "cursor": "#20303c",
        "cursor-text": "#ffffff", "cursor-still": "#d8dee4",
        **_kinds("#b35c00 #a3297a #756a00 #5b3fc4 #2f7d12 #62666a #006d94 #202020"),
    },
)  # fmt: skip
CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    warning="#ffff00",
    error="#ff8080",
    success="#00ff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    dark=True,
    variables={
        "muted": "#ffffff", "line": "#ffffff", "train": "#00ffff", "validation": "#ffff00", "cursor": "#ffff00",
        "cursor-text": "#000000", "cursor-still": "#505050",
        **_kinds("#ffff00 #ff9dff #ffffa0 #c0b0ff #00ff00 #ffffff #00ffff #ffffff"),
    },
)  # fmt: skip


def _terminal(name: str) -> Theme:
    """Textual's theme on the terminal's own sixteen colours, with our variables."""
    base = BUILTIN_THEMES[f"ansi-{name}"]
    bright = "ansi_bright_black"
    colours = {
        "muted": bright, "line": bright, "train": "ansi_magenta", "validation": "ansi_yellow", "cursor": "ansi_white",
        "cursor-text": "ansi_black", "cursor-still": bright,
        **_kinds("ansi_yellow ansi_magenta ansi_yellow ansi_blue ansi_green ansi_bright_black ansi_cyan ansi_default"),
    }  # fmt: skip
    if name == "light":
        colours |= {"cursor": "ansi_black", "cursor-text": "ansi_white"}
    fields = {field: getattr(base, field) for field in base.__dataclass_fields__}
    return Theme(**{**fields, "name": f"terminal-{name}", "variables": {**base.variables, **colours}})


_ALL = {theme.name: theme for theme in (DARK, LIGHT, _terminal("dark"), _terminal("light"), CONTRAST)}
THEMES = {name: _ALL[name] for name in THEME_NAMES}
