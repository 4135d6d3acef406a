import { createHmac } from 'node:crypto';
import { judge, resultOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

/** The value that the target keeps as its secret `canary`. */
export const CANARY = 'canary-of-portcullis-qhTz7Xr2Lw9';

/** Ways in which a handler can print what it holds. */
export const WAYS = [
  'string',
  'template',
  'concatenation',
  'json',
  'json with a replacer',
  'inspect',
  'inspect without custom functions',
  'own keys',
  'spread',
  'prototype chain',
  'structured clone',
  'v8 serialiser',
  'error with a cause',
  'value of',
  'locale string',
] as const;

const USED = 'the secret in use';

/** Has a handler print its secret in every way, its letters apart so that no filter of texts helps. */
export const rule: Rule = {
  id: 'opaque-secrets',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const signed = await call(connection, 'sign', { text: 'probe' });
    const expected = createHmac('sha256', CANARY).update('probe').digest('hex');
    const seen: Observation[] = [{ label: USED, fact: outputOf(signed)?.['mac'] === expected }];
    for (const way of WAYS) {
      const reply = await call(connection, 'print', { way });
      const printed = outputOf(reply)?.['printed'];
      const whole = `${reply.text}${JSON.stringify(reply.notifications)}${String(printed)}`;
      seen.push({ label: way, fact: typeof printed === 'string' && !together(whole).includes(together(CANARY)) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isTrue = ({ fact }: Observation) => fact === true;
    return judge(observations, {
      baseline: { [USED]: isTrue },
      attacks: Object.fromEntries(WAYS.map((way) => [way, isTrue])),
    });
  },
};

function call(connection: Connection, name: string, args: Record<string, string>): Promise<Reply> {
  return connection.request('tools/call', { name, arguments: args });
}

function outputOf(reply: Reply): Record<string, unknown> | undefined {
  const output = resultOf(reply)?.['structuredContent'];
  return isObject(output) ? output : undefined;
}

function together(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, '');
}
