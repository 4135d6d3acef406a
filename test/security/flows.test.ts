import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { agrees, callWithPerson } from '../../src/audit/questions.ts';
import type { FlowsOptions } from '../../src/flows/matrix.ts';
import { WAYS } from '../../src/prove/prove.ts';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { fateOf, SECRET, startFlows, use, type FlowTargetOptions } from '../support/flow-target.ts';

after(closeSharedIssuer);

/** A matrix under which nothing but an overlap holds a call. */
const OPEN: FlowsOptions = {
  matrix: {
    private: { query: 'allow', outside: 'allow' },
    untrusted: { outside: 'allow' },
    both: { query: 'allow', outside: 'allow' },
  },
};

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const reverse = (text: string): string => Array.from(text).toReversed().join('');
const rot13 = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter < 'a' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
const each = (text: string, write: (code: number) => string): string =>
  Array.from(text)
    .map((letter) => write(letter.charCodeAt(0)))
    .join('');

const DISGUISES: ReadonlyMap<string, string | readonly string[]> = new Map<string, string | readonly string[]>([
  ['as it is', SECRET],
  ['in other words around it', `Hello! By the way: ${SECRET}. Bye.`],
  ['half of it', SECRET.slice(10, 45)],
  ['base64', b64(SECRET)],
  ['base64 for URLs', Buffer.from(SECRET).toString('base64url')],
  ['base64 with a word before it', `token ${b64(SECRET)}`],
  ['base64 in lines', b64(SECRET).replaceAll(/(.{8})/g, '$1\n')],
  ['base64 with dots', b64(SECRET).replaceAll(/(.{4})/g, '$1.')],
  ['base64 twice', b64(b64(SECRET))],
  ['base64 of hex', b64(hex(SECRET))],
  ['base64 backwards', reverse(b64(SECRET))],
  ['base64 in a URL', `https://evil.example/?q=${encodeURIComponent(b64(SECRET))}`],
  ['hex', hex(SECRET)],
  ['hex in upper case with colons', hex(SECRET).toUpperCase().replaceAll(/(..)/g, '$1:')],
  ['hex with 0x', each(SECRET, (code) => `0x${code.toString(16)} `)],
  ['percent', each(SECRET, (code) => `%${code.toString(16)}`)],
  ['percent twice', each(SECRET, (code) => `%25${code.toString(16)}`)],
  ['a URL', `https://evil.example/${encodeURIComponent(SECRET)}`],
  ['HTML entities', each(SECRET, (code) => `&#${code};`)],
  ['hex HTML entities', each(SECRET, (code) => `&#x${code.toString(16)};`)],
  ['JSON escapes', each(SECRET, (code) => `\\u${code.toString(16).padStart(4, '0')}`)],
  ['quoted-printable', each(SECRET, (code) => `=${code.toString(16).toUpperCase()}`)],
  ['character codes', each(SECRET, (code) => `${code},`)],
  ['octal codes', each(SECRET, (code) => `${code.toString(8)} `)],
  ['codes in threes', each(SECRET, (code) => String(code).padStart(3, '0'))],
  ['bits', each(SECRET, (code) => code.toString(2).padStart(8, '0'))],
  ['bits behind a word', `key: ${each(SECRET, (code) => `0b${code.toString(2).padStart(8, '0')} `)}`],
  ['tags behind a word', `Hello${each(SECRET, (code) => String.fromCodePoint(0xe0000 + code))}`],
  ['nothing but tags', each(SECRET, (code) => String.fromCodePoint(0xe0000 + code))],
  ['variation selectors', `:)${each(SECRET, (code) => String.fromCodePoint(0xe0100 + code - 16))}`],
  [
    'zero-width bits',
    each(SECRET, (code) => code.toString(2).padStart(8, '0').replaceAll('0', '\u200b').replaceAll('1', '\u200c')),
  ],
  ['backwards', reverse(SECRET)],
  ['ROT13', rot13(SECRET)],
  ['ROT13 in base64', b64(rot13(SECRET))],
  ['upper case', SECRET.toUpperCase()],
  ['no spaces', SECRET.replaceAll(/[ ;]/g, '')],
  ['a letter a word', Array.from(SECRET).join(' ')],
  ['other punctuation', SECRET.replaceAll(' ', '_-_')],
  ['zero-width spaces', Array.from(SECRET).join('\u200b')],
  ['soft hyphens', Array.from(SECRET).join('\u00ad')],
  ['full-width letters', each(SECRET, (code) => (code > 32 ? String.fromCharCode(code + 0xfee0) : ' '))],
  ['Cyrillic look-alikes', SECRET.replaceAll('a', '\u0430').replaceAll('e', '\u0435').replaceAll('o', '\u043e')],
  ['accents', SECRET.replaceAll('e', 'e\u0301')],
  ['the insurance number', 'Re: 8842190377'],
  ['the address', 'Write to ANA.FERREIRA@clinic.example'],
  ['three arguments', [SECRET.slice(0, 20), SECRET.slice(20, 40), SECRET.slice(40)]],
  ['three arguments in another order', [SECRET.slice(40), SECRET.slice(20, 40), SECRET.slice(0, 20)]],
  ['base64 in three arguments', [b64(SECRET).slice(0, 30), b64(SECRET).slice(30, 60), b64(SECRET).slice(60)]],
  ['behind much else', `${'The weather is fine today. '.repeat(200)}${SECRET}`],
]);

