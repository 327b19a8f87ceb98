// State of the forwarding targets: each change is stored at once, or refused with the reason.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { ForwardFailure } from '$lib/contract/ForwardFailure';
import type { ForwardTarget } from '$lib/contract/ForwardTarget';
import type { Problem } from '$lib/contract/Problem';
import type { Request } from '$lib/contract/Request';
import type { TargetState } from '$lib/contract/TargetState';

/** Result of a test message. */
export interface TestResult {
  said: string;
  failure: ForwardFailure | null;
}

export class Forwarding {
  targets = $state.raw<readonly TargetState[] | null>(null);
  /** Reason why the targets could not be read. */
  loadProblem = $state.raw<Problem | null>(null);
  /** Reason why the last change failed. */
  problem = $state.raw<Problem | null>(null);
  /** Targets whose test is on its way. */
  testing = $state.raw<readonly string[]>([]);
  results = $state.raw<Partial<Record<string, TestResult>>>({});
  #version = 0;
  #shown = 0;
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async load(): Promise<void> {
    this.loadProblem = null;
    try {
      await this.#ask({ ask: 'forwarding' });
    } catch (error) {
      // What is known stays visible.
      if (this.targets === null) this.loadProblem = problemOf(error);
    }
  }

  /** Follows changes until the returned function is called. */
  follow(): () => void {
    const listening = this.#backend.onTold((told) => {
      if (told.told === 'forwardingChanged') void this.load();
    });
    return () => void listening.then((stop) => stop());
  }

  /** The problem if the target was not saved. */
  async save(target: ForwardTarget, secret: string, isNew: boolean): Promise<Problem | null> {
    return this.#change({
      ask: 'forwardSave',
      target,
      isNew,
      ...(secret === '' ? {} : { secret }),
    });
  }

  async switch(target: ForwardTarget, isOn: boolean): Promise<void> {
    this.problem = await this.save({ ...target, isOn }, '', false);
  }

  async remove(name: string): Promise<void> {
    this.problem = await this.#change({ ask: 'forwardRemove', name });
    this.results = { ...this.results, [name]: undefined };
  }

  /** Tests a target as it is stored; the result is shown beside it. */
  async test(target: ForwardTarget): Promise<void> {
    const { name } = target;
    if (this.testing.includes(name)) return;
    this.testing = [...this.testing, name];
    this.results = { ...this.results, [name]: undefined };
    const result = await this.try(target, '');
    this.results = { ...this.results, [name]: result };
    this.testing = this.testing.filter((each) => each !== name);
  }

  /** Sends a test message; an empty `secret` uses the stored one. */
  async try(target: ForwardTarget, secret: string): Promise<TestResult> {
    const request = {
      ask: 'forwardTest',
      target,
      ...(secret === '' ? {} : { secret }),
    } as const;
    try {
      const { said, failure } = await answerTo(this.#backend, request, 'forwardTest');
      return { said, failure };
    } catch (error) {
      return { said: '', failure: { problem: problemOf(error), detail: '' } };
    }
  }

  /** A test says nothing about what happened to its target since. */
  #dropOldResults(before: readonly TargetState[] | null): void {
    for (const state of this.targets ?? []) {
      const earlier = before?.find(({ target }) => target.name === state.target.name);
      const isNews = JSON.stringify(earlier?.failure) !== JSON.stringify(state.failure);
      if (earlier && isNews) this.results = { ...this.results, [state.target.name]: undefined };
    }
  }

  async #change(request: Request): Promise<Problem | null> {
    try {
      await this.#ask(request);
      return null;
    } catch (error) {
      return problemOf(error);
    }
  }

  async #ask(request: Request): Promise<void> {
    const version = (this.#version += 1);
    const answer = await answerTo(this.#backend, request, 'forwarding');
    // A later answer knows more.
    if (version < this.#shown) return;
    this.#shown = version;
    const before = this.targets;
    this.targets = answer.forwarding.targets;
    this.#dropOldResults(before);
  }
}
