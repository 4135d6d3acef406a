import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const FETCHED = `const answer = await fetch('https://api.example.com/' + input.id); const text = await answer.text();`;

test('wrong: what was fetched is run as code', () => {
  const judged = judgeCode(rule, toolServer(`${FETCHED} new Function('return ' + text)();`, 'id: z.string()'));
  assert.equal(judged?.status, 'fail');
  assert.match(judged?.hits[0]?.message ?? '', /run as code/);
});

test('wrong: a page of another server is opened by a client without tools', () => {
  const client = `import open from 'open';
import axios from 'axios';
export async function signIn(server) {
  const { data } = await axios.get(server + '/.well-known/openid-configuration');
  await open(data.authorization_endpoint);
}`;
  assert.equal(judgeCode(rule, client)?.hits[0]?.severity, 'high');
});

test('wrong: a version that was fetched becomes part of a command line', () => {
  const updater = `import { execSync } from 'node:child_process';
const { latest } = await (await fetch('https://registry.example.com/tool')).json();
execSync('npm install -g tool@' + latest);`;
  assert.equal(judgeCode(rule, updater)?.status, 'fail');
});

test('right: parsed as data, a scheme that was looked at, a text that was matched', () => {
  const right = `import open from 'open';
import { execFileSync, execSync } from 'node:child_process';
const { page, latest } = await (await fetch('https://registry.example.com/tool')).json();
if (new URL(page).protocol !== 'https:') throw new Error('no');
await open(page);
await open('https://example.com/sign-in?state=' + latest);
if (!/^[0-9.]{1,20}$/.test(latest)) throw new Error('no');
execSync('npm install -g tool@' + latest);
execFileSync('git', ['log', page]);`;
  const judged = judgeCode(rule, {
    'a.ts': toolServer(`${FETCHED} JSON.parse(text);`, 'id: z.string()'),
    'b.ts': right,
  });
  assert.deepEqual(judged?.hits, []);
});

test('code without a handler and without a hit is not asked', () => {
  assert.equal(judgeCode(rule, 'export const a = 1;'), undefined);
});

test('what a server answers that the code names weighs less than what any server does', () => {
  const client = (base: string): string => `import { exec } from 'node:child_process';
import open from 'open';
export async function signIn(given) {
  const base = ${base};
  const device = await (await fetch(base + '/device')).json();
  exec('xdg-open ' + device.page);
  await open(device.page);
}`;
  const of = (base: string): readonly string[] =>
    (judgeCode(rule, client(base))?.hits ?? []).map(({ severity, confidence }) => `${severity} ${confidence}`);
  assert.deepEqual(of("process.env.LOGIN_URL ?? 'https://login.example.com'"), ['high medium', 'medium medium']);
  assert.deepEqual(of('given'), ['critical high', 'high high']);
});
