import { existsSync } from 'node:fs';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import { readLog } from '../../src/record/read.ts';
import { verifyLog } from '../../src/record/verify.ts';
import { createStage } from '../tour/stage.ts';
import { callRaw, type CallOptions, type Reply } from '../tour/wire.ts';
import { createWorld } from './tour/world.ts';

if (!['/usr/bin', '/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/pdftotext`))) {
  console.log(
    '\nThe tour of the help desk is left out: it reads PDFs by pdftotext (apt-get install poppler-utils bubblewrap).',
  );
  process.exit(0);
}

const stage = createStage();
const world = await createWorld();
const replies: Reply[] = [];

/** A caller of the desk, with a client that can put questions to its person. */
async function caller(name: string) {
  const token = await world.tokenOf(name);
  const elicitation: CallOptions = { capabilities: { elicitation: { form: {} } } };
  return async (tool: string, args: JsonObject, params: JsonObject = {}): Promise<Reply> => {
    const reply = await callRaw(world.url, token, tool, args, { ...elicitation, params });
    replies.push(reply);
    return reply;
  };
}

function served(what: string, reply: Reply, holds: (output: string) => boolean): void {
  const output = JSON.stringify(reply.result['structuredContent'] ?? reply.result);
  stage.expect(what, output.slice(0, 72), reply.code === '' && reply.result['isError'] !== true && holds(output));
}

/** What the audit log says of a request. */
async function recordOf(request: string): Promise<string> {
  const signal = AbortSignal.timeout(10_000);
  const options = { follow: true, signal, filter: (record: { request: string }) => record.request === request };
  for await (const { index, kind, decision, control } of readLog(world.logDirectory, options)) {
    if (kind === 'intent' || kind === 'approval') continue;
    return `audit record ${index}: ${kind}, ${decision ?? '-'}${control === undefined ? '' : `, by ${control}`}`;
  }
  return 'no audit record';
}

async function attack(what: string, reply: Reply, code: string, harmless: boolean): Promise<void> {
  stage.expect(what, reply.code, reply.code === code && harmless);
  const record = await recordOf(reply.request);
  if (!record.includes(code)) stage.expect('its audit record', record, false);
  stage.note(reply.sentence);
  stage.note(record);
}

/** The questions of a reply, answered with yes, as its person would answer them. */
function approve({ result }: Reply): JsonObject {
  const { requestState, inputRequests } = result;
  const keys = isObject(inputRequests) ? Object.keys(inputRequests) : [];
  const inputResponses = Object.fromEntries(keys.map((key) => [key, { action: 'accept', content: { approve: true } }]));
  return { requestState, inputResponses };
}

try {
  const alice = await caller('alice');
  const bob = await caller('bob');
  const { seen } = world;
  const refunds = (): number => seen.refunds.length;

  stage.heading('An ordinary morning');
  served('search tickets', await alice('search_tickets', { phrase: 'kettle' }), (text) => text.includes('tic-1'));
  const invoice = { ticket: 'tic-1', file: 'invoice.pdf', page: 1 };
  served('read a PDF, in a sandbox', await alice('read_attachment', invoice), (text) => text.includes('One kettle'));
  served('look an order up, with a key', await alice('order_status', { order: 'ord-77' }), (text) =>
    text.includes('4900'),
  );
  served('keep a note', await alice('add_note', { ticket: 'tic-1', body: 'Lid broken.' }), (text) =>
    text.includes('id'),
  );

  stage.heading('Five attacks');
  const escape = await alice('read_attachment', { ...invoice, file: '../../orders.key' });
  await attack('1  a path out of the folder', escape, 'TOOL_FAILED', !JSON.stringify(escape).includes(world.orderKey));
  const dave = await caller('dave');
  const redirected = await dave('read_article', { article: 'moved' });
  await attack('2  a redirect to an address inside', redirected, 'TOOL_FAILED', seen.canary.length === 0);
  served(
    '3  a shell command as an argument is text',
    await alice('read_attachment', { ...invoice, password: `x"; touch ${world.canary}; "`.slice(0, 64) }),
    () => !existsSync(world.canary),
  );
  const option = await alice('read_attachment', { ...invoice, password: '-opw=$(id)' });
  await attack('   and an option is none', option, 'TOOL_FAILED', !existsSync(world.canary));

  const carol = await caller('carol');
  served('4  a ticket asks for a card ...', await carol('read_ticket', { ticket: 'tic-2' }), (text) =>
    text.includes('Assistant'),
  );
  const profile = await carol('customer_profile', { customer: 'cus-1001' });
  const carried = Buffer.from(JSON.stringify(profile.result['structuredContent'])).toString('base64');
  const sent = await carol('reply', { ticket: 'tic-2', text: `Thank you. ${carried}` });
  await attack('   ... and the model obeys', sent, 'FLOW_REFUSED', seen.mails.length === 0);

  const money = { order: 'ord-77', cents: 4_900, reason: 'The lid is broken.' };
  const asked = await bob('refund', money);
  stage.expect(
    '5  bob is asked before a refund',
    String(asked.result['resultType']),
    asked.result['resultType'] === 'input_required' && refunds() === 0,
  );
  const yes = approve(asked);
  await attack("   alice takes bob's approval", await alice('refund', money, yes), 'STATE_INVALID', refunds() === 0);
  const more = await bob('refund', { ...money, cents: 99_000 }, yes);
  await attack('   another amount under it', more, 'STATE_INVALID', refunds() === 0);
  served('   bob himself, once', await bob('refund', money, yes), () => refunds() === 1);
  await attack('   and again', await bob('refund', money, yes), 'STATE_INVALID', refunds() === 1);
  const closing = await bob('close_account', { customer: 'cus-1002', reason: 'Asked for it.' });
  await attack('   a critical call has no yes in the chat', closing, 'APPROVAL_REQUIRED', true);

  stage.heading('Verify the audit log');
  await world.stop();
  const report = await verifyLog(world.logDirectory, world.log.verifier);
  stage.expect('every record and signature', `${report.records} records, ${report.signed} signed`, report.ok);
  const records: string[] = [];
  for await (const record of readLog(world.logDirectory)) records.push(JSON.stringify(record));
  const everything = `${records.join('\n')}\n${JSON.stringify(replies)}`;
  stage.expect(
    'the key of the order system is nowhere',
    '',
    !everything.includes(world.orderKey) && seen.unauthorized === 0,
  );
} finally {
  await world.stop().catch(() => undefined);
  await world.remove();
}

const { failures } = stage;
process.stdout.write(
  failures === 0 ? '\nEverything went as it should.\n' : `\n${failures} of it did not go as it should.\n`,
);
process.exitCode = failures === 0 ? 0 : 1;
