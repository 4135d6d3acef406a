import type { Profile } from '../pipeline/settings.ts';
import type { Recorder } from '../record/event.ts';
import type { Redactor } from '../record/redact.ts';
import type { Fingerprinted } from './fingerprints.ts';
import { Keeper, type RotationEvent } from './keeper.ts';
import { createSecret, sourceOf } from './opaque.ts';
import { readSecretOptions } from './options.ts';
import { createProvider, type Provider, type Reading } from './provider.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { explainReference, parseReference, placeOf, type Scheme } from './reference.ts';
import type { Secret, SecretOptions, SecretVault } from './secret.ts';

/** What the controls decide of secrets. */
export interface SecretControls {
  /** Whether a text that is no reference is taken for the value itself. */
  readonly literals: boolean;
  /** Whether a value is ever read again, and dropped when it cannot be. */
  readonly rotates: boolean;
  /** Compares a value with the others of the deployment and of other environments. */
  readonly separate: (
    secret: Fingerprinted,
    others: ReadonlyMap<string, string>,
  ) => Promise<{ readonly refuse?: string; readonly warn?: string }>;
}

/** What a vault is opened with. */
export interface VaultContext {
  readonly profile: Profile;
  /** Learns each value in each of its forms before anyone can use it. */
  readonly redactor: Redactor;
  /** Keeps the rotations; nothing is recorded when absent. */
  readonly recorder?: Recorder;
  /** Folder that relative paths are taken from; the working directory when absent. */
  readonly folder?: string;
  readonly providers?: ProviderSettings;
  readonly controls?: SecretControls;
  /** Told of what is there once all is read, and after each rotation. */
  readonly keep?: (secrets: readonly Fingerprinted[]) => Promise<void>;
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number;
  log(line: string): void;
}

const EVERYTHING_ON: SecretControls = {
  literals: false,
  rotates: true,
  separate: () => Promise.resolve({}),
};

/**
 * Opens the secrets of a deployment: each is read once before anything is served.
 * @throws TypeError on each reference that cannot be read, with the name and how to mend it.
 */
export async function openVault(
  options: Readonly<Record<string, SecretOptions>>,
  context: VaultContext,
): Promise<SecretVault> {
  const vault = new Vault(context);
  try {
    await vault.open(options);
  } catch (error) {
    await vault.close();
    throw error;
  }
  return vault;
}

class Vault implements SecretVault {
  readonly #context: VaultContext;
  readonly #controls: SecretControls;
  readonly #now: () => number;
  readonly #keepers = new Map<string, { readonly keeper: Keeper; readonly secret: Secret }>();
  readonly #providers = new Map<Scheme, Provider>();
  readonly #ends: (() => void)[] = [];
  /** Present and proposed values by name, for the comparison of one with the others. */
  readonly #values = new Map<string, Fingerprinted>();

  constructor(context: VaultContext) {
    this.#context = context;
    this.#controls = context.controls ?? EVERYTHING_ON;
    this.#now = context.now ?? Date.now;
  }

