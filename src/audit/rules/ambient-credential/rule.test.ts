import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

const server = (body: string): string =>
  `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nconst server = new McpServer({ name: 'a', version: '1.0.0' });\nserver.registerTool('list', {}, async (extra) => ({ content: [{ type: 'text', text: await list(keyOf(extra)) }] }));\nfunction keyOf(extra) {\n${body}\n}\n`;
const python = (body: string): string =>
  `import os\nfrom fastmcp import FastMCP\nfrom fastmcp.server.dependencies import get_http_headers\nmcp = FastMCP("a")\n@mcp.tool\ndef show() -> str:\n  return ask(key())\ndef key():\n  headers = get_http_headers()\n${body}\n`;

testCases(rule, {
  wrong: {
    typescript: {
      'or that of the server': server("return extra.requestInfo.headers['x-api-key'] ?? process.env.SERVICE_API_KEY;"),
      'by a variable': server(
        "const own = extra.requestInfo.headers.authorization;\nif (own) return own.slice(7);\nreturn process.env['SERVICE_TOKEN'];",
      ),
      'within the one case': server(
        "if (extra.requestInfo) {\nconst own = extra.requestInfo.headers['x-api-key'];\nif (own) return own;\nreturn process.env.SERVICE_API_KEY;\n}\nreturn undefined;",
      ),
    },
    python: {
      'or that of the server': python('  return headers.get("x-api-key") or os.getenv("SERVICE_KEY")'),
      'by a default': python(
        '  own = headers.get("authorization", "")\n  if own:\n    return own[7:]\n  return os.environ["SERVICE_TOKEN"]',
      ),
    },
  },
  right: {
    typescript: {
      refused: server(
        "const own = extra.requestInfo.headers['x-api-key'];\nif (!own) throw new Error('send a key');\nreturn own;",
      ),
      'refused, and that of the server where there is no request': server(
        "if (extra.requestInfo) {\nconst own = extra.requestInfo.headers['x-api-key'];\nif (!own) throw new Error('send a key');\nreturn own;\n}\nreturn process.env.SERVICE_API_KEY;",
      ),
      compared: server('return extra.requestInfo.headers.authorization === `Bearer ${process.env.SERVICE_TOKEN}`;'),
      'that of the server alone': server('return process.env.SERVICE_TOKEN ?? process.env.OTHER_TOKEN;'),
      'a header that is no credential': server(
        "return extra.requestInfo.headers['x-request-id'] ?? process.env.TOKEN_ID_KEY;",
      ),
    },
    python: {
      refused: python('  own = headers.get("x-api-key")\n  if not own:\n    raise PermissionError()\n  return own'),
      compared: python(
        '  own = headers.get("authorization", "")\n  return hmac.compare_digest(own, "Bearer " + os.environ["SERVICE_TOKEN"])',
      ),
    },
  },
});
