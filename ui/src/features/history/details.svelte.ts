// The event that is shown in detail.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { EventDetails } from '$lib/contract/EventDetails';
import type { Problem } from '$lib/contract/Problem';

export class Details {
  shown = $state.raw<EventDetails | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #backend: Backend;
  #wanted: number | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** What was shown before stays until the answer is there, so that stepping does not flicker. */
  async load(id: number): Promise<void> {
    this.#wanted = id;
    this.problem = null;
    try {
      const { details } = await answerTo(
        this.#backend,
        { ask: 'eventDetails', id },
        'eventDetails',
      );
      if (this.#wanted === id) this.shown = details;
    } catch (error) {
      if (this.#wanted !== id) return;
      this.shown = null;
      this.problem = problemOf(error);
    }
  }
}
