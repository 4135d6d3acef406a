import os
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("sounds")


class SoundError(Exception):
    pass


def fail(text: str):
    raise SoundError(text)


def base_folder() -> Path:
    return Path(os.environ.get("SOUNDS", str(Path.home() / "sounds"))).resolve()


def within(name: str, folder: Path) -> Path:
    found = Path(name) if Path(name).is_absolute() else folder / name
    resolved = found.resolve()
    try:
        resolved.relative_to(folder)
    except ValueError:
        fail(f"{name} lies outside of {folder}")
    return resolved


@mcp.tool()
def measure_sound(name: str) -> str:
    """Says how long a sound is, in bytes."""
    path = within(name, base_folder())
    if not path.exists():
        fail(f"there is no {name}")
    with path.open("rb") as sound:
        return str(len(sound.read()))


if __name__ == "__main__":
    mcp.run()
