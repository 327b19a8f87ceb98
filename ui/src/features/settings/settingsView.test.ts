import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import { Session } from '$lib/session.svelte';
import { wording } from '$lib/wording.svelte';

import { exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleSettings } from '../../testing/fakeSettings';

import SettingsView from './SettingsView.svelte';

const present = { nowMs: NOW_MS, timeZone: 'UTC' };

let backend: FakeBackend;
let session: Session;

beforeEach(() => {
  backend = new FakeBackend();
  session = new Session(backend);
  session.status = backend.status;
});

async function open() {
  render(SettingsView, { session, present });
  await screen.findByLabelText('Hub address');
  return userEvent.setup();
}

const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const changes = () => backend.requests('settingsChange').map(({ settings }) => settings);

async function type(user: ReturnType<typeof userEvent.setup>, name: string, typed: string) {
  await user.clear(field(name));
  if (typed !== '') await user.type(field(name), typed);
  await user.tab();
}

function descriptionOf(element: HTMLElement): string {
  const ids = element.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
}

test.each([
  ['Language', '한국어', { language: 'ko' }],
  ['Log', 'In detail', { logLevel: 'debug' }],
  ['Send the password', 'As plain text', { passwordForm: 'plain' }],
  ['Status', 'Forever', { retention: [{ category: 'status', days: 0 }] }],
] as const)('%s is changed to %s at once, and nothing else', async (name, choice, change) => {
  const user = await open();

  await user.selectOptions(screen.getByLabelText(name), choice);

  await waitFor(() => expect(changes()).toEqual([change]));
});

test('the start with the computer is a switch', async () => {
  const user = await open();

  const autostart = screen.getByRole('switch', { name: 'Start with the computer' });

  await user.click(autostart);

  await waitFor(() => expect(autostart.getAttribute('aria-checked')).toBe('true'));
  expect(backend.kept.settings.isAutostarted).toBe(true);
});

test('the start with the computer stays as it is until the desktop has answered', async () => {
  const user = await open();
  backend.silent.add('settingsChange');
  const autostart = screen.getByRole('switch', { name: 'Start with the computer' });

  await user.click(autostart);
  await waitFor(() => expect(changes()).toEqual([{ isAutostarted: true }]));
  expect(autostart.getAttribute('aria-checked')).toBe('false');
});

test.each([
  ['autostartRefused', 'does not let ThinQ Tray start', 'Allow it to run in the background'],
  ['autostartMissing', 'offers no way', 'flatpak run org.thinqtray.ThinQTray --hidden'],
  ['autostartUnanswered', 'has not said', 'Then try again'],
] as const)('%s leaves the switch off and says what helps', async (code, words, remedy) => {
  const user = await open();
  backend.failing.set('settingsChange', { code });
  const autostart = screen.getByRole('switch', { name: 'Start with the computer' });

  await user.click(autostart);

  const said = (await screen.findByRole('alert')).textContent;
  expect(said).toContain(words);
  expect(said).toContain(remedy);
  expect(autostart.getAttribute('aria-checked')).toBe('false');
});

test('an address is kept when its field is left, completed', async () => {
  const user = await open();

  await type(user, 'Hub address', '10.0.0.5:5010');

  await waitFor(() => expect(changes()).toEqual([{ hubUrl: 'http://10.0.0.5:5010' }]));
});

test('Enter keeps what was typed, and a second time changes nothing', async () => {
  const user = await open();

  await user.clear(field('Proxy'));
  await user.type(field('Proxy'), 'socks5://localhost:1080{Enter}{Enter}');
  await user.tab();

  await waitFor(() => expect(changes()).toEqual([{ proxy: 'socks5://localhost:1080' }]));
});

test.each([
  ['Hub address', 'ftp://hub', 'This is not a hub address.'],
  ['Address of ThinQ Connect', 'http://lg', 'This address cannot stand in place of LG'],
  ['Callback address', 'http://x', 'This is not a callback address.'],
  ['Proxy', 'gopher://x', 'This proxy address is not understood.'],
])('%s: %j is refused beside the field', async (name, typed, words) => {
  const user = await open();

  await type(user, name, typed);

  await waitFor(() => expect(field(name).getAttribute('aria-invalid')).toBe('true'));
  expect(descriptionOf(field(name))).toContain(words);
  expect(field(name).value).toBe(typed);
  expect(changes()).toEqual([]);
});

test('what the resident program refuses stands beside the field as it was typed', async () => {
  const user = await open();
  backend.failing.set('settingsChange', { code: 'invalidProxy' });

  await type(user, 'Proxy', 'http://me:secret@proxy');

  await waitFor(() =>
    expect(descriptionOf(field('Proxy'))).toContain('proxy address is not understood'),
  );
  expect(field('Proxy').value).toBe('http://me:secret@proxy');

  backend.failing.clear();
  await type(user, 'Proxy', 'http://proxy:3128');
  await waitFor(() => expect(field('Proxy').getAttribute('aria-invalid')).toBeNull());
});

