import type { OutsideCall } from './engine/machine.ts';
import { onlyText, thingsOf, type Sym, type Value } from './engine/values.ts';
import { STARTED_SERVER, WHOLE_ENVIRONMENT } from './facts.ts';
import type { Notes } from './notes.ts';

/** The whole of the environment, and a copy of it. */
const WHOLE = /^(?:process\.env|os\.environ(?:\.copy\(?\)?)?)$/;
/** Programs that are the server's own. */
const OWN = /^(?:process\.(?:execPath|argv0)|sys\.executable|shutil\.which\(\))$/;

/**
 * Notes that a client starts a server, and whether that is handed the whole environment though somebody else says what it is. What the
 * SDKs hand on by themselves is a short list.
 */
export function noteStarted(
  notes: Notes,
  call: OutsideCall,
  { command, environment }: { readonly command: Value | undefined; readonly environment: Value | undefined },
): void {
  const isNamedHere =
    onlyText(command) !== undefined ||
    (command?.constants?.length ?? 0) > 0 ||
    symbolsOf(command).some(({ path }) => OWN.test(path));
  const isWhole = command !== undefined && !isNamedHere && isEnvironment(environment);
  notes.call(isWhole ? WHOLE_ENVIRONMENT : STARTED_SERVER, { ...call, args: [] });
}

function symbolsOf(value: Value | undefined): readonly Sym[] {
  return thingsOf(value, 'symbol');
}

function isEnvironment(value: Value | undefined): boolean {
  const copied = thingsOf(value, 'object').flatMap((each) => each.copies ?? []);
  return [...symbolsOf(value), ...copied].some(({ path }) => WHOLE.test(path));
}