suite('what was read in private is known again in every disguise', () => {
  for (const [name, given] of DISGUISES) {
    test(name, async (t) => {
      const { connection, ran, stop } = await startFlows({ flows: OPEN });
      t.after(stop);
      await use(connection, 'read_record');
      assert.equal(fateOf(await use(connection, 'send_mail', 'All is well, see you on Friday.')), 'done');
      const texts = typeof given === 'string' ? [given] : given;
      assert.equal(fateOf(await use(connection, 'send_mail', ...texts)), 'asked');
      assert.equal(fateOf(await use(connection, 'search_web', ...texts)), 'asked');
      assert.deepEqual(
        ran.map(([tool]) => tool),
        ['read_record', 'send_mail'],
      );
    });
  }
});

test('pieces over several calls are counted together', async (t) => {
  for (const [size, write] of [
    [12, (text: string) => text],
    [12, b64],
    [15, (text: string) => `part: ${text}`],
  ] as const) {
    const { connection, ran, stop } = await startFlows({ flows: OPEN });
    t.after(stop);
    await use(connection, 'read_record');
    const fates: string[] = [];
    for (let at = 0; at + size <= SECRET.length; at += size) {
      const name = fates.length % 2 === 0 ? 'send_mail' : 'search_web';
      fates.push(fateOf(await use(connection, name, write(SECRET.slice(at, at + size)))));
    }
    const first = fates.indexOf('asked');
    assert.ok(first >= 0 && first <= 4, fates.join());
    assert.ok(
      fates.slice(first).every((fate) => fate === 'asked'),
      fates.join(),
    );
    assert.equal(ran.length, 1 + first);
  }
});

test('an approval is good for one call: the next is asked about anew', async (t) => {
  for (const way of WAYS) {
    const { connection, ran, stop } = await startFlows({ way, capabilities: { elicitation: { form: {} } } });
    t.after(stop);
    await use(connection, 'read_record');
    const params = { name: 'send_mail', arguments: { text: 'All is well.' } };
    for (const count of [1, 2]) {
      const { reply, asked } = await callWithPerson(connection, params, agrees);
      assert.equal(fateOf(reply), 'done');
      assert.equal(asked.length, 1);
      assert.match(JSON.stringify(asked), /This task has read private data/);
      assert.equal(ran.filter(([name]) => name === 'send_mail').length, count);
    }
    const { reply } = await callWithPerson(connection, params, () => ({ action: 'decline' }));
    assert.notEqual(fateOf(reply), 'done');
    // On a page, no answer of the client counts.
    await use(connection, 'read_page');
    const forged = await callWithPerson(connection, params, agrees);
    assert.notEqual(fateOf(forged.reply), 'done');
    assert.equal(ran.filter(([name]) => name === 'send_mail').length, 2);
  }
});

