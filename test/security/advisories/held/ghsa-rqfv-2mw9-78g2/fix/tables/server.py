import uvicorn
from mcp.server import Server
from mcp.server.sse import SseServerTransport
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import TextContent, Tool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

app = Server("tables")
SECURITY = TransportSecuritySettings(
    enable_dns_rebinding_protection=True,
    allowed_hosts=["127.0.0.1:*", "localhost:*"],
    allowed_origins=["http://127.0.0.1:*", "http://localhost:*"],
)
TABLES = ("orders", "customers")


@app.list_tools()
async def list_tools() -> list[Tool]:
    return [Tool(name="tables", description="Names of the tables", inputSchema={"type": "object", "additionalProperties": False})]


@app.call_tool()
async def call_tool(name: str, arguments: dict) -> list[TextContent]:
    return [TextContent(type="text", text=", ".join(TABLES))]


def create_app() -> Starlette:
    sse = SseServerTransport("/messages/", security_settings=SECURITY)

    async def handle_sse(request: Request) -> Response:
        async with sse.connect_sse(request.scope, request.receive, request._send) as streams:
            await app.run(streams[0], streams[1], app.create_initialization_options())
        return Response()

    return Starlette(routes=[Route("/sse", endpoint=handle_sse), Mount("/messages/", app=sse.handle_post_message)])


if __name__ == "__main__":
    uvicorn.run(create_app(), host="127.0.0.1", port=8000)
