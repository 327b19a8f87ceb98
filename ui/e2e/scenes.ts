// Scenes: every view in every designed state, and the dialogs and menus over them.

import type { Page } from '@playwright/test';

import type { FakeBackend } from '../src/testing/fakeBackend';

declare global {
  interface Window {
    /** The fake household, for events that arrive while the page is open. */
    backend?: FakeBackend;
  }
}

export interface Scene {
  name: string;
  /** Address of the view. */
  address: string;
  /** State of the household: see `household`. */
  household: string;
  /** Actions before the screenshot. */
  arrange?: (page: Page) => Promise<void>;
}

const VIEWS = ['now', 'history', 'devices', 'rules', 'settings', 'checkup'] as const;
const ASKED: Record<(typeof VIEWS)[number], string> = {
  now: 'home',
  history: 'historyPage',
  devices: 'home',
  rules: 'rules',
  settings: 'settings',
  checkup: 'checkup',
};

/** Elements are located by position, since names depend on the language. */
function click(selector: string) {
  return (page: Page) => page.locator(selector).first().click();
}

function clicks(...selectors: string[]) {
  return async (page: Page) => {
    for (const selector of selectors) {
      await click(selector)(page);
      await page.clock.runFor(200);
    }
  };
}

/** The test notification, and the problem report. */
const LAST_CARD = 'section:last-of-type button';

const WELCOME_CLICKS = [
  '#welcome-sign-in',
  '#sign-in-submit',
  '#welcome-test',
  '#welcome-next',
  '#welcome-autostart',
];

/** Clicks that many times through the first run. */
function welcomed(clicks: number) {
  return async (page: Page) => {
    for (const target of WELCOME_CLICKS.slice(0, clicks)) await page.locator(target).click();
  };
}

const states: Scene[] = VIEWS.flatMap((view) => [
  { name: `${view}-filled`, address: `#/${view}`, household: '' },
  { name: `${view}-empty`, address: `#/${view}`, household: 'empty' },
  { name: `${view}-loading`, address: `#/${view}`, household: `wait-${ASKED[view]}` },
  { name: `${view}-failed`, address: `#/${view}`, household: `fail-${ASKED[view]}` },
]);

const now: Scene[] = [
  ...[
    'signed-out',
    'connecting',
    'limited',
    'sign-in-needed',
    'lost',
    'paused',
    'quiet',
    'calm',
    'demo',
    'update',
  ].map((household) => ({ name: `now-${household}`, address: '#/now', household })),
  { name: 'now-offline', address: '#/now', household: 'offline,troubled,keyring' },
  { name: 'now-keyring-locked', address: '#/now', household: 'keyring-locked' },
  {
    name: 'now-keyring-unavailable',
    address: '#/now',
    household: 'keyring-unavailable',
    arrange: dismiss,
  },
  { name: 'now-token-refused', address: '#/now', household: 'token-refused' },
  { name: 'now-troubled', address: '#/now', household: 'troubled,keyring,homeless' },
  { name: 'now-idle-unfolded', address: '#/now', household: '', arrange: unfoldAll },
];

const history: Scene[] = [
  { name: 'history-uneven', address: '#/history', household: 'uneven' },
  {
    name: 'history-signed-out',
    address: '#/history',
    household: 'empty,signed-out',
    arrange: dismiss,
  },
  { name: 'history-found', address: '#/history?text=wash', household: 'uneven' },
  { name: 'history-found-short', address: '#/history?text=%EC%84%B8', household: 'uneven' },
  {
    name: 'history-filtered',
    address:
      '#/history?device=washer-1&device=fridge-1&kind=finished&severity=info&from=2026-10-01&until=2026-11-20',
    household: '',
  },
  {
    name: 'history-nothing-found',
    address: '#/history?text=kimchi&kind=safety&unread=yes&period=week',
    household: '',
  },
  {
    name: 'history-turned-round',
    address: '#/history?from=2026-11-20&until=2026-11-01',
    household: '',
  },
  { name: 'history-device-menu', address: '#/history', household: '', arrange: open('device') },
  {
    name: 'history-kind-menu',
    address: '#/history?kind=failed',
    household: '',
    arrange: open('kind'),
  },
  { name: 'history-period-menu', address: '#/history', household: '', arrange: open('period') },
  {
    name: 'history-menu',
    address: '#/history?unread=yes',
    household: '',
    arrange: click('#history-menu'),
  },
  {
    name: 'history-delete',
    address: '#/history',
    household: '',
    arrange: clicks('#history-menu', '#history-menu-delete-all'),
  },
  { name: 'history-exporting', address: '#/history', household: 'job-running' },
  {
    name: 'history-exported',
    address: '#/history',
    household: '',
    arrange: async (page) => {
      await clicks('#history-menu', '#history-menu-csv')(page);
      await page.clock.runFor(5_000);
    },
  },
  {
    name: 'history-imported',
    address: '#/history',
    household: '',
    arrange: async (page) => {
      await clicks('#history-menu', '#history-menu-import')(page);
      await page.clock.runFor(5_000);
    },
  },
  { name: 'history-job-failed', address: '#/history', household: 'job-failed' },
  { name: 'history-fresh', address: '#/history', household: '', arrange: fresh },
  {
    name: 'history-stuck',
    address: '#/history',
    household: '',
    arrange: async (page) => {
      await page.evaluate(() => window.backend?.failing.set('historyPage', { code: 'internal' }));
      await scrollBy(page, 100_000);
    },
  },
];

