// Energy of one device: asked for once for each opening of its page.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { DeviceEnergy } from '$lib/contract/DeviceEnergy';
import type { Problem } from '$lib/contract/Problem';

export class Energy {
  /** `null` for a device that LG does not measure, and until the response. */
  known = $state.raw<DeviceEnergy | null>(null);
  problem = $state.raw<Problem | null>(null);
  isLoading = $state(false);
  readonly #backend: Backend;
  readonly #id: string;

  constructor(backend: Backend, id: string) {
    this.#backend = backend;
    this.#id = id;
  }

  async load(): Promise<void> {
    this.isLoading = true;
    try {
      const request = { ask: 'deviceEnergy', id: this.#id } as const;
      const { energy } = await answerTo(this.#backend, request, 'deviceEnergy');
      this.known = energy;
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.isLoading = false;
    }
  }
}
