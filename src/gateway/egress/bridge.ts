import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

// The first process of a sandbox whose upstream may reach hosts: it stands on the loopback in there, leads to the socket of the
// proxy, and starts the upstream with that as its proxy. It imports nothing but Node's own, for it is shown as a single file.

// The loopback in there is its own, so that the port can be one that is written down.
const PORT = 3128;
const [socket = '', local = '', program = '', ...args] = process.argv.slice(2);

const server = createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ path: socket, allowHalfOpen: true });
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  near.pipe(far).pipe(near);
});

server.listen(PORT, '127.0.0.1', () => {
  const proxy = `http://127.0.0.1:${PORT}`;
  const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].map((name): [string, string] => [name, proxy]);
  // Some clients speak to the proxy through an agent that minds these variables itself.
  const direct = local === '' ? `127.0.0.1:${PORT}` : local;
  const both = [...named, ['NO_PROXY', direct] as const].flatMap(([name, value]) => [
    [name, value] as const,
    [name.toLowerCase(), value] as const,
  ]);
  const env = { ...process.env, ...Object.fromEntries(both), NODE_USE_ENV_PROXY: '1' };
  const child = spawn(program, args, { stdio: 'inherit', env });
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
});
