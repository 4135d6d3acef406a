import { serveStream } from '../../src/index.ts';
import { everything } from './everything.ts';

// The server of the suite over standard streams, as an upstream of a gateway.
const host = await serveStream(everything, { profile: 'dev' });
await host.ended;
await host.close();
