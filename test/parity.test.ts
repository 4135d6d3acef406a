import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DEGENERATES, startDegenerate, type DegenerateServer } from './support/degenerate.ts';
import { proveSlice, reasonNot, WAYS } from '../src/prove/prove.ts';
import { SLICES } from '../src/prove/slices.ts';
import { closeSharedIssuer } from '../src/prove/target.ts';

const servers = new Map<string, DegenerateServer>();

before(async () => {
  for (const kind of DEGENERATES) servers.set(kind, await startDegenerate(kind));
});

after(async () => {
  for (const server of servers.values()) await server.close();
  await closeSharedIssuer();
});

// Some attacks wait for a deadline to pass: others go on meanwhile.
suite('a control that is on stops its attack, and the attack succeeds when it is off', { concurrency: 4 }, () => {
  for (const [id, load] of SLICES) {
    test(id, async (t) => {
      const slice = await load();
      for (const way of WAYS) {
        const reason = reasonNot(slice.meta, way);
        await t.test(`${way.transport} ${way.era}`, { skip: reason ?? false }, async () => {
          const { good, off, on, holds } = await proveSlice(slice, way);
          assert.ok(
            holds,
            `good ${good.status} (${good.why}); off ${off.status} (${off.why}); on ${on.status} (${on.why})`,
          );
        });
      }
    });
  }
});

suite('a refusal proves nothing of a server that serves nobody', { concurrency: 4 }, () => {
  for (const [id, load] of SLICES) {
    test(id, async (t) => {
      const { meta, rule } = await load();
      for (const era of ['modern', 'legacy'] as const) {
        const reason = reasonNot(meta, { transport: 'http', era });
        if (reason !== undefined) {
          await t.test(`http ${era}`, { skip: reason }, () => undefined);
          continue;
        }
        for (const [kind, server] of servers) {
          await t.test(`http ${era}: a server that ${kind}`, async () => {
            const verdict = rule.judge(await rule.gather(await server.target(era)));
            assert.equal(verdict.status, 'unknown', verdict.why);
          });
        }
      }
    });
  }
});
