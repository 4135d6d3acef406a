import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exchangeOf, httpFacts, principal, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { readIdentities, type IdentityOptions } from '../../pipeline/identities.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { createScopeExpansion } from '../../identity/scopes.ts';
import { configure } from './control.ts';

const expand = createScopeExpansion({ 'text:write': ['text:read'] });
const KNOWN = ['text:read', 'text:write'];
const one: IdentityOptions = { client: 'client-1', owner: 'ann', scopes: ['text:read'], until: '2999-12-31' };
const read = (...all: readonly Partial<IdentityOptions>[]) =>
  readIdentities(Object.fromEntries(all.map((each, at) => [`it-${at}`, { ...one, ...each }])), expand, KNOWN);

/** What comes of a token, and who the caller is then. */
async function admit(all: readonly Partial<IdentityOptions>[], who: Partial<Principal> = {}) {
  const exchange = new Exchange('http', 'modern', httpFacts());
  exchange.principal = principal(who);
  const decision = await configure(testSettings({ identities: read(...all) }))(exchange);
  return { ...(decision.pass ? { code: 'pass' } : decision), exchange };
}

suite('who comes in', () => {
  for (const [what, all, who, detail] of [
    ['a client that is registered', [{}], {}, undefined],
    ['a client that is not', [{}], { client: 'client-2' }, 'the client is not registered'],
    ['a client of another issuer', [{ issuer: 'https://other.example' }], {}, 'the client is not registered'],
    ['a client of its issuer', [{ issuer: 'https://issuer.example' }], {}, undefined],
    ['a client past its last day', [{ until: '2026-01-01' }], {}, 'it-0 is past its last day'],
    ['a job as itself', [{ subject: 'alice' }], {}, undefined],
    ['a job as somebody else', [{ subject: 'nightly' }], {}, 'it-0 comes as somebody else'],
  ] as const)
    test(what, async () => {
      const came = await admit(all, who);
      assert.equal(came.code, detail === undefined ? 'pass' : 'IDENTITY_REFUSED');
      assert.equal('detail' in came ? came.detail : undefined, detail);
    });

  test('with its own scopes, those that they imply, and no longer than to its last day', async () => {
    const scopes = new Set(['text:read', 'text:write', 'other']);
    const { exchange } = await admit([{ scopes: ['text:write'] }], { scopes });
    assert.deepEqual([...(exchange.principal?.scopes ?? [])], ['text:read', 'text:write']);
    assert.equal(exchange.principal?.expiresAt, Date.parse('2999-12-31T23:59:59.999Z'));
  });

  test('what its token lacks it has not, whatever its identity may use', async () => {
    const { exchange } = await admit([{ scopes: ['text:write'] }], { scopes: new Set(['text:read']) });
    assert.deepEqual([...(exchange.principal?.scopes ?? [])], ['text:read']);
  });
});

test('an operation beyond its scopes is refused, though its principal had been granted them', async () => {
  for (const [scopes, code] of [
    [['text:read'], 'pass'],
    [['text:write'], 'pass'],
  ] as const) {
    const settings = testSettings({ identities: read({ scopes: [...scopes] }) });
    const exchange = exchangeOf('tools/call', { name: 'echo' });
    exchange.target = settings.catalog.tools.get('echo');
    const decision = await configure(settings)(exchange);
    assert.equal(decision.pass ? 'pass' : decision.code, code);
  }
  const settings = testSettings({
    identities: readIdentities({ it: { ...one, scopes: ['other'] } }, expand, ['other']),
  });
  const exchange = exchangeOf('tools/call', { name: 'echo' });
  exchange.target = settings.catalog.tools.get('echo');
  assert.deepEqual(await configure(settings)(exchange), {
    pass: false,
    code: 'IDENTITY_REFUSED',
    detail: 'the owner of it has not given it text:read',
  });
});

test('where no identities are listed, every client may come', async () => {
  const exchange = new Exchange('http', 'modern', httpFacts());
  exchange.principal = principal({ client: 'anyone' });
  assert.deepEqual(await configure(testSettings())(exchange), { pass: true });
  assert.equal((await admit([])).code, 'IDENTITY_REFUSED');
});

suite('what is refused at the start', () => {
  for (const [what, all, message] of [
    ['no owner', [{ owner: ' ' }], /identities\.it-0\.owner: say it/],
    ['no client', [{ client: '' }], /identities\.it-0\.client: say it/],
    ['no scope', [{ scopes: [] }], /identities\.it-0\.scopes: name at least one/],
    ['a scope that nothing needs', [{ scopes: ['text:reed'] }], /nothing here needs "text:reed"/],
    ['no day', [{ until: 'soon' }], /identities\.it-0\.until: give its last day/],
    ['a day that is none', [{ until: '2026-13-01' }], /identities\.it-0\.until/],
    ['two with one client', [{}, {}], /identities\.it-1\.client: identities\.it-0 has the same/],
    ['one for any issuer beside one for another', [{ issuer: 'https://a.example' }, {}], /has the same/],
    ['another key', [{ scope: 'text:read' } as object], /scope/],
  ] as const)
    test(what, () => assert.throws(() => read(...all), message));

  test('one client of two issuers is two identities', () => {
    assert.equal(read({ issuer: 'https://a.example' }, { issuer: 'https://b.example' }).get('client-1')?.length, 2);
  });
});
