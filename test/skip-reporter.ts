import type { TestEvent } from 'node:test/reporters';

/** A reporter for `node --test` that writes the reason of every skipped test, one JSON string a line. */
export default async function* skipReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === 'test:pass' && event.data.skip !== undefined && event.data.skip !== false) {
      yield `${JSON.stringify(`${event.data.name}: ${String(event.data.skip)}`)}\n`;
    }
  }
}
