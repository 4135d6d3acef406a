import os
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("images")


@mcp.tool()
def push_image(tag: str) -> str:
    """Pushes the image."""
    repository = os.environ["REPOSITORY"]
    return subprocess.run(["docker", "push", f"{repository}:{tag}"], capture_output=True, text=True, check=True).stdout
