import { openLog } from '../../src/record/log.ts';
import { event, ORIGIN, testKey } from './fixture.ts';

/**
 * Appends without end from 16 tasks and prints the number of each event that was acknowledged, and nothing before that.
 * To be killed. Arguments: the log's directory and the number of the first event.
 */
const [directory = '', first = '0'] = process.argv.slice(2);
const log = await openLog({ directory, origin: ORIGIN, key: testKey(), segmentBytes: 65_536, checkpointEvery: 64 });
let next = Number(first);

async function append(): Promise<never> {
  for (;;) {
    const number = next++;
    await log.append(event(number, { detail: 'x'.repeat(number % 300) }));
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, append));
