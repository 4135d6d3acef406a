import { ExecError } from '../../src/capabilities/exec/error.ts';
import { exec } from '../../src/capabilities/exec/exec.ts';
import { arg } from '../../src/capabilities/exec/schema.ts';
import { createCall, createRuntime } from '../support/runtime.ts';
import { corpusPayloads, optionPayloads, shellPayloads } from './exec-payloads.ts';

/** What a batch came to. */
export interface BatchReport {
  readonly payloads: number;
  /** Runs that were made. */
  readonly runs: number;
  /** Values that were refused before a process was made. */
  readonly refused: number;
  /** Runs that did not end as they must, and why. */
  readonly faults: readonly string[];
}

/*
 * Hands every payload to a program by every kind of parameter, and tells what came of it. Run as a program of its own, so
 * that it can be traced: `node exec-batch.ts [weakened]`.
 */
const weakened = process.argv.includes('weakened');
const MOST = 2000;
const anything = arg.pattern('^[^\\x00]+$', { maxLength: MOST });
const text = arg.text({ maxLength: MOST });
const parts = [
  '%s\\0',
  arg.option('--joined=', 'joined', text),
  arg.option('-o', 'option', text),
  arg.positional('positional', text),
  arg.positional('pattern', anything),
  arg.positional('word', arg.oneOf(['safe', 'sound'])),
  arg.positional('number', arg.integer({ min: 0, max: 9 })),
  arg.positional('document', arg.inputFile({ maxBytes: 10_000, suffix: '.txt' })),
  arg.positional('canary', arg.outputFile({ maxBytes: 10_000, suffix: '.txt' })),
  arg.stdin('input', { maxBytes: 10_000 }),
] as const;
const handle = await exec('printf', parts, { timeout: '60s', concurrency: 4 }).open(
  createRuntime({ weakened: new Set(weakened ? ['no-shell'] : []) }),
);
const call = createCall();
const program = handle.grant(call);

const SAFE = {
  joined: 'a',
  option: 'a',
  positional: 'a',
  pattern: 'a',
  word: 'safe',
  number: 1,
  document: new Uint8Array(),
  input: new Uint8Array(),
} as const;
const TEXTS = ['joined', 'option', 'positional', 'pattern'] as const;

let [runs, refused] = [0, 0];
const faults: string[] = [];

/** Whether the values were taken; whatever else is wrong is a fault. */
async function attempt(payload: string, values: object): Promise<boolean> {
  const given = { ...SAFE, ...values };
  try {
    runs += 1;
    const { stdout, files } = await program.run(given);
    const [joined, flag, option, positional, pattern, word, number, , , rest] = stdout.split('\0');
    const same =
      joined === `--joined=${given.joined}` &&
      flag === '-o' &&
      option === given.option &&
      positional === given.positional &&
      pattern === given.pattern &&
      word === 'safe' &&
      number === '1' &&
      rest === '';
    if (!same) faults.push(`${JSON.stringify(payload)}: other words arrived`);
    if (files.canary !== undefined) faults.push(`${JSON.stringify(payload)}: the canary is there`);
    return true;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    if (error.reason !== 'arguments') {
      faults.push(`${JSON.stringify(payload)}: ${error.reason}`);
      return true;
    }
    runs -= 1;
    refused += 1;
    return false;
  }
}

async function attack(payload: string): Promise<void> {
  const bytes = { document: Buffer.from(payload), input: Buffer.from(payload) };
  const everywhere = Object.fromEntries(TEXTS.map((name) => [name, payload]));
  const taken = await attempt(payload, { ...everywhere, ...bytes });
  if (!taken) for (const name of TEXTS) await attempt(payload, { [name]: payload });
  for (const name of ['word', 'number']) {
    if (weakened) continue;
    if (await attempt(payload, { [name]: payload })) faults.push(`${JSON.stringify(payload)}: taken as ${name}`);
  }
}

// A few show that they are payloads; all of them that they are harmless.
const payloads = [
  ...new Set(weakened ? shellPayloads() : [...corpusPayloads(), ...shellPayloads(), ...optionPayloads()]),
];
const queue = payloads.values();
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (const payload of queue) await attack(payload);
  }),
);
await call.end();
const report: BatchReport = { payloads: payloads.length, runs, refused, faults };
process.stdout.write(JSON.stringify(report));
