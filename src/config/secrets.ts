import { dirname, join, resolve } from 'node:path';
import { isStrict } from '../controls/secret-separation/control.ts';
import type { Deployment } from '../server/deployment.ts';
import { explainReference, parseReference } from '../secrets/reference.ts';
import { placesOf } from './places.ts';
import type { ConfigFile } from './read.ts';
import type { Path } from './yaml.ts';

/** The part of a deployment that is about secrets, with absolute paths. */
export function secretsOf(source: ConfigFile): Pick<Deployment, 'secrets' | 'secretSettings'> {
  const { secrets, secretProviders, environment, fingerprints } = source.config;
  if (secrets === undefined) return {};
  const folder = dirname(resolve(source.file));
  return {
    secrets,
    secretSettings: {
      folder,
      ...(secretProviders === undefined ? {} : { providers: secretProviders }),
      ...(environment === undefined ? {} : { environment }),
      fingerprints: {
        folder: join(placesOf(source).data, 'fingerprints'),
        others: (fingerprints?.others ?? []).map((path) => resolve(folder, path)),
      },
    },
  };
}

/** Checks the references of the secrets, and that no two are one. INVARIANT: a message holds nothing of what may be a value. */
export function checkSecrets({ config }: ConfigFile, add: (path: Path, message: string) => void): void {
  const seen = new Map<string, string>();
  for (const [name, { from }] of Object.entries(config.secrets ?? {})) {
    const path = ['secrets', name, 'from'];
    const where = path.join('.');
    const reference = parseReference(from);
    if (reference === undefined) add(path, `${where}: ${explainReference(from)}`);
    else if (reference.scheme === 'age' && config.secretProviders?.age === undefined)
      add(path, `${where}: secretProviders.age.identity is missing. Name the file that decrypts it.`);
    else if (reference.scheme === 'vault' && config.secretProviders?.vault === undefined)
      add(path, `${where}: secretProviders.vault is missing. Say where it is and how to sign in.`);
    else if (reference.scheme === 'azure' && config.secretProviders?.azure === undefined)
      add(path, `${where}: secretProviders.azure.vaultUrl is missing.`);
    const other = seen.get(from);
    if (other !== undefined && isStrict(config.profile, config.environment))
      add(path, `${where}: "${other}" is read from there as well. Give each its own.`);
    seen.set(from, name);
  }
}
