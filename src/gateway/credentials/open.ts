import type { MaybePromise } from '../../pipeline/decision.ts';
import { openAssertion } from './assertion.ts';
import { openClientCredentials } from './client-credentials.ts';
import type { OpenCredential } from './credential.ts';
import { openExchange } from './exchange.ts';
import { openLogin } from './login.ts';
import type { CredentialOptions } from './options.ts';
import { createParts, type CredentialParts, type CredentialRuntime } from './parts.ts';
import { secretCredential } from './secret.ts';

/**
 * Opens what is sent to an upstream behind a URL.
 * @throws TypeError that says what to mend.
 */
export async function openCredential(
  upstream: string,
  url: string,
  options: CredentialOptions,
  runtime: CredentialRuntime,
): Promise<OpenCredential> {
  const issuer = options.kind === 'secret' || options.kind === 'assertion' ? undefined : options.issuer;
  const parts = createParts(upstream, url, issuer, runtime);
  try {
    return await open(options, parts);
  } catch (error) {
    await parts.outbound.close();
    throw error;
  }
}

function open(options: CredentialOptions, parts: CredentialParts): MaybePromise<OpenCredential> {
  switch (options.kind) {
    case 'secret':
      return {
        ...secretCredential(parts.upstream, options, parts.runtime.secrets),
        close: () => parts.outbound.close(),
      };
    case 'client-credentials':
      return openClientCredentials(options, parts);
    case 'assertion':
      return openAssertion(options, parts);
    case 'login':
      return openLogin(options, parts);
    case 'exchange':
      return openExchange(options, parts);
  }
}
