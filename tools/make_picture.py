"""Draw docs/workbench.svg, the picture in the README: the digits sample after a training, as the program shows it."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SIZE = (132, 36)


async def draw(target: Path) -> None:
    """Open the sample, train it, save the screen."""
    from asanai_tui.tui.app import AsanaiApp

    app = AsanaiApp(ROOT / "samples" / "digits" / "project.toml", theme="dark")
    async with app.run_test(size=SIZE) as pilot:
        while app.preview is None:
            await pilot.pause(0.1)
        await pilot.press("down", "down", "t")
        while not app.snapshot.ended:
            await pilot.pause(0.1)
        await pilot.pause(0.5)
        picture = app.export_screenshot(title="asanai-tui")
    # fonts from elsewhere are left out: the browser's own monospaced one does
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["ASANAI_TUI_HOME"] = home
        os.chdir(home)
        asyncio.run(draw(ROOT / "docs" / "workbench.svg"))
