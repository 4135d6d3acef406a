import logging
import os

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("calendar")
logger = logging.getLogger(__name__)
given = os.getenv("CALENDAR_CLIENT_SECRETS")
if given:
    CLIENT_SECRETS_PATH = given
else:
    CLIENT_SECRETS_PATH = os.path.join(os.path.dirname(__file__), "client_secret.json")


@mcp.tool()
def sign_in() -> str:
    """Signs in."""
    if not os.path.exists(CLIENT_SECRETS_PATH):
        logger.error(f"No file of the client at {CLIENT_SECRETS_PATH}")
        return "The server is not set up."
    return "https://calendar.example.com/sign-in"
