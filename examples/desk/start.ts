import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
// In a project of your own: npx portcullis dev server.ts
import { main } from '../../src/cli/main.ts';
import { prepareFolder } from './prepare.ts';
import { startServices } from './stand-in/shop.ts';

/** Starts what the desk talks to on free ports, writes a configuration that names them, and runs `portcullis dev`. */
const folder = resolve('.portcullis', 'desk');
await mkdir(folder, { recursive: true, mode: 0o700 });
const { attachments, keyFile, key } = await prepareFolder(folder);
const { origins } = await startServices(key);
const config = join(folder, 'portcullis.yaml');
await writeFile(
  config,
  `profile: dev
data: ${JSON.stringify(folder)}
approvals: {}
roots: { attachments: ${JSON.stringify(attachments)} }
sources: { desk: { schema: ${JSON.stringify(fileURLToPath(new URL('schema.sql', import.meta.url)))} } }
secrets: { orders-key: { from: ${JSON.stringify(`file:${keyFile}`)}, owner: desk } }
hosts:
  orders.desk.example: { credential: { scheme: Bearer, secret: orders-key }, standIn: ${JSON.stringify(origins.orders)} }
  mail.desk.example: { standIn: ${JSON.stringify(origins.mail)} }
  help.desk.example: { standIn: ${JSON.stringify(origins.help)} }
`,
);
const server = fileURLToPath(new URL('server.ts', import.meta.url));
await main([...process.argv.slice(0, 2), 'dev', server, '--config', config, ...process.argv.slice(2)]);
