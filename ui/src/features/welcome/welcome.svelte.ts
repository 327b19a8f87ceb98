// The first run: sign-in, test notification, autostart. Each step can be skipped; completion is
// stored.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { Problem } from '$lib/contract/Problem';
import type { Session } from '$lib/session.svelte';

import { NotificationTest } from '../rules/rules.svelte';

export type Step = 'signIn' | 'test' | 'autostart' | 'done';

export const STEPS: readonly Step[] = ['signIn', 'test', 'autostart', 'done'];

export class FirstRun {
  step = $state<Step>('signIn');
  /** Reason why the last choice could not be stored. */
  problem = $state.raw<Problem | null>(null);
  isBusy = $state(false);
  /** The demo opens in its own window; this one is unchanged. */
  isDemoOpen = $state(false);
  readonly test: NotificationTest;
  readonly #session: Session;
  readonly #backend: Backend;

  constructor(session: Session) {
    this.#session = session;
    this.#backend = session.backend;
    this.test = new NotificationTest(session.backend);
  }

  /** Steps are numbered from 1. */
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

  /** Ends the first run at any step, even if that cannot be stored. */
  async end(): Promise<void> {
    await this.#keep({ isWelcomed: true });
    this.#session.isWelcomeOpen = false;
    // Its result was part of the first run.
    this.#session.hasJustSignedIn = false;
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
