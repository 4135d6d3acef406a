import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/read.ts';
import { isObject } from '../../src/protocol/json.ts';
import { ROOT } from '../support/interop.ts';

const GUIDE = await readFile(join(ROOT, 'docs/guides/connect-clients.md'), 'utf8');

function blocks(language: string): readonly string[] {
  return [...GUIDE.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, named, body = '']) =>
    named === language ? [body] : [],
  );
}

test('every configuration in the guide has the right shape', () => {
  const settings = blocks('json').map((text): unknown => JSON.parse(text));
  assert.equal(settings.length, 4);
  for (const value of settings) assert.ok(isObject(value) && isObject(value['servers'] ?? value['mcpServers']));
  const files = blocks('yaml').map((text) => parseConfig(text, 'portcullis.yaml').config.profile);
  assert.deepEqual(files, ['dev', 'dev']);
});

test('the guide names the versions of the clients that are tested', async () => {
  const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  assert.ok(isObject(manifest) && isObject(manifest['devDependencies']));
  const installed = manifest['devDependencies'];
  for (const [row, name] of [
    ['`@modelcontextprotocol/client`', '@modelcontextprotocol/client'],
    ['`@modelcontextprotocol/sdk`', '@modelcontextprotocol/sdk'],
    ['MCP Inspector, page', '@modelcontextprotocol/inspector'],
    ['MCP Inspector, command line', '@modelcontextprotocol/inspector'],
    ['`mcp-remote`', 'mcp-remote'],
  ] as const) {
    const version = installed[name];
    assert.ok(typeof version === 'string' && GUIDE.includes(`| ${row} | ${version} |`), row);
  }
});
