import { inspect } from 'node:util';
import { configure as configureHandOver } from '../../controls/opaque-secrets/control.ts';
import { SECRET_MARK } from '../../secrets/opaque.ts';
import type { HmacAlgorithm, Secret } from '../../secrets/secret.ts';
import type { Capability, CapabilityHandle, CapabilityRuntime, Remote } from '../capability.ts';

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/**
 * Declares a secret of the deployment. The handler gets an object that stands for it: it can be handed to the other
 * capabilities and used for keyed hashes, and prints as `[secret]`.
 * @throws TypeError for a name that cannot be one.
 */
export function secrets(name: string): Capability<Secret> {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new TypeError(
      'secrets(name) takes the name of a secret of the deployment: lower-case letters, digits, - and _.',
    );
  }
  return Object.freeze({
    kind: 'secrets',
    declares: Object.freeze({ name }),
    remote: createRemote(name),
    open(runtime: CapabilityRuntime): CapabilityHandle<Secret> {
      const handOver = configureHandOver(runtime.weakened);
      // A name that is not there must stop the start.
      runtime.secrets.get(name);
      return { grant: () => handOver(runtime.secrets, name), close: () => undefined };
    },
  });
}

/** INVARIANT: only the name is inside of a sandbox. Keyed hashes are made in the host, and so is all other use. */
function createRemote(name: string): Remote<Secret> {
  return Object.freeze({
    methods: Object.freeze(['hmac', 'verify']),
    face: (call: (method: string, args: readonly unknown[]) => Promise<unknown>) => createFace(name, call),
    async serve(granted: Secret, method: string, args: readonly unknown[]): Promise<unknown> {
      const [algorithm, data, mac] = args;
      if (!isAlgorithm(algorithm)) throw new TypeError('hmac: use sha256, sha384 or sha512.');
      if (!isData(data)) throw new TypeError('hmac: the data is text or bytes.');
      if (method === 'hmac') return granted.hmac(algorithm, data);
      if (!(mac instanceof Uint8Array)) throw new TypeError('verify: the hash is bytes.');
      return granted.verify(algorithm, data, mac);
    },
  });
}

function isAlgorithm(value: unknown): value is HmacAlgorithm {
  return value === 'sha256' || value === 'sha384' || value === 'sha512';
}

function isData(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** Its one enumerable property is what a structured clone keeps: an argument that names the secret. */
function createFace(
  name: string,
  call: (method: string, args: readonly unknown[]) => Promise<unknown>,
): Secret & { readonly secret: string } {
  const face = { secret: name };
  const mark = (): string => SECRET_MARK;
  const hidden = {
    name,
    hmac: async (...args: Parameters<Secret['hmac']>): Promise<Uint8Array> => {
      const mac = await call('hmac', args);
      if (!(mac instanceof Uint8Array)) throw new Error('the host gave no hash');
      return mac;
    },
    verify: async (...args: Parameters<Secret['verify']>): Promise<boolean> => (await call('verify', args)) === true,
    toString: mark,
    toJSON: mark,
    [Symbol.toPrimitive]: mark,
    [inspect.custom]: mark,
  };
  for (const key of Reflect.ownKeys(hidden)) Object.defineProperty(face, key, { value: Reflect.get(hidden, key) });
  return Object.freeze(face) as unknown as Secret & { readonly secret: string };
}
