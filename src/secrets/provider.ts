import type { Profile } from '../pipeline/settings.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { Scheme } from './reference.ts';

/** What a provider gave. */
export interface Reading {
  readonly value: string;
  /** The provider's own name of this value. */
  readonly version?: string;
  /** Milliseconds since the epoch at which the value was made, where the provider knows. */
  readonly madeAt?: number;
  /** What is wrong with how it is kept, in sentences. */
  readonly problems?: readonly string[];
}

/** What reads secrets of one scheme. The message of what it throws may be logged: it never holds a value. */
export interface Provider {
  /** @throws Error that says in a sentence why it cannot be read. */
  read(locator: string, signal: AbortSignal): Promise<Reading>;
  /** Tells that there may be a new value, until the returned function is called. */
  watch?(locator: string, changed: () => void): () => void;
  close?(): void;
}

/** What a provider may know. */
export interface ProviderContext {
  readonly profile: Profile;
  /** Folder that relative paths are taken from. */
  readonly folder: string;
  readonly settings: ProviderSettings;
  /** Makes a credential of the provider's own known to the redactor. */
  readonly remember: (value: string) => void;
}

type Create = (context: ProviderContext) => Provider;

const LOADERS: Readonly<Record<Scheme, () => Promise<Create>>> = {
  file: async () => (await import('./providers/file.ts')).createFileProvider,
  age: async () => (await import('./providers/age.ts')).createAgeProvider,
  vault: async () => (await import('./providers/vault-kv.ts')).createVaultProvider,
  aws: async () => (await import('./providers/aws.ts')).createAwsProvider,
  gcp: async () => (await import('./providers/gcp.ts')).createGcpProvider,
  azure: async () => (await import('./providers/azure.ts')).createAzureProvider,
  env: async () => (await import('./providers/env.ts')).createEnvProvider,
};

/** Loads and makes the provider of a scheme. */
export async function createProvider(scheme: Scheme, context: ProviderContext): Promise<Provider> {
  return (await LOADERS[scheme]())(context);
}
