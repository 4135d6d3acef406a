import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const NET = `import axios from 'axios';
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
const HOSTS = new Set(['api.example.com']);
const API = process.env.API ?? 'https://api.example.com';`;
const wrong: Readonly<Record<string, string>> = {
  'as it is given': 'await fetch(input.url);',
  'parsed only': 'await axios.get(new URL(input.url).toString());',
  'in an object': "await axios({ url: input.url, method: 'GET' });",
  'the host of a template': 'await fetch(`https://${input.url}/v1`);',
  'some hosts refused':
    "if (new URL(input.url).hostname === 'localhost') throw new Error('no'); await fetch(input.url);",
  'a prefix without an end':
    "if (!input.url.startsWith('https://api.example.com')) throw new Error('no'); await fetch(input.url);",
  'one of two texts begins with it':
    'const url = input.url.length > 3 ? `${input.url}/a` : `https://api.example.com/${input.url}`; await fetch(url);',
  'two texts that differ within the host':
    'const url = input.url.length > 3 ? `https://api.${input.url}/a` : `https://apis.${input.url}/b`; await fetch(url);',
  'a scheme alone': "if (!input.url.startsWith('https://')) throw new Error('no'); await fetch(input.url);",
};
const right: Readonly<Record<string, string>> = {
  'a list of hosts': "if (!HOSTS.has(new URL(input.url).hostname)) throw new Error('no'); await fetch(input.url);",
  'one host':
    "const url = new URL(input.url); if (url.host !== 'api.example.com') throw new Error('no'); await fetch(url);",
  'a prefix that ends the host':
    "if (!input.url.startsWith('https://api.example.com/')) throw new Error('no'); await fetch(input.url);",
  'part of the path': 'await fetch(`${API}/v1/${input.url}`);',
  'part of the query': 'await fetch(`https://api.example.com/?q=${encodeURIComponent(input.url)}`);',
  'two texts that begin with the same host':
    'let url = `https://api.example.com/v1/${input.url}`; if (input.url !== input.other) url += `?at=${input.other}`; await fetch(url);',
  'looked up, and what was found compared':
    "const { address } = await lookup(new URL(input.url).hostname); if (ipaddr.process(address).range() !== 'unicast') throw new Error('no'); await fetch(input.url);",
};

for (const [name, body] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, toolServer(body, 'url: z.string()', NET));
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, body] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, toolServer(body, 'url: z.string(), other: z.string()', NET))?.status, 'pass');
  });

test('a page that a browser of the server is sent to', () => {
  const browser = (check: string): string | undefined => {
    const body = `const page = await (await chromium.launch()).newPage(); const url = new URL(input.url); ${check} await page.goto(url.href);`;
    return judgeCode(rule, toolServer(body, 'url: z.string()', "import { chromium } from 'playwright';"))?.status;
  };
  assert.equal(browser(''), 'fail');
  assert.equal(browser("if (!ORIGINS.has(url.origin)) throw new Error('no');"), 'pass');
});
