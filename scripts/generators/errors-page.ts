import { ERRORS, type ErrorRow } from '../../src/errors.ts';
import { type GeneratedFile, NOTICE, tableRow } from './generated-file.ts';

const INTRO = `# Errors

Every refusal has one code of the closed list below. You can branch on the code; the sentence is the whole of what
leaves the process, and the reason in detail stands in the audit log under the same request id.

The second column is the HTTP status. With status 200 a positive number marks a tool result with \`isError\`, which
the model can read and act on; every other refusal is a JSON-RPC error with the number of the third column. Numbers
outside -32768 to -32000 are of Portcullis itself, as MCP 2026-07-28 asks.
`;

/** Writes `docs/errors.md` from the closed list of refusals. */
export function errorsPage(): GeneratedFile {
  const rows: readonly (readonly [string, ErrorRow])[] = Object.entries(ERRORS);
  const table = [
    tableRow(['code', 'HTTP', 'JSON-RPC', 'sentence']),
    '|---|---|---|---|',
    ...rows.map(([code, row]) => tableRow([`\`${code}\``, String(row.status), String(row.rpc), row.sentence])),
  ];
  return { path: 'docs/errors.md', content: `${NOTICE}\n\n${INTRO}\n${table.join('\n')}\n` };
}
