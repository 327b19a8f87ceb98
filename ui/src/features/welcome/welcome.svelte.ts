// The first run: sign in, see a notification, start with the computer. Each step can be skipped,
// and it is remembered that it was seen.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { Problem } from '$lib/contract/Problem';
import type { Session } from '$lib/session.svelte';

import { NotificationTest } from '../rules/rules.svelte';

export type Step = 'signIn' | 'test' | 'autostart' | 'done';

export const STEPS: readonly Step[] = ['signIn', 'test', 'autostart', 'done'];

export class FirstRun {
  step = $state<Step>('signIn');
  /** Why the last choice could not be kept. */
  problem = $state.raw<Problem | null>(null);
  isBusy = $state(false);
  /** The demo has a window of its own; this one stays as it is. */
  isDemoOpen = $state(false);
  readonly test: NotificationTest;
  readonly #session: Session;
  readonly #backend: Backend;

  constructor(session: Session) {
    this.#session = session;
    this.#backend = session.backend;
    this.test = new NotificationTest(session.backend);
  }

  /** The steps begin at 1. */
  get number(): number {
    return STEPS.indexOf(this.step) + 1;
  }

  signedIn(): void {
    if (this.step === 'signIn') this.step = 'test';
  }

  async openDemo(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = null;
    try {
      await answerTo(this.#backend, { ask: 'demoStart' }, 'done');
      this.isDemoOpen = true;
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.isBusy = false;
    }
  }

  tested(): void {
    this.step = 'autostart';
  }

  async startWithComputer(isWanted: boolean): Promise<void> {
    if (isWanted && !(await this.#keep({ isAutostarted: true }))) return;
    this.step = 'done';
  }

  /** Over, however far it came. That it cannot be remembered keeps nobody here. */
  async end(): Promise<void> {
    await this.#keep({ isWelcomed: true });
    this.#session.isWelcomeOpen = false;
    this.#session.go('now');
  }

  async #keep(settings: { isAutostarted: true } | { isWelcomed: true }): Promise<boolean> {
    this.isBusy = true;
    this.problem = null;
    try {
      await answerTo(this.#backend, { ask: 'settingsChange', settings }, 'settings');
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
