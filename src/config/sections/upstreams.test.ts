import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../problem.ts';
import { checkMeaning } from '../meaning.ts';
import { parseConfig } from '../read.ts';

/** What is wrong with an upstream; undefined when nothing is. */
async function problem(lines: string, profile = 'dev'): Promise<string | undefined> {
  try {
    await checkMeaning(parseConfig(`profile: ${profile}\nupstreams:\n  web:\n    ${lines}\n`, 'p.yaml'));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
}

const URL_ = 'url: https://mcp.example.com/mcp';

test('an upstream is a package, a command or a URL, with what belongs to that alone', async () => {
  assert.equal(await problem(URL_), undefined);
  assert.equal(await problem('package: some-server@1.2.3'), undefined);
  assert.equal(
    await problem(`${URL_}\n    era: modern\n    isolation: shared\n    addresses: [10.1.0.0/16]`),
    undefined,
  );
  const one = /upstreams\.web: Give a package, a command or a url, and one of them alone\./;
  assert.match((await problem('era: auto')) ?? '', one);
  assert.match((await problem(`${URL_}\n    command: /bin/true`)) ?? '', one);
  for (const lines of ['needs: { hosts: [a.example] }', 'env: { A: b }', 'args: [x]', 'secrets: { A: b }', 'bin: x'])
    assert.match(
      (await problem(`${URL_}\n    ${lines}`)) ?? '',
      /"\w+" is for what is started as a process, and this is a URL\. Leave it out\./,
    );
  for (const lines of ['addresses: [10.1.0.0/16]', 'tls: {}', 'credential: { kind: secret, secret: x }'])
    assert.match((await problem(`command: /bin/true\n    ${lines}`)) ?? '', /"\w+" is for a URL/);
});

test('what cannot be is said with where it is and how to mend it', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [`${URL_}\n    tls: { certificate: x }`, /Give both a certificate and its key, or neither\./],
    [`${URL_}\n    tls: { pins: [abc] }`, /as the SHA-256 of its SPKI in base64/],
    [
      `${URL_}\n    credential: { kind: secret, secret: absent }`,
      /there is no secret "absent"\. Declare it under secrets\./,
    ],
    ['url: http://mcp.example.com/mcp', /upstreams\.web\.url: give https/],
    [`${URL_}\n    addresses: [127.0.0.0/8]`, /upstreams\.web\.addresses: .* is no private range/],
    [`${URL_}\n    addresses: [169.254.169.254/32]`, /upstreams\.web\.addresses: .* is no private range/],
  ];
  for (const [lines, expected] of cases) assert.match((await problem(lines)) ?? '', expected);
});

test('loopback is for the dev profile', async () => {
  const loopback = 'url: http://127.0.0.1:3000/mcp';
  assert.equal(await problem(loopback), undefined);
  assert.match((await problem(loopback, 'production')) ?? '', /upstreams\.web\.url: loopback is for the dev profile\./);
});
