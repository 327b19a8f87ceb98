import { expect, test } from 'vitest';

import { Refused } from './backend';
import { Kept } from './kept.svelte';

function refusing(...refused: readonly string[]) {
  const written: string[] = [];
  const kept = new Kept(() => Promise.resolve('a'));
  const write = (value: string) => {
    written.push(value);
    return refused.includes(value)
      ? Promise.reject(new Refused({ code: 'settings' }))
      : Promise.resolve(value);
  };
  const change = (edit: (value: string) => string) => kept.change(edit, write);
  return { kept, written, change };
}

test('a change is shown before it is kept', async () => {
  const { kept, change } = refusing();
  await kept.load();

  const keeping = change((value) => `${value}b`);

  expect(kept.value).toBe('ab');
  expect(await keeping).toBe(true);
  expect(kept.value).toBe('ab');
});

test('a change that cannot be kept is put back, with the reason', async () => {
  const { kept, change } = refusing('ab');
  await kept.load();

  expect(await change((value) => `${value}b`)).toBe(false);

  expect(kept.value).toBe('a');
  expect(kept.problem).toEqual({ code: 'settings' });
});

test('changes are written in their order, and an older failure leaves the newer one on screen', async () => {
  const { kept, written, change } = refusing('ab');
  await kept.load();

  const outcomes = await Promise.all([change(() => 'ab'), change(() => 'abc')]);

  expect(outcomes).toEqual([false, true]);
  expect(written).toEqual(['ab', 'abc']);
  expect(kept.value).toBe('abc');
});

test('what is read while a change is on its way does not undo it', async () => {
  const { kept, change } = refusing();
  await kept.load();

  const reading = kept.load();
  const keeping = change(() => 'new');
  await Promise.all([reading, keeping]);

  expect(kept.value).toBe('new');
});

test('what cannot be read says why, and can be tried again', async () => {
  let isAway = true;
  const kept = new Kept(() =>
    isAway ? Promise.reject(new Refused({ code: 'notRunning' })) : Promise.resolve('a'),
  );

  await kept.load();
  expect(kept.loadProblem).toEqual({ code: 'notRunning' });
  expect(
    await kept.change(
      () => 'b',
      (value) => Promise.resolve(value),
    ),
  ).toBe(false);

  isAway = false;
  await kept.load();
  expect(kept.value).toBe('a');
  expect(kept.loadProblem).toBeNull();
});

test('what changes elsewhere is shown, but not over a change that is on its way', async () => {
  const { kept, change } = refusing('ab');
  await kept.load();
  kept.isNow('c');
  expect(kept.value).toBe('c');

  const keeping = change(() => 'ab');
  kept.isNow('d');
  expect(kept.value).toBe('ab');

  await keeping;
  expect(kept.value).toBe('d');
});
