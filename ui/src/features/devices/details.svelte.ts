// Details of one device and its pending control.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { Control } from '$lib/contract/Control';
import type { DeviceDetails } from '$lib/contract/DeviceDetails';
import type { Problem } from '$lib/contract/Problem';

export class Details {
  details = $state.raw<DeviceDetails | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Control awaiting confirmation. */
  asked = $state.raw<Control | null>(null);
  /** Sent; the device has not reported its new state yet. */
  underway = $state.raw<Control | null>(null);
  /** The last completed control, or the reason for its failure. */
  outcome = $state.raw<{ control: Control; problem: Problem | null } | null>(null);
  readonly #backend: Backend;
  readonly #id: string;
  #question = 0;

  constructor(backend: Backend, id: string) {
    this.#backend = backend;
    this.#id = id;
  }

  /** The previous details remain visible until the response arrives. */
  async load(): Promise<void> {
    const question = ++this.#question;
    try {
      const request = { ask: 'deviceDetails', id: this.#id } as const;
      const { details } = await answerTo(this.#backend, request, 'deviceDetails');
      if (question !== this.#question) return;
      this.details = details;
      this.problem = null;
    } catch (error) {
      if (question === this.#question) this.problem = problemOf(error);
    }
  }

  ask(control: Control): void {
    if (this.underway === null) this.asked = control;
  }

  /** Runs the confirmed control. */
  async confirm(): Promise<void> {
    const control = this.asked;
    if (control === null) return;
    this.asked = null;
    this.underway = control;
    this.outcome = null;
    this.outcome = { control, problem: await this.#carryOut(control) };
    this.underway = null;
    await this.load();
  }

  async #carryOut({ place, action }: Control): Promise<Problem | null> {
    try {
      const request = { ask: 'deviceControl', id: this.#id, place, action } as const;
      await answerTo(this.#backend, request, 'done');
      return null;
    } catch (error) {
      return problemOf(error);
    }
  }
}
