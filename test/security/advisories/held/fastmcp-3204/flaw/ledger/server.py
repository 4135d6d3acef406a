from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

from ledger.auth import create_auth

mcp = FastMCP("ledger", auth=create_auth())
ENTRIES: dict[str, list[str]] = {}


@mcp.tool
def entries() -> list[str]:
    """Your entries of the ledger."""
    token = get_access_token()
    if token is None:
        raise PermissionError("not signed in")
    return ENTRIES.get(token.claims["sub"], [])


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=8000)
