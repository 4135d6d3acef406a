import { relative, resolve } from 'node:path';
import type { Era } from '../protocol/versions.ts';
import { paint } from './log-lines.ts';

/** What `portcullis dev` tells about itself. */
export interface BannerFacts {
  readonly name: string;
  readonly url: string;
  readonly eras: ReadonlySet<Era>;
  readonly issuer: string;
  /** Address of the approval page; absent where nothing needs it. */
  readonly approvals: string | undefined;
  readonly users: readonly { readonly name: string; readonly password: string }[];
  readonly audit: string;
  /** Names of the symbols that switch controls off. */
  readonly insecure: readonly string[];
}

const ERA_TEXT: ReadonlyMap<Era, string> = new Map<Era, string>([
  ['modern', 'modern (2026-07-28)'],
  ['legacy', 'legacy (2025-11-25 and before)'],
]);

// The repository's own start script has a companion.
const ENDING =
  process.env['npm_lifecycle_event'] === 'start'
    ? 'Ctrl-C stops it. npm run tour shows a client and six attacks.'
    : 'Ctrl-C stops it.';

/** Prints where the server is, who may sign in, how clients connect and where the audit log is. */
export function printBanner({ name, url, eras, issuer, approvals, users, audit, insecure }: BannerFacts): void {
  const { stdout } = process;
  const bold = (text: string): string => paint(stdout, 'bold', text);
  const dim = (text: string): string => paint(stdout, 'dim', text);
  const row = (label: string, value: string): string => `  ${dim(label.padEnd(12))} ${value}`;
  const log = relative('', audit) || audit;
  const tail = audit === resolve('.portcullis', 'audit') ? 'npx portcullis log tail' : `npx portcullis log tail ${log}`;
  const entry = { name: slug(name), type: 'http', url };
  const lines = [
    '',
    `  ${bold('Portcullis')} serves ${bold(name)}`,
    '',
    row('endpoint', bold(url)),
    row('sign-in', issuer),
    ...(approvals === undefined ? [] : [row('approvals', approvals)]),
    ...users.map((user, index) =>
      row(index === 0 ? 'demo users' : '', `${user.name}  ${dim('password')} ${user.password}`),
    ),
    row('eras', [...eras].map((era) => ERA_TEXT.get(era) ?? era).join(', ')),
    row('audit log', `${log}   ${dim(tail)}`),
    ...insecure.map((symbol) => row('weakened', paint(stdout, 'yellow', symbol))),
    '',
    `  ${bold('Connect a client')}`,
    row('Inspector', `npx @modelcontextprotocol/inspector --transport http --server-url ${url}`),
    row('Claude Code', `claude mcp add --transport http ${slug(name)} ${url}`),
    row('VS Code', `code --add-mcp '${JSON.stringify(entry)}'`),
    row('mcp-remote', `npx mcp-remote ${url}`),
    '',
    `  ${dim(ENDING)}`,
    '',
  ];
  stdout.write(`${lines.join('\n')}\n`);
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') || 'server';
}
