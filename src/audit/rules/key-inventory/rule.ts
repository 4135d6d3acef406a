import { choice, day, list, number, text } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'key-inventory',
  title: 'Every key and secret has an owner, an age limit, and is younger than that',
  failure: 'A key or secret is older than it may be, or of a weak kind',
  severity: 'high',
  controls: ['SEC-03', 'PRX-02'],
  remedy:
    'List what signs, encrypts or opens something, by id and never by value. Rotate what is too old, and give the rest the day of the next rotation.',
  references: ['NIST SP 800-57 part 1, section 5.3', 'OWASP Key Management Cheat Sheet'],
  freshDays: 92,
  fields: {
    keys: list('each key and secret', {
      id: text('key id or name; never the value'),
      purpose: choice('what it is for', ['signing', 'encryption', 'tls', 'message-signing', 'audit-log', 'credential']),
      algorithm: text('such as Ed25519, ES256, RSA-3072; for credentials: none'),
      owner: text('who answers for it'),
      created: day('when it was made'),
      maxAgeDays: number('how old it may become'),
      rotatedBy: text('the job or person that rotates it'),
    }),
  },
  problems: ({ keys }, at) => {
    const ids = keys.map(({ id }) => id);
    return keys.flatMap(({ id, algorithm, created, maxAgeDays }, index) => {
      const path = ['keys', index];
      const age = Math.floor((at - created) / DAY);
      return [
        ...(age > maxAgeDays
          ? [{ path: [...path, 'created'], message: `${id} is ${age} days old; ${maxAgeDays} are the most` }]
          : []),
        ...(age < -1 ? [{ path: [...path, 'created'], message: `${id} was made in the future` }] : []),
        ...(maxAgeDays > 1100
          ? [{ path: [...path, 'maxAgeDays'], message: `${id} may become older than three years` }]
          : []),
        ...(/^(?:rsa-?(?:512|768|1024)|dsa.*|md5.*|sha-?1.*|hs256-shared|des.*|3des|rc4)$/i.test(algorithm)
          ? [{ path: [...path, 'algorithm'], message: `${id} is of ${algorithm}, which is too weak` }]
          : []),
        ...(ids.indexOf(id) === index ? [] : [{ path, message: `${id} is listed twice` }]),
      ];
    });
  },
});
