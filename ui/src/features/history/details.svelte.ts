// Details of the selected event.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { EventDetails } from '$lib/contract/EventDetails';
import type { Problem } from '$lib/contract/Problem';

export class Details {
  shown = $state.raw<EventDetails | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The event was settled here. */
  isSettled = $state(false);
  readonly #backend: Backend;
  #wanted: number | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The previous event remains visible until the response arrives, to avoid flicker. */
  async load(id: number): Promise<void> {
    if (this.#wanted !== id) this.isSettled = false;
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

  /** Settles the event: withdraws its notification and cancels its reminders. */
  async settle(): Promise<void> {
    const id = this.#wanted;
    if (id === null) return;
    try {
      await answerTo(this.#backend, { ask: 'eventDone', id }, 'done');
      if (this.#wanted === id) this.isSettled = true;
    } catch (error) {
      if (this.#wanted === id) this.problem = problemOf(error);
    }
  }
}
