import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { scanText } from '../scan/scan.ts';
import { pinOffer } from './pin.ts';

const CORPORA = new URL('../../../shared/corpora/', import.meta.url);
const skip = !existsSync(CORPORA) && 'the corpora are not here';
const linesOf = (file: string): readonly JsonObject[] =>
  readFileSync(new URL(file, CORPORA), 'utf8')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter(isObject);

const installed = { source: 'server@1.0.0', integrity: 'code-1', program: '/bin/x', args: [], reads: [] };

test('of real tools at most one in a hundred is flagged when it is pinned', { skip }, (t) => {
  const rows = ['docker-mcp-registry', 'mcp-reference-servers'].flatMap((name) =>
    linesOf(`benign-tools/${name}.jsonl`),
  );
  const servers = Map.groupBy(rows, ({ server }) => JSON.stringify(server));
  let [tools, grave, found] = [0, 0, 0];
  for (const [server, own] of servers) {
    const others = new Set(
      rows.filter((row) => JSON.stringify(row['server']) !== server).map(({ name }) => String(name)),
    );
    for (const row of own) {
      const tool = { ...row, inputSchema: isObject(row['inputSchema']) ? row['inputSchema'] : { type: 'object' } };
      const none = { resources: [], resourceTemplates: [], prompts: [] };
      const offer = { server: { name: 'x' }, instructions: undefined, capabilities: [], ...none, tools: [tool] };
      const [seen] = pinOffer(installed, offer, undefined, others).seen;
      const findings = seen?.findings ?? [];
      tools++;
      if (findings.length > 0) found++;
      const bad = findings.filter((finding) => finding.startsWith('high '));
      if (bad.length > 0) {
        grave++;
        t.diagnostic(`${String(row['name'])}: ${bad.join('; ')}`);
      } else if (findings.length > 0) t.diagnostic(`${String(row['name'])}: ${findings.join('; ')}`);
    }
  }
  const percent = (count: number): string => `${((100 * count) / tools).toFixed(2)} %`;
  t.diagnostic(
    `${tools} tools of ${servers.size} servers: ${grave} stopped (${percent(grave)}), ${found} with a finding (${percent(found)})`,
  );
  assert.equal(tools, 792);
  assert.ok(found <= 7, `${found} of 792`);
});

test('labelled texts: what is found, and what is found in vain', { skip }, (t) => {
  const rows = linesOf('aguara/examples.jsonl');
  const isFound = (text: unknown): boolean => scanText(String(text)).some(({ severity }) => severity === 'high');
  const found = (label: number): number => rows.filter((row) => row['label'] === label && isFound(row['text'])).length;
  for (const [category, texts] of Map.groupBy(rows, ({ category }) => JSON.stringify(category))) {
    const rate = (label: number): string => {
      const own = texts.filter((row) => row['label'] === label);
      return `${own.filter((row) => isFound(row['text'])).length}/${own.length}`;
    };
    t.diagnostic(`${category}: found ${rate(1)}, in vain ${rate(0)}`);
  }
  const prompts = ['one', 'two', 'three'].flatMap((count): readonly unknown[] => {
    const value: unknown = JSON.parse(readFileSync(new URL(`notinject/NotInject_${count}.json`, CORPORA), 'utf8'));
    return Array.isArray(value) ? value : [];
  });
  const vain = prompts.filter((row) => isObject(row) && isFound(row['prompt'])).length;
  t.diagnostic(`all: found ${found(1)}/479, in vain ${found(0)}/411`);
  // Many of them are weak code, which no definition of a tool holds; these rules are for texts that models read.
  assert.ok(found(1) >= 119 && found(0) <= 13, `${found(1)} and ${found(0)}`);
  assert.ok(vain <= 3, `${vain} of 339`);
  t.diagnostic(`harmless prompts full of trigger words: ${vain}/${prompts.length}`);
});
