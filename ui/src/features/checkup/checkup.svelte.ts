// State of the self-check and its fixes.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { CheckRemedy } from '$lib/contract/CheckRemedy';
import type { Checkup } from '$lib/contract/Checkup';
import type { Problem } from '$lib/contract/Problem';
import type { Request } from '$lib/contract/Request';
import type { Session } from '$lib/session.svelte';

import { NotificationTest } from '../rules/rules.svelte';

export class SelfCheck {
  checkup = $state.raw<Checkup | null>(null);
  /** Reason why the check or the last fix failed. */
  problem = $state.raw<Problem | null>(null);
  isBusy = $state(false);
  readonly test: NotificationTest;
  readonly #session: Session;
  readonly #backend: Backend;

  constructor(session: Session) {
    this.#session = session;
    this.#backend = session.backend;
    this.test = new NotificationTest(session.backend);
  }

  run(): Promise<void> {
    return this.#mend(() => Promise.resolve());
  }

  async mend(remedy: CheckRemedy): Promise<void> {
    switch (remedy) {
      case 'signIn':
        this.#session.isSignInOpen = true;
        return;
      case 'openSettings':
        this.#session.go('settings');
        return;
      case 'openForwarding':
        this.#session.go('settings', 'forwarding');
        return;
      case 'testNotification':
        await this.test.send();
        return this.run();
      case 'reconnect':
        return this.#mend(() => answerTo(this.#backend, { ask: 'reconnect' }, 'done'));
      case 'repairAutostart':
        return this.#mend(() => answerTo(this.#backend, { ask: 'autostartRepair' }, 'checkup'));
      case 'setSettingsAside':
        return this.#mend(() => answerTo(this.#backend, { ask: 'settingsSetAside' }, 'settings'));
      case 'readHomeAgain':
        return this.#mend(() => answerTo(this.#backend, { ask: 'homeRead' }, 'home'));
    }
  }

  /** Repeats the check in any case; a failed fix is reported. */
  async #mend(work: () => Promise<unknown>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = null;
    try {
      await work();
    } catch (error) {
      this.problem = problemOf(error);
    }
    try {
      const request: Request = { ask: 'checkup' };
      this.checkup = (await answerTo(this.#backend, request, 'checkup')).checkup;
    } catch (error) {
      this.problem ??= problemOf(error);
    } finally {
      this.isBusy = false;
    }
  }
}
