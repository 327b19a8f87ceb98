// State of the sign-in dialog: fields, progress and problems.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { Problem } from '$lib/contract/Problem';
import type { Provider } from '$lib/contract/Provider';
import type { SignInDefaults } from '$lib/contract/SignInDefaults';
import type { Status } from '$lib/contract/Status';

import { withScheme } from './privateAddress';
import {
  fieldsFrom,
  firstPlace,
  formFrom,
  isAdvanced,
  noFields,
  placeOf,
  problemsBefore,
  type Fields,
  type Place,
  type Problems,
} from './signIn';

export class SignIn {
  defaults = $state.raw<SignInDefaults | null>(null);
  /** Reason why the defaults could not be loaded. */
  problem = $state.raw<Problem | null>(null);
  provider = $state<Provider>('connect');
  fields = $state<Fields>(noFields());
  problems = $state.raw<Problems>({});
  isBusy = $state(false);
  isAdvancedOpen = $state(false);
  readonly backend: Backend;
  readonly #demo: Status['demo'];
  #isClosed = false;

  constructor(backend: Backend, demo: Status['demo']) {
    this.backend = backend;
    this.#demo = demo;
  }

  get isDemo(): boolean {
    return this.#demo !== null;
  }

  /** The topmost field with a problem. */
  get firstPlace(): Place | undefined {
    return firstPlace(this.provider, this.problems);
  }

  /** Keeps what was typed for either provider. */
  choose(provider: Provider): void {
    this.provider = provider;
    this.problems = {};
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      const { defaults } = await answerTo(
        this.backend,
        { ask: 'signInDefaults' },
        'signInDefaults',
      );
      if (this.#isClosed) return;
      this.defaults = defaults;
      this.provider = defaults.provider;
      this.fields = fieldsFrom(defaults, this.#demo);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  /** Returns the new status once LG has accepted the sign-in; otherwise sets the problems. */
  async submit(): Promise<Status | undefined> {
    if (this.defaults === null || this.isBusy) return undefined;
    const { provider } = this;
    this.completeAddresses();
    this.#show(problemsBefore(provider, this.fields));
    if (this.firstPlace !== undefined) return undefined;

    this.isBusy = true;
    try {
      const request = { ask: 'signIn', form: formFrom(provider, this.fields) } as const;
      const { status } = await answerTo(this.backend, request, 'status');
      return this.#isClosed ? undefined : status;
    } catch (error) {
      const problem = problemOf(error);
      if (!this.#isClosed) this.#show({ [placeOf(problem.code, provider)]: problem });
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }

  completeAddresses(): void {
    const { hub } = this.fields;
    hub.hubUrl = withScheme(hub.hubUrl, 'http');
    hub.callbackUrl = withScheme(hub.callbackUrl, 'wss');
  }

  /** Clears the error of a field being edited. */
  edited(place: Place): void {
    if (this.problems[place] === undefined) return;
    this.problems = Object.fromEntries(
      Object.entries(this.problems).filter(([each]) => each !== place),
    );
  }

  /** Clears the secrets and ignores a pending response. */
  close(): void {
    this.#isClosed = true;
    this.fields = noFields();
  }

  #show(problems: Problems): void {
    this.problems = problems;
    const first = this.firstPlace;
    if (first !== undefined && isAdvanced(first)) this.isAdvancedOpen = true;
  }
}
