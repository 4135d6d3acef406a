/** Where Kubernetes puts the token of a pod's service account. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** How this process proves itself to HashiCorp Vault. */
export type VaultLogin =
  | { readonly kind: 'token'; readonly file: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly mount?: string; readonly file?: string }
  | { readonly kind: 'approle'; readonly role: string; readonly file: string; readonly mount?: string };

/** Settings of HashiCorp Vault. */
export interface VaultSettings {
  /** Base URL, `https://vault.example:8200`; http on loopback alone. */
  readonly address: string;
  readonly namespace?: string;
  /** PEM file of the authorities that its certificate may come from; the system's when absent. */
  readonly ca?: string;
  readonly auth: VaultLogin;
}

/** Settings of the providers that need any. Paths are absolute, or relative to the configuration file. */
export interface ProviderSettings {
  readonly age?: {
    /** File of age identities, as `age-keygen` writes it. */
    readonly identity: string;
  };
  readonly vault?: VaultSettings;
  readonly aws?: { readonly region?: string; readonly endpoint?: string };
  readonly gcp?: { readonly project?: string; readonly endpoint?: string };
  readonly azure?: { readonly vaultUrl: string };
}
