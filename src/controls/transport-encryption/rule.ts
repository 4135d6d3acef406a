import { connect } from 'node:tls';
import { sendRaw } from '../../audit/http-client.ts';
import { judge, served } from '../../audit/judge.ts';
import type { Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const OVER_TLS = 'a call over TLS';
const METADATA = 'the metadata';
const IN_CLEAR = 'a token in clear';
const OLD_TLS = 'TLS 1.1';
const PROMISE = 'no promise to stay with TLS';
const PATIENCE_MS = 5_000;

/** Presents a token over plain HTTP where the server is known by an https URL, and shakes hands with an outdated TLS. */
export const rule: Rule = {
  id: 'transport-encryption',
  async gather(target: Target): Promise<readonly Observation[]> {
    const { url } = target;
    if (url === undefined) return [];
    const connection = await target.connect();
    const reply = await connection.request('tools/list');
    await connection.close();
    if (url.protocol === 'https:') {
      const hsts = reply.headers['strict-transport-security'];
      return [
        { label: OVER_TLS, reply },
        observed(IN_CLEAR, await sendInClear(url, target.token ?? '')),
        { label: OLD_TLS, fact: await negotiates(url) },
        { label: PROMISE, fact: hsts === undefined },
      ];
    }
    const path = '/.well-known/oauth-protected-resource';
    const document = await target.raw({ method: 'GET', path, headers: [['Host', url.host]] }).catch(() => undefined);
    return [
      { label: METADATA, fact: document?.message?.['resource'] },
      { label: IN_CLEAR, reply },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    if (observations.some(({ label }) => label === OVER_TLS)) {
      return judge(observations, {
        baseline: { [OVER_TLS]: served },
        attacks: {
          [IN_CLEAR]: isUnanswered,
          [OLD_TLS]: ({ fact }) => fact === false,
          [PROMISE]: ({ fact }) => fact === false,
        },
      });
    }
    const resource = observations.find(({ label }) => label === METADATA)?.fact;
    if (typeof resource === 'string' && isLocal(resource))
      return { status: 'not-applicable', why: `${resource}: a server of this machine` };
    return judge(observations, {
      baseline: { [METADATA]: () => typeof resource === 'string' },
      attacks: { [IN_CLEAR]: isUnanswered },
    });
  },
};

/** A redirect is an answer: by then the token has travelled. */
function isUnanswered({ reply }: Observation): boolean {
  return reply?.status === undefined || reply.status >= 400;
}

function isLocal(resource: string): boolean {
  const hostname = URL.parse(resource)?.hostname ?? '';
  return resource.startsWith('http:') && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function observed(label: string, reply: Reply | undefined): Observation {
  return reply === undefined ? { label } : { label, reply };
}

function sendInClear(url: URL, token: string): Promise<Reply | undefined> {
  const plain = new URL(url.href.replace(/^https:/, 'http:'));
  plain.port = url.port === '' ? '443' : url.port;
  const headers = [
    ['Host', url.host],
    ['Authorization', `Bearer ${token}`],
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
  ] as const;
  return sendRaw(plain, { method: 'POST', path: url.pathname, headers, body: '{}' }).catch(() => undefined);
}

/** Whether the server completes a handshake of TLS 1.1 or older. */
function negotiates(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 443 : Number(url.port),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    const done = (shaken: boolean) => {
      socket.destroy();
      resolve(shaken);
    };
    socket.setTimeout(PATIENCE_MS, () => done(false));
    socket.once('secureConnect', () => done(true));
    socket.once('error', () => done(false));
  });
}
