import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const never = (): void => assert.fail('nothing fails here');

test('disposers run last registered first, each after the one before it', async () => {
  const order: string[] = [];
  const slow = async () => {
    await Promise.resolve();
    order.push('second');
  };
  await configure(testSettings())([() => void order.push('first'), slow, () => void order.push('third')], never);
  assert.deepEqual(order, ['third', 'second', 'first']);
});

test('one that throws or rejects keeps none of the others from running', async () => {
  const order: string[] = [];
  const failures: unknown[] = [];
  const disposers = [
    () => void order.push('first'),
    () => {
      throw new Error('threw');
    },
    () => Promise.reject(new Error('rejected')),
    () => void order.push('last'),
  ];
  await configure(testSettings())(disposers, (error) => failures.push(error));
  assert.deepEqual(order, ['last', 'first']);
  assert.deepEqual(failures.map(String), ['Error: rejected', 'Error: threw']);
});

test('one that hangs holds up the others no longer than its time', async () => {
  const order: string[] = [];
  const failures: unknown[] = [];
  const dispose = configure(testSettings({ limits: { handlerMaxMs: 5 } }));
  await dispose([() => void order.push('first'), () => new Promise(() => undefined)], (error) => failures.push(error));
  assert.deepEqual(order, ['first']);
  assert.deepEqual(failures.map(String), ['Error: a disposer took more than 5 ms']);
});

test('without the control nothing is released', async () => {
  const order: string[] = [];
  await configure(testSettings({ weakened: new Set(['cleanup']) }))([() => void order.push('first')], never);
  assert.deepEqual(order, []);
});
