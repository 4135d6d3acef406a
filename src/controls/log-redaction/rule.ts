import { randomBytes } from 'node:crypto';
import { judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { META } from '../../protocol/versions.ts';

const SHAPES = ['a bearer token', 'a JWT', 'a password'] as const;
const SINKS = ['in the audit log', 'in a notification'] as const;

const ARGUMENTS = ['an argument that is recorded as a digest', 'an argument that is not recorded'] as const;

/** Has `fail_with` fail with fresh secrets in its message, and looks for them in the log and in notifications. */
export const rule: Rule = {
  id: 'log-redaction',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    if (target.era === 'legacy') await connection.request('logging/setLevel', { level: 'debug' });
    const seen: Observation[] = [];
    for (const shape of SHAPES) {
      const { secret, text } = conceal(shape);
      const reply = await fail(target, connection, text);
      const records = JSON.stringify(await target.records());
      seen.push(
        { label: `a failure with ${shape}`, reply: withoutText(reply) },
        { label: `${shape} in the audit log`, fact: records.includes(secret) },
        { label: `${shape} in a notification`, fact: JSON.stringify(reply.notifications).includes(secret) },
      );
    }
    const call = { name: 'echo', arguments: { text: 'probe' } };
    seen.push({ label: 'a call', reply: await connection.request('tools/call', call) });
    seen.push(...(await file(target, connection)));
    await connection.close();
    const failures = (await target.records()).filter(({ decision }) => decision === 'TOOL_FAILED');
    seen.push({ label: 'the log of the failures', fact: failures.length });
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const failures = SHAPES.map((shape) => [`a failure with ${shape}`, refused] as const);
    const sinks = SHAPES.flatMap((shape) => SINKS.map((sink) => [`${shape} ${sink}`, isAbsent] as const));
    return judge(observations, {
      baseline: {
        'a call': served,
        ...Object.fromEntries(failures),
        'a ticket that is filed': served,
        'what the tool declared to be recorded': isPresent,
        'the log of the failures': ({ fact }) => typeof fact === 'number' && fact >= SHAPES.length,
      },
      attacks: Object.fromEntries([...sinks, ...ARGUMENTS.map((label) => [label, isAbsent] as const)]),
    });
  },
};

/** Files a ticket with arguments that are declared to be recorded in clear, as a digest, and not at all. */
async function file(target: Target, connection: Connection): Promise<readonly Observation[]> {
  const [ticket, email, note] = [canary(), `${canary()}@mail.example`, `private ${canary()}`];
  const reply = await connection.request('tools/call', { name: 'file_ticket', arguments: { ticket, email, note } });
  await connection.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });
  const records = JSON.stringify(await target.records());
  return [
    { label: 'a ticket that is filed', reply },
    { label: 'what the tool declared to be recorded', fact: records.includes(ticket) },
    { label: 'an argument that is recorded as a digest', fact: records.includes(email) },
    { label: 'an argument that is not recorded', fact: records.includes(note) },
  ];
}

function canary(): string {
  return randomBytes(8).toString('hex');
}

function isPresent({ fact }: Observation): boolean {
  return fact === true;
}

function isAbsent({ fact }: Observation): boolean {
  return fact === false;
}

/** A secret that nobody has seen yet, and a text in which it stands as libraries write it. */
function conceal(shape: (typeof SHAPES)[number]): { readonly secret: string; readonly text: string } {
  const secret = randomBytes(24).toString('hex');
  if (shape === 'a bearer token') return { secret, text: `with Authorization: Bearer ${secret}` };
  if (shape === 'a password') return { secret, text: `for user=app password=${secret} host=db` };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return { secret, text: `the token ${part({ alg: 'ES256' })}.${part({ sub: 'app' })}.${secret}` };
}

function fail({ era }: Target, connection: Connection, text: string): Promise<Reply> {
  const meta = era === 'modern' ? { meta: { [META.logLevel]: 'debug' } } : {};
  return connection.request('tools/call', { name: 'fail_with', arguments: { text } }, meta);
}

/** INVARIANT: what is kept of an audit holds no secret, not even one made for it. */
function withoutText(reply: Reply): Reply {
  return { ...reply, text: '', notifications: [] };
}
