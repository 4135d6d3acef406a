import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Provider, ProviderContext } from '../provider.ts';
import { checkEndpoint, explainCloud, loadSdk, parseField, pickField } from './cloud.ts';
import { textOf } from './secret-file.ts';

/** Reads `aws:<name or ARN>`, or a field of a JSON value by `#<field>`, from AWS Secrets Manager: the current version. */
export function createAwsProvider({ settings }: ProviderContext): Provider {
  const { region, endpoint } = settings.aws ?? {};
  if (endpoint !== undefined) checkEndpoint('secretProviders.aws.endpoint', endpoint);
  let client: SecretsManagerClient | undefined;
  return {
    async read(locator, signal) {
      const { id, field } = parseField(locator);
      const load = () => import('@aws-sdk/client-secrets-manager');
      const sdk = await loadSdk('aws', load, '@aws-sdk/client-secrets-manager@3.1160.0');
      client ??= new sdk.SecretsManagerClient({
        maxAttempts: 3,
        ...(region === undefined ? {} : { region }),
        ...(endpoint === undefined ? {} : { endpoint }),
      });
      const command = new sdk.GetSecretValueCommand({ SecretId: id });
      const answer = await client.send(command, { abortSignal: signal }).catch((error: unknown): never => {
        throw explainCloud('AWS Secrets Manager', error);
      });
      const text = answer.SecretString ?? textOf(answer.SecretBinary ?? new Uint8Array(), id);
      return {
        value: pickField(text, field),
        ...(answer.VersionId === undefined ? {} : { version: answer.VersionId }),
        ...(answer.CreatedDate === undefined ? {} : { madeAt: answer.CreatedDate.getTime() }),
      };
    },
    close: () => client?.destroy(),
  };
}
