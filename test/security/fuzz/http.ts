import { connect } from 'node:net';
import { makeRequest, type Case } from './requests.ts';
import { Responses } from './responses.ts';
import type { Subject } from './subject.ts';
import { judgeAnswer } from './verdict.ts';

/** Milliseconds without a byte after which a connection hangs, on a slow machine. */
const HANG_MS = 30_000;
const LANES = 24;
/** Requests that one connection carries at most, one after the other. */
const BATCH = 16;
/** Of so many connections, one gets all of its requests at once, without waiting for answers. */
const PIPELINED_ONE_IN = 12;
/** Connections that may be closed before one request of a pipeline is answered. */
const TRIES = 20;

/** How many answers came, by status. */
export type Tally = Map<number, number>;

/**
 * Sends the requests `from` up to `to` over kept connections, some of them pipelined, and judges each answer.
 * @throws Error that names the seed and the number of the request whose answer is wrong.
 */
export async function fuzzHttp(subject: Subject, seed: number, from: number, to: number): Promise<Tally> {
  const tally: Tally = new Map();
  let next = from;
  const lane = async (): Promise<void> => {
    let pending: Case[] = [];
    let tries = 0;
    for (;;) {
      while (next < to && pending.length < BATCH && pending.at(-1)?.closing !== true)
        pending.push(makeRequest(seed, next++, subject));
      const [first] = pending;
      if (first === undefined) return;
      if (tries >= TRIES) throw fault(seed, first, 'there is no answer');
      const left = await exchange(subject, seed, pending, tally);
      tries = left.length < pending.length ? 0 : tries + 1;
      pending = left;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return tally;
}

/** The error that tells how to make the case again. */
function fault(seed: number, { index, bytes }: Case, problem: string): Error {
  const sent = bytes.toString('latin1').slice(0, 2_000);
  return new Error(`${problem}: seed ${seed}, request ${index}\n${sent}`);
}

/** One connection: sends all, judges what is answered before it closes, and gives what is not. */
function exchange(subject: Subject, seed: number, cases: readonly Case[], tally: Tally): Promise<Case[]> {
  return new Promise((resolve, reject) => {
    const waiting = [...cases];
    const responses = new Responses();
    const pipelined = (cases[0]?.index ?? 0) % PIPELINED_ONE_IN === 0;
    const socket = connect({ port: subject.port, host: '127.0.0.1', noDelay: true });
    const finish = () => {
      socket.destroy();
      // A request whose framing is broken may be closed upon without a word.
      resolve(waiting.filter(({ broken }) => !broken));
    };
    const send = () => {
      const next = pipelined ? (waiting.length === cases.length ? waiting : []) : waiting.slice(0, 1);
      if (next.length === 0) return;
      socket.write(Buffer.concat(next.map(({ bytes }) => bytes)));
      // A broken request may promise more than it sends: the end of the stream settles it.
      if (next.at(-1)?.broken === true) socket.end();
    };
    const take = () => {
      for (let request = waiting[0]; request !== undefined; request = waiting[0]) {
        const answer = responses.next(request.verb);
        if (answer === undefined) return;
        // What is pipelined behind work in progress may be sent away, to come again on a connection of its own.
        const told = request.verb === 'HEAD' || answer.body.includes('"OVERLOADED"');
        const sentAway = pipelined && request !== cases[0] && answer.status === 503 && told;
        const problem = sentAway ? undefined : judgeAnswer(request, answer);
        if (problem !== undefined) throw fault(seed, request, `${problem}\n${answer.status} ${answer.body}`);
        if (sentAway) return finish();
        tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
        waiting.shift();
        send();
      }
      finish();
    };
    socket.setTimeout(HANG_MS, () => {
      socket.destroy();
      const [first] = waiting;
      const together = cases.map(({ index }) => index).join(' ');
      reject(
        first === undefined ? new Error('a connection hangs') : fault(seed, first, `it hangs, sent with ${together}`),
      );
    });
    socket.on('data', (chunk) => {
      try {
        responses.push(chunk);
        take();
      } catch (error) {
        socket.destroy();
        reject(error instanceof Error ? error : new Error('an answer cannot be read'));
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', finish);
    send();
  });
}
