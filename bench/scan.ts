import { existsSync, readFileSync } from 'node:fs';
import { isObject } from '../src/protocol/json.ts';
import { modelFacing } from '../src/gateway/lock.ts';
import { scanDefinition } from '../src/scan/scan.ts';

/**
 * What the scan of one definition costs: milliseconds at the median, at the 99th percentile and at most, over real tools (the
 * shared corpora), each the best of several rounds. Exit 1 when the 99th percentile is over the target. `node bench/scan.ts`
 */
const ROUNDS = 7;
const TARGET_MS = 1;
const CORPORA = new URL('../../shared/corpora/benign-tools/', import.meta.url);

if (!existsSync(CORPORA)) {
  process.stdout.write('skipped: the corpora are not here\n');
} else {
  const definitions = ['docker-mcp-registry', 'mcp-reference-servers'].flatMap((name) =>
    readFileSync(new URL(`${name}.jsonl`, CORPORA), 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
      .filter(isObject)
      .map((tool) => modelFacing(tool)),
  );
  const tools = new Set(definitions.map(({ name }) => String(name)));
  const best = definitions.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, definition] of definitions.entries()) {
      const begin = performance.now();
      scanDefinition(definition, { tools });
      best[at] = Math.min(best[at] ?? 0, performance.now() - begin);
    }
  const sorted = best.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const shown = (ms: number): string => `${ms.toFixed(3)} ms`;
  process.stdout.write(
    `${definitions.length} definitions: p50 ${shown(at(0.5))}, p99 ${shown(at(0.99))}, most ${shown(at(1))}; target p99 ${TARGET_MS} ms\n`,
  );
  if (at(0.99) > TARGET_MS) process.exitCode = 1;
}
