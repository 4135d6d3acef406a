import clickhouse_connect
from clickhouse_connect.driver.binding import format_query_value
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("tables")


def table_names(client, database: str, like: str | None) -> list[str]:
    query = f"SELECT name FROM system.tables WHERE database = {format_query_value(database)}"
    if like:
        query += f" AND name LIKE {format_query_value(like)}"
    return [row[0] for row in client.query(query).result_rows]


@mcp.tool()
def list_tables(database: str, like: str | None = None) -> list[str]:
    """Lists tables."""
    return table_names(clickhouse_connect.get_client(host="localhost"), database, like)
