import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { sql, tool } from '../../index.ts';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { NO_FACTS } from '../../pipeline/start.ts';
import { compileServer } from '../../server/catalog.ts';
import { server } from '../../server/server.ts';
import { configure, configureStart } from './control.ts';

const OFF = new Set(['parameterised-queries']);

test('values are bound, in the words of each database', () => {
  const write = configure(new Set());
  const texts = ['select * from t where a = ', ' and b = ', ''];
  const values = ["x' or 1=1 --", 5];
  assert.deepEqual(write(texts, values, 'sqlite'), { text: 'select * from t where a = ? and b = ?', values });
  assert.deepEqual(write(texts, values, 'postgres'), {
    text: 'select * from t where a =  $1  and b =  $2 ',
    values,
  });
});

test('a digit or a letter beside a value does not make another parameter of it', () => {
  const { text } = configure(new Set())(['limit', '0 offset', 'a'], [1, 2], 'postgres');
  assert.equal(text, 'limit $1 0 offset $2 a');
});

test('switched off, values are pasted', () => {
  const write = configure(OFF);
  assert.deepEqual(
    write(['select ', ', ', ', ', ', ', ''], ["x' or 1=1 --", 5, true, new Uint8Array([255])], 'sqlite'),
    {
      text: "select 'x' or 1=1 --', 5, 1, x'ff'",
      values: [],
    },
  );
  assert.deepEqual(write(['select ', ', ', ''], [true, new Uint8Array([255])], 'postgres'), {
    text: "select true, '\\xff'::bytea",
    values: [],
  });
});

const declare = (run: (args: unknown, ctx: never) => unknown) =>
  tool({
    name: 'search',
    description: 'Searches.',
    input: z.strictObject({}),
    output: z.strictObject({}),
    scope: 'a:b',
    effect: 'read',
    needs: { db: sql('notes', 'read') },
    run: run as () => object,
  });

test('a handler that hands a query over as an argument stops the start', () => {
  const find = (run: Parameters<typeof declare>[0]) => {
    const { declared } = compileServer(server({ name: 'x', version: '1.0.0', tools: [declare(run)] }), DEFAULT_LIMITS);
    return configureStart()({ ...NO_FACTS, profile: 'dev', declared });
  };
  type Raw = { readonly db: { readonly all: (text: string) => unknown; readonly get: (text: string) => unknown } };
  assert.deepEqual(
    find((_, { db }: Raw) => db.all('select 1')),
    ['tool "search": db.all(...) is called with parentheses. Write the query as a template: db.all`...`.'],
  );
  assert.deepEqual(
    find((_, { db: notes }: Raw) => notes.get('select 1')),
    ['tool "search": notes.get(...) is called with parentheses. Write the query as a template: notes.get`...`.'],
  );
  assert.deepEqual(
    find((_, ctx: Raw) => ctx.db?.all('select 1')),
    ['tool "search": db.all(...) is called with parentheses. Write the query as a template: db.all`...`.'],
  );
  type Tagged = { readonly db: { readonly all: (text: TemplateStringsArray) => unknown } };
  assert.deepEqual(
    // Not db.all('select 1').
    find((_, { db }: Tagged) => db.all`select 1`),
    [],
  );
});
