import { checkMeaning } from '../config/meaning.ts';
import { createKeys } from '../config/open.ts';
import { readConfig } from '../config/read.ts';

/** Says whether a configuration can be used, and if not where and why. */
export async function configCheck(file: string): Promise<void> {
  const source = await readConfig(file);
  await checkMeaning(source);
  const { profile, http, auth } = source.config;
  const issuers = auth?.issuers.length ?? 0;
  const facts = [
    `profile ${profile}`,
    ...(http?.publicUrl === undefined ? [] : [http.publicUrl]),
    ...(issuers === 0 ? [] : [`${issuers} ${issuers === 1 ? 'issuer' : 'issuers'}`]),
  ];
  process.stdout.write(`${file} is sound: ${facts.join(', ')}.\n`);
}

/** Makes the keys that a configuration names and that are not there. */
export async function makeKeys(file: string): Promise<void> {
  const made = await createKeys(await readConfig(file));
  for (const path of made) process.stdout.write(`made ${path}\n`);
  if (made.length === 0) process.stdout.write('Both keys are there; nothing was made.\n');
}
