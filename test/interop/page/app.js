import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const PAGE = `${location.origin}/`;
const OUTCOME = document.querySelector('output');

/** Something of the sign-in that has to outlive the way to the authorization server and back. */
const kept = (name) => ({
  get: () => JSON.parse(sessionStorage.getItem(name) ?? 'null') ?? undefined,
  set: (value) => sessionStorage.setItem(name, JSON.stringify(value)),
});

const [server, client, discovery, tokens, verifier] = ['server', 'client', 'discovery', 'tokens', 'verifier'].map(kept);

const authProvider = {
  redirectUrl: PAGE,
  clientMetadata: { client_name: 'A page', redirect_uris: [PAGE], token_endpoint_auth_method: 'none' },
  clientInformation: client.get,
  saveClientInformation: client.set,
  discoveryState: discovery.get,
  saveDiscoveryState: discovery.set,
  tokens: tokens.get,
  saveTokens: tokens.set,
  codeVerifier: verifier.get,
  saveCodeVerifier: verifier.set,
  redirectToAuthorization: (url) => location.assign(url),
};

const asked = new URLSearchParams(location.search);
if (asked.has('server')) server.set(asked.get('server'));
const transport = new StreamableHTTPClientTransport(new URL(server.get()), { authProvider });
if (asked.has('code')) await transport.finishAuth(asked);

const { mode } = document.body.dataset;
const person = new Client({ name: 'page', version: '1.0.0' }, { versionNegotiation: { mode } });
try {
  await person.connect(transport);
  const { structuredContent } = await person.callTool({ name: 'count', arguments: { to: 3 } });
  OUTCOME.textContent = `${person.getNegotiatedProtocolVersion()} ${JSON.stringify(structuredContent)}`;
} catch (error) {
  if (error.name !== 'UnauthorizedError') OUTCOME.textContent = `${error.name}: ${error.message}`;
}
