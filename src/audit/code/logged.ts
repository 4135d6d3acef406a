import type { Machine, OutsideCall } from './engine/machine.ts';
import { HARM } from './engine/origins.ts';
import type { Value } from './engine/values.ts';
import { LOGGED_SECRET } from './facts.ts';
import type { Notes } from './notes.ts';

/** Functions that are named so make what nobody may guess. */
export const SECRET_MAKER: RegExp = /session|token|nonce|secret|csrf|otp|apikey|api_key/i;

/** What ends so is where something is or what it is called; in the plural it is the name of a file. */
const SECRET_NAME =
  /^(?!\w*(?:_FILE|_PATH|_DIR|_URL|_URI|_NAME|_ID|_TYPE|SECRETS|CREDENTIALS)$)\w*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|CREDENTIAL|ACCESS_KEY)\w*$/;

/** Whether a variable of the environment is named as secrets are. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Notes what is written to a log: secrets of the environment, and what came from callers. */
export function noteLogged(
  notes: Notes,
  call: OutsideCall,
  machine: Machine,
  {
    sink,
    values,
    namesSecret,
  }: {
    readonly sink: string;
    readonly values: Iterable<Value>;
    readonly namesSecret: (value: Value) => boolean;
  },
): void {
  for (const value of values) {
    if (namesSecret(value)) notes.call(LOGGED_SECRET, { ...call, args: [] });
    notes.flow(
      'log',
      { ...call, sink },
      { value, harm: HARM.other, facts: machine.facts },
      { sources: ['credential', 'argument'] },
    );
  }
}
