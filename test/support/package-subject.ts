import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { readContents } from '../../src/audit/package/contents.ts';
import type { PackageRule, PackageSubject } from '../../src/audit/package/subject.ts';
import type { PublishedFacts } from '../../src/audit/package/registry.ts';
import type { Hit } from '../../src/audit/model.ts';

const NOW = Date.parse('2026-06-30T00:00:00Z');

/** What a registry says of a package that nothing is wrong with. */
export const FACTS: PublishedFacts = {
  publisher: 'ann',
  maintainers: ['ann', 'bob'],
  hasSignatures: true,
  provenance: 'https://slsa.dev/provenance/v1',
  published: '2026-01-01T00:00:00Z',
  before: { version: '1.2.2', publisher: 'ann', provenance: 'https://slsa.dev/provenance/v1' },
};

/** A package that nothing is wrong with, but for what is given. */
export async function packageOf(
  t: TestContext,
  {
    manifest = {},
    files = {},
    ...more
  }: Partial<Omit<PackageSubject, 'files'>> & {
    readonly manifest?: object;
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
  } = {},
): Promise<PackageSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-contents-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const all = {
    'main.js': 'export const one = 1;\n',
    ...files,
    'package.json': JSON.stringify({
      name: 'notes-server',
      version: '1.2.3',
      license: 'MIT',
      repository: 'github:acme/notes',
      bin: { 'notes-server': './main.js' },
      ...manifest,
    }),
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const names = Object.keys(all);
  const contents = await readContents(folder, names);
  return {
    spec: 'notes-server@1.2.3',
    faults: [],
    contents,
    facts: FACTS,
    now: NOW,
    unread: [],
    ...more,
    files: names,
  };
}

/** What a rule sees of a package: what it gathered goes through JSON, as a run that is kept does. */
export function judged<T extends object>(
  rule: PackageRule<T>,
  subject: PackageSubject,
): { readonly status: string; readonly hits: readonly Hit[] } {
  const kept: unknown = JSON.parse(JSON.stringify(rule.gather(subject)));
  return rule.judge(kept as ReturnType<typeof rule.gather>);
}

/** How bad each hit is, as its rule says it. */
export function severitiesOf<T extends object>(rule: PackageRule<T>, subject: PackageSubject): readonly string[] {
  return judged(rule, subject).hits.map(({ severity }) => severity ?? rule.meta.severity);
}
