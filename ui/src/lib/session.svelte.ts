// Shared state of the window: status, connection to the resident program, and the current view.

import { addressOf, placeAt, type Route } from './address';
import { answerTo, problemOf, type Backend, type Link } from './backend';
import type { Problem } from './contract/Problem';
import type { Request } from './contract/Request';
import type { Status } from './contract/Status';
import type { Update } from './contract/Update';
import type { View } from './contract/View';
import { wording } from './wording.svelte';

const HOUR_MINUTES = 60;

function hasAccount({ connection }: Status): boolean {
  return !['signedOut', 'keyringUnavailable', 'signInNeeded'].includes(connection.state);
}

/** A view opened without a specific target. */
function isOverview(view: View): boolean {
  return view.view === 'now' || (view.view === 'history' && view.event === undefined);
}

export class Session {
  status = $state.raw<Status | null>(null);
  link = $state<Link>('connected');
  /** Reason why there is no status yet. */
  problem = $state.raw<Problem | null>(null);
  isSignInOpen = $state(false);
  /** Signed in from this window; its result is shown until it is dismissed. */
  hasJustSignedIn = $state(false);
  /** The first run replaces the views. */
  isWelcomeOpen = $state(false);
  /** Current view, stored in the window's address as `#/devices`. */
  route = $state<Route>('now');
  /** Item shown in the view, for example the device of `#/devices/abc`. */
  item = $state<string | null>(null);
  /** Event shown in detail. */
  eventId = $state<number | null>(null);
  readonly backend: Backend;
  /** Initial target of the window, until the first status arrives. */
  #invitation: View['view'] | null = null;
  #invited: Promise<void> = Promise.resolve();
  readonly #onTold: (told: Update) => void;

  /** `onTold` is called with every update after the session has processed it. */
  constructor(backend: Backend, onTold: (told: Update) => void = () => undefined) {
    this.backend = backend;
    this.#onTold = onTold;
  }

  get isSignedIn(): boolean {
    return this.status !== null && hasAccount(this.status);
  }

  /** Text for the lack of a sign-in. */
  get signedOutId(): string {
    const isUnavailable = this.status?.connection.state === 'keyringUnavailable';
    return isUnavailable ? 'status-keyringUnavailable' : 'status-signedOut';
  }

  /**
   * Subscribes before the first request, so that no update is missed. Resolves once the sign-in
   * state and the initial view are known.
   */
  async start(): Promise<() => void> {
    const stops = await Promise.all([
      this.backend.onTold((told) => this.#hear(told)),
      this.backend.onLink((link) => this.#linkIs(link)),
    ]);
    const asked = this.refresh();
    const [link, view] = await Promise.all([this.backend.link(), this.backend.initialView()]);
    this.link = link;
    // A reloaded page keeps its view.
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

  /** A request for the history alone only raises the window: a partly filled sign-in form stays open. */
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

  /** The query of the address, such as a filter, is kept while the path is unchanged. */
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

  /** From the sign-in dialog. */
  signedIn(status: Status): void {
    this.statusIs(status);
    this.isSignInOpen = false;
    this.hasJustSignedIn = true;
  }

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

  /** Opens LG's page for personal access tokens in the browser. */
  openTokenPage(): Promise<void> {
    return this.#tell({ ask: 'tokenPageOpen' });
  }

  /** Stops the resident program, which closes the window as well. */
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
    // From elsewhere, or from the dialog, whose response may come after this update.
    if (wasSignedOut && hasAccount(status) && this.isSignInOpen) {
      this.isSignInOpen = false;
      this.hasJustSignedIn = true;
    }
    this.problem = null;
    if (!hasAccount(status)) this.hasJustSignedIn = false;
    void wording.speak(status.language);
    if (isFirst) this.#invite();
  }

  #invite(): void {
    if (this.#invitation === null) return;
    const isAskedFor = this.#invitation === 'signIn';
    this.#invitation = null;
    this.#invited = this.#welcome(isAskedFor);
  }

  /** New users see the first run; returning users who are signed out see the sign-in dialog. */
  async #welcome(isAskedFor: boolean): Promise<void> {
    const state = this.status?.connection.state;
    // Without a keyring a sign-in lasts as long as the program.
    const isSignedOut = state === 'signedOut' || state === 'keyringUnavailable';
    // The demo may be signed in already; the user is still new.
    const isStranger = isSignedOut || (this.status !== null && this.status.demo !== null);
    if (isStranger && !(await this.#isWelcomed())) this.isWelcomeOpen = true;
    else if (isSignedOut || isAskedFor) this.isSignInOpen = true;
  }

  /** Unreadable settings do not restart the first run. */
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

  #hear(told: Update): void {
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
      case 'forwardingChanged':
      case 'historyChanged':
      case 'quitting':
        break;
    }
    this.#onTold(told);
  }
}
