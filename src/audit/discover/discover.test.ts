import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startOpen } from '../../../test/support/open-server.ts';
import { startInterop } from '../../../test/support/interop.ts';
import { writeFiles } from '../../../test/support/evidence.ts';
import { readLocated } from '../gather/located.ts';
import { readFields } from '../evidence/fields.ts';
import { rule } from '../rules/discovery-report/rule.ts';
import { searchFolders, searchHomes } from './clients.ts';
import { listenersIn, rangeOf, searchHosts, searchLoopback } from './network.ts';
import { probe } from './probe.ts';
import { isRegistered, readRegister } from './register.ts';
import { readReport, reportOf } from './report.ts';

const SECRET = 'q7Rf2LmX9vKp4TzW8sBn';
const servers = (entries: object): string => JSON.stringify({ mcpServers: entries });

async function listen(t: TestContext, handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Number(Object(server.address()).port);
}

test('clients of a home folder are found where they keep their servers, without secrets', async (t) => {
  const home = await writeFiles(t, {
    '.cursor/mcp.json': servers({ a: { command: 'npx', args: ['-y', 'notes@1.2.3', '--api-key', SECRET] } }),
    '.claude.json': JSON.stringify({
      mcpServers: { b: { type: 'http', url: `https://ann:${SECRET}@mail.example/mcp?key=${SECRET}` } },
      projects: { '/srv/x': { mcpServers: { c: { command: 'uvx', args: ['files==1.0'] } } } },
    }),
    '.config/Code/User/mcp.json': JSON.stringify({
      servers: { d: { command: 'docker', args: ['run', '-i', 'acme/crm:1'] } },
    }),
    '.codex/config.toml': `model = "x"\n[mcp_servers.e]\ncommand = "npx"\nargs = ["-y", "wiki"]\n[other]\ncommand = "no"\n`,
    '.gemini/settings.json': '{"theme": "dark"}',
    '.lmstudio/mcp.json': '{"mcpServers": [',
  });
  const { servers: found, unread } = await searchHomes([home]);
  assert.deepEqual(found.map(({ what }) => what).toSorted(), [
    'https://mail.example/mcp',
    'image acme/crm:1',
    'npm notes@1.2.3',
    'npm wiki',
    'python files==1.0',
  ]);
  assert.ok(!JSON.stringify(found).includes(SECRET));
  assert.equal(unread.length, 1);
  assert.match(unread[0] ?? '', /lmstudio/);
  assert.match(found.find(({ what }) => what === 'npm wiki')?.where ?? '', /config\.toml:2$/);
});

test('no link leads out of a home folder', async (t) => {
  const outside = await writeFiles(t, { 'mcp.json': servers({ x: { command: '/usr/bin/x' } }) });
  const home = await writeFiles(t, { 'a.txt': '' });
  const place = join(home, '.cursor', 'mcp.json');
  await mkdir(dirname(place), { recursive: true });
  await symlink(join(outside, 'mcp.json'), place);
  const { servers: found, unread } = await searchHomes([home, join(home, 'none')]);
  assert.deepEqual(found, []);
  assert.match(unread[0] ?? '', /a link out of the home folder/);
  assert.match(unread[1] ?? '', /there is no such folder/);
});

test('repositories are searched for client configurations and for manifests whose names tell', async (t) => {
  const folder = await writeFiles(t, {
    'app/.mcp.json': servers({ a: { command: 'npx', args: ['notes'] } }),
    'compose.yaml': 'services:\n  crm-mcp:\n    image: acme/crm:1\n  db:\n    image: postgres:17\n',
  });
  const { servers: found, searched } = await searchFolders([folder]);
  assert.deepEqual(found.map(({ what }) => what).toSorted(), ['image acme/crm:1', 'npm notes']);
  assert.deepEqual(
    searched.map(({ where, looked }) => [where, looked]),
    [
      ['repository', 1],
      ['manifests', 1],
    ],
  );
});

test('a version that was registered is known, another and a floating one are not', () => {
  const register = readRegister(
    readLocated(`
kind: server-inventory
servers:
  - {name: notes, endpoints: [npm notes@1.2.3, 'https://mail.example/mcp?x=1', npm wiki, image acme/crm], state: in use}
  - {name: old, endpoints: [npm old@1.0.0], state: retired}
`),
  );
  const known = (what: string): boolean => isRegistered(register, what);
  for (const what of [
    'npm notes@1.2.3',
    'https://mail.example/mcp',
    'npm wiki',
    'npm wiki@2.0.0',
    `image acme/crm:2@sha256:${'a'.repeat(64)}`,
  ])
    assert.equal(known(what), true, what);
  for (const what of [
    'npm notes',
    'npm notes@1.2.4',
    'npm @evil/notes@1.2.3',
    'https://mail.example/other',
    'npm old@1.0.0',
    'npm',
  ])
    assert.equal(known(what), false, what);
  const [config] = readLocated(
    'upstreams:\n  crm: {package: "@acme/crm@1.0.0"}\n  run: {command: /opt/x, args: [-v]}\n  web: {url: https://w.example/mcp}',
  );
  const ours = readRegister(config === undefined ? [] : [config]);
  for (const what of ['npm @acme/crm@1.0.0', '/opt/x -v', 'https://w.example/mcp'])
    assert.equal(isRegistered(ours, what), true, what);
  assert.equal(isRegistered(ours, '/opt/x'), false);
  assert.throws(() => readRegister(readLocated('a: b')), /neither servers/);
});

