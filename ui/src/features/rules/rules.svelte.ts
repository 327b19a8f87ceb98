// State of the rules view: changes are stored immediately, a reset can be undone once.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { Device } from '$lib/contract/Device';
import type { Home } from '$lib/contract/Home';
import type { NotificationReport } from '$lib/contract/NotificationReport';
import type { PauseUntil } from '$lib/contract/PauseUntil';
import type { Problem } from '$lib/contract/Problem';
import type { Rules } from '$lib/contract/Rules';
import { Optimistic } from '$lib/optimistic.svelte';
import type { Session } from '$lib/session.svelte';

import { withoutDevice } from './rules';

/** Last reset, for the undo notice; without a device, the rules for all devices. */
export interface Reset {
  deviceId: string | null;
  before: Rules;
}

export class RulesEditor {
  readonly optimistic: Optimistic<Rules>;
  /** `null` until known. */
  devices = $state.raw<readonly Device[] | null>(null);
  reset = $state.raw<Reset | null>(null);
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.optimistic = new Optimistic(
      async () => (await answerTo(backend, { ask: 'rules' }, 'rules')).rules,
    );
  }

  get rules(): Rules | null {
    return this.optimistic.value;
  }

  async load(): Promise<void> {
    await Promise.all([this.optimistic.load(), this.#loadDevices()]);
  }

  homeIs({ devices }: Home): void {
    this.devices = devices;
  }

  change(edit: (rules: Rules) => Rules): Promise<boolean> {
    this.reset = null;
    return this.#keep(edit);
  }

  async takeBack(deviceId: string | null): Promise<void> {
    const before = this.rules;
    if (before === null) return;
    this.reset = { deviceId, before };
    if (!(await this.#keep((rules) => withoutDevice(rules, deviceId)))) this.reset = null;
  }

  async undo(): Promise<void> {
    const { reset } = this;
    if (reset === null) return;
    this.reset = null;
    await this.#keep((rules) => ({ ...rules, rules: reset.before.rules }));
  }

  #keep(edit: (rules: Rules) => Rules): Promise<boolean> {
    return this.optimistic.change(edit, async (rules) => {
      const answer = await answerTo(this.#backend, { ask: 'rulesChange', rules }, 'rules');
      return answer.rules;
    });
  }

  /** Without the home, the rules for all devices can still be changed. */
  async #loadDevices(): Promise<void> {
    try {
      this.homeIs((await answerTo(this.#backend, { ask: 'home' }, 'home')).home);
    } catch {
      return;
    }
  }
}

/** A test notification and its result. */
export class NotificationTest {
  isBusy = $state(false);
  report = $state.raw<NotificationReport | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async send(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.report = null;
    this.problem = null;
    try {
      const answer = await answerTo(
        this.#backend,
        { ask: 'notificationTest' },
        'notificationReport',
      );
      this.report = answer.report;
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.isBusy = false;
    }
  }
}

export async function pause(session: Session, pause: PauseUntil): Promise<void> {
  try {
    const { status } = await answerTo(session.backend, { ask: 'pause', pause }, 'status');
    session.statusIs(status);
  } catch (error) {
    session.problem = problemOf(error);
  }
}
