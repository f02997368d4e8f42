"""Large numbers and times, short enough for a column."""

_THOUSANDS = ("", " k", " M", " G", " T", " P", " E")


def amount(value: float) -> str:
    """Two figures or three: `650`, `9.4 k`, `38 k`, `1.2 M`."""
    power = 0
    while value >= 999.5 and power < len(_THOUSANDS) - 1:
        value, power = value / 1000, power + 1
    return f"{_figures(value) if power else f'{value:.0f}'}{_THOUSANDS[power]}"


def size(count: float) -> str:
    """Bytes, a thousand to the kilobyte: `512 B`, `34 MB`, `1.5 GB`."""
    text = amount(count)
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def clock(seconds: float) -> str:
    """`0:09`, `12:40`, `1:02:10`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _figures(value: float) -> str:
    """One place after the point below ten: `1.2`, `9.4`, `38`, `650`."""
    return f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:.0f}"
