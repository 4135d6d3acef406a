import type { UpstreamNeeds } from '../../src/gateway/options.ts';

/** Where the parts are that real servers are tried on. */
export interface Places {
  /** A folder with `a.txt`, a repository of git, one with a JavaScript file, and one that may be written. */
  readonly docs: string;
  readonly repository: string;
  readonly project: string;
  readonly kept: string;
  /** Files that no server has been given. */
  readonly outside: string;
  /** Folder of PostgreSQL's socket, and the password of its role `reader`. */
  readonly socket: string;
  readonly password: string;
  /** Port of an HTTP server on loopback that stands in for APIs. */
  readonly port: number;
}

/** One call of a tool, and what its answer, its refusal, or the operator's log then has to say. */
export interface Try {
  readonly tool: string;
  readonly args: object;
  readonly says: RegExp;
  /** What is different from the whole: needs that are taken away, or another environment. */
  readonly needs?: UpstreamNeeds;
  readonly env?: Readonly<Record<string, string>>;
  readonly args0?: readonly string[];
}

/** A real server, as a client's configuration has it, and what is tried on it. */
export interface RealServer {
  readonly package: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly needs: UpstreamNeeds;
  readonly calls: readonly Try[];
  /** The same with fewer needs: it has to fail, and to say so. */
  readonly fewer: readonly Try[];
  /** What lies outside of its needs. */
  readonly refused: readonly Try[];
}

const GIBI = 1_073_741_824;
const NOWHERE =
  /(?:ENOENT|EACCES|EROFS|EPERM|denied|not found|no such|does not exist|none of the specified|accessible|No files matching|outside|Read-only)/i;
const NO_WAY = /no way out to/;

