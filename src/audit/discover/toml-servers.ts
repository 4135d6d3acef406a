import { secretIn } from '../secrets-in-files.ts';
import type { ClientServer } from '../gather/parts.ts';

type Entry = Pick<ClientServer, 'line' | 'command' | 'args' | 'url'>;

/**
 * The servers of a configuration of Codex: tables `[mcp_servers.name]` with `command`, `args` and `url`, each on a line of its
 * own, as Codex writes them. Other TOML is passed by.
 */
export function readTomlServers(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let at: { line: number; command?: string; args: readonly string[]; url?: string } | undefined;
  const flush = (): void => {
    if (at === undefined || (at.command === undefined && at.url === undefined)) return;
    const { line, command, args, url } = at;
    const placed = (value: string) => ({ value, line, column: 1 });
    entries.push({
      line,
      args: args.map((value) => placed(secretIn('', value) === undefined ? value : '[secret]')),
      ...(command === undefined ? {} : { command: placed(command) }),
      ...(url === undefined ? {} : { url: placed(plainUrl(url)) }),
    });
  };
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*\[/.test(line)) {
      flush();
      at = /^\s*\[mcp_servers\.(?:"[^"]+"|[\w-]+)\]\s*(?:#.*)?$/.test(line) ? { line: index + 1, args: [] } : undefined;
    } else if (at !== undefined) {
      const [, name, value = ''] = /^\s*(command|args|url)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
      if (name === 'args') at.args = stringsIn(value);
      else if (name === 'command' || name === 'url') at[name] = stringsIn(value)[0] ?? '';
    }
  }
  flush();
  return entries;
}

function stringsIn(value: string): readonly string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(([, basic, literal]) => basic ?? literal ?? '');
}

function plainUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : parsed.origin + parsed.pathname;
}
