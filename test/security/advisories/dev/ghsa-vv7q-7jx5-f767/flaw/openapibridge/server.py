import json
import os
from pathlib import Path

import httpx
from fastmcp import FastMCP

from openapibridge.route import Route, load_routes

mcp = FastMCP("openapi-bridge")
client = httpx.AsyncClient(
    base_url=os.environ["API_BASE"],
    headers={"Authorization": "Bearer " + os.environ["API_TOKEN"]},
    timeout=15,
)
routes: dict[str, Route] = load_routes(json.loads(Path(os.environ["API_SPEC"]).read_text()))


@mcp.tool
def list_operations() -> list[str]:
    """Names of what can be called."""
    return sorted(routes)


@mcp.tool
async def call_operation(operation: str, values: dict[str, str]) -> dict:
    """Calls an operation of the API with values for its parameters."""
    route = routes.get(operation)
    if route is None:
        raise ValueError("unknown operation")
    path = route.fill(values)
    response = await client.request(route.method, path)
    response.raise_for_status()
    return response.json()


if __name__ == "__main__":
    mcp.run()
