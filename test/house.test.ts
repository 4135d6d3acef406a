import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { isControlId } from '../src/catalogue/index.ts';
import { ORDER } from '../src/pipeline/order.ts';
import { readSlices } from '../scripts/generators/slices.ts';
import { looseTypes, undocumentedExports } from './house/code.ts';
import { fault, findCycle, importsOf } from './house/imports.ts';
import { read, repositoryFiles, ROOT, shipped, sources } from './house/repository.ts';

const all = repositoryFiles();
const code = sources(all);

/** Fails with one line per fault. */
function none(faults: readonly string[], rule: string): void {
  assert.ok(faults.length === 0, `${rule}:\n${faults.join('\n')}`);
}

/** The lines of files that a pattern finds, as path:line. */
function grep(paths: readonly string[], pattern: RegExp): readonly string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

test('files and folders of code are named in kebab-case', () => {
  const named = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.test|\.d)?\.(?:ts|js|mjs|json|yaml|yml|sh|css|html|py)$/;
  none(
    all
      .filter((path) => /^(?:src|test|examples|bench|scripts|bin)\//.test(path))
      .filter((path) => {
        const parts = path.split('/');
        const folders = parts.slice(0, -1);
        const file = parts.at(-1) ?? '';
        return (
          !folders.every((folder) => /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(folder)) ||
          (/\.[jt]s$/.test(file) && !named.test(file))
        );
      }),
    'not kebab-case',
  );
});

test('no file or folder has a name that says nothing', () => {
  const empty = /(?:^|[-/.])(?:utils?|helpers?|common|managers?|services?)(?=[-/.])/;
  none(
    code.filter((path) => empty.test(path)),
    'name it after its one idea',
  );
});

test('no file of code is longer than 400 lines', () => {
  none(
    code.filter((path) => read(path).split('\n').length > 401),
    'over 400 lines',
  );
});

test('source is plain ASCII, so that no invisible or look-alike character hides in it', () => {
  none(
    grep(
      all.filter((path) => /^src\/.*\.(?:ts|js|json|css|html)$/.test(path)),
      /[^\x20-\x7e\t]/,
    ),
    'not ASCII',
  );
});

test('every export of src has a doc comment', () => {
  none(
    shipped(all).flatMap((path) => undocumentedExports(read(path)).map((where) => `${path}:${where}`)),
    'no doc comment',
  );
});

test('type checking and lint are never switched off', () => {
  const silenced = /@ts-[i]gnore|@ts-[n]ocheck|@ts-[e]xpect-error|(?:ox|es)lint-[d]isable|biome-[i]gnore/;
  none(grep(code, silenced), 'a check is silenced');
  none(
    code.flatMap((path) => looseTypes(read(path)).map((line) => `${path}:${line}`)),
    'a type that checks nothing',
  );
});

test('no test is focused or left for later', () => {
  const focused = /\b(?:test|it|describe|suite)\.(?:[o]nly|[t]odo)\(|\b(?:[o]nly|[t]odo): true/;
  none(grep(code, focused), 'focused or unfinished test');
});

test('nothing is left to do', () => {
  none(grep(all, /\b(?:[T]ODO|[F]IXME|[X]XX)\b/), 'finish it or drop it');
});

test('no file names a path of one machine', () => {
  const machine = /(?<![\w.~-])\/(?:work|Users|home\/(?!node\b|\$|<)[a-z])[/\w]|\b[A-Z]:\\\\?Users\b/;
  none(grep(all, machine), 'a path of one machine');
  // Inside of a sandbox it is the sandbox's own, and tests write into it there.
  const outside = all.filter((path) => !path.endsWith('.test.ts'));
  none(grep(outside, /(?<![\w.~-])\/tmp\/[\w]/), 'a path of one machine');
});

test('packages come from the public registry alone, and no other is named', () => {
  const Lock = z.object({ packages: z.record(z.string(), z.object({ resolved: z.string().optional() })) });
  const lock = Lock.parse(JSON.parse(read('package-lock.json')));
  none(
    Object.entries(lock.packages)
      .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'))
      .map(([name]) => name),
    'locked to another registry',
  );
  const others = all.filter((path) => path !== 'package-lock.json' && path !== 'test/house.test.ts');
  none(
    grep(others, /^\s*(?:@[\w-]+:)?registry\s*=|--registry\b|\bregistry\.npmjs\.org\b|\bpypi\.org\/simple\b/),
    'a registry host',
  );
});

test('imports run one way', () => {
  const edges = shipped(all).flatMap((path) => importsOf(path));
  none(
    edges.flatMap((edge) => fault(edge) ?? []),
    'against the way of imports',
  );
  const cycle = findCycle(edges);
  assert.equal(cycle, undefined, `a cycle: ${cycle?.join(' -> ')}`);
});

test('no rule and no meta reaches a control, not even through another file', () => {
  const next = Map.groupBy(
    shipped(all).flatMap((path) => importsOf(path)),
    (edge) => edge.from,
  );
  for (const start of shipped(all).filter((path) => /^src\/controls\/[^/]+\/(?:rule|meta)\.ts$/.test(path))) {
    const seen = new Set<string>();
    const open = [start];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      assert.ok(basename(file) !== 'control.ts' || file === 'src/pipeline/control.ts', `${start} reaches ${file}`);
      if (seen.has(file)) continue;
      seen.add(file);
      open.push(...(next.get(file) ?? []).map((edge) => edge.to));
    }
  }
});

