// What is looked at: every view in every state it was designed for, and what opens over them.

import type { Page } from '@playwright/test';

export interface Scene {
  name: string;
  /** The address of the view. */
  address: string;
  /** What the household is like: see `household`. */
  household: string;
  /** What is done before looking. */
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

/** Names differ with the language: what is clicked is found by its place. */
function click(selector: string) {
  return (page: Page) => page.locator(selector).first().click();
}

const WELCOME_CLICKS = [
  '#welcome-sign-in',
  '#sign-in-submit',
  '#welcome-test',
  '#welcome-next',
  '#welcome-autostart',
];

/** So many clicks into the first run. */
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

const more: Scene[] = [
  { name: 'now-signed-out', address: '#/now', household: 'signed-out' },
  { name: 'now-offline', address: '#/now', household: 'offline,troubled,keyring' },
  { name: 'now-lost', address: '#/now', household: 'lost' },
  {
    name: 'history-details',
    address: '#/history',
    household: '',
    arrange: click('[data-event-id] > button, [data-event-id]'),
  },
  {
    name: 'devices-details',
    address: '#/devices',
    household: '',
    arrange: click('main a[href^="#/devices/"]'),
  },
  { name: 'rules-troubled', address: '#/rules', household: 'chosen,paused', arrange: unfoldAll },
  {
    name: 'rules-tested',
    address: '#/rules',
    household: 'chosen',
    arrange: click('section:last-of-type button'),
  },
  { name: 'settings-troubled', address: '#/settings', household: 'spoilt', arrange: unfoldAll },
  { name: 'checkup-troubled', address: '#/checkup', household: 'unwell' },
  {
    name: 'checkup-report',
    address: '#/checkup',
    household: 'unwell',
    arrange: click('section:last-of-type button'),
  },
  { name: 'welcome', address: '#/now', household: 'signed-out,stranger', arrange: unfoldAll },
  {
    name: 'welcome-test',
    address: '#/now',
    household: 'signed-out,stranger,demo',
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
      await page.locator('#sign-in-account').fill('me@example.com');
      await page.locator('#sign-in-password').fill('wrong');
      await page.locator('#sign-in-submit').click();
      await page.locator('#sign-in-password-error').waitFor();
    },
  },
  { name: 'menu', address: '#/now', household: '', arrange: click('#menu') },
  { name: 'keys', address: '#/now', household: '', arrange: (page) => page.keyboard.press('?') },
];

export const SCENES: readonly Scene[] = [...states, ...more];

async function unfoldAll(page: Page): Promise<void> {
  for (const summary of await page.locator('summary').all()) await summary.click();
}
