"""Numbers as the screen shows them, in fixed widths, so that only what changed is sent."""


def number(value: float | None) -> str:
    """Five characters where possible: `0.172`, `12.35`, `1.2e6`."""
    if value is None:
        return "  –  "
    if value != value or value in (float("inf"), float("-inf")):
        return f"{value:>5}"
    if value and not 0.001 <= abs(value) < 10_000:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").rjust(5)
    decimals = 3 if abs(value) < 9.9995 else 2 if abs(value) < 99.995 else 1 if abs(value) < 999.95 else 0
    return f"{value:.{decimals}f}".rjust(5)


def rate(samples_per_second: float) -> str:
    """Two digits, so that it seldom changes: `14k/s`, `1.2M/s`."""
    if samples_per_second >= 999_500:
        return f"{samples_per_second / 1e6:.1f}M/s"
    if samples_per_second >= 10_000:
        return f"{samples_per_second / 1e3:.0f}k/s"
    if samples_per_second >= 1000:
        return f"{samples_per_second / 1e3:.1f}k/s"
    return f"{samples_per_second:.0f}/s"