test('servers of either era show themselves, with and without authorization; others do not', async (t) => {
  const both = await startOpen({});
  t.after(() => both.host.close());
  assert.equal((await probe('127.0.0.1', both.port))?.path, '/mcp');
  const modern = await startOpen({}, { eras: ['modern'] });
  t.after(() => modern.host.close());
  assert.match((await probe('127.0.0.1', modern.port))?.shows ?? '', /versions that it speaks/);
  const { url } = await startInterop(t);
  assert.match((await probe('127.0.0.1', Number(new URL(url).port)))?.shows ?? '', /asks for a token/);
  const rpc = await listen(t, (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method initialize does not exist"}}');
  });
  assert.equal(await probe('127.0.0.1', rpc), undefined);
  const login = await listen(t, (_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
    response.end();
  });
  assert.equal(await probe('127.0.0.1', login), undefined);
});

test('what answers without end leads nowhere, and neither does a redirect', async (t) => {
  const asked: string[] = [];
  const elsewhere = await listen(t, (request, response) => {
    asked.push(request.url ?? '');
    response.end('{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"x"}}');
  });
  const away = await listen(t, (_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${elsewhere}/mcp` });
    response.end();
  });
  const endless = await listen(t, (request, response) => {
    const write = (): void => void (response.destroyed || response.write('x'.repeat(4096), write));
    request.resume();
    write();
  });
  assert.equal(await probe('127.0.0.1', away), undefined);
  assert.equal(await probe('127.0.0.1', endless), undefined);
  assert.deepEqual(asked, []);
});

test('hosts that were named are asked at ports that were named, and ranges are bounded', async (t) => {
  const both = await startOpen({});
  t.after(() => both.host.close());
  const { servers: found, searched } = await searchHosts(['127.0.0.1/32'], [both.port]);
  assert.deepEqual(
    found.map(({ what }) => what),
    [`http://127.0.0.1:${both.port}/mcp`],
  );
  assert.equal(searched[0]?.looked, 1);
  assert.deepEqual(rangeOf('10.0.0.5/30', 4096), ['10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.7']);
  assert.deepEqual(rangeOf('fd00::/127', 4096), ['fd00::', 'fd00::1']);
  assert.throws(() => rangeOf('10.0.0.0/8', 4096), /more than 4096/);
  assert.throws(() => rangeOf('::/0', 4096), /more than 4096/);
  assert.throws(() => rangeOf('10.0.0.0/x', 4096), /no range/);
  await assert.rejects(searchHosts(['10.0.0.0/20'], [1, 2]), /4096 are asked at most/);
});

test('what listens on this machine is asked', {
  skip: process.platform === 'linux' ? false : 'the tables are those of Linux',
}, async (t) => {
  const both = await startOpen({});
  t.after(() => both.host.close());
  const { servers: found } = await searchLoopback();
  assert.ok(found.some(({ what }) => what === `http://127.0.0.1:${both.port}/mcp`));
});

test('tables of the kernel are read as it writes them', () => {
  const head = '  sl  local_address rem_address   st\n';
  const four = `${head}   0: 0100007F:1F90 00000000:0000 0A 0\n   1: 0100007F:1F91 0100007F:0016 01 0\n   2: 00000000:0050 00000000:0000 0A 0\n   3: 0500A8C0:0051 00000000:0000 0A 0\n   4: 3500007F:0035 00000000:0000 0A 0\n`;
  assert.deepEqual(listenersIn(four, false), [
    { address: '127.0.0.1', port: 8080 },
    { address: '127.0.0.1', port: 80 },
    { address: '127.0.0.53', port: 53 },
  ]);
  const six = `${head}   0: 00000000000000000000000001000000:1F90 0:0000 0A 0\n   1: 000080FE00000000FF00000000000001:1F91 0:0000 0A 0\n`;
  assert.deepEqual(listenersIn(six, true), [{ address: '::1', port: 8080 }]);
});

test('a report tells what is new and what is gone, and is a record that the audit reads', async (t) => {
  const home = await writeFiles(t, {
    '.cursor/mcp.json': servers({ a: { command: 'npx', args: ['notes'] }, b: { command: '/b' } }),
  });
  const facts = { date: '2026-11-01T00:00:00.000Z', by: 'ann', registerName: 'x', register: undefined };
  const first = reportOf([await searchHomes([home])], { ...facts, before: undefined });
  assert.deepEqual(
    first.servers.map(({ change }) => change),
    ['first report', 'first report'],
  );
  const [root] = readLocated(JSON.stringify(first));
  assert.ok(root !== undefined);
  assert.deepEqual(readFields(rule.record.fields, root).faults, []);
  await writeFile(
    join(home, '.cursor/mcp.json'),
    servers({ a: { command: 'npx', args: ['notes'] }, c: { command: '/c' } }),
  );
  const register = readRegister(readLocated('upstreams: {a: {package: notes}}'));
  const next = reportOf([await searchHomes([home])], { ...facts, register, before: readReport(root) });
  assert.deepEqual(
    next.servers.map(({ what, state, change }) => [what, state, change]),
    [
      ['/c', 'unknown', 'new'],
      ['npm notes', 'registered', 'known'],
    ],
  );
  assert.match(next.gone.join(), /^\/b \(/);
  assert.throws(() => readReport(readLocated('a: b')[0] ?? { line: 1, column: 1 }), /no report of portcullis discover/);
});
