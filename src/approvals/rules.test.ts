import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../test/support/settings.ts';
import { isApprover, isSelf, mayDecide, maySee, resolveApprovals, type RuleFacts } from './rules.ts';

const LOGIN = { issuer: 'https://issuer.example', clientId: 'page' };
const { http } = testSettings();
const facts = (more: Partial<RuleFacts> = {}): RuleFacts => ({ profile: 'dev', http, issuers: [LOGIN], ...more });

test('the page is beside the endpoint unless it is said to be elsewhere', () => {
  const { page, login, separation } = resolveApprovals(LOGIN, facts());
  assert.deepEqual([page, login?.issuer, separation], ['http://127.0.0.1:3000/approvals', LOGIN.issuer, false]);
  assert.equal(resolveApprovals(undefined, facts()).page, undefined);
  const there = { page: 'https://desk.example/approvals/' };
  assert.equal(resolveApprovals(there, facts({ http: undefined })).page, 'https://desk.example/approvals');
  assert.equal(resolveApprovals(LOGIN, facts({ http: undefined })).page, undefined);
});

test('options that cannot work are refused with what to mend', () => {
  const socket = http === undefined ? undefined : { ...http, socket: '/run/x.sock' };
  const wrong: readonly (readonly [object, Partial<RuleFacts>, RegExp])[] = [
    [{ ...LOGIN, approver: [] }, {}, /unknown option "approver"; did you mean "approvers"/],
    [{ issuer: LOGIN.issuer }, {}, /"issuer" and "clientId" belong together/],
    [{ ...LOGIN, issuer: 'http://issuer.example' }, {}, /must be https/],
    [{ ...LOGIN, separation: true }, {}, /nobody could approve/],
    [{ ...LOGIN, approvers: [''] }, {}, /give subjects/],
    [{ ...LOGIN, page: 'http://desk.example/approvals' }, {}, /must be a plain https URL/],
    [{ ...LOGIN, page: 'https://desk.example/approvals?x=1' }, {}, /must be a plain https URL/],
    [{ ...LOGIN, page: 'https://desk.example/approvals' }, {}, /does not answer for desk\.example/],
    [{ ...LOGIN, page: 'http://127.0.0.1:3000/mcp' }, {}, /cannot be where the endpoint is/],
    [{ ...LOGIN, page: 'http://127.0.0.1:3000' }, {}, /give it a path/],
    [{ ...LOGIN, page: 'http://127.0.0.1:3000/approvals' }, { profile: 'production' }, /must be https in production/],
    [LOGIN, { http: socket }, /cannot be told from a Unix socket/],
    [LOGIN, { issuers: [{ issuer: 'https://other.example' }] }, /issues no access tokens/],
  ];
  for (const [options, more, expected] of wrong)
    assert.throws(() => resolveApprovals(options, facts(more)), expected, JSON.stringify(options));
});

test('a request is seen by whose it is, and by approvers of the same tenant', () => {
  const party = { id: 'alice', issuer: LOGIN.issuer, subject: 'alice', client: 'c' };
  const viewer = { id: 'alice', subject: 'alice', tenant: undefined, isApprover: false };
  const rules = { ...resolveApprovals(LOGIN, facts()), separation: true };
  const carol = { ...viewer, id: 'carol', isApprover: true };
  assert.equal(maySee(viewer, party), true);
  assert.equal(maySee({ ...viewer, id: 'bob' }, party), false);
  assert.equal(maySee(carol, party), true);
  assert.equal(maySee({ ...carol, tenant: 'two' }, { ...party, tenant: 'one' }), false);
  assert.equal(mayDecide(rules, viewer, party, false), true);
  assert.equal(mayDecide(rules, viewer, party, true), false);
  assert.equal(mayDecide({ ...rules, separation: false }, viewer, party, true), true);
  assert.equal(mayDecide(rules, carol, party, true), true);
  assert.equal(mayDecide(rules, { ...carol, id: 'alice' }, party, true), false);
});

test("a subject of another issuer than the page's does not approve for its own name", () => {
  const party = { id: 'alice at theirs', issuer: 'https://theirs.example', subject: 'alice', client: 'c' };
  const rules = { ...resolveApprovals({ ...LOGIN, approvers: ['alice', 'carol'] }, facts()), separation: true };
  const approver = { id: 'x', tenant: undefined, isApprover: true };
  assert.equal(mayDecide(rules, { ...approver, subject: 'alice' }, party, true), false);
  assert.equal(mayDecide(rules, { ...approver, subject: 'carol' }, party, true), true);
  assert.equal(isSelf(rules, { ...approver, subject: 'alice' }, { ...party, issuer: LOGIN.issuer }), false);
});

test('approvers are told by subject, or by a claim and its value', () => {
  const rules = resolveApprovals({ ...LOGIN, approvers: ['carol', { claim: 'groups', value: 'leads' }] }, facts());
  for (const claims of [{ sub: 'carol' }, { sub: 'x', groups: 'leads' }, { sub: 'x', groups: ['a', 'leads'] }])
    assert.equal(isApprover(rules, claims), true);
  for (const claims of [
    { sub: 'Carol' },
    { sub: 'x', groups: 'leads2' },
    { sub: 'x', groups: [['leads']] },
    { sub: 'x', groups: { leads: true } },
  ])
    assert.equal(isApprover(rules, claims), false);
  const inherited = resolveApprovals({ ...LOGIN, approvers: [{ claim: 'constructor', value: 'x' }] }, facts());
  assert.equal(isApprover(inherited, { sub: 'x' }), false);
});
