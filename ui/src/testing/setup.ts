// Setup of every component test.

import { cleanup, configure } from '@testing-library/svelte';
import { afterEach } from 'vitest';

import { loadWords } from '$lib/words';
import { wording } from '$lib/wording.svelte';

import { resetViewport } from './fakeLayout';

// Timeout for failing conditions; a busy machine needs more than a second.
configure({ asyncUtilTimeout: 15_000 });

await Promise.all([loadWords('en'), loadWords('ko')]);

afterEach(() => {
  cleanup();
  document.body.replaceChildren();
  resetViewport();
  history.replaceState(null, '', '/');
  void wording.speak('en');
});