const overview: Scene[] = [
  { name: 'overview-filled', address: '#/history?side=overview', household: '' },
  { name: 'overview-year', address: '#/history?side=overview', household: '', arrange: lastSpan },
  {
    name: 'overview-numbers',
    address: '#/history?side=overview',
    household: '',
    arrange: unfoldAll,
  },
  { name: 'overview-empty', address: '#/history?side=overview', household: 'empty' },
  {
    name: 'overview-loading',
    address: '#/history?side=overview',
    household: 'wait-historyStatistics',
  },
  {
    name: 'overview-failed',
    address: '#/history?side=overview',
    household: 'fail-historyStatistics',
  },
];

const FIRST_EVENT = '[data-event-id] > button';

const details: Scene[] = [
  { name: 'history-details', address: '#/history', household: '', arrange: click(FIRST_EVENT) },
  {
    name: 'details-wanted',
    address: '#/history?kind=reminder&severity=attention',
    household: '',
    arrange: click(FIRST_EVENT),
  },
  {
    name: 'details-settled',
    address: '#/history?kind=reminder&severity=attention',
    household: '',
    arrange: clicks(FIRST_EVENT, '#details-settle'),
  },
  { name: 'details-text', address: '#/history', household: 'uneven', arrange: click(FIRST_EVENT) },
  {
    name: 'details-loading',
    address: '#/history',
    household: 'wait-eventDetails',
    arrange: click(FIRST_EVENT),
  },
  {
    name: 'details-failed',
    address: '#/history',
    household: 'fail-eventDetails',
    arrange: click(FIRST_EVENT),
  },
];

const CONTROL = 'main .buttons button';
const CONFIRM = '[role="alertdialog"] .dialog-foot button:last-child';

const devices: Scene[] = [
  { name: 'devices-signed-out', address: '#/devices', household: 'signed-out' },
  { name: 'now-dismissed', address: '#/now', household: 'signed-out', arrange: dismiss },
  {
    name: 'devices-reading',
    address: '#/devices',
    household: 'wait-homeRead',
    arrange: click('#devices-read'),
  },
  ...['washer-1', 'dishwasher-1', 'fridge-1', 'aircon-1', 'lamp-1', 'purifier-1'].map((id) => ({
    name: `device-${id}`,
    address: `#/devices/${id}`,
    household: '',
  })),
  { name: 'device-raw', address: '#/devices/washer-1', household: '', arrange: unfoldAll },
  { name: 'device-gone', address: '#/devices/gone', household: '' },
  { name: 'device-loading', address: '#/devices/washer-1', household: 'wait-deviceDetails' },
  { name: 'device-energy-loading', address: '#/devices/washer-1', household: 'wait-deviceEnergy' },
  { name: 'device-featureless', address: '#/devices/washer-1', household: 'featureless' },
  { name: 'device-failed', address: '#/devices/washer-1', household: 'fail-deviceDetails' },
  {
    name: 'device-control',
    address: '#/devices/washer-1',
    household: '',
    arrange: click(CONTROL),
  },
  {
    name: 'device-control-waiting',
    address: '#/devices/washer-1',
    household: 'wait-deviceControl',
    arrange: clicks(CONTROL, CONFIRM),
  },
  {
    name: 'device-control-refused',
    address: '#/devices/washer-1',
    household: 'fail-deviceControl',
    arrange: clicks(CONTROL, CONFIRM),
  },
];

