import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DEGENERATES, startDegenerate, type DegenerateServer } from './support/degenerate.ts';
import { gatewayWays, proveSlice, reasonNot, WAYS } from '../src/prove/prove.ts';
import { SLICES } from '../src/prove/slices.ts';
import { closeSharedIssuer } from '../src/prove/target.ts';
import { closeUpstreams, gatherUpstreams, reasonNoGateway } from '../src/prove/upstream.ts';

const servers = new Map<string, DegenerateServer>();

const missing = await reasonNoGateway();
const noGateway = missing === undefined ? undefined : `needs the Debian package bubblewrap: ${missing}`;

before(async () => {
  await gatherUpstreams([...SLICES.keys()]);
  for (const kind of DEGENERATES) servers.set(kind, await startDegenerate(kind));
});

after(async () => {
  for (const server of servers.values()) await server.close();
  await closeUpstreams();
  await closeSharedIssuer();
});

// Some attacks wait for a deadline to pass: others go on meanwhile.
suite('a control that is on stops its attack, and the attack succeeds when it is off', { concurrency: 4 }, () => {
  for (const [id, load] of SLICES) {
    test(id, async (t) => {
      const slice = await load();
      const ways = [...WAYS, ...gatewayWays(slice.meta)];
      assert.ok(
        ways.some((way) => reasonNot(slice.meta, way) === undefined),
        'it has no meaning anywhere',
      );
      for (const way of ways) {
        const reason = reasonNot(slice.meta, way) ?? (way.gateway === true ? noGateway : undefined);
        const name = `${way.gateway === true ? 'gateway, ' : ''}${way.transport} ${way.era}`;
        await t.test(name, { skip: reason ?? false }, async () => {
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
        const isOfGateway = meta.reach.server !== undefined && meta.reach.server !== true;
        const reason = reasonNot(meta, { transport: 'http', era, ...(isOfGateway ? { gateway: true } : {}) });
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