test('a setting that cannot be kept goes back, with the reason', async () => {
  const user = await open();
  backend.failing.set('settingsChange', { code: 'settingsBroken' });

  await user.selectOptions(screen.getByLabelText('Log'), 'In detail');

  expect((await screen.findByRole('alert')).textContent).toContain('cannot be read');
  expect(screen.getByLabelText<HTMLSelectElement>('Log').value).toBe('info');
});

test('keeping events for a shorter time asks first', async () => {
  const user = await open();

  await user.selectOptions(screen.getByLabelText('Finished'), '30 days');
  await screen.findByRole('alertdialog', { name: 'Delete older events?' });
  expect(changes()).toEqual([]);

  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  expect(changes()).toEqual([]);

  await user.selectOptions(screen.getByLabelText('Finished'), '30 days');
  await user.click(await screen.findByRole('button', { name: 'Delete older events' }));
  await waitFor(() =>
    expect(changes()).toEqual([{ retention: [{ category: 'finished', days: 30 }] }]),
  );
});

test('what an environment variable decides cannot be changed, and says so', async () => {
  backend.kept.settings = exampleSettings({ fixed: ['hub_url', 'language'] });
  await open();

  expect(field('Hub address').disabled).toBe(true);
  expect(descriptionOf(field('Hub address'))).toContain('THINQ_TRAY_HUB_URL');
  expect(screen.getByLabelText<HTMLSelectElement>('Language').disabled).toBe(true);
});

test('values of the file that make no sense are named', async () => {
  backend.kept.settings = exampleSettings({ invalid: [{ key: 'log', found: 'loud' }] });
  await open();

  expect(screen.getByText('log: loud')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /aside/u })).toBeNull();
});

test('a file that is broken as a whole can be put aside', async () => {
  backend.kept.settings = exampleSettings({ invalid: [{ key: '', found: 'line 3' }] });
  const user = await open();

  await user.click(screen.getByRole('button', { name: 'Put it aside and begin a new one' }));

  await waitFor(() => expect(screen.queryByText('line 3')).toBeNull());
  expect(backend.requests('settingsSetAside')).toHaveLength(1);
});

test('what is changed elsewhere is shown', async () => {
  await open();

  backend.tell({ told: 'settingsChanged', settings: exampleSettings({ proxy: 'http://proxy' }) });

  await waitFor(() => expect(field('Proxy').value).toBe('http://proxy'));
});

test('whoever is signed in can sign out, and in again', async () => {
  const user = await open();
  expect(screen.getByText('LG ThinQ · South Korea')).toBeTruthy();

  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  await screen.findByText('You are not signed in.');

  await user.click(screen.getByRole('button', { name: 'Sign in…' }));
  expect(session.isSignInOpen).toBe(true);
});

test('of a hub the account is named, and its address is at hand', async () => {
  session.status = exampleStatus({ provider: 'hub', country: null, account: 'm…@example.com' });
  await open();

  expect(screen.getByText('DAMDA hub · m…@example.com')).toBeTruthy();
  expect(field('Hub address').closest('details')?.open).toBe(true);
});

test('the ID of the installation can be copied and not changed', async () => {
  const user = await open();
  const { clientId } = backend.kept.settings;
  const shown = screen.getByText(clientId);

  await user.click(screen.getByRole('button', { name: 'Copy', description: clientId }));

  await screen.findByText('Copied');
  expect(await navigator.clipboard.readText()).toBe(clientId);
  expect(shown.tagName).toBe('CODE');
});

test('before the first sign-in there is no ID', async () => {
  backend.kept.settings = exampleSettings({ clientId: '' });
  await open();

  expect(screen.queryByText('ID of this installation')).toBeNull();
});

test('it says which version this is and that it is not LG’s', async () => {
  session.status = exampleStatus({ version: '1.2.3' });
  await open();

  expect(screen.getByText('ThinQ Tray 1.2.3')).toBeTruthy();
  expect(screen.getByText(/Not made by LG/u)).toBeTruthy();
});

test('settings that cannot be read say why and can be tried again', async () => {
  backend.failing.set('settings', { code: 'notRunning' });
  render(SettingsView, { session, present });
  const again = await screen.findByRole('button', { name: 'Try again' });

  backend.failing.clear();
  await userEvent.setup().click(again);

  expect(await screen.findByLabelText('Hub address')).toBeTruthy();
});

test('the settings are there in Korean', async () => {
  void wording.speak('ko');
  render(SettingsView, { session, present });

  expect(await screen.findByLabelText('허브 주소')).toBeTruthy();
});