const rules: Scene[] = [
  { name: 'rules-chosen', address: '#/rules', household: 'chosen,paused' },
  { name: 'rules-troubled', address: '#/rules', household: 'chosen,paused', arrange: unfoldAll },
  { name: 'rules-device', address: '#/rules?device=washer-1', household: 'chosen' },
  {
    name: 'rules-reset',
    address: '#/rules',
    household: 'chosen',
    arrange: click('main .head button'),
  },
  {
    name: 'rules-tested',
    address: '#/rules',
    household: 'chosen',
    arrange: click(LAST_CARD),
  },
];

const trials: Scene[] = [
  {
    name: 'rules-testing',
    address: '#/rules',
    household: 'wait-notificationTest',
    arrange: click(LAST_CARD),
  },
  {
    name: 'rules-test-failed',
    address: '#/rules',
    household: 'fail-notificationTest',
    arrange: click(LAST_CARD),
  },
  {
    name: 'rules-no-time',
    address: '#/rules',
    household: 'chosen',
    arrange: async (page) => {
      await page.locator('#quiet-from').fill('late');
      await page.keyboard.press('Enter');
      await page.locator('#quiet-from-error').waitFor();
    },
  },
];

const settings: Scene[] = [
  { name: 'settings-troubled', address: '#/settings', household: 'spoilt', arrange: unfoldAll },
  { name: 'settings-broken', address: '#/settings', household: 'broken' },
  {
    name: 'settings-shorten',
    address: '#/settings',
    household: '',
    arrange: async (page) => {
      await page.locator('#setting-kept-finished').selectOption('30');
    },
  },
  { name: 'forwarding-filled', address: '#/settings/forwarding', household: 'forwarding' },
  { name: 'forwarding-empty', address: '#/settings/forwarding', household: '' },
  { name: 'forwarding-loading', address: '#/settings/forwarding', household: 'wait-forwarding' },
  { name: 'forwarding-failed', address: '#/settings/forwarding', household: 'fail-forwarding' },
  {
    name: 'forwarding-add',
    address: '#/settings/forwarding',
    household: 'forwarding',
    arrange: async (page) => {
      await page.locator('ul + div button').first().click();
      await page.locator('.dialog button[type=submit]').click();
      await page.locator('#forward-url-error').waitFor();
    },
  },
  {
    name: 'forwarding-edit',
    address: '#/settings/forwarding',
    household: 'forwarding',
    arrange: async (page) => {
      await page.locator('li .buttons button:nth-child(2)').nth(1).click();
      await page.locator('#forward-topic').waitFor();
    },
  },
  {
    name: 'forwarding-tested',
    address: '#/settings/forwarding',
    household: 'forwarding',
    arrange: click('li .buttons button:nth-child(1)'),
  },
  { name: 'checkup-troubled', address: '#/checkup', household: 'unwell' },
  {
    name: 'checkup-report',
    address: '#/checkup',
    household: 'unwell',
    arrange: click(LAST_CARD),
  },
];

const reports: Scene[] = [
  {
    name: 'checkup-report-loading',
    address: '#/checkup',
    household: 'wait-problemReport',
    arrange: click(LAST_CARD),
  },
  {
    name: 'checkup-report-failed',
    address: '#/checkup',
    household: 'fail-problemReport',
    arrange: click(LAST_CARD),
  },
];

