import { expect, test } from 'vitest';

import { Refused } from './backend';
import { Optimistic } from './optimistic.svelte';

function refusing(...refused: readonly string[]) {
  const written: string[] = [];
  const optimistic = new Optimistic(() => Promise.resolve('a'));
  const write = (value: string) => {
    written.push(value);
    return refused.includes(value)
      ? Promise.reject(new Refused({ code: 'settings' }))
      : Promise.resolve(value);
  };
  const change = (edit: (value: string) => string) => optimistic.change(edit, write);
  return { optimistic, written, change };
}

test('a change is shown before it is kept', async () => {
  const { optimistic, change } = refusing();
  await optimistic.load();

  const keeping = change((value) => `${value}b`);

  expect(optimistic.value).toBe('ab');
  expect(await keeping).toBe(true);
  expect(optimistic.value).toBe('ab');
});

test('a change that cannot be kept is put back, with the reason', async () => {
  const { optimistic, change } = refusing('ab');
  await optimistic.load();

  expect(await change((value) => `${value}b`)).toBe(false);

  expect(optimistic.value).toBe('a');
  expect(optimistic.problem).toEqual({ code: 'settings' });
});

test('changes are written in their order, and an older failure leaves the newer one on screen', async () => {
  const { optimistic, written, change } = refusing('ab');
  await optimistic.load();

  const outcomes = await Promise.all([change(() => 'ab'), change(() => 'abc')]);

  expect(outcomes).toEqual([false, true]);
  expect(written).toEqual(['ab', 'abc']);
  expect(optimistic.value).toBe('abc');
});

test('what is read while a change is on its way does not undo it', async () => {
  const { optimistic, change } = refusing();
  await optimistic.load();

  const reading = optimistic.load();
  const keeping = change(() => 'new');
  await Promise.all([reading, keeping]);

  expect(optimistic.value).toBe('new');
});

test('what cannot be read says why, and can be tried again', async () => {
  let isAway = true;
  const optimistic = new Optimistic(() =>
    isAway ? Promise.reject(new Refused({ code: 'notRunning' })) : Promise.resolve('a'),
  );

  await optimistic.load();
  expect(optimistic.loadProblem).toEqual({ code: 'notRunning' });
  expect(
    await optimistic.change(
      () => 'b',
      (value) => Promise.resolve(value),
    ),
  ).toBe(false);

  isAway = false;
  await optimistic.load();
  expect(optimistic.value).toBe('a');
  expect(optimistic.loadProblem).toBeNull();
});

test('what changes elsewhere is shown, but not over a change that is on its way', async () => {
  const { optimistic, change } = refusing('ab');
  await optimistic.load();
  optimistic.isNow('c');
  expect(optimistic.value).toBe('c');

  const keeping = change(() => 'ab');
  optimistic.isNow('d');
  expect(optimistic.value).toBe('ab');

  await keeping;
  expect(optimistic.value).toBe('d');
});
