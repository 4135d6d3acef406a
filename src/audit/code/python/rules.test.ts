import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePython } from '../../../../test/support/audit-python.ts';
import type { CodeSubject } from '../facts.ts';
import type { AuditRule } from '../../model.ts';
import { rule as environment } from '../../rules/environment-injection/rule.ts';
import { rule as hosts } from '../../rules/http-host-check/rule.ts';
import { rule as internals } from '../../rules/internals-in-result/rule.ts';
import { rule as logged } from '../../rules/logged-secret/rule.ts';
import { rule as options } from '../../rules/option-injection/rule.ts';
import { rule as paths } from '../../rules/path-traversal/rule.ts';
import { rule as predictable } from '../../rules/predictable-id/rule.ts';
import { rule as forgery } from '../../rules/request-forgery/rule.ts';
import { rule as audience } from '../../rules/token-audience/rule.ts';
import { rule as passthrough } from '../../rules/token-passthrough/rule.ts';
import { rule as certificate } from '../../rules/unchecked-certificate/rule.ts';
import { rule as unverified } from '../../rules/unverified-token/rule.ts';
import { rule as listener } from '../../rules/wide-listener/rule.ts';

type Rule = AuditRule<CodeSubject, object>;
/** Judges with a rule what stands in a file. */
type Case = readonly [rule: Rule, what: string, text: string];

const HEAD = 'import os, subprocess, httpx\nfrom fastmcp import FastMCP\nmcp = FastMCP("x")\n';
const inTool = (body: string, before = ''): string =>
  `${HEAD}${before}\n@mcp.tool\ndef act(x: str) -> str:\n    ${body}\n`;
const SSE = 'from mcp.server.sse import SseServerTransport\n';
const SECURITY = 'from mcp.server.transport_security import TransportSecuritySettings\n';
const HTTP = 'from mcp.server.streamable_http_manager import StreamableHTTPSessionManager\n';
const VERIFIER = 'from fastmcp.server.auth.providers.jwt import JWTVerifier\n';
const HEADERS = 'from fastmcp.server.dependencies import get_access_token, get_http_headers';
const store = (last: string): string =>
  `import hmac\ndef check_api_key(given):\n    for key in KEYS:\n        if hmac.compare_digest(key, given):\n            return True\n    return ${last}\n`;

const wrong: readonly Case[] = [
  [hosts, 'no settings', `${SSE}SseServerTransport("/m")`],
  [hosts, 'settings that are none', `${HTTP}StreamableHTTPSessionManager(app=a, security_settings=None)`],
  [hosts, 'switched off', `${SECURITY}TransportSecuritySettings(enable_dns_rebinding_protection=False)`],
  [listener, 'uvicorn', `${HEAD}import uvicorn\nuvicorn.run(mcp.http_app(), host="0.0.0.0")`],
  [listener, 'FastMCP', `${HEAD}mcp.run(transport="http", host="::")`],
  [listener, 'a default', `${HEAD}mcp.run(transport="http", host=os.getenv("HOST", "0.0.0.0"))`],
  [audience, 'a verifier without one', `${VERIFIER}JWTVerifier(jwks_uri="https://i/k", issuer="https://i")`],
  [unverified, 'no signature', 'import jwt\njwt.decode(t, options={"verify_signature": False})'],
  [unverified, 'claims alone', 'from jose import jwt\njwt.get_unverified_claims(t)'],
  [unverified, 'yes at the end', store('True')],
  [certificate, 'a transport', 'import httpx\nhttpx.HTTPTransport(verify=False)'],
  [certificate, 'a session', 'import requests\ns = requests.Session()\ns.verify = False'],
  [certificate, 'a context', 'import ssl\nc = ssl.create_default_context()\nc.verify_mode = ssl.CERT_NONE'],
  [forgery, 'a header', inTool('return httpx.get(get_http_headers()["x-base"] + "/a").text', HEADERS)],
  [
    passthrough,
    'a header',
    inTool('return httpx.get("https://a.b/", headers={"A": get_access_token().token}).text', HEADERS),
  ],
  [environment, 'any variable', inTool('subprocess.run(["a"], env={**os.environ, **json.loads(x)})', 'import json')],
  [logged, 'a secret', inTool('logging.info("with %s", os.environ["API_TOKEN"])', 'import logging')],
  [logged, 'by get', inTool('print(f"with {os.environ.get(\'API_TOKEN\')}")')],
  [
    predictable,
    'random',
    inTool('return x', 'import random\ndef make_session_id():\n    return str(random.randint(0, 9))'),
  ],
  [internals, 'a stack', inTool('return traceback.format_exc()', 'import traceback')],
  [options, 'words of a caller', inTool('subprocess.run(["build", *x.split()])')],
  [
    options,
    'a default of pydantic',
    `${HEAD}from pydantic import Field\n@mcp.tool\ndef a(x: str = Field(default="a")):\n    subprocess.run(["git", "log", x])`,
  ],
  [paths, 'the index of a repository', inTool('git.Repo("/srv/a").index.add([x])', 'import git')],
];

