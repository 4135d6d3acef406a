import { isSecureUrl } from '../../identity/resource.ts';
import { isObject } from '../../protocol/json.ts';

/**
 * Loads an SDK.
 * @throws Error with the command that installs it, when it is not there.
 */
export async function loadSdk<T>(scheme: string, load: () => Promise<T>, packages: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new Error(`${scheme}: secrets need an SDK: npm install --save-exact ${packages}`, { cause });
  }
}

/** A name and the field of a JSON value that is meant: `crm/token#key`. */
export function parseField(locator: string): { readonly id: string; readonly field: string | undefined } {
  const at = locator.lastIndexOf('#');
  if (at === -1) return { id: locator, field: undefined };
  const [id, field] = [locator.slice(0, at), locator.slice(at + 1)];
  if (id === '' || field === '') throw new TypeError('write it as <name>, or as <name>#<field> of a JSON value');
  return { id, field };
}

/** The value itself, or its field. @throws Error that tells nothing of it. */
export function pickField(text: string, field: string | undefined): string {
  if (field === undefined) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the value is no JSON, so it has no fields');
  }
  const picked = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
  if (typeof picked !== 'string') throw new Error('there is no text in that field');
  return picked;
}

/** @throws TypeError for an address to which credentials cannot be sent. */
export function checkEndpoint(where: string, endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url === null || !isSecureUrl(url) || url.username !== '' || url.password !== '')
    throw new TypeError(`${where}: give an https URL without credentials; http is for loopback alone.`);
  return url;
}

/** What went wrong, by the name and status that SDKs give their errors. INVARIANT: their messages may hold anything. */
export function explainCloud(provider: string, error: unknown): Error {
  const { name, status } = factsOf(error);
  const why = status === undefined ? name : `${name}, ${status}`;
  return new Error(`${provider} did not give it (${why})`, { cause: error });
}

function factsOf(error: unknown): { readonly name: string; readonly status: string | undefined } {
  if (!(error instanceof Error)) return { name: 'unknown', status: undefined };
  const metadata: unknown = Reflect.get(error, '$metadata');
  const code: unknown =
    (isObject(metadata) ? metadata['httpStatusCode'] : undefined) ??
    Reflect.get(error, 'statusCode') ??
    Reflect.get(error, 'code');
  const status =
    typeof code === 'number' || (typeof code === 'string' && /^[\w-]{1,40}$/.test(code)) ? code : undefined;
  return { name: error.name, status: status === undefined ? undefined : String(status) };
}
