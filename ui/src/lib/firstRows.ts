// When the first rows of the history were painted, as a mark in the page's own timeline: the
// measuring program reads it there.

import { tick } from 'svelte';

export const FIRST_ROWS = 'first-rows';

/** Marks the moment after the frame that shows what was `loaded`. */
export async function markFirstRows(loaded: Promise<void>): Promise<void> {
  await loaded;
  await tick();
  // A hidden window has no frames, and the first one only begins to paint.
  await nextFrame();
  await nextFrame();
  performance.mark(FIRST_ROWS);
}

function nextFrame(): Promise<number> {
  return new Promise((done) => requestAnimationFrame(done));
}