/** Ten servers of npm, each with the smallest needs that are enough. */
export function realServers(places: Places): Readonly<Record<string, RealServer>> {
  const { docs, repository, project, kept, outside, socket, password, port } = places;
  const here = `http://localhost:${port}`;
  const chromium = [
    '--headless',
    '--isolated',
    '--no-sandbox',
    '--executable-path',
    '/usr/lib/chromium/chromium',
    // Chromium leaves out a proxy of the environment for what is on loopback, as the stand-in is.
    '--proxy-server',
    'http://127.0.0.1:3128',
  ];
  return {
    everything: {
      package: '@modelcontextprotocol/server-everything@2026.8.31',
      needs: {},
      calls: [
        { tool: 'echo', args: { message: 'word' }, says: /Echo: word/ },
        { tool: 'get-sum', args: { a: 2, b: 3 }, says: /5/ },
      ],
      fewer: [],
      refused: [
        { tool: 'gzip-file-as-resource', args: { name: 'x.gz', data: `${here}/x` }, says: /fetch failed/ },
        { tool: 'get-env', args: {}, says: /^(?![^]*(?:CANARY|SSH|npm_))[^]*HOME/ },
      ],
    },
    filesystem: {
      package: '@modelcontextprotocol/server-filesystem@2026.8.31',
      args: [docs],
      needs: { reads: [docs] },
      calls: [{ tool: 'read_text_file', args: { path: `${docs}/a.txt` }, says: /alpha/ }],
      fewer: [{ tool: 'read_text_file', args: { path: `${docs}/a.txt` }, says: NOWHERE, needs: {} }],
      refused: [
        { tool: 'read_text_file', args: { path: `${outside}/canary` }, says: NOWHERE, args0: ['/'] },
        { tool: 'write_file', args: { path: `${docs}/b.txt`, content: 'x' }, says: /EROFS|Read-only|EACCES/ },
      ],
    },
    memory: {
      package: '@modelcontextprotocol/server-memory@2026.8.31',
      env: { MEMORY_FILE_PATH: `${kept}/memory.jsonl` },
      needs: { writes: [kept] },
      calls: [
        {
          tool: 'create_entities',
          args: { entities: [{ name: 'Ann', entityType: 'person', observations: ['likes tea'] }] },
          says: /Ann/,
        },
        { tool: 'read_graph', args: {}, says: /likes tea/ },
      ],
      fewer: [
        {
          tool: 'create_entities',
          args: { entities: [{ name: 'Bob', entityType: 'person', observations: ['x'] }] },
          says: NOWHERE,
          needs: {},
        },
      ],
      refused: [
        {
          tool: 'create_entities',
          args: { entities: [{ name: 'Eve', entityType: 'person', observations: ['x'] }] },
          says: NOWHERE,
          env: { MEMORY_FILE_PATH: `${outside}/memory.jsonl` },
        },
      ],
    },
    thinking: {
      package: '@modelcontextprotocol/server-sequential-thinking@2026.8.31',
      needs: {},
      calls: [
        {
          tool: 'sequentialthinking',
          args: { thought: 'so', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
          says: /thoughtHistoryLength/,
        },
      ],
      fewer: [],
      refused: [],
    },
    playwright: {
      package: '@playwright/mcp@0.0.83',
      args: chromium,
      needs: {
        reads: ['/etc/fonts', '/etc/chromium.d'],
        hosts: [here],
        memoryBytes: 16 * GIBI,
        processes: 512,
      },
      calls: [{ tool: 'browser_navigate', args: { url: `${here}/page` }, says: /A page/ }],
      fewer: [
        {
          tool: 'browser_navigate',
          args: { url: `${here}/page` },
          says: /ERR_|failed|closed/i,
          needs: { memoryBytes: 16 * GIBI, processes: 512 },
        },
        {
          tool: 'browser_navigate',
          args: { url: `${here}/page` },
          says: /fail|clos|crash|launch/i,
          needs: { hosts: [here] },
        },
      ],
      refused: [
        { tool: 'browser_navigate', args: { url: 'https://evil.example/' }, says: /ERR_/ },
        { tool: 'browser_navigate', args: { url: `file://${outside}/canary` }, says: /file:|protocol|ERR_/i },
      ],
    },
    notion: {
      package: '@notionhq/notion-mcp-server@2.5.2',
      env: { NOTION_TOKEN: 'ntn_1234567890abcdef', BASE_URL: here },
      needs: { hosts: [here] },
      calls: [{ tool: 'API-get-self', args: {}, says: /stand-in/ }],
      fewer: [{ tool: 'API-get-self', args: {}, says: /ECONN|ENOTFOUND|EAI_AGAIN|fetch failed|socket/i, needs: {} }],
      refused: [
        // The real host, which this machine may not have a way to.
        { tool: 'API-get-self', args: {}, says: /api\.notion\.com/, needs: { hosts: ['api.notion.com'] }, env: {} },
        { tool: 'API-get-self', args: {}, says: NO_WAY, env: {} },
      ],
    },
    firecrawl: {
      package: 'firecrawl-mcp@3.26.0',
      env: { FIRECRAWL_API_KEY: 'fc-12345678', FIRECRAWL_API_URL: here },
      needs: { hosts: [here] },
      calls: [{ tool: 'firecrawl_scrape', args: { url: 'https://example.com/' }, says: /stand-in/ }],
      fewer: [
        {
          tool: 'firecrawl_scrape',
          args: { url: 'https://example.com/' },
          says: /ECONN|ENOTFOUND|EAI_AGAIN|fetch failed|socket/i,
          needs: {},
        },
      ],
      refused: [
        {
          tool: 'firecrawl_scrape',
          args: { url: 'https://example.com/' },
          says: /api\.firecrawl\.dev/,
          needs: { hosts: ['api.firecrawl.dev'] },
          env: {},
        },
        { tool: 'firecrawl_scrape', args: { url: 'https://example.com/' }, says: NO_WAY, env: {} },
      ],
    },
    git: {
      package: '@cyanheads/git-mcp-server@2.15.3',
      env: { MCP_TRANSPORT_TYPE: 'stdio', MCP_LOG_LEVEL: 'error' },
      needs: { writes: [repository] },
      calls: [
        { tool: 'git_status', args: { path: repository }, says: /main|clean|branch/i },
        { tool: 'git_log', args: { path: repository }, says: /first/ },
      ],
      fewer: [{ tool: 'git_status', args: { path: repository }, says: NOWHERE, needs: {} }],
      refused: [
        { tool: 'git_status', args: { path: outside }, says: NOWHERE },
        { tool: 'git_clone', args: { url: `${here}/x.git`, path: `${repository}/clone` }, says: /Failed to connect/ },
      ],
    },
    postgres: {
      package: '@modelcontextprotocol/server-postgres@0.6.2',
      args: [`postgresql://reader@localhost/postgres?host=${socket}`],
      env: { PGPASSWORD: password },
      needs: { reads: [socket] },
      calls: [{ tool: 'query', args: { sql: 'select word from words' }, says: /from the base/ }],
      fewer: [{ tool: 'query', args: { sql: 'select 1' }, says: /UPSTREAM_FAILED/, needs: {} }],
      refused: [
        { tool: 'query', args: { sql: "insert into words values ('x')" }, says: /UPSTREAM_FAILED/ },
        { tool: 'query', args: { sql: "select pg_read_file('/etc/passwd')" }, says: /UPSTREAM_FAILED/ },
      ],
    },
    eslint: {
      package: '@eslint/mcp@0.3.13',
      needs: { reads: [project] },
      calls: [{ tool: 'lint-files', args: { filePaths: [`${project}/a.js`] }, says: /no-unused-vars/ }],
      fewer: [{ tool: 'lint-files', args: { filePaths: [`${project}/a.js`] }, says: NOWHERE, needs: {} }],
      refused: [{ tool: 'lint-files', args: { filePaths: [`${outside}/a.js`] }, says: NOWHERE }],
    },
  };
}
