import type { Address } from './addresses.ts';
import type { Budget } from './budget.ts';
import { createWire } from './http-wire.ts';
import { createRedactor } from './redact.ts';
import type { HttpSide } from './subject.ts';

/** Whether the port of the endpoint answers at another address of the same machine: a request without a token or a message. */
export async function isReached({ url }: HttpSide, address: Address, budget: Budget): Promise<boolean> {
  const wire = createWire({ origin: url, address, budget, redactor: createRedactor() });
  const { exchange } = await wire.send({
    label: 'the same port at another address',
    method: 'GET',
    path: url.pathname,
    headers: [['Host', url.host]],
    patienceMs: 1_500,
    isAlone: true,
  });
  wire.close();
  return exchange.status !== undefined;
}
