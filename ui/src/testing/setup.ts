// What every component test starts with.

import { cleanup } from '@testing-library/svelte';
import { afterEach } from 'vitest';

import { wording } from '$lib/wording.svelte';

afterEach(() => {
  cleanup();
  document.body.replaceChildren();
  wording.speak('en');
});
