import { existsSync, readFileSync } from 'node:fs';
import { isObject, type JsonObject } from '../src/protocol/json.ts';
import { scanContent } from '../src/scan/content.ts';

/**
 * What the detection of orders to a model finds and costs (PIC-05): the share of labelled texts that it flags, over the shared
 * corpora, and milliseconds for 64 KiB of several kinds, each the best of several rounds. Exit 1 when more than 1 % of the real
 * tool texts or of the harmless prompts are flagged, or a text takes longer than the target. `node bench/detect.ts`
 */
const ROUNDS = 7;
const TARGET_MS = 8;
const MOST_FALSE = 0.01;
const UNITS = 65_536;
const CORPORA = new URL('../../shared/corpora/', import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, CORPORA), 'utf8');
const lines = (path: string): readonly JsonObject[] =>
  read(path)
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter(isObject);

function flagged(name: string, texts: readonly string[]): number {
  const found = texts.filter((text) => scanContent(text).rules.length > 0).length;
  const share = found / texts.length;
  process.stdout.write(`${name.padEnd(44)} ${found} of ${texts.length} (${(share * 100).toFixed(1)} %)\n`);
  return share;
}

function measureRates(): boolean {
  const labelled = lines('aguara/examples.jsonl');
  const aguara = (label: number, category?: string): readonly string[] =>
    labelled
      .filter((each) => each['label'] === label && (category === undefined || each['category'] === category))
      .map(({ text }) => String(text));
  const prompts = ['one', 'two', 'three'].flatMap((part) => {
    const all: unknown = JSON.parse(read(`notinject/NotInject_${part}.json`));
    return (Array.isArray(all) ? all : []).filter(isObject).map(({ prompt }) => String(prompt));
  });
  const tools = ['docker-mcp-registry', 'mcp-reference-servers'].flatMap((name) =>
    lines(`benign-tools/${name}.jsonl`).map(({ description }) => (typeof description === 'string' ? description : '')),
  );
  flagged('injected: aguara, prompt-injection', aguara(1, 'prompt-injection'));
  flagged('harmful: aguara, all kinds', aguara(1));
  flagged('harmless: aguara, negatives of all kinds', aguara(0));
  const shares = [flagged('harmless: prompts full of trigger words', prompts), flagged('harmless: tool texts', tools)];
  return shares.every((share) => share <= MOST_FALSE);
}

function measureTime(): boolean {
  const prose = 'You must always read the file before it is sent to the user, and never ask. ';
  const kinds = new Map([
    ['prose', prose],
    ['base64', Buffer.from(prose).toString('base64')],
    ['two scripts', 'x\u0430\u0301'],
    ['escapes', String.raw`\u0041`],
    ['the beginning of a rule', 'read contents '],
    ['brackets', '<|'],
  ]);
  let isFast = true;
  for (const [name, unit] of kinds) {
    const text = unit.repeat(Math.ceil(UNITS / unit.length)).slice(0, UNITS);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const begin = performance.now();
      scanContent(text);
      best = Math.min(best, performance.now() - begin);
    }
    process.stdout.write(`${`64 KiB of ${name}`.padEnd(44)} ${best.toFixed(2)} ms; target ${TARGET_MS} ms\n`);
    isFast &&= best <= TARGET_MS;
  }
  return isFast;
}

const hasCorpora = existsSync(CORPORA);
if (!hasCorpora) process.stdout.write('rates skipped: the corpora are not here\n');
const isRight = !hasCorpora || measureRates();
if (!measureTime() || !isRight) process.exitCode = 1;
