import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from '../../App.svelte';
import { Clock } from '../../lib/clock.svelte';
import { exampleDemo, exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleSettings } from '../../testing/fakeSettings';

let backend: FakeBackend;

beforeEach(() => {
  backend = new FakeBackend();
  backend.status = exampleStatus({ connection: { state: 'signedOut' }, account: null });
  backend.kept.settings = exampleSettings({ isWelcomed: false });
});

function open() {
  const clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
  render(App, { backend, clock });
  return userEvent.setup();
}

const button = (name: string) => screen.findByRole('button', { name });
const isOver = () => waitFor(() => expect(screen.getByRole('navigation')).toBeTruthy());

async function signInElsewhere() {
  await screen.findByRole('heading', { name: 'Welcome to ThinQ Tray' });
  backend.tell({ told: 'statusChanged', status: exampleStatus() });
  await screen.findByRole('heading', { name: 'Do notifications arrive?' });
}

test('a stranger sees nothing before the welcome', async () => {
  open();

  await waitFor(() => expect(backend.firstPicture).toContain('Welcome to ThinQ Tray'));
});

test('in the demo, five clicks lead from nothing to a test notification and a start with the computer', async () => {
  backend.status.demo = exampleDemo();
  backend.view = { view: 'signIn' };
  const user = open();
  let clicks = 0;
  const click = async (name: string) => {
    await user.click(await button(name));
    clicks += 1;
  };

  await click('Sign in to the simulated home');
  await screen.findByDisplayValue(exampleDemo().token);
  await click('Sign in');
  await screen.findByText('Signed in. 8 appliances found.');
  await click('Send a test notification');
  await screen.findByText('The desktop took it.');
  await click('Next');
  await click('Start with the computer');

  expect(await screen.findByRole('heading', { name: 'All set' })).toBeTruthy();
  expect(clicks).toBe(5);
  expect(backend.kept.settings.isAutostarted).toBe(true);

  await user.click(await button('Show my home'));
  await isOver();
  expect(backend.kept.settings.isWelcomed).toBe(true);
});

test('it can be skipped at once, and does not come back', async () => {
  const user = open();

  await user.click(await button('Skip'));
  await isOver();

  expect(backend.requests('settingsChange').map(({ settings }) => settings)).toEqual([
    { isWelcomed: true },
  ]);
});

test('every step can be passed without doing it', async () => {
  const user = open();
  await signInElsewhere();

  await user.click(await button('Skip'));
  await user.click(await button('Not now'));
  await user.click(await button('Show my home'));
  await isOver();

  expect(backend.requests('notificationTest')).toHaveLength(0);
  expect(backend.kept.settings.isAutostarted).toBe(false);
});

test('without an account one click opens the demo home beside it, and this window stays', async () => {
  const user = open();

  await user.click(await button('Try the demo home'));

  expect(await screen.findByText(/open in a window of its own\. End it there/u)).toBeTruthy();
  expect(backend.requests('demoStart')).toHaveLength(1);
  expect(await button('Sign in to LG ThinQ')).toBeTruthy();
});

test('a demo home that cannot be opened says so and can be tried again', async () => {
  const user = open();
  backend.failing.set('demoStart', { code: 'demo' });

  await user.click(await button('Try the demo home'));
  expect((await screen.findByRole('alert')).textContent).toContain('could not be opened');
  backend.failing.clear();
  await user.click(await button('Try the demo home'));

  expect(await screen.findByText(/End it there/u)).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a demo home that signed in by itself goes on with the notification', async () => {
  backend.status = exampleStatus({ demo: exampleDemo() });
  backend.view = { view: 'now' };
  open();

  expect(await screen.findByRole('heading', { name: 'Do notifications arrive?' })).toBeTruthy();
});

test('a start with the computer that cannot be set up says so and can be passed over', async () => {
  const user = open();
  await signInElsewhere();
  await user.click(await button('Skip'));
  backend.failing.set('settingsChange', { code: 'autostart' });

  await user.click(await button('Start with the computer'));
  expect((await screen.findByRole('alert')).textContent).toContain('could not be set up');

  await user.click(await button('Not now'));
  expect(await button('Show my home')).toBeTruthy();
});

test('what cannot be remembered keeps nobody in the first run', async () => {
  const user = open();
  backend.failing.set('settingsChange', { code: 'settings' });

  await user.click(await button('Skip'));

  await isOver();
});

test.each([
  ['has been here before', () => (backend.kept.settings = exampleSettings())],
  ['cannot be asked', () => backend.failing.set('settings', { code: 'settings' })],
])('whoever %s is asked to sign in instead', async (_, arrange) => {
  arrange();
  open();

  expect(await screen.findByLabelText('Personal access token')).toBeTruthy();
  expect(screen.queryByRole('heading', { name: 'Welcome to ThinQ Tray' })).toBeNull();
});

test('whoever is signed in already sees the home', async () => {
  backend.status = exampleStatus();
  open();

  await isOver();
  expect(backend.requests('settings')).toHaveLength(0);
});

test('a window that was asked for an event shows that event', async () => {
  backend.view = { view: 'history', event: 7 };
  open();

  await isOver();
});
