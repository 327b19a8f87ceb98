import { expect, test, vi } from 'vitest';

import { drawn, holdBack, afterFirstPaint } from './afterFirstPaint';

test('a deferred module is loaded after the first paint, and at once when nothing is held back', async () => {
  const read = vi.fn(() => Promise.resolve('menu'));
  await expect(afterFirstPaint(read)).resolves.toBe('menu');

  const release = holdBack();
  const waiting = afterFirstPaint(read);
  await Promise.resolve();
  expect(read).toHaveBeenCalledTimes(1);
  release();

  await expect(waiting).resolves.toBe('menu');
});

test('a hidden page does not wait to be painted', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', () => 0);
  const waiting = drawn();
  vi.advanceTimersByTime(500);
  await expect(waiting).resolves.toBeUndefined();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
