import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const WAYS = ['result', 'error', 'progress'] as const;
const KINDS = ['a cloud key', 'a code host token', 'a JWT', 'a private key', 'a card number'] as const;
const PROGRESS = 'leak-filter';

/** Has `say` and `describe` say fresh credentials and the number of a card, in every way that a tool has to say something. */
export const rule: Rule = {
  id: 'leak-filter',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [];
    for (const kind of KINDS) {
      for (const way of WAYS) {
        const { text, telling } = conceal(kind);
        const reply = await say(connection, text, way);
        seen.push({ label: `${kind} in the ${way}`, reply: withoutText(reply), fact: whole(reply).includes(telling) });
      }
      const { text, telling } = conceal(kind);
      const reply = await describe(connection, text);
      seen.push({ label: `${kind} in a field`, reply: withoutText(reply), fact: whole(reply).includes(telling) });
    }
    const words = randomBytes(6).toString('hex').slice(0, 10);
    const plain = await say(connection, `plain ${words}`, 'result');
    const told = await say(connection, `plain ${words}`, 'progress');
    const described = await describe(connection, `plain ${words}`);
    seen.push(
      { label: 'plain text', reply: plain, fact: whole(plain).includes(words) },
      { label: 'plain progress', reply: told, fact: told.notifications.length },
      { label: 'a plain field', reply: described, fact: whole(described).includes(words) },
    );
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = KINDS.flatMap((kind) => [...WAYS.map((way) => `${kind} in the ${way}`), `${kind} in a field`]);
    return judge(observations, {
      baseline: {
        'plain text': (seen) => served(seen) && seen.fact === true,
        'a plain field': (seen) => served(seen) && seen.fact === true,
        'plain progress': (seen) => served(seen) && seen.fact === 2,
      },
      attacks: Object.fromEntries(labels.map((label) => [label, ({ fact }: Observation) => fact === false])),
    });
  },
};

function say(connection: Connection, text: string, way: string): Promise<Reply> {
  return connection.request('tools/call', {
    name: 'say',
    arguments: { text, way },
    _meta: { progressToken: PROGRESS },
  });
}

function describe(connection: Connection, text: string): Promise<Reply> {
  return connection.request('tools/call', { name: 'describe', arguments: { text } });
}

/** Everything that came, as one text; the messages of progress follow one another. */
function whole({ message, notifications }: Reply): string {
  const told = notifications.map(({ params }) => {
    const said = isObject(params) ? params['message'] : undefined;
    return typeof said === 'string' ? said : '';
  });
  return JSON.stringify(message) + told.join('');
}

/** INVARIANT: what is kept of an audit holds no secret, not even one made for it. */
function withoutText(reply: Reply): Reply {
  return { ...reply, text: '', message: undefined, notifications: [] };
}

/** A text with something that nobody has seen yet, and the part of it that must not come back. */
function conceal(kind: (typeof KINDS)[number]): { readonly text: string; readonly telling: string } {
  switch (kind) {
    case 'a cloud key': {
      const telling = letters(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
      return { text: `use AKIA${telling} for it`, telling };
    }
    case 'a code host token': {
      const telling = letters(36, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');
      return { text: `use ghp_${telling} for it`, telling };
    }
    case 'a JWT': {
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const telling = randomBytes(32).toString('base64url');
      return { text: `use ${part({ alg: 'ES256' })}.${part({ sub: 'app' })}.${telling} for it`, telling };
    }
    case 'a private key': {
      const { privateKey } = generateKeyPairSync('ed25519');
      const text = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
      return { text, telling: text.split('\n')[1]?.slice(-30) ?? '' };
    }
    default: {
      const digits = `4${String(randomInt(10 ** 13, 10 ** 14))}`;
      const telling = digits + checkDigit(digits);
      return { text: `paid by ${telling} today`, telling };
    }
  }
}

function letters(count: number, alphabet: string): string {
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** ISO/IEC 7812-1. */
function checkDigit(digits: string): number {
  const sum = Array.from(digits)
    .toReversed()
    .map((digit, at) => (at % 2 === 0 ? Number(digit) * 2 : Number(digit)))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return (10 - (sum % 10)) % 10;
}
