import { createInterface } from 'node:readline';
import { saidTo, type Stranger } from './stranger.ts';

// Runs the stranger that a module exports over standard input and output.

const [module = ''] = process.argv.slice(2);
const { stranger } = (await import(module)) as { readonly stranger: Stranger };

createInterface({ input: process.stdin }).on('line', (line) => {
  for (const message of saidTo(stranger, JSON.parse(line) as Readonly<Record<string, unknown>>))
    process.stdout.write(`${message}\n`);
});