test('every slice is whole', () => {
  const parts = [
    'README.md',
    'meta.ts',
    'control.ts',
    'control.test.ts',
    'rule.ts',
    'fixtures/good.ts',
    'fixtures/bad.ts',
  ];
  const folder = join(ROOT, 'src/controls');
  const slices = existsSync(folder) ? readdirSync(folder) : [];
  none(
    slices.flatMap((slice) =>
      parts.filter((part) => !existsSync(join(folder, slice, part))).map((part) => `src/controls/${slice}/${part}`),
    ),
    'a slice lacks a part',
  );
});

test('every path and command that AGENTS.md names exists', () => {
  const Package = z.object({ scripts: z.record(z.string(), z.string()) });
  const { scripts } = Package.parse(JSON.parse(read('package.json')));
  const builtIn = new Set(['test', 'start']);
  const spans = [...read('AGENTS.md').matchAll(/`([^`\n]+)`/g)].flatMap((match) => match[1] ?? []);
  const paths = spans.filter(
    (span) => /^[\w.-]+(?:\/[\w.<>*-]+)*\/?$/.test(span) && /\/|\.(?:ts|md|json|yaml|js)$/.test(span),
  );
  assert.ok(paths.length >= 10, 'AGENTS.md says where things are');
  none(
    paths.filter((path) => !existsSync(join(ROOT, path.replace(/[^/]*[<*].*$/, '')))),
    'AGENTS.md names what is not there',
  );
  const commands = spans.flatMap((span) => /^npm (?:run )?([a-z:]+)/.exec(span)?.[1] ?? []);
  none(
    commands.filter((name) => scripts[name] === undefined && !(builtIn.has(name) || name === 'ci')),
    'AGENTS.md names a command that is not there',
  );
});

test('SECURITY.md names every control of the pipeline, and beside each a need that it carries', async () => {
  const text = read('SECURITY.md');
  const inOrder = new Set(ORDER.map((row) => row.id));
  const spans = [...text.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].flatMap((match) => match[1] ?? []);
  none(
    spans.filter((id) => id.includes('-') && !inOrder.has(id)),
    'not in the pipeline',
  );
  none(
    [...inOrder].filter((id) => !spans.includes(id)),
    'in the pipeline, and nothing is promised of it',
  );
  const needs = [...text.matchAll(/\b[A-Z]{3}-\d\d\b/g)].map((match) => match[0]);
  none(
    needs.filter((id) => !isControlId(id)),
    'not in the catalogue',
  );
  const carried = new Map((await readSlices(ROOT)).map((slice) => [slice.id, slice.catalogue]));
  const pairs = [...text.matchAll(/`([a-z-]+)` \(([A-Z]{3}-\d\d)\)/g)].map(([, slice = '', need = '']) => ({
    slice,
    need,
  }));
  assert.ok(pairs.length >= 40, 'controls stand with their needs');
  none(
    pairs
      .filter(({ slice, need }) => carried.get(slice)?.includes(need) === false)
      .map(({ slice, need }) => `${slice} does not carry ${need}`),
    'a promise with the wrong need',
  );
});
