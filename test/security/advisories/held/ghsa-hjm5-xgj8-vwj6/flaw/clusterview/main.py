import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("clusterview")
READ_VERBS = {"get", "describe", "logs", "explain", "top", "version"}


def is_read_only(command: str) -> bool:
    words = command.split()
    return len(words) > 0 and words[0] in READ_VERBS


@mcp.tool(description="Run a kubectl command that only reads")
def kubectl(command: str) -> str:
    if not is_read_only(command):
        return "Error: only commands that read are allowed"
    done = subprocess.run(f"kubectl {command}", shell=True, capture_output=True, text=True, timeout=30)
    return done.stdout or done.stderr


@mcp.tool(description="Version of the client")
def client_version() -> str:
    done = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True, timeout=30)
    return done.stdout


if __name__ == "__main__":
    mcp.run()
