import open from 'open';
import { sanitizeUrl } from 'strict-url-sanitise';

export class BrowserProvider {
  async redirectToAuthorization(authorizationUrl: URL): Promise<void> {
    console.error(`Sign in at ${authorizationUrl.origin}`);
    await open(sanitizeUrl(authorizationUrl.toString()));
  }
}
