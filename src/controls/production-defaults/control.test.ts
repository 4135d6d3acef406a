import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import type { HttpSettings } from '../../pipeline/settings.ts';
import { NO_FACTS, type StartFacts } from '../../pipeline/start.ts';
import { configure } from './control.ts';

function start(facts: Partial<Omit<StartFacts, 'http'>> = {}, http: Partial<HttpSettings> | undefined = {}) {
  return configure()({
    ...NO_FACTS,
    profile: 'production',
    declared: [],
    hasIssuer: true,
    devAuthorizationServer: false,
    hasRecorder: true,
    insecure: [],
    http: testSettings({ http }).http,
    ...facts,
  });
}

test('production with an issuer and nothing weak starts', () => {
  assert.deepEqual(start(), []);
});

test('production over HTTP needs an issuer; on stdio there is nobody to ask', () => {
  const facts = {
    ...NO_FACTS,
    profile: 'production',
    declared: [],
    hasIssuer: false,
    devAuthorizationServer: false,
    hasRecorder: true,
  } as const;
  assert.deepEqual(configure()({ ...facts, insecure: [], http: undefined }), []);
  assert.deepEqual(start({ hasIssuer: false }), ['auth.issuers: production serves HTTP with an issuer only.']);
});

test('production refuses the authorization server of the dev profile', () => {
  assert.deepEqual(start({ devAuthorizationServer: true }), [
    'auth: the embedded authorization server is for the dev profile. Name your own issuer.',
  ]);
});

test('production refuses to run without an audit log', () => {
  assert.deepEqual(start({ hasRecorder: false }), [
    'recorder: production keeps an audit log. Give the one of openLog(), or run `portcullis serve`.',
  ]);
});

test('production refuses each symbol by its name', () => {
  assert.deepEqual(start({ insecure: ['insecureWithoutRateLimit', 'insecureWithoutDeadline'] }), [
    'production refuses insecureWithoutRateLimit, insecureWithoutDeadline. Remove it from the server\'s "insecure" list.',
  ]);
});

test('a wildcard is refused in every profile', () => {
  for (const profile of ['dev', 'production'] as const) {
    for (const origin of ['*', 'https://*.example', 'https://*']) {
      assert.deepEqual(start({ profile }, { allowedOrigins: new Set(['https://app.example', origin]) }), [
        'http.allowedOrigins: list exact origins; "*" is none.',
      ]);
    }
    for (const host of ['*', '*.example', 'mcp.example:*']) {
      assert.deepEqual(start({ profile }, { allowedHosts: new Set([host]) }), [
        'http.allowedHosts: list exact names; "*" is none.',
      ]);
    }
  }
});

test('all that is wrong is told at once', () => {
  const facts = {
    hasIssuer: false,
    devAuthorizationServer: true,
    hasRecorder: true,
    insecure: ['insecureWithoutDeadline'],
  };
  assert.equal(start(facts, { allowedOrigins: new Set(['*']), allowedHosts: new Set(['*']) }).length, 5);
});

test('the dev profile starts with what production refuses', () => {
  const facts = {
    ...NO_FACTS,
    hasIssuer: false,
    devAuthorizationServer: true,
    hasRecorder: true,
    insecure: ['insecureWithoutDeadline'],
  };
  assert.deepEqual(start({ profile: 'dev', ...facts }), []);
});
