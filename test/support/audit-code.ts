import { analyse } from '../../src/audit/code/analyse.ts';
import type { CodeSubject } from '../../src/audit/code/facts.ts';
import { javascript } from '../../src/audit/code/javascript/front-end.ts';
import { javascriptModels } from '../../src/audit/code/javascript/models/index.ts';
import { secretsOf } from '../../src/audit/code/secrets.ts';
import { settingsOf } from '../../src/audit/code/settings.ts';
import type { AuditRule, Judgement } from '../../src/audit/model.ts';

/** What the code of some files comes to, read in this process. */
export function readCode(files: Readonly<Record<string, string>>): CodeSubject {
  const modules = Object.entries(files).map(([file, text]) => javascript.read(file, text));
  const seen = analyse(modules, [{ frontEnd: javascript, models: javascriptModels }]);
  return {
    ...seen,
    files: Object.keys(files),
    secrets: modules.flatMap(secretsOf),
    settings: modules.flatMap(settingsOf),
  };
}

/** What a rule says of some files; `undefined` where it is about nothing in them. It judges what has been kept as JSON. */
export function judgeCode<G extends object>(
  rule: AuditRule<CodeSubject, G>,
  files: Readonly<Record<string, string>> | string,
): Judgement | undefined {
  const gathered = rule.gather(readCode(typeof files === 'string' ? { 'a.ts': files } : files));
  if (gathered instanceof Promise) throw new TypeError('a rule about code gathers at once');
  return gathered === undefined ? undefined : rule.judge(JSON.parse(JSON.stringify(gathered)) as G);
}

/** A server of the SDK with one tool, whose arguments `shape` says, and whose handler does `body` with `input`. */
export function toolServer(body: string, shape: string, before = ''): string {
  return `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
${before}
const server = new McpServer({ name: 'notes', version: '1.0.0' });
server.registerTool('act', { inputSchema: { ${shape} } }, async (input) => {
${body}
  return { content: [] };
});
`;
}
