import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { createHttpSubject, type LiveOptions } from '../../src/audit/live/http-subject.ts';
import { gatherLivePart } from '../../src/audit/parts/live.ts';
import type { RuleOutcome } from '../../src/audit/model.ts';
import { RULES } from '../../src/audit/rules.ts';
import { createRun, judgeRun, type AuditReport, type AuditRun, type Part } from '../../src/audit/run.ts';
import type { Fixture } from '../../src/prove/fixture.ts';
import { closeSharedIssuer, sharedIssuer, startTarget } from '../../src/prove/target.ts';
import { atEnd, ROOT } from './interop.ts';

/** A slow machine with other work must not run out of time where the test is about something else. */
const PATIENT = { answerMs: 20_000, runMs: 120_000 };

/** A server of Portcullis with one control on or off, and tokens for it. */
export interface LiveFixture {
  readonly url: string;
  readonly tokens: NonNullable<LiveOptions['tokens']>;
}

/** Starts the fixture of a control over HTTP; it ends with the test. */
export async function startLiveFixture(
  t: TestContext,
  control: string,
  which: 'good' | 'bad',
  change: (fixture: Fixture) => Fixture = (fixture) => fixture,
): Promise<LiveFixture> {
  const path = join(ROOT, 'src/controls', control, 'fixtures', `${which}.ts`);
  const module = (await import(pathToFileURL(path).href)) as { readonly default: Fixture };
  const fixture = change(module.default);
  const { target, stop } = await startTarget(fixture, fixture.server.insecure ?? [], {
    transport: 'http',
    era: 'modern',
  });
  atEnd(t, closeSharedIssuer);
  atEnd(t, stop);
  const { url, mint, token } = target;
  if (url === undefined || mint === undefined || token === undefined) throw new Error(`${control} has no HTTP fixture`);
  const issuer = await sharedIssuer();
  const scope = scopeOf(token);
  return {
    url: url.href,
    tokens: {
      user: token,
      second: await mint({ sub: 'bob', scope }),
      low: await mint({ sub: 'alice', scope: '' }),
      elsewhere: await issuer.mint({ sub: 'alice', scope, aud: 'https://sibling.example/mcp' }),
    },
  };
}

function scopeOf(token: string): string {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return claims !== null && typeof claims === 'object' && 'scope' in claims ? String(claims.scope) : '';
}

/**
 * Audits a server.
 * @param only The rules that are tried, where not all of them.
 */
export async function liveRun(url: string, options: LiveOptions = {}, only?: readonly string[]): Promise<AuditRun> {
  const patient = { ...options, limits: { ...PATIENT, ...options.limits } };
  const part = only === undefined ? await gatherLivePart(url, patient) : await gatherSome(url, patient, only);
  return createRun({ version: '0.0.0', target: url, at: '2026-01-01T00:00:00.000Z' }, [part]);
}

async function gatherSome(url: string, options: LiveOptions, only: readonly string[]): Promise<Part> {
  const subject = await createHttpSubject(new URL(url), options);
  const gathered: Record<string, object> = {};
  for (const rule of RULES.filter(({ meta }) => only.includes(meta.id))) {
    const found = await rule.gather(subject as never);
    if (found !== undefined) gathered[rule.meta.id] = found;
  }
  await subject.close();
  return { kind: 'live', gathered, files: subject.files, unread: subject.unread };
}

/** Audits a server and judges what was gathered. */
export async function liveReport(
  url: string,
  options: LiveOptions = {},
  only?: readonly string[],
): Promise<AuditReport> {
  return judgeRun(await liveRun(url, options, only));
}

/** What one rule came to. */
export function outcomeOf(report: AuditReport, rule: string): RuleOutcome | undefined {
  return report.outcomes.find((outcome) => outcome.rule === rule);
}
