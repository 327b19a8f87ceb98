// What every component test starts with.

import { cleanup, configure } from '@testing-library/svelte';
import { afterEach } from 'vitest';

import { loadWords } from '$lib/words';
import { wording } from '$lib/wording.svelte';

import { resetViewport } from './fakeLayout';

// Only how long a failure takes; on a busy machine a second is not much.
configure({ asyncUtilTimeout: 15_000 });

await Promise.all([loadWords('en'), loadWords('ko')]);

afterEach(() => {
  cleanup();
  document.body.replaceChildren();
  resetViewport();
  history.replaceState(null, '', '/');
  void wording.speak('en');
});
