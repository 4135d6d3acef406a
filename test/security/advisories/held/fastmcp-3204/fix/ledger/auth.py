from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from pydantic import AnyHttpUrl

ISSUER = "https://login.example.com"
RESOURCE = "https://ledger.example.com"


def create_auth() -> RemoteAuthProvider:
    verifier = JWTVerifier(
        jwks_uri=f"{ISSUER}/oauth2/jwks",
        issuer=ISSUER,
        audience=f"{RESOURCE}/mcp",
        algorithm="RS256",
        required_scopes=["ledger:read"],
    )
    return RemoteAuthProvider(
        token_verifier=verifier,
        authorization_servers=[AnyHttpUrl(ISSUER)],
        base_url=RESOURCE,
    )
