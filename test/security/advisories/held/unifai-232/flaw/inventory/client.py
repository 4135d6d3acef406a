import os

import httpx


def create_client() -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(verify=False, retries=2)
    return httpx.AsyncClient(
        base_url=os.environ["INVENTORY_URL"],
        headers={"Authorization": "Bearer " + os.environ["INVENTORY_TOKEN"]},
        transport=transport,
        timeout=10,
    )
