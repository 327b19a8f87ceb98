// Something the resident program keeps and the page edits: shown at once as the user wants it, put
// back when it cannot be kept.

import { problemOf } from './backend';
import type { Problem } from './contract/Problem';

export class Kept<T> {
  /** As it is on screen; `null` until it was read. */
  value = $state.raw<T | null>(null);
  /** Why it could not be read. */
  loadProblem = $state.raw<Problem | null>(null);
  /** Why the last change was not kept. */
  problem = $state.raw<Problem | null>(null);
  readonly #read: () => Promise<T>;
  /** As the resident program has it. */
  #confirmed: T | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #changes = 0;
  #pending = 0;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** It was changed elsewhere. */
  isNow(value: T): void {
    this.#confirmed = value;
    if (this.#pending === 0) this.value = value;
  }

  async load(): Promise<void> {
    this.loadProblem = null;
    const change = this.#changes;
    try {
      const value = await this.#read();
      if (change === this.#changes) this.isNow(value);
    } catch (error) {
      if (this.value === null) this.loadProblem = problemOf(error);
    }
  }

  /** Whether it was kept. Changes are written one after the other, and the last one counts. */
  async change(edit: (value: T) => T, write: (wanted: T) => Promise<T>): Promise<boolean> {
    if (this.value === null) return false;
    const wanted = edit(this.value);
    const change = (this.#changes += 1);
    this.value = wanted;
    this.problem = null;
    this.#pending += 1;
    const written = this.#queue.then(() => this.#keep(() => write(wanted), change));
    this.#queue = written;
    return written;
  }

  async #keep(write: () => Promise<T>, change: number): Promise<boolean> {
    try {
      const value = await write();
      this.#confirmed = value;
      if (change === this.#changes) this.value = value;
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      if (change === this.#changes) this.value = this.#confirmed;
      return false;
    } finally {
      this.#pending -= 1;
    }
  }
}
