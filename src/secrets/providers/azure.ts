import type { SecretClient } from '@azure/keyvault-secrets';
import type { Provider, ProviderContext } from '../provider.ts';
import { checkEndpoint, explainCloud, loadSdk, parseField, pickField } from './cloud.ts';

const NAME = /^([0-9A-Za-z-]{1,127})(?:\/([0-9a-f]{32}))?$/;

/** Reads `azure:<name>`, with `/<version>` or the latest, from Azure Key Vault; a field of a JSON value by `#<field>`. */
export function createAzureProvider({ settings }: ProviderContext): Provider {
  const vaultUrl = settings.azure?.vaultUrl;
  if (vaultUrl === undefined)
    throw new TypeError('azure: secrets need the URL of the vault (secretProviders.azure.vaultUrl)');
  checkEndpoint('secretProviders.azure.vaultUrl', vaultUrl);
  let client: SecretClient | undefined;
  return {
    async read(locator, signal) {
      const { id, field } = parseField(locator);
      const [, name, version] = NAME.exec(id) ?? [];
      if (name === undefined) throw new TypeError('write it as azure:<name>, or as azure:<name>/<version>');
      const load = () => Promise.all([import('@azure/keyvault-secrets'), import('@azure/identity')]);
      const packages = '@azure/keyvault-secrets@4.12.0 @azure/identity@4.14.1';
      const [secrets, identity] = await loadSdk('azure', load, packages);
      client ??= new secrets.SecretClient(vaultUrl, new identity.DefaultAzureCredential());
      const options = { abortSignal: signal, ...(version === undefined ? {} : { version }) };
      const { value, properties } = await client.getSecret(name, options).catch((error: unknown): never => {
        throw explainCloud('Azure Key Vault', error);
      });
      if (value === undefined) throw new Error('it has no value');
      return {
        value: pickField(value, field),
        ...(properties.version === undefined ? {} : { version: properties.version }),
        ...(properties.createdOn === undefined ? {} : { madeAt: properties.createdOn.getTime() }),
      };
    },
  };
}