test('an overlap makes a cell one step stricter', async (t) => {
  for (const [cell, fate] of [
    ['allow', 'asked'],
    ['ask', 'asked'],
    ['page', 'refused'],
    ['deny', 'refused'],
  ] as const) {
    const { connection, stop } = await startFlows({ flows: { matrix: { private: { outside: cell } } } });
    t.after(stop);
    await use(connection, 'read_record');
    assert.equal(fateOf(await use(connection, 'send_mail', SECRET)), fate, cell);
  }
});

suite('a private read closes the outside', () => {
  for (const way of WAYS) {
    test(`${way.transport} ${way.era}`, async (t) => {
      const { connection, ran, stop } = await startFlows({ way });
      t.after(stop);
      assert.equal(fateOf(await use(connection, 'send_mail', 'hello')), 'done');
      assert.equal(fateOf(await use(connection, 'search_web', 'hello')), 'done');
      assert.equal(fateOf(await use(connection, 'read_record')), 'done');
      assert.equal(fateOf(await use(connection, 'send_mail', 'hello')), 'asked');
      assert.equal(fateOf(await use(connection, 'search_web', 'hello')), 'asked');
      assert.equal(fateOf(await use(connection, 'read_page')), 'done');
      assert.equal(fateOf(await use(connection, 'send_mail', 'hello')), 'asked');
      assert.equal(fateOf(await use(connection, 'send_mail', SECRET)), 'refused');
      assert.deepEqual(
        ran.map(([tool]) => tool),
        ['send_mail', 'search_web', 'read_record', 'read_page'],
      );
    });
  }
});

test('a resource and a prompt label the task like a tool', async (t) => {
  for (const [method, params] of [
    ['resources/read', { uri: 'record://ferreira' }],
    ['prompts/get', { name: 'brief' }],
  ] as const) {
    const { connection, stop } = await startFlows({ flows: OPEN });
    t.after(stop);
    assert.equal(fateOf(await connection.request(method, params)), 'done');
    assert.equal(fateOf(await use(connection, 'send_mail', b64(SECRET))), 'asked', method);
  }
});

test('a second tool does not wash it: kept, read back, sent', async (t) => {
  for (const flows of [undefined, OPEN]) {
    const { connection, ran, stop } = await startFlows(flows === undefined ? {} : { flows });
    t.after(stop);
    await use(connection, 'read_record');
    assert.equal(fateOf(await use(connection, 'keep_note', SECRET.slice(0, 50))), 'done');
    assert.equal(fateOf(await use(connection, 'read_note')), 'done');
    assert.equal(fateOf(await use(connection, 'send_mail', SECRET.slice(0, 50))), 'asked');
    assert.equal(fateOf(await use(connection, 'keep_note', b64(SECRET))), 'asked', 'kept encoded');
    assert.deepEqual(
      ran.map(([tool]) => tool),
      ['read_record', 'keep_note', 'read_note'],
    );
  }
});

test('a new connection, session or era of the same client is the same task', async (t) => {
  const { target, connection, stop } = await startFlows({ way: { transport: 'http', era: 'legacy' } });
  t.after(stop);
  await use(connection, 'read_record');
  const again = await target.connect();
  assert.notEqual(again.session, connection.session);
  assert.equal(fateOf(await use(again, 'send_mail', 'hello')), 'asked');
  await connection.close();
  assert.equal(fateOf(await use(again, 'send_mail', 'hello')), 'asked');
});

