import { serveStream } from '../../src/index.ts';
import { legacyServer } from './legacy-server.ts';

// What the handlers do goes to standard error, where a test can read it.
const host = await serveStream(
  legacyServer((event) => process.stderr.write(`${event}\n`)),
  { profile: 'dev' },
);
await host.ended;
await host.close();
