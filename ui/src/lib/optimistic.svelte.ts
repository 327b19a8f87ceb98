// A value that the resident program stores and the page edits: changes are shown immediately and
// reverted when they cannot be stored.

import { problemOf } from './backend';
import type { Problem } from './contract/Problem';

export class Optimistic<T> {
  /** Value on screen; `null` until it was loaded. */
  value = $state.raw<T | null>(null);
  /** Problem of the last load. */
  loadProblem = $state.raw<Problem | null>(null);
  /** Problem of the last change. */
  problem = $state.raw<Problem | null>(null);
  readonly #read: () => Promise<T>;
  /** Value stored by the resident program. */
  #confirmed: T | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #changes = 0;
  #pending = 0;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Called when the value was changed elsewhere. */
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

  /** Returns whether the change was stored. Changes are written in order, and the last one counts. */
  async change(edit: (value: T) => T, write: (wanted: T) => Promise<T>): Promise<boolean> {
    if (this.value === null) return false;
    const wanted = edit(this.value);
    const change = (this.#changes += 1);
    this.value = wanted;
    this.problem = null;
    this.#pending += 1;
    const written = this.#queue.then(() => this.#store(() => write(wanted), change));
    this.#queue = written;
    return written;
  }

  async #store(write: () => Promise<T>, change: number): Promise<boolean> {
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
