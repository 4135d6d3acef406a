from urllib.parse import quote

from fastmcp import FastMCP

from inventory.client import create_client

mcp = FastMCP("inventory")
client = create_client()


@mcp.tool
async def item(name: str) -> dict:
    """One item of the inventory."""
    answer = await client.get("/items/" + quote(name, safe=""))
    answer.raise_for_status()
    return answer.json()


if __name__ == "__main__":
    mcp.run()