const right: readonly Case[] = [
  [
    hosts,
    'settings',
    `${SSE}${SECURITY}SseServerTransport("/m", security_settings=TransportSecuritySettings(allowed_hosts=["a"]))`,
  ],
  [hosts, 'in order', `${SSE}${SECURITY}SseServerTransport("/m", TransportSecuritySettings(allowed_hosts=["a"]))`],
  [hosts, 'options from elsewhere', `${HTTP}from x import OPTIONS\nStreamableHTTPSessionManager(app=a, **OPTIONS)`],
  [hosts, 'a check of its own', `${SSE}SseServerTransport("/m")\ndef ok(r):\n    return r.headers.get("host") == "a"`],
  [
    hosts,
    'a middleware',
    `${SSE}from starlette.middleware.trustedhost import TrustedHostMiddleware\nTrustedHostMiddleware(SseServerTransport("/m"), allowed_hosts=["a"])`,
  ],
  [listener, 'loopback', `${HEAD}mcp.run(transport="http", host=os.getenv("HOST", "127.0.0.1"))`],
  [listener, 'no word of it', `${HEAD}mcp.run()`],
  [audience, 'one', `${VERIFIER}JWTVerifier(jwks_uri="https://i/k", audience=A)`],
  [audience, 'options from elsewhere', `${VERIFIER}from x import OPTIONS\nJWTVerifier(**OPTIONS)`],
  [unverified, 'verified', 'import jwt\njwt.decode(t, KEY, algorithms=["ES256"])'],
  [
    unverified,
    'read first',
    'import jwt\njwt.decode(t, options={"verify_signature": False})\njwt.decode(t, KEY, algorithms=["ES256"])',
  ],
  [certificate, 'an authority of its own', 'import httpx\nhttpx.HTTPTransport(verify=CONTEXT)'],
  [
    forgery,
    'a list of hosts',
    inTool(
      'b = get_http_headers()["x-base"]\n    if b not in ("https://a", "https://b"):\n        raise ValueError()\n    return httpx.get(b + "/a").text',
      HEADERS,
    ),
  ],
  [passthrough, 'a token of its own', inTool('return httpx.get("https://a.b/", headers={"A": os.environ["T"]}).text')],
  [environment, 'a variable that is named', inTool('subprocess.run(["a"], env={**os.environ, "NAME": x})')],
  [logged, 'a name', inTool('logging.info("with %s", os.environ["REGION"])', 'import logging')],
  [
    predictable,
    'secrets',
    inTool('return x', 'import secrets\ndef make_session_id():\n    return secrets.token_hex(16)'),
  ],
  [internals, 'a reason', inTool('return "it failed"')],
  [
    options,
    'words that are checked',
    inTool(
      'words = x.split()\n    if any(word.startswith("-") for word in words):\n        raise ValueError()\n    subprocess.run(["build", *words])',
    ),
  ],
  [
    options,
    'something injected',
    `${HEAD}from fastmcp.dependencies import Depends\n@mcp.tool\ndef a(x: str = Depends(f)):\n    subprocess.run(["git", "log", x])`,
  ],
  [
    paths,
    'in a folder',
    inTool(
      'p = os.path.realpath(os.path.join("/srv", x))\n    if os.path.dirname(p) != os.path.realpath("/srv"):\n        raise ValueError()\n    return open(p).read()',
    ),
  ],
];

for (const [rule, what, text] of wrong)
  test(`wrong: ${rule.meta.id}, ${what}`, () => {
    const judged = judgePython(rule, text);
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [rule, what, text] of right)
  test(`right: ${rule.meta.id}, ${what}`, () => {
    assert.equal(judgePython(rule, text)?.status, 'pass');
  });

test('a check that says no at its end is none that is looked at', () => {
  assert.equal(judgePython(unverified, store('False')), undefined);
  const strict =
    'import hmac\ndef check_token(a):\n    if not hmac.compare_digest(a, b):\n        return False\n    return True\n';
  assert.equal(judgePython(unverified, strict), undefined);
});
