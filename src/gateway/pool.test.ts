import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deny } from '../pipeline/decision.ts';
import { Refusal } from '../server/refusal.ts';
import type { Connector } from './connector.ts';
import { LinkError } from './link.ts';
import { Pool } from './pool.ts';

const PINNED = { source: 'x', integrity: 'x', server: { name: 'x' }, instructions: undefined, tools: {} };

/** What calls come to of an upstream that fails to connect in some way. */
async function attempts(failure: () => Error): Promise<readonly string[]> {
  const connect = (): Promise<never> => Promise.reject(failure());
  const connector: Connector = { id: 'up', log: () => undefined, connect };
  const pool = new Pool(connector, PINNED, false);
  const told: string[] = [];
  for (let n = 0; n < 4; n++) {
    const item = { kind: 'tools' as const, id: 'x' };
    await pool.request('alice', item, 'tools/call', { name: 'x' }, { timeoutMs: 1_000 }).catch((error: unknown) => {
      assert.ok(error instanceof Refusal);
      told.push(`${error.denial.code} ${error.denial.detail ?? ''}`.trim());
    });
  }
  await pool.close();
  return told;
}

test('whoever has no credential yet is not kept waiting once there is one', async () => {
  const told = await attempts(() => new Refusal(deny('APPROVAL_REQUIRED', { detail: 'sign in' })));
  assert.deepEqual(
    told,
    Array.from({ length: 4 }, () => 'APPROVAL_REQUIRED sign in'),
  );
});

test('one that cannot be reached is tried again later each time', async () => {
  const told = await attempts(() => new LinkError('closed', 'it cannot be reached'));
  assert.equal(told[0], 'UPSTREAM_FAILED upstream up: closed: it cannot be reached');
  assert.match(told.at(-1) ?? '', /it is not started for \d+ ms$/);
});
