// Details of the selected event.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { EventDetails } from '$lib/contract/EventDetails';
import type { Problem } from '$lib/contract/Problem';
import type { Request } from '$lib/contract/Request';

import type { Answer } from './history';

export class Details {
  shown = $state.raw<EventDetails | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** What the user did here about the event. */
  answers = $state.raw<readonly Answer[]>([]);
  readonly #backend: Backend;
  #wanted: number | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The previous event remains visible until the response arrives, to avoid flicker. */
  async load(id: number): Promise<void> {
    if (this.#wanted !== id) this.answers = [];
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

  /** Settles the event, is reminded of it, or mutes its device: as from its notification. */
  async respond(answer: Answer): Promise<void> {
    const id = this.#wanted;
    if (id === null) return;
    try {
      await answerTo(this.#backend, this.#request(answer, id), 'done');
      if (this.#wanted === id) this.answers = [...this.answers, answer];
    } catch (error) {
      if (this.#wanted === id) this.problem = problemOf(error);
    }
  }

  #request(answer: Answer, id: number): Request {
    switch (answer) {
      case 'settle':
        return { ask: 'eventDone', id };
      case 'remind':
        return { ask: 'eventRemind', id };
      case 'mute':
        return { ask: 'deviceMute', id: this.shown?.event.deviceId ?? '' };
    }
  }
}
