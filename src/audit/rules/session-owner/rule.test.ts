import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

const express = (body: string): string => `import express from 'express';
const app = express();
const transports = new Map();
const owners = new Map();
app.post('/mcp', async (req, res) => {
  const principal = await principalOf(req);
  const id = req.headers['mcp-session-id'];
  ${body}
});
`;
const python = (check: string): string => `from starlette.routing import Route
SESSIONS = {}
OWNERS = {}
async def handle(request):
  user_id = await authenticate(request)
  session = request.headers.get("Mcp-Session-Id")
  ${check}
  if session in SESSIONS:
    await SESSIONS[session].handle_request(request)
  else:
    OWNERS["x"] = user_id
routes = [Route("/mcp", handle)]
`;

testCases(rule, {
  wrong: {
    typescript: {
      'by its id alone': express(
        'const transport = transports.get(id);\nif (transport) return transport.handleRequest(req, res);\nopen(principal);',
      ),
      'whoever is signed in': express(
        'if (principal === undefined) return;\nawait transports.get(id).handleRequest(req, res);',
      ),
    },
    python: { 'by its id alone': python('') },
  },
  right: {
    typescript: {
      compared: express(
        'if (owners.get(id) !== principal) return res.status(404).end();\nawait transports.get(id).handleRequest(req, res);',
      ),
      'asked for together': express(
        'if (!isOwn(id, principal)) return;\nawait transports.get(id).handleRequest(req, res);',
      ),
      'filed under its owner': express(
        'const transport = transports.get(principal).get(id);\nawait transport.handleRequest(req, res);',
      ),
      'nobody is told apart': `import express from 'express';\nconst transports = {};\nexpress().post('/mcp', (req, res) => {\n  const id = req.headers['mcp-session-id'];\n  return transports[id].handleRequest(req, res);\n});`,
    },
    python: {
      compared: python('if OWNERS.get(session) != user_id:\n    return None'),
      'part of the key': python('session = f"{user_id}:{session}"'),
    },
  },
});
