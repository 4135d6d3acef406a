import { Transform, type TransformCallback } from 'node:stream';
import { spec, type TestEvent } from 'node:test/reporters';

/** Events that say nothing worth a line of their own. */
const QUIET: ReadonlySet<string> = new Set(['test:pass', 'test:stdout', 'test:start', 'test:plan', 'test:dequeue']);

/**
 * A reporter for `node --test`: one line per file, failures in full, the reason of every skip, and then the closing
 * lines of the spec reporter as they are.
 */
export default class CompactReporter extends Transform {
  readonly #inner = new spec();
  #skips: string[] = [];

  constructor() {
    super({ writableObjectMode: true });
    this.#inner.on('data', (chunk: unknown) => this.push(String(chunk)));
  }

  override _transform(event: TestEvent, _encoding: BufferEncoding, done: TransformCallback): void {
    if (event.type === 'test:pass' && typeof event.data.skip === 'string') {
      this.#skips.push(`  ${relative(event.data.file)}: ${event.data.name}: ${event.data.skip}\n`);
    }
    if (event.type === 'test:summary' && event.data.file !== undefined) {
      const { file, counts, duration_ms: ms, success } = event.data;
      this.push(`${success ? 'ok  ' : 'FAIL'} ${relative(file)} (${counts.tests} tests, ${Math.round(ms)} ms)\n`);
    }
    if (event.type === 'test:diagnostic' && /^tests \d/.test(event.data.message)) this.#printSkips();
    if (QUIET.has(event.type)) done();
    else this.#inner.write(event, () => done());
  }

  override _flush(done: TransformCallback): void {
    this.#inner.on('end', () => done());
    this.#inner.end();
  }

  #printSkips(): void {
    if (this.#skips.length > 0) this.push(`skipped:\n${this.#skips.join('')}`);
    this.#skips = [];
  }
}

function relative(file: string | undefined): string {
  const root = `${process.cwd()}/`;
  return file?.startsWith(root) ? file.slice(root.length) : (file ?? '');
}
