// The appliances as the resident program knows them; it tells when something changes.

import { answerTo, problemOf, type Backend } from './backend';
import type { Device } from './contract/Device';
import type { Home } from './contract/Home';
import type { Problem } from './contract/Problem';
import type { Request } from './contract/Request';
import type { Told } from './contract/Told';

export class Household {
  devices = $state.raw<readonly Device[]>([]);
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  /** Why the last thing that was asked did not work. */
  problem = $state.raw<Problem | null>(null);
  /** LG is being asked for everything again. */
  isReading = $state(false);
  /** Devices whose switch waits for its answer. */
  switching = $state.raw<readonly string[]>([]);
  readonly backend: Backend;
  /** Answers that are older than what was told meanwhile are dropped. */
  #version = 0;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  device(id: string): Device | undefined {
    return this.devices.find((device) => device.id === id);
  }

  /** What the resident program knows; LG is not asked. */
  async load(): Promise<void> {
    if (this.phase === 'failed') this.phase = 'loading';
    await this.#ask({ ask: 'home' });
  }

  /** Asks LG for devices and states, and mends subscriptions. */
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

  told(told: Told): void {
    if (told.told === 'homeChanged') this.#homeIs(told.home);
    // Something may have been missed.
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
      // What is known stays in sight.
      if (this.phase === 'loading') this.phase = 'failed';
    }
  }

  #homeIs(home: Home): void {
    this.#version += 1;
    this.devices = home.devices;
    this.phase = 'ready';
  }
}
