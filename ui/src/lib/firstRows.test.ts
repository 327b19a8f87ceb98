import { afterEach, expect, test, vi } from 'vitest';

import { FIRST_ROWS, markFirstRows } from './firstRows';

afterEach(() => {
  vi.unstubAllGlobals();
  performance.clearMarks();
});

function isMarked(): boolean {
  return performance.getEntriesByName(FIRST_ROWS).length > 0;
}

test('the rows count as painted one frame after the one that begins to show them', async () => {
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
  let load = (): void => undefined;
  const loading = new Promise<void>((done) => {
    load = done;
  });

  const marked = markFirstRows(loading);
  expect(frames).toHaveLength(0);
  load();
  await vi.waitFor(() => {
    expect(frames).toHaveLength(1);
  });
  frames[0]?.(0);
  await vi.waitFor(() => {
    expect(frames).toHaveLength(2);
  });
  expect(isMarked()).toBe(false);
  frames[1]?.(16);
  await marked;

  expect(isMarked()).toBe(true);
});
