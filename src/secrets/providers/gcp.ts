import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { Provider, ProviderContext } from '../provider.ts';
import { checkEndpoint, explainCloud, loadSdk, parseField, pickField } from './cloud.ts';
import { textOf } from './secret-file.ts';

const NAME = /^(?:projects\/([\w.:-]+)\/secrets\/)?([\w-]+)(?:\/versions\/(\w+))?$/;

/**
 * Reads `gcp:projects/<project>/secrets/<name>`, with `/versions/<n>` or the latest, or `gcp:<name>` of the configured
 * project, from Google Secret Manager; a field of a JSON value by `#<field>`.
 */
export function createGcpProvider({ settings }: ProviderContext): Provider {
  const { project, endpoint } = settings.gcp ?? {};
  const url = endpoint === undefined ? undefined : checkEndpoint('secretProviders.gcp.endpoint', endpoint);
  let client: SecretManagerServiceClient | undefined;
  return {
    async read(locator) {
      const { id, field } = parseField(locator);
      const [, named = project, name, version = 'latest'] = NAME.exec(id) ?? [];
      if (name === undefined || named === undefined)
        throw new TypeError('write it as gcp:projects/<project>/secrets/<name>, or set secretProviders.gcp.project');
      const load = () => import('@google-cloud/secret-manager');
      const sdk = await loadSdk('gcp', load, '@google-cloud/secret-manager@7.2.0');
      client ??= new sdk.SecretManagerServiceClient(url === undefined ? {} : restOptions(url));
      const request = { name: `projects/${named}/secrets/${name}/versions/${version}` };
      const [answer] = await client.accessSecretVersion(request).catch((error: unknown): never => {
        throw explainCloud('Google Secret Manager', error);
      });
      const data = answer.payload?.data ?? '';
      const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
      const given = answer.name?.split('/').at(-1);
      return {
        value: pickField(textOf(bytes, id), field),
        ...(given === undefined ? {} : { version: `version ${given}` }),
      };
    },
    close: () => void client?.close(),
  };
}

/** An endpoint of one's own is spoken to by plain requests. */
function restOptions({ hostname, port, protocol }: URL): Readonly<Record<string, unknown>> {
  return {
    apiEndpoint: hostname,
    fallback: true,
    protocol: protocol.slice(0, -1),
    ...(port === '' ? {} : { port: Number(port) }),
  };
}
