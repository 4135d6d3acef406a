import type { Response } from 'express';

const METADATA = 'https://notes.example.com/.well-known/oauth-protected-resource';

export function refuse(response: Response): void {
  response.setHeader('WWW-Authenticate', `Bearer resource_metadata="${METADATA}", scope="notes:read"`);
  response.status(401).send('Answer with WWW-Authenticate: Bearer resource_metadata="...", as RFC 9728 has it.');
}