  get names(): readonly string[] {
    return [...this.#keepers.keys()];
  }

  async open(options: Readonly<Record<string, SecretOptions>>): Promise<void> {
    const problems: string[] = [];
    // One after the other, so that each is compared with those before it.
    for (const [name, given] of Object.entries(options)) {
      try {
        await this.#add(name, given);
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (problems.length > 0) throw new TypeError(problems.join('\n'));
    this.#keep();
    if (!this.#controls.rotates) return;
    for (const { keeper } of this.#keepers.values()) keeper.follow();
  }

  get(name: string): Secret {
    return this.#entry(name).secret;
  }

  reveal(secret: Secret): string {
    return this.#keeperOf(secret).present();
  }

  accepted(secret: Secret): readonly string[] {
    return this.#keeperOf(secret).accepted();
  }

  watch(name: string, listener: () => void): () => void {
    return this.#entry(name).keeper.watch(listener);
  }

  rotate(name: string): Promise<boolean> {
    const { keeper } = this.#entry(name);
    return this.#controls.rotates ? keeper.refresh() : Promise.resolve(false);
  }

  report(): ReturnType<SecretVault['report']> {
    return [...this.#keepers.values()].map(({ keeper }) => ({
      name: keeper.name,
      provider: keeper.provider,
      owner: keeper.settings.owner,
      since: keeper.since,
      problems: keeper.problems(),
    }));
  }

  close(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    for (const { keeper } of this.#keepers.values()) keeper.close();
    for (const provider of this.#providers.values()) provider.close?.();
    return Promise.resolve();
  }

  #entry(name: string): { readonly keeper: Keeper; readonly secret: Secret } {
    const entry = this.#keepers.get(name);
    if (entry !== undefined) return entry;
    const known = this.names.join(', ') || 'none';
    throw new TypeError(`The deployment has no secret ${JSON.stringify(name)}. Declared: ${known}.`);
  }

  /** INVARIANT: only what this vault handed out is revealed; an object that has the name of a secret is none. */
  #keeperOf(secret: Secret): Keeper {
    const source = sourceOf(secret);
    const keeper = source === undefined ? undefined : this.#keepers.get(source.name)?.keeper;
    if (keeper === undefined || keeper !== source) throw new Error('this is no secret of the deployment');
    return keeper;
  }

  async #add(name: string, options: SecretOptions): Promise<void> {
    const settings = readSecretOptions(name, options);
    const reference = parseReference(options.from);
    const { literals, rotates } = this.#controls;
    if (reference === undefined && !literals)
      throw new TypeError(`secrets.${name}.from: ${explainReference(options.from)}`);
    const provider = reference === undefined ? undefined : await this.#provider(reference.scheme);
    const locator = reference?.locator ?? '';
    const place = reference === undefined ? undefined : placeOf(reference, this.#context.providers);
    const context = this.#context;
    const keeper = new Keeper(name, rotates ? settings : { ...settings, maxStaleMs: Number.POSITIVE_INFINITY }, {
      provider: reference?.scheme ?? 'literal',
      read: (signal) => raced(provider?.read(locator, signal) ?? literal(options.from), signal),
      remember: (value) => context.redactor.remember(value),
      judge: (value) => this.#judge({ name, value, place }),
      record: (event) => this.#record(event),
      log: (line) => context.log(line),
      now: this.#now,
    });
    this.#keepers.set(name, { keeper, secret: createSecret(keeper) });
    await keeper.load();
    keeper.watch(() => this.#keep());
    if (provider?.watch === undefined || !rotates) return;
    this.#ends.push(provider.watch(locator, () => void keeper.refresh()));
  }

  async #provider(scheme: Scheme): Promise<Provider> {
    const known = this.#providers.get(scheme);
    if (known !== undefined) return known;
    const { profile, redactor, folder = process.cwd(), providers = {} } = this.#context;
    const provider = await createProvider(scheme, {
      profile,
      folder,
      settings: providers,
      remember: (value) => void redactor.remember(value),
    });
    this.#providers.set(scheme, provider);
    return provider;
  }

  #keep(): void {
    const told = this.#context.keep?.([...this.#values.values()]);
    told?.catch(() => this.#context.log('the fingerprints of the secrets could not be written'));
  }

  async #judge(secret: Fingerprinted): Promise<{ readonly refuse?: string; readonly warn?: string }> {
    const { name } = secret;
    const others = [...this.#values.values()].filter((other) => other.name !== name);
    const judged = await this.#controls.separate(secret, new Map(others.map((other) => [other.name, other.value])));
    if (judged.refuse === undefined) this.#values.set(name, secret);
    return judged;
  }

  async #record({ name, decision, before, after, detail }: RotationEvent): Promise<void> {
    await this.#context.recorder?.append({
      time: Date.now(),
      kind: 'rotation',
      request: '-',
      target: name,
      decision,
      detail,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
}

function literal(value: string): Promise<Reading> {
  return Promise.resolve({ value });
}

/** A provider that does not heed its signal must not hold a rotation for ever. */
function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('there was no answer in time')), { once: true });
    work.then(resolve, reject);
  });
}
