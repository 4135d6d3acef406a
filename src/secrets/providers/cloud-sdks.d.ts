/* The part of the optional SDKs that is used: they are not installed for development, so their own types are not there. */

declare module '@aws-sdk/client-secrets-manager' {
  export interface SecretValue {
    readonly SecretString?: string;
    readonly SecretBinary?: Uint8Array;
    readonly VersionId?: string;
    readonly CreatedDate?: Date;
  }
  export const GetSecretValueCommand: new (input: { readonly SecretId: string }) => object;
  export class SecretsManagerClient {
    constructor(options: { readonly region?: string; readonly endpoint?: string; readonly maxAttempts?: number });
    send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<SecretValue>;
    destroy(): void;
  }
}

declare module '@google-cloud/secret-manager' {
  export interface SecretVersion {
    readonly name?: string | null;
    readonly payload?: { readonly data?: Uint8Array | string | null } | null;
  }
  export class SecretManagerServiceClient {
    constructor(options?: Readonly<Record<string, unknown>>);
    accessSecretVersion(request: { readonly name: string }): Promise<readonly [SecretVersion, ...unknown[]]>;
    close(): Promise<void>;
  }
}

declare module '@azure/keyvault-secrets' {
  export interface KeyVaultSecret {
    readonly value?: string;
    readonly properties: { readonly version?: string; readonly createdOn?: Date };
  }
  export class SecretClient {
    constructor(vaultUrl: string, credential: object, options?: Readonly<Record<string, unknown>>);
    getSecret(
      name: string,
      options: { readonly version?: string; readonly abortSignal: AbortSignal },
    ): Promise<KeyVaultSecret>;
  }
}

declare module '@azure/identity' {
  export const DefaultAzureCredential: new (options?: Readonly<Record<string, unknown>>) => object;
}
