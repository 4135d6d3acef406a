import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, served, textOf } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const PLAIN = 'a sum';
const NETWORK = 'a connection to a service of the machine';
const CANARY = 'canary-6-times-7';
const FS = "process.getBuiltinModule('node:fs')";

/** Programs that give their canary, or a word that only the host has, when they get what they are after. */
function attacks(folder: string, port: number): ReadonlyMap<string, string> {
  return new Map([
    ['a file that the host can read', `${FS}.readFileSync('${folder}/canary', 'utf8')`],
    ['a file of the system', `${FS}.readFileSync('/etc/passwd', 'utf8').includes('root:') ? '${CANARY}' : ''`],
    ['the environment', `process.env['PATH'] === undefined ? '' : '${CANARY}'`],
    [
      'the environment of the process that started it',
      `${FS}.readFileSync('/proc/' + process.ppid + '/environ', 'utf8').includes('PATH=') ? '${CANARY}' : ''`,
    ],
    [
      'the memory of the process that started it',
      `${FS}.openSync('/proc/' + process.ppid + '/mem', 'r') > 0 ? '${CANARY}' : ''`,
    ],
    ['a file to leave behind', `(${FS}.writeFileSync('${folder}/left', 'x'), '${CANARY}')`],
    [
      'a program of the system',
      `process.getBuiltinModule('node:child_process').execFileSync('/bin/echo', ['${CANARY}']).toString()`,
    ],
    [
      NETWORK,
      `new Promise((done) => process.getBuiltinModule('node:net').connect(${port}, '127.0.0.1').on('connect', () => done('${CANARY}')).on('error', () => done('')))`,
    ],
  ]);
}

const LABELS: readonly string[] = [...attacks('', 0).keys()];

/** Calls `calculate`, which evaluates what it is given, with programs that reach for what the host has. */
export const rule: Rule = {
  id: 'sandboxed-tools',
  async gather(target: Target): Promise<readonly Observation[]> {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-canary-'));
    writeFileSync(join(folder, 'canary'), CANARY, { mode: 0o644 });
    let knocks = 0;
    const canary = createServer((socket) => {
      knocks += 1;
      socket.on('error', () => undefined).end();
    });
    try {
      const port = await listen(canary);
      const connection = await target.connect();
      const call = (expression: string) =>
        connection.request('tools/call', { name: 'calculate', arguments: { expression } });
      const seen: Observation[] = [{ label: PLAIN, reply: await call('6 * 7') }];
      for (const [label, expression] of attacks(folder, port)) {
        const before = knocks;
        const reply = await call(expression);
        seen.push({ label, reply, fact: knocks - before });
      }
      await connection.close();
      return seen;
    } finally {
      canary.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  judge(observations: readonly Observation[]): Verdict {
    const stopped = Object.fromEntries(LABELS.map((label) => [label, holdsNothing]));
    return judge(observations, { baseline: { [PLAIN]: isRight }, attacks: stopped });
  },
};

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function isRight(observation: Observation): boolean {
  return served(observation) && textOf(observation.reply).includes('42');
}

/** Neither did the answer hold the canary, nor did the service hear anyone. */
function holdsNothing({ reply, fact }: Observation): boolean {
  return !textOf(reply).includes(CANARY) && fact === 0;
}
