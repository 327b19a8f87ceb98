// A resident program for tests and development, with an in-memory history.

import { LinkLost, type Backend, type Link } from '$lib/backend';
import type { Demo } from '$lib/contract/Demo';
import type { EventDetails } from '$lib/contract/EventDetails';
import type { ExportFormat } from '$lib/contract/ExportFormat';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryFilter } from '$lib/contract/HistoryFilter';
import type { HubDefaults } from '$lib/contract/HubDefaults';
import type { PauseUntil } from '$lib/contract/PauseUntil';
import type { Problem } from '$lib/contract/Problem';
import type { Request } from '$lib/contract/Request';
import type { Response } from '$lib/contract/Response';
import type { SignInForm } from '$lib/contract/SignInForm';
import type { SignInDefaults } from '$lib/contract/SignInDefaults';
import type { Status } from '$lib/contract/Status';
import type { Update } from '$lib/contract/Update';
import type { View } from '$lib/contract/View';

import { FakeForwarding } from './fakeForwarding';
import { FakeHistory } from './fakeHistory';
import { FakeHome } from './fakeHome';
import { FakeSettings } from './fakeSettings';

export const NOW_MS = Date.parse('2026-11-22T12:00:00Z');

export function exampleEvent(change: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    id: 1,
    receivedAtMs: NOW_MS,
    kind: 'push',
    code: 'WASHING_IS_COMPLETE',
    deviceId: 'washer-1',
    place: '',
    deviceName: 'Laundry',
    deviceType: 'DEVICE_WASHER',
    severity: 'info',
    category: 'finished',
    text: '',
    isRead: true,
    isFoundAfterGap: false,
    foundIn: [],
    gap: null,
    ...change,
  };
}

export function exampleStatus(change: Partial<Status> = {}): Status {
  return {
    connection: { state: 'listening', sinceMs: NOW_MS },
    provider: 'connect',
    country: 'KR',
    account: null,
    keyring: 'available',
    pausedUntilMs: null,
    quietUntilMs: null,
    unread: 0,
    devices: 8,
    homeProblem: null,
    historyProblem: null,
    notificationProblem: null,
    droppedFrames: 0,
    callsToday: 0,
    callBudget: 300,
    update: null,
    demo: null,
    language: 'en',
    clock: 'h12',
    version: '0.1.0',
    ...change,
  };
}

export function exampleDefaults(change: Partial<SignInDefaults> = {}): SignInDefaults {
  return {
    provider: 'connect',
    country: 'KR',
    countries: [...EXAMPLE_COUNTRIES],
    hub: exampleHubDefaults(),
    ...change,
  };
}

/** Of each continent, with long names and accents. */
const EXAMPLE_COUNTRIES =
  'AE AR AU BR CA CI DE ES FR GB HK ID IN IT JP KE KR KZ MA MX MY NL NZ PL SA SE SG ST TH TR TW UA US VC VN ZA'.split(
    ' ',
  );

export function exampleHubDefaults(change: Partial<HubDefaults> = {}): HubDefaults {
  return {
    hubUrl: 'http://192.168.0.10:5010',
    callbackUrl: 'wss://callback.example.com/websocket',
    account: '',
    passwordForm: 'sha512',
    empClientId: '',
    hasEmpClientSecret: false,
    connectClientId: '',
    hasConnectClientSecret: false,
    ...change,
  };
}

export function exampleDemo(): Demo {
  return {
    account: 'home@example.com',
    password: 'laundry-day',
    token: 'thinqpat_demo-token',
    country: 'KR',
  };
}

const SIGNED_OUT = { provider: null, country: null, account: null };

function identityOf(form: SignInForm): Pick<Status, 'provider' | 'country' | 'account'> {
  return form.provider === 'hub'
    ? { provider: 'hub', country: null, account: 'm…@example.com' }
    : { provider: 'connect', country: form.country, account: null };
}

function pausedUntilMs(pause: PauseUntil): number {
  switch (pause.until) {
    case 'minutes':
      return NOW_MS + pause.minutes * 60_000;
    case 'morning':
      return NOW_MS + 12 * 3_600_000;
    case 'switchedOn':
      return Number.MAX_SAFE_INTEGER;
  }
}

export class FakeBackend implements Backend {
  status = exampleStatus();
  /** Newest first. */
  events: HistoryEvent[] = [];
  details = new Map<number, Partial<EventDetails>>();
  readonly history = new FakeHistory(this);
  defaults = exampleDefaults();
  readonly home = new FakeHome((told) => this.tell(told));
  view: View = { view: 'history' };
  linkState: Link = 'connected';
  isClosed = false;
  /** Content of the page when it requested to be shown. */
  firstPicture: string | null = null;
  /** Rules, settings and the self-check. */
  readonly kept = new FakeSettings();
  readonly forwarding = new FakeForwarding();
  /** Saved problem reports. */
  readonly reports: string[] = [];
  /** Whether the user chooses a file when asked. */
  choosesFile = true;
  readonly exports: { filter: HistoryFilter; format: ExportFormat }[] = [];
  imports = 0;
  readonly asked: Request[] = [];
  /** Requests of these kinds fail with the given problem. */
  readonly failing = new Map<Request['ask'], Problem>();
  /** Requests of these kinds are never answered. */
  readonly silent = new Set<Request['ask']>();
  readonly #tellers = new Set<(told: Update) => void>();
  readonly #linkers = new Set<(link: Link) => void>();

