// What the whole window shares: the status, the link to the resident program and what is shown.

import { addressOf, placeAt, type Route } from './address';
import { answerTo, problemOf, type Backend, type Link } from './backend';
import type { Problem } from './contract/Problem';
import type { Request } from './contract/Request';
import type { Status } from './contract/Status';
import type { Told } from './contract/Told';
import type { View } from './contract/View';
import { wording } from './wording.svelte';

const HOUR_MINUTES = 60;

function hasAccount({ connection }: Status): boolean {
  return connection.state !== 'signedOut' && connection.state !== 'signInNeeded';
}

/** A view that is opened for a look around and not for something in it. */
function isOverview(view: View): boolean {
  return view.view === 'now' || (view.view === 'history' && view.event === undefined);
}

export class Session {
  status = $state.raw<Status | null>(null);
  link = $state<Link>('connected');
  /** Why there is no status yet. */
  problem = $state.raw<Problem | null>(null);
  isSignInOpen = $state(false);
  /** The first run takes the place of the views. */
  isWelcomeOpen = $state(false);
  /** The view shown; it stands in the window's address as `#/devices`. */
  route = $state<Route>('now');
  /** What of the view is shown, for example the device of `#/devices/abc`. */
  item = $state<string | null>(null);
  /** The event shown in detail. */
  eventId = $state<number | null>(null);
  readonly backend: Backend;
  /** What the window was opened with, until the first status tells who is there. */
  #invitation: View['view'] | null = null;
  #invited: Promise<void> = Promise.resolve();
  readonly #onTold: (told: Told) => void;

  /** `onTold` hears everything after the session has read it. */
  constructor(backend: Backend, onTold: (told: Told) => void = () => undefined) {
    this.backend = backend;
    this.#onTold = onTold;
  }

  get isSignedIn(): boolean {
    return this.status !== null && hasAccount(this.status);
  }

  /**
   * Listens before it asks, so that nothing is missed between the two. Resolves once it is known who
   * is there and what they see.
   */
  async start(): Promise<() => void> {
    const stops = await Promise.all([
      this.backend.onTold((told) => this.#hear(told)),
      this.backend.onLink((link) => this.#linkIs(link)),
    ]);
    const asked = this.refresh();
    const [link, view] = await Promise.all([this.backend.link(), this.backend.initialView()]);
    this.link = link;
    // A page that is loaded again stays where it was.
    if (placeAt(location.hash) !== null) this.#followAddress();
    else if (view.view !== 'signIn') this.show(view);
    if (view.view === 'signIn' || isOverview(view)) this.#invitation = view.view;
    if (this.status !== null) this.#invite();
    window.addEventListener('hashchange', this.#followAddress);
    await asked;
    await this.#invited;
    return () => {
      window.removeEventListener('hashchange', this.#followAddress);
      stops.forEach((stop) => stop());
    };
  }

  /** Asking for the history alone only raises the window: a half-typed sign-in stays open. */
  show(view: View): void {
    if (view.view === 'signIn') {
      this.isSignInOpen = true;
      return;
    }
    this.go(view.view, view.view === 'devices' ? (view.device ?? null) : null);
    if (view.view === 'history' && view.event !== undefined) {
      this.isSignInOpen = false;
      this.eventId = view.event;
    }
  }

  /** What stands behind the place in the address, such as a filter, stays while the place does. */
  go(route: Route, item: string | null = null): void {
    this.route = route;
    this.item = item;
    const address = addressOf({ route, item });
    if (location.hash.split('?')[0] !== address) history.pushState(null, '', address);
  }

  readonly #followAddress = () => {
    const place = placeAt(location.hash);
    if (place === null) return;
    this.route = place.route;
    this.item = place.item;
  };

  refresh(): Promise<void> {
    return this.#change({ ask: 'status' });
  }

  signOut(): Promise<void> {
    return this.#change({ ask: 'signOut' });
  }

  pauseForAnHour(): Promise<void> {
    return this.#change({ ask: 'pause', pause: { until: 'minutes', minutes: HOUR_MINUTES } });
  }

  resume(): Promise<void> {
    return this.#change({ ask: 'resume' });
  }

  dismissRecovery(): Promise<void> {
    return this.#change({ ask: 'recoveryDismiss' });
  }

  reconnect(): Promise<void> {
    return this.#tell({ ask: 'reconnect' });
  }

  /** Ends the resident program, which closes the window as well. */
  quit(): Promise<void> {
    return this.#tell({ ask: 'quit' });
  }

  async #tell(request: Request): Promise<void> {
    try {
      await answerTo(this.backend, request, 'done');
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  statusIs(status: Status): void {
    const isFirst = this.status === null;
    const wasSignedOut = this.status !== null && !hasAccount(this.status);
    this.status = status;
    // Signed in from somewhere else: there is nothing left to ask.
    if (wasSignedOut && hasAccount(status)) this.isSignInOpen = false;
    this.problem = null;
    void wording.speak(status.language);
    if (isFirst) this.#invite();
  }

  #invite(): void {
    if (this.#invitation === null) return;
    const isAskedFor = this.#invitation === 'signIn';
    this.#invitation = null;
    this.#invited = this.#welcome(isAskedFor);
  }

  /** A stranger is welcomed; whoever has been here before, and is signed out, is asked to sign in. */
  async #welcome(isAskedFor: boolean): Promise<void> {
    const isSignedOut = this.status?.connection.state === 'signedOut';
    // The demo may have signed in by itself; a stranger it is all the same.
    const isStranger = isSignedOut || (this.status !== null && this.status.demo !== null);
    if (isStranger && !(await this.#isWelcomed())) this.isWelcomeOpen = true;
    else if (isSignedOut || isAskedFor) this.isSignInOpen = true;
  }

  /** Settings that cannot be read are no reason to begin at the beginning. */
  async #isWelcomed(): Promise<boolean> {
    try {
      const { settings } = await answerTo(this.backend, { ask: 'settings' }, 'settings');
      return settings.isWelcomed;
    } catch {
      return true;
    }
  }

  async #change(request: Request): Promise<void> {
    try {
      const { status } = await answerTo(this.backend, request, 'status');
      this.statusIs(status);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  #linkIs(link: Link): void {
    const isBack = this.link === 'lost' && link === 'connected';
    this.link = link;
    if (isBack) {
      void this.refresh();
      this.#onTold({ told: 'historyChanged' });
    }
  }

  #hear(told: Told): void {
    switch (told.told) {
      case 'statusChanged':
        this.statusIs(told.status);
        break;
      case 'show':
        this.show(told.view);
        break;
      case 'eventAdded':
      case 'homeChanged':
      case 'jobChanged':
      case 'settingsChanged':
      case 'rulesChanged':
      case 'historyChanged':
      case 'quitting':
        break;
    }
    this.#onTold(told);
  }
}