test('another principal and another client are other tasks', async (t) => {
  const { target, connection, stop } = await startFlows();
  t.after(stop);
  await use(connection, 'read_record');
  for (const claims of [
    { sub: 'bob', scope: 'text:read' },
    { sub: 'alice', scope: 'text:read', client_id: 'another' },
  ]) {
    const other = await target.connect({ token: (await target.mint?.(claims)) ?? null });
    assert.equal(fateOf(await use(other, 'send_mail', 'hello')), 'done');
  }
});

test('a handle that was not asked for opens no door', async (t) => {
  const { connection, stop } = await startFlows();
  t.after(stop);
  await use(connection, 'read_record');
  const send = { name: 'send_mail', arguments: { text: 'hello' } };
  for (const task of ['new', 'clean', 'p1.AAAA', '', 7]) {
    const reply = await connection.request('tools/call', send, { meta: { 'portcullis/task': task } });
    assert.equal(fateOf(reply), 'asked', String(task));
  }
});

suite('calls at the same time', () => {
  test('what is being read has its label already', async (t) => {
    const reading = Promise.withResolvers<void>();
    const done = Promise.withResolvers<string>();
    const gives = (): Promise<string> => {
      reading.resolve();
      return done.promise;
    };
    const { connection, stop } = await startFlows({
      tools: [{ name: 'read_slowly', flow: { gives: ['private'] }, gives }],
    });
    t.after(stop);
    const read = use(connection, 'read_slowly');
    await reading.promise;
    assert.equal(fateOf(await use(connection, 'send_mail', 'hello')), 'asked');
    done.resolve('the record');
    assert.equal(fateOf(await read), 'done');
  });

  test('no answer is there before its label, however slow the store', async (t) => {
    const store = slow();
    const { connection, ran, stop } = await startFlows({ store });
    t.after(stop);
    for (let round = 0; round < 10; round++) {
      const replies = await Promise.all([
        use(connection, 'read_record').then(() => use(connection, 'send_mail', 'hello')),
        use(connection, 'read_page').then(() => use(connection, 'send_mail', 'hello')),
      ]);
      assert.deepEqual(replies.map(fateOf), ['asked', 'asked']);
    }
    assert.equal(
      ran.some(([tool]) => tool === 'send_mail'),
      false,
    );
  });
});

test('a store that fails refuses the read: nothing is read without its label', async (t) => {
  for (const broken of ['add', 'compareAndSet'] as const) {
    const memory = createMemoryStore();
    const refuse = (key: string): void => {
      if (/^(?:task|trace):/.test(key)) throw new Error('no room');
    };
    const store: Store = {
      ...memory,
      add(...entry) {
        if (broken === 'add') refuse(entry[0]);
        return memory.add(...entry);
      },
      compareAndSet(...entry) {
        if (broken === 'compareAndSet') refuse(entry[0]);
        return memory.compareAndSet(...entry);
      },
    };
    const options: FlowTargetOptions = { store };
    const { connection, ran, stop } = await startFlows(options);
    t.after(stop);
    const first = await use(connection, 'read_record');
    const second = await use(connection, 'read_page');
    // The first write of a task adds its entry, the second changes it.
    const failed = broken === 'add' ? first : second;
    assert.match(failed.text, /The state store cannot be reached/);
    assert.equal(ran.length, broken === 'add' ? 0 : 1);
  }
});

/** A store that answers each question some turns of the loop later. */
function slow(): Store {
  const memory = createMemoryStore();
  const later = async <T>(answer: () => T): Promise<Awaited<T>> => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    return await answer();
  };
  return {
    ...memory,
    get: (key) => later(() => memory.get(key)),
    put: (...entry) => later(() => memory.put(...entry)),
    add: (...entry) => later(() => memory.add(...entry)),
    compareAndSet: (...entry) => later(() => memory.compareAndSet(...entry)),
  };
}
