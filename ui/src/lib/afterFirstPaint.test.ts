import { expect, test, vi } from 'vitest';

import { drawn, holdBack, later } from './later';

test('what may wait is read when the first picture has been shown, and at once without one', async () => {
  const read = vi.fn(() => Promise.resolve('menu'));
  await expect(later(read)).resolves.toBe('menu');

  const release = holdBack();
  const waiting = later(read);
  await Promise.resolve();
  expect(read).toHaveBeenCalledTimes(1);
  release();

  await expect(waiting).resolves.toBe('menu');
});

test('a page that nobody sees does not wait to be drawn', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', () => 0);
  const waiting = drawn();
  vi.advanceTimersByTime(500);
  await expect(waiting).resolves.toBeUndefined();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
