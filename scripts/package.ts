import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = ['bin', 'README.md', 'LICENSE', 'SECURITY.md', 'CHANGELOG.md', 'portcullis.schema.json'];

/** What a user of the package has no use for: the runtime and the tools of development, and the repository's commands. */
const LEFT_OUT = new Set(['optionalDependencies', 'devDependencies', 'scripts']);

/**
 * Puts into a folder what is published: a fresh build, the command, the documents, and a manifest without the parts that
 * are for this repository alone. The runtime that `npm ci` brings here is one of them.
 * @throws Error with the compiler's words when the build fails.
 */
export function stagePackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of FILES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
  const kept = Object.fromEntries(Object.entries(manifest).filter(([name]) => !LEFT_OUT.has(name)));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(kept, null, 2)}\n`);
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const project = join(ROOT, 'tsconfig.build.json');
  const build = spawnSync(process.execPath, [compiler, '-p', project, '--outDir', join(folder, 'dist')], {
    encoding: 'utf8',
  });
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
}

if (import.meta.main) {
  stagePackage(join(ROOT, 'package'));
  process.stdout.write('The package is in ./package: npm pack ./package, or npm publish ./package.\n');
}