const entrance: Scene[] = [
  { name: 'welcome', address: '#/now', household: 'signed-out,stranger', arrange: unfoldAll },
  {
    name: 'welcome-test',
    address: '#/now',
    household: 'signed-out,stranger,demo',
    arrange: welcomed(3),
  },
  {
    name: 'welcome-test-failed',
    address: '#/now',
    household: 'signed-out,stranger,demo,fail-notificationTest',
    arrange: welcomed(3),
  },
  {
    name: 'welcome-autostart',
    address: '#/now',
    household: 'signed-out,stranger,demo',
    arrange: welcomed(4),
  },
  {
    name: 'welcome-done',
    address: '#/now',
    household: 'signed-out,stranger,demo',
    arrange: welcomed(5),
  },
  {
    name: 'sign-in',
    address: '#/now',
    household: 'signed-out,exposed,wrong',
    arrange: async (page) => {
      await signIn(page);
      await page.locator('#sign-in-password-error').waitFor();
      // The error stays in view only while its field has the focus.
      await page.locator('#sign-in-submit').focus();
      // Nothing is half under the buttons, which stay in view.
      await page.locator('.sign-in').evaluate((dialog) => (dialog.scrollTop = dialog.scrollHeight));
    },
  },
  { name: 'sign-in-loading', address: '#/now', household: 'signed-out,wait-signInDefaults' },
  { name: 'sign-in-failed', address: '#/now', household: 'signed-out,fail-signInDefaults' },
  {
    name: 'sign-in-advanced',
    address: '#/now',
    household: 'signed-out',
    arrange: async (page) => {
      await chooseHub(page);
      await unfoldAll(page);
    },
  },
  { name: 'sign-in-token', address: '#/now', household: 'signed-out' },
  {
    name: 'sign-in-token-missing',
    address: '#/now',
    household: 'signed-out',
    arrange: async (page) => {
      await page.locator('#sign-in-submit').click();
      await page.locator('#sign-in-token-error').waitFor();
    },
  },
  {
    name: 'sign-in-country',
    address: '#/now',
    household: 'signed-out',
    arrange: async (page) => {
      await page.locator('#sign-in-country').fill('an');
      await page.getByRole('option').first().waitFor();
    },
  },
  { name: 'sign-in-abroad', address: '#/now', household: 'signed-out,abroad' },
  {
    name: 'sign-in-browserless',
    address: '#/now',
    household: 'signed-out,browserless',
    arrange: async (page) => {
      await page.locator('#sign-in-token-page').click();
      await page.locator('#sign-in-token-page-address').waitFor();
    },
  },
  { name: 'sign-in-busy', address: '#/now', household: 'signed-out,slow', arrange: signIn },
  { name: 'sign-in-keys', address: '#/now', household: 'signed-out,keys', arrange: signIn },
  { name: 'sign-in-terms', address: '#/now', household: 'signed-out,terms', arrange: signIn },
];

const over: Scene[] = [
  { name: 'menu', address: '#/now', household: '', arrange: click('#menu') },
  { name: 'menu-offline', address: '#/now', household: 'offline', arrange: click('#menu') },
  { name: 'menu-demo', address: '#/now', household: 'demo', arrange: click('#menu') },
  { name: 'keys', address: '#/now', household: '', arrange: (page) => page.keyboard.press('?') },
];

export const SCENES: readonly Scene[] = [
  ...states,
  ...now,
  ...history,
  ...overview,
  ...details,
  ...devices,
  ...rules,
  ...trials,
  ...settings,
  ...reports,
  ...entrance,
  ...over,
];

async function unfoldAll(page: Page): Promise<void> {
  // Nested collapsed content becomes visible with its parent.
  const folded = page.locator('details:not([open]) > summary');
  while ((await folded.count()) > 0) await folded.first().click();
}

/** When signed out, the window opens the sign-in dialog immediately. */
async function dismiss(page: Page): Promise<void> {
  await page.locator('#sign-in-submit').waitFor();
  await page.keyboard.press('Escape');
}

function open(part: string) {
  return click(`#history-filter-${part}`);
}

async function scrollBy(page: Page, px: number): Promise<void> {
  await page.locator('main [role="list"]').evaluate((list, by) => (list.scrollTop += by), px);
  await page.clock.runFor(200);
}

/** An event arrives above the visible rows. */
async function fresh(page: Page): Promise<void> {
  await scrollBy(page, 900);
  await page.evaluate(() => {
    const backend = window.backend;
    const [newest] = backend?.events ?? [];
    if (!backend || !newest) return;
    for (const more of [1, 2, 3]) {
      const event = { ...newest, id: newest.id + more, isRead: false };
      backend.tell({ told: 'eventAdded', event });
    }
  });
}

async function lastSpan(page: Page): Promise<void> {
  await page.locator('main button[aria-pressed]').last().click();
}

async function chooseHub(page: Page): Promise<void> {
  await page.locator('#sign-in-provider-hub').check();
}

async function signIn(page: Page): Promise<void> {
  await chooseHub(page);
  await page.locator('#sign-in-account').fill('me@example.com');
  await page.locator('#sign-in-password').fill('wrong');
  await page.locator('#sign-in-submit').click();
}
