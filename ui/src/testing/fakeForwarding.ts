// Forwarding targets of the fake resident program.

import type { ForwardTarget } from '$lib/contract/ForwardTarget';
import type { Request } from '$lib/contract/Request';
import type { Response } from '$lib/contract/Response';
import type { TargetState } from '$lib/contract/TargetState';

export function exampleTarget(change: Partial<ForwardTarget> = {}): ForwardTarget {
  const target = {
    kind: 'ntfy',
    name: 'Phone',
    isOn: true,
    url: 'https://ntfy.example.com/a-name-nobody-guesses',
    hasToken: true,
    allowsPlain: false,
    categories: ['finished', 'failed', 'safety'],
    severities: null,
    devices: null,
    waitsInQuietHours: true,
    keepHours: 24,
  };
  return { ...target, ...change } as ForwardTarget;
}

export function exampleState(change: Partial<TargetState> = {}): TargetState {
  return {
    target: exampleTarget(),
    waiting: 0,
    delivered: 0,
    deliveredAtMs: null,
    givenUp: 0,
    failure: null,
    ...change,
  };
}

export class FakeForwarding {
  states: TargetState[] = [];
  /** Secrets by the names of their targets. */
  readonly secrets = new Map<string, string>();
  test: Extract<Response, { answer: 'forwardTest' }> = {
    answer: 'forwardTest',
    said: 'HTTP 200: thank you',
    failure: null,
  };

  answer(request: Request): Response | undefined {
    if (request.ask === 'forwardTest') return this.test;
    if (request.ask === 'forwardRemove') {
      this.states = this.states.filter(({ target }) => target.name !== request.name);
    } else if (request.ask === 'forwardSave') {
      const { target, secret, isNew } = request;
      const known = this.states.find((state) => state.target.name === target.name);
      if (known && isNew) return { answer: 'failed', problem: { code: 'targetName' } };
      if (secret !== undefined) this.secrets.set(target.name, secret);
      this.states = known
        ? this.states.map((state) => (state === known ? { ...state, target } : state))
        : [...this.states, exampleState({ target })];
    } else if (request.ask !== 'forwarding') {
      return undefined;
    }
    return { answer: 'forwarding', forwarding: { targets: this.states } };
  }
}
