import json
import tempfile
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("papers")
FOLDER = Path("papers") / ".cache"


def cache_path(paper: str) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / f"{paper.replace('/', '__')}.json"


@mcp.tool()
def keep(paper: str, note: str) -> str:
    """Keeps a note."""
    path = cache_path(paper)
    _, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    staging = Path(name)
    staging.write_text(json.dumps({"note": note}), encoding="utf-8")
    staging.replace(path)
    return cache_path(paper).read_text(encoding="utf-8")
