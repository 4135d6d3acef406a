import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** What a registry has of one version of a package. */
export interface Published {
  readonly name: string;
  readonly version: string;
  /** The one program of the package. */
  readonly code: string;
  /** ISO 8601. */
  readonly at: string;
  /** Members of the version in the registry's document beside those of every package. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A registry that npm speaks with, on loopback, and the environment that leads npm to it. */
export interface NpmRegistry {
  readonly environment: Readonly<Record<string, string>>;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Says something else of a package from now on. */
  publish(published: Published): void;
  /** Answers nothing but errors from now on. */
  fail(): void;
}

/** Starts it. Archives are made by npm itself. */
export async function startNpmRegistry(t: TestContext, ...packages: readonly Published[]): Promise<NpmRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-registry-'));
  const documents = new Map<string, { readonly document: object; readonly archive: Buffer }>();
  const asked: string[] = [];
  let isDown = false;
  let origin = '';
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    asked.push(path);
    const known = documents.get(path.slice(1).replace(/\/-\/.*$/, ''));
    if (isDown || known === undefined) return void response.writeHead(isDown ? 503 : 404).end('{}');
    if (path.endsWith('.tgz')) return void response.end(known.archive);
    return void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(known.document));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = ({ name, version, code, at, more = {} }: Published): void => {
    const source = join(folder, 'package');
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source);
    const manifest = { name, version, license: 'MIT', bin: { [name.slice(name.lastIndexOf('/') + 1)]: 'main.cjs' } };
    writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(source, 'main.cjs'), code);
    const options = { cwd: source, encoding: 'utf8' as const, stdio: 'pipe' as const };
    const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], options).trim();
    const archive = readFileSync(join(folder, file));
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    const { dist = {}, ...rest } = more;
    const tarball = `${origin}/${name}/-/${file}`;
    const whole = { ...manifest, ...rest, dist: { tarball, integrity, ...(dist as object) } };
    const document = {
      name,
      'dist-tags': { latest: version },
      time: { created: at, [version]: at },
      versions: { [version]: whole },
    };
    documents.set(name, { document, archive });
  };
  for (const each of packages) publish(each);
  const environment = { npm_config_registry: `${origin}/`, npm_config_cache: join(folder, 'cache') };
  return { environment, asked, publish, fail: () => void (isDown = true) };
}
