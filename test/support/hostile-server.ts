import { runInThisContext } from 'node:vm';
import * as z from 'zod';
import { server, state, tool, type Capability, type ServerDefinition, type Tool } from '../../src/index.ts';

/** URL of this module, for what loads its handlers in a sandbox. */
export const module: string = import.meta.url;

/** A capability that counts its uses where the host can see them. */
interface Counter {
  add(amount: number): Promise<number>;
  /** Never answers. */
  hold(): Promise<never>;
}

/** Uses of `counter` by principal, in the host. */
export const counted: Map<string, number> = new Map();

const counter: Capability<Counter> = {
  kind: 'counter',
  declares: {},
  remote: { methods: ['add', 'hold'] },
  open: () => ({
    grant: ({ principal }) => ({
      add: (amount) => {
        const next = (counted.get(principal.id) ?? 0) + amount;
        counted.set(principal.id, next);
        return Promise.resolve(next);
      },
      hold: () => new Promise(() => undefined),
    }),
    close: () => undefined,
  }),
};

/** Does whatever a caller says, with everything that a handler is handed in reach as `ctx`. */
function evaluator(name: string, sandbox: 'worker' | 'process'): Tool {
  return tool({
    name,
    description: 'Evaluates an expression.',
    input: z.strictObject({ expression: z.string().max(4_000) }),
    output: z.strictObject({ value: z.string().max(100_000) }),
    scope: 'text:read',
    effect: 'read',
    untrusted: ['expression'],
    sandbox,
    needs: { counter, notes: state<string>('1m', { prefix: 'note' }) },
    run: async ({ expression }, ctx) => {
      const evaluate = runInThisContext(`(async (ctx) => (${expression}))`) as (given: unknown) => Promise<unknown>;
      return { value: String(await evaluate(ctx)) };
    },
  });
}

/** Answers at once, in the host. */
const cheap: Tool = tool({
  name: 'cheap',
  description: 'Gives back the text.',
  input: z.strictObject({ text: z.string().max(200) }),
  output: z.strictObject({ text: z.string() }),
  scope: 'text:read',
  effect: 'read',
  run: ({ text }) => ({ text }),
});

const definition: ServerDefinition = server({
  name: 'hostile',
  version: '1.0.0',
  tools: [evaluator('evaluate', 'process'), evaluator('other', 'process'), evaluator('think', 'worker'), cheap],
});

export default definition;
