import os
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("images")


@mcp.tool()
def push_image(tag: str) -> str:
    """Pushes the image."""
    registry = os.environ["REGISTRY"]
    return subprocess.run(["docker", "push", f"{registry}:{tag}"], capture_output=True, text=True, check=True).stdout
