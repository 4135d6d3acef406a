/** Packages of MCP servers that many people run, for whose names others want to be taken. */
const KNOWN_NAMES: readonly string[] = Object.freeze([
  '@modelcontextprotocol/server-everything',
  '@modelcontextprotocol/server-filesystem',
  '@modelcontextprotocol/server-memory',
  '@modelcontextprotocol/server-sequential-thinking',
  '@modelcontextprotocol/server-github',
  '@modelcontextprotocol/server-gitlab',
  '@modelcontextprotocol/server-postgres',
  '@modelcontextprotocol/server-puppeteer',
  '@modelcontextprotocol/server-slack',
  '@modelcontextprotocol/server-brave-search',
  '@modelcontextprotocol/server-google-maps',
  '@playwright/mcp',
  '@notionhq/notion-mcp-server',
  '@cyanheads/git-mcp-server',
  '@brave/brave-search-mcp-server',
  '@browserbasehq/mcp-server-browserbase',
  '@browsermcp/mcp',
  '@azure/mcp',
  '@azure-devops/mcp',
  '@sentry/mcp-server',
  '@stripe/mcp',
  '@supabase/mcp-server-supabase',
  '@upstash/context7-mcp',
  'firecrawl-mcp',
  'chrome-devtools-mcp',
  'exa-mcp-server',
  'figma-developer-mcp',
  'mongodb-mcp-server',
  'tavily-mcp',
]);

/** A name that another could be taken for, and why. */
export interface Resemblance {
  readonly name: string;
  readonly why: 'letters' | 'scope';
}

/** The known name that a package could be taken for; nothing where it is that very package, or like none. */
export function resembles(name: string, known: Iterable<string> = KNOWN_NAMES): Resemblance | undefined {
  const all = [...known];
  if (all.includes(name)) return undefined;
  const letters = all.find((each) => distance(name, each) <= (Math.min(name.length, each.length) < 8 ? 1 : 2));
  if (letters !== undefined) return { name: letters, why: 'letters' };
  const plain = plainOf(name);
  const scope = all.find((each) => each.includes('/') && plain === plainOf(each));
  return scope === undefined || plain === 'mcp' ? undefined : { name: scope, why: 'scope' };
}

const plainOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Letters to add, drop, change or swap to make one of the other (Damerau-Levenshtein, optimal string alignment). */
export function distance(a: string, b: string): number {
  let [before, last]: [readonly number[], readonly number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, at) => at),
  ];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? least) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Libraries that servers are built with, which belong to their dependencies. */
const LIBRARIES: readonly string[] = Object.freeze([
  '@modelcontextprotocol/sdk',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/client',
  '@modelcontextprotocol/inspector',
  'fastmcp',
  'mcp-framework',
  'mcp-handler',
  'mcp-remote',
  'mcp-proxy',
]);

/** The known name of a server or a library of MCP that a name is one letter from; nothing where it is known itself. */
export function misspelt(name: string): string | undefined {
  const known = [...KNOWN_NAMES, ...LIBRARIES];
  if (known.includes(name)) return undefined;
  // Of short names many are one letter apart.
  return known.find(
    (each) => each.length >= 7 && Math.abs(each.length - name.length) <= 1 && distance(name, each) === 1,
  );
}