  tell(told: Update): void {
    if (told.told === 'eventAdded') this.events = [told.event, ...this.events];
    for (const listener of this.#tellers) listener(told);
  }

  linkIs(link: Link): void {
    this.linkState = link;
    for (const listener of this.#linkers) listener(link);
  }

  requests<A extends Request['ask']>(ask: A): Extract<Request, { ask: A }>[] {
    return this.asked.filter((request): request is Extract<Request, { ask: A }> => {
      return request.ask === ask;
    });
  }

  async ask(request: Request): Promise<Response> {
    this.asked.push(request);
    if (this.silent.has(request.ask)) return new Promise(() => undefined);
    await Promise.resolve();
    if (this.linkState === 'lost') throw new LinkLost();
    const problem = this.failing.get(request.ask);
    return problem
      ? { answer: 'failed', problem }
      : (this.kept.answer(request) ?? this.forwarding.answer(request) ?? this.#answer(request));
  }

  onTold(listener: (told: Update) => void): Promise<() => void> {
    this.#tellers.add(listener);
    return Promise.resolve(() => void this.#tellers.delete(listener));
  }

  onLink(listener: (link: Link) => void): Promise<() => void> {
    this.#linkers.add(listener);
    return Promise.resolve(() => void this.#linkers.delete(listener));
  }

  link(): Promise<Link> {
    return Promise.resolve(this.linkState);
  }

  initialView(): Promise<View> {
    return Promise.resolve(this.view);
  }

  painted(): Promise<void> {
    this.firstPicture ??= document.body.textContent;
    return Promise.resolve();
  }

  saveReport(text: string): Promise<boolean> {
    this.reports.push(text);
    return Promise.resolve(true);
  }

  exportHistory(filter: HistoryFilter, format: ExportFormat): Promise<boolean> {
    if (this.choosesFile) {
      this.exports.push({ filter, format });
      this.history.export(filter);
    }
    return Promise.resolve(this.choosesFile);
  }

  importHistory(): Promise<boolean> {
    if (this.choosesFile) {
      this.imports += 1;
      this.history.import();
    }
    return Promise.resolve(this.choosesFile);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #answer(request: Request): Response {
    switch (request.ask) {
      case 'status':
      case 'follow':
        return { answer: 'status', status: this.status };
      case 'signInDefaults':
        return { answer: 'signInDefaults', defaults: this.defaults };
      case 'signIn':
        return this.#statusIs({
          connection: { state: 'listening', sinceMs: NOW_MS },
          ...identityOf(request.form),
        });
      case 'signOut':
        return this.#statusIs({ connection: { state: 'signedOut' }, ...SIGNED_OUT });
      case 'pause':
        return this.#statusIs({ pausedUntilMs: pausedUntilMs(request.pause) });
      case 'resume':
        return this.#statusIs({ pausedUntilMs: null });
      case 'historyPage':
        return this.history.page(request);
      case 'historyCounts':
        return this.history.counts(request);
      case 'historyStatistics':
        return this.history.statistics(request);
      case 'historySize':
        return this.history.size();
      case 'recoveryDismiss':
        this.history.recovery = null;
        return this.#statusIs({ historyProblem: null });
      case 'historyDelete':
        return this.history.delete(request);
      case 'jobCancel':
        return this.history.cancel();
      case 'maintenanceMark':
        return this.history.markMaintenance(request, NOW_MS);
      case 'eventDone':
        this.#mark((event) => event.id === request.id, true);
        return { answer: 'done' };
      case 'eventDetails':
        return this.history.details(request);
      case 'eventsMark':
        this.#mark((event) => request.ids.includes(event.id), request.isRead);
        return { answer: 'done' };
      case 'eventsMarkAllRead':
        this.#mark((event) => event.id <= request.upTo, true);
        return { answer: 'done' };
      case 'home':
      case 'homeRead':
      case 'deviceDetails':
      case 'deviceEnergy':
      case 'deviceWatch':
      case 'deviceControl':
        return this.home.answer(request);
      case 'historyExport':
      case 'historyImport':
      case 'forwarding':
      case 'forwardSave':
      case 'forwardRemove':
      case 'forwardTest':
      case 'rules':
      case 'rulesChange':
      case 'notificationTest':
      case 'settings':
      case 'settingsChange':
      case 'settingsSetAside':
      case 'checkup':
      case 'problemReport':
      case 'autostartRepair':
        return { answer: 'failed', problem: { code: 'internal' } };
      case 'eventRemind':
      case 'deviceMute':
      case 'demoStart':
      case 'tokenPageOpen':
      case 'reconnect':
      case 'showWindow':
      case 'desktopVisit':
      case 'windowOpened':
      case 'windowRaised':
      case 'quit':
        return { answer: 'done' };
    }
  }

  #statusIs(change: Partial<Status>): Response {
    this.status = { ...this.status, ...change };
    return { answer: 'status', status: this.status };
  }

  #mark(isMarked: (event: HistoryEvent) => boolean, isRead: boolean): void {
    this.events = this.events.map((event) => (isMarked(event) ? { ...event, isRead } : event));
    this.status = {
      ...this.status,
      unread: this.events.filter((event) => !event.isRead).length,
    };
    this.tell({ told: 'statusChanged', status: this.status });
  }
}
