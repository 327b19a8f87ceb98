// State of the settings view: each change is stored immediately, or reverted with the reason next
// to its field.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { Problem } from '$lib/contract/Problem';
import type { Settings } from '$lib/contract/Settings';
import type { SettingsChange } from '$lib/contract/SettingsChange';
import { Optimistic } from '$lib/optimistic.svelte';

import { changed, placeOf, problemBefore, tidied, type TextSetting } from './settings';

type Drafts = Partial<Record<TextSetting, string>>;
type Problems = Partial<Record<TextSetting, Problem>>;

export class SettingsEditor {
  readonly optimistic: Optimistic<Settings>;
  /** Errors of edited fields. */
  problems = $state.raw<Problems>({});
  /** Errors without a field. */
  problem = $state.raw<Problem | null>(null);
  /** Edited text that is not stored yet. */
  #drafts = $state.raw<Drafts>({});
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.optimistic = new Optimistic(
      async () => (await answerTo(backend, { ask: 'settings' }, 'settings')).settings,
    );
  }

  get settings(): Settings | null {
    return this.optimistic.value;
  }

  load(): Promise<void> {
    return this.optimistic.load();
  }

  /** Follows external changes until the returned function is called. */
  follow(): () => void {
    const listening = this.#backend.onTold((told) => {
      if (told.told === 'settingsChanged') this.optimistic.isNow(told.settings);
    });
    return () => void listening.then((stop) => stop());
  }

  async change(settings: SettingsChange): Promise<boolean> {
    this.problem = null;
    const isKept = await this.optimistic.change(
      (now) => changed(now, settings),
      async () => {
        const request = { ask: 'settingsChange', settings } as const;
        return (await answerTo(this.#backend, request, 'settings')).settings;
      },
    );
    if (!isKept) this.#say(this.optimistic.problem);
    return isKept;
  }

  textOf(setting: TextSetting): string {
    return this.#drafts[setting] ?? this.optimistic.value?.[setting] ?? '';
  }

  typed(setting: TextSetting, text: string): void {
    this.#drafts = { ...this.#drafts, [setting]: text };
    this.problems = without(this.problems, setting);
  }

  /** The field lost focus, or Enter was pressed. */
  async done(setting: TextSetting): Promise<void> {
    const draft = this.#drafts[setting];
    if (draft === undefined) return;
    const tidy = tidied(setting, draft);
    this.#drafts = { ...this.#drafts, [setting]: tidy };
    const problem = problemBefore(setting, tidy);
    if (problem !== undefined) {
      this.problems = { ...this.problems, [setting]: problem };
      return;
    }
    const isSame = tidy === this.optimistic.value?.[setting];
    if (isSame || (await this.change({ [setting]: tidy }))) {
      if (this.#drafts[setting] === tidy) this.#drafts = without(this.#drafts, setting);
    } else if (this.problem !== null && placeOf(this.problem) === setting) {
      this.problems = { ...this.problems, [setting]: this.problem };
      this.problem = null;
    }
  }

  /** Renames an unreadable file and creates a new one. */
  async setAside(): Promise<void> {
    try {
      const answer = await answerTo(this.#backend, { ask: 'settingsSetAside' }, 'settings');
      this.optimistic.isNow(answer.settings);
    } catch (error) {
      this.#say(problemOf(error));
    }
  }

  #say(problem: Problem | null): void {
    this.problem = problem;
  }
}

function without<T>(
  all: Partial<Record<TextSetting, T>>,
  setting: TextSetting,
): Partial<Record<TextSetting, T>> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== setting));
}
