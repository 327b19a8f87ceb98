// Devices of the resident program, kept up to date by its updates.

import { answerTo, problemOf, type Backend } from './backend';
import type { Device } from './contract/Device';
import type { Home } from './contract/Home';
import type { Problem } from './contract/Problem';
import type { Request } from './contract/Request';
import type { Update } from './contract/Update';

export class Household {
  devices = $state.raw<readonly Device[]>([]);
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  /** Reason why the last request failed. */
  problem = $state.raw<Problem | null>(null);
  /** A reload of everything from LG is pending. */
  isReading = $state(false);
  /** Devices with a pending switch request. */
  switching = $state.raw<readonly string[]>([]);
  readonly backend: Backend;
  /** Responses older than the latest update are dropped. */
  #version = 0;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  device(id: string): Device | undefined {
    return this.devices.find((device) => device.id === id);
  }

  /** Loads the state known to the resident program, without a request to LG. */
  async load(): Promise<void> {
    if (this.phase === 'failed') this.phase = 'loading';
    await this.#ask({ ask: 'home' });
  }

  /** Reloads devices and states from LG, and repairs subscriptions. */
  async readAgain(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    await this.#ask({ ask: 'homeRead' });
    this.isReading = false;
  }

  async watch(id: string, isWatched: boolean): Promise<void> {
    if (this.switching.includes(id)) return;
    this.switching = [...this.switching, id];
    await this.#ask({ ask: 'deviceWatch', id, isWatched });
    this.switching = this.switching.filter((each) => each !== id);
  }

  told(told: Update): void {
    if (told.told === 'homeChanged') this.#homeIs(told.home);
    // Updates may have been missed.
    if (told.told === 'historyChanged') void this.load();
  }

  async #ask(request: Extract<Request, { ask: 'home' | 'homeRead' | 'deviceWatch' }>) {
    const version = this.#version;
    try {
      const { home } = await answerTo(this.backend, request, 'home');
      if (version === this.#version) this.#homeIs(home);
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
      // Known devices remain visible.
      if (this.phase === 'loading') this.phase = 'failed';
    }
  }

  #homeIs(home: Home): void {
    this.#version += 1;
    this.devices = home.devices;
    this.phase = 'ready';
  }
}
