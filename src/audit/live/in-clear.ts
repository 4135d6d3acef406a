import type { Budget } from './budget.ts';
import type { Exchange } from './exchange.ts';
import { createRedactor } from './redact.ts';
import { createWire } from './http-wire.ts';
import type { HttpSide } from './subject.ts';

/** Speaks plain HTTP to the port of an https endpoint: a request without a token and without anything else to be read. */
export async function sendInClear({ url, address }: HttpSide, budget: Budget): Promise<Exchange> {
  const origin = new URL(`http://${url.hostname}:${url.port === '' ? '443' : url.port}`);
  const wire = createWire({ origin, address, budget, redactor: createRedactor() });
  const seen = await wire.send({
    label: 'plain HTTP at the port of TLS',
    method: 'GET',
    path: url.pathname,
    headers: [['Host', url.host]],
    isAlone: true,
  });
  wire.close();
  return seen.exchange;
}
