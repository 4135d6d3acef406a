import { member, membersOf, readLocated, textOf } from '../located.ts';
import { lineCounter, type Ecosystem } from './locked.ts';
import { pythonName, requirementOf } from './python-locks.ts';
import { wantedOf, type Wanted } from './wanted.ts';

/** What a project needs. */
export interface Manifest {
  readonly file: string;
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly dependencies: readonly Wanted[];
  /** Whether it is an MCP server by what it depends on. */
  readonly isMcp: boolean;
  /** What its scripts run, which workflows call by name. */
  readonly scripts: readonly string[];
  /** Whether what is published of it says what it was built from: `publishConfig.provenance`. */
  readonly hasProvenance: boolean;
}

const MCP =
  /^(?:@modelcontextprotocol\/(?:sdk|server|node|express|hono)|fastmcp|mcp-framework|mcp-handler|xmcp|mcp-use|@vercel\/mcp-adapter|mcp|mcp-server|portcullis)$/;

/** Reads `package.json`. */
export function readPackageJson(file: string, text: string): Manifest {
  const root = readLocated(text)[0];
  if (root?.members === undefined) throw new TypeError('it is no manifest of a package');
  const dependencies = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((section) =>
    membersOf(member(root, section)).flatMap(([name, value]) => {
      const range = textOf(value);
      return range === undefined
        ? []
        : [
            {
              ...wantedOf(name, range),
              line: value.line,
              column: value.column,
              isOfRuntime: section !== 'devDependencies',
            },
          ];
    }),
  );
  return {
    file,
    ecosystem: 'npm',
    name: textOf(member(root, 'name')) ?? '',
    dependencies,
    isMcp: dependencies.some(({ name, isOfRuntime }) => isOfRuntime && MCP.test(name)),
    scripts: membersOf(member(root, 'scripts')).flatMap(([, each]) => textOf(each)?.slice(0, 400) ?? []),
    hasProvenance: member(root, 'publishConfig', 'provenance')?.scalar === true,
  };
}

/** Reads `pyproject.toml`: what the project, or poetry, needs. */
export function readPyproject(file: string, text: string): Manifest {
  const dependencies = [...projectList(text), ...poetryTable(text)];
  const [, name = ''] = /^\[(?:project|tool\.poetry)\][^[]*?^name\s*=\s*["']([^"']*)/m.exec(text) ?? [];
  const isMcp = dependencies.some((each) => MCP.test(each.name));
  return { file, ecosystem: 'PyPI', name, dependencies, isMcp, scripts: [], hasProvenance: false };
}

function projectList(text: string): readonly Wanted[] {
  const head = /^\[project\]\s*$/m.exec(text);
  if (head === null) return [];
  const body = text.slice(head.index + head[0].length).split(/^\[/m)[0] ?? '';
  const list = /^dependencies\s*=\s*\[/m.exec(body);
  if (list === null) return [];
  const from = head.index + head[0].length + list.index + list[0].length;
  const found: Wanted[] = [];
  const lineAt = lineCounter(text);
  const TOKEN = /"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|#[^\n]*|\]|[\s,]+|./gy;
  TOKEN.lastIndex = from;
  for (let token = TOKEN.exec(text); token !== null && token[0] !== ']'; token = TOKEN.exec(text)) {
    const requirement = token[1] ?? token[2];
    if (requirement === undefined) continue;
    const line = lineAt(token.index);
    const locked = requirementOf(requirement, line);
    if (locked === undefined) continue;
    const { name, from: source, isExact } = locked;
    const isOpen = source === 'registry' && /^[\w.-]+(?:\[[^\]]*\])?\s*(?:;.*)?$/.test(requirement);
    const range = requirement.replace(/\/\/[^/@\s]*@/, '//').slice(0, 200);
    found.push({ name, range, line, column: 1, isOfRuntime: true, from: source, isOpen, isExact });
  }
  return found;
}

function poetryTable(text: string): readonly Wanted[] {
  const head = /^\[tool\.poetry\.dependencies\]\s*$/m.exec(text);
  if (head === null) return [];
  const start = head.index + head[0].length;
  const body = text.slice(start).split(/^\[/m)[0] ?? '';
  const lineAt = lineCounter(text);
  return [...body.matchAll(/^["']?([\w.-]+)["']?\s*=\s*(?:["']([^"']*)["']|\{([^}]*)\})/gm)].flatMap((match) => {
    const [, name = '', range, table = ''] = match;
    if (name === 'python') return [];
    const isGit = /\bgit\s*=/.test(table);
    const from = isGit ? 'git' : /\burl\s*=/.test(table) ? 'url' : /\bpath\s*=/.test(table) ? 'folder' : 'registry';
    const version = range ?? /\bversion\s*=\s*["']([^"']*)/.exec(table)?.[1] ?? '';
    return [
      {
        name: pythonName(name),
        range: version,
        line: lineAt(start + match.index),
        column: 1,
        isOfRuntime: true,
        from,
        isOpen: from === 'registry' && /^\s*(?:\*|)\s*$/.test(version),
        isExact: isGit && /\brev\s*=\s*["'][0-9a-f]{40}["']/.test(table),
      },
    ];
  });
}

/** Manifests without what they need of one another: packages of one repository stand in it. */
export function withoutOwn(manifests: readonly Manifest[]): readonly Manifest[] {
  const own = new Set(manifests.map(({ name }) => name));
  return manifests.map((each) => ({ ...each, dependencies: each.dependencies.filter(({ name }) => !own.has(name)) }));
}
