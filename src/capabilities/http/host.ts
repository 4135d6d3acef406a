import { isIP } from 'node:net';

/** A host that was declared: `port` is 443 unless it was given. */
export interface HostName {
  /** As declared: `name` or `name:port`. The deployment speaks of it so. */
  readonly key: string;
  readonly name: string;
  readonly port: number;
}

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const DECLARED = /^([a-z0-9.-]{1,253})(?::([1-9][0-9]{0,4}))?$/;
/** Names that clouds give to the place where their credentials are. */
const METADATA: ReadonlySet<string> = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'instance-data.ec2.internal',
]);

/**
 * Reads one declared host: an exact name in lower case, with a port where it is not 443.
 * @throws TypeError on a wildcard, an address in any notation, a URL, or a name that no resolver is to be asked for.
 */
export function readHost(where: string, text: unknown): HostName {
  const refuse = (why: string): never => {
    throw new TypeError(`${where}: ${JSON.stringify(text)} ${why} Write an exact name, such as "api.example.com".`);
  };
  if (typeof text !== 'string') return refuse('is no host.');
  const [, name = '', port] = DECLARED.exec(text) ?? [];
  if (name === '') {
    if (text.includes('*')) return refuse('is a wildcard.');
    if (text.includes('/')) return refuse('is a URL.');
    return refuse('is no host name in lower case.');
  }
  const labels = name.split('.');
  // A last label of digits makes every URL parser read the name as an IPv4 address (WHATWG URL, ends-in-a-number).
  if (isIP(name) !== 0 || /^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return refuse('is an address.');
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return refuse('is no full host name.');
  if (METADATA.has(name) || name === 'localhost') return refuse('is not for tools.');
  if (Number(port ?? 443) > 65_535) return refuse('has no such port.');
  const plain = port === undefined || port === '443';
  return Object.freeze({ key: plain ? name : text, name, port: Number(port ?? 443) });
}
