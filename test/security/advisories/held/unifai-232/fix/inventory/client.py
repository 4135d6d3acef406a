import os
import ssl

import httpx


def create_client() -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=os.environ.get("INVENTORY_CA"))
    transport = httpx.AsyncHTTPTransport(verify=context, retries=2)
    return httpx.AsyncClient(
        base_url=os.environ["INVENTORY_URL"],
        headers={"Authorization": "Bearer " + os.environ["INVENTORY_TOKEN"]},
        transport=transport,
        timeout=10,
    )
