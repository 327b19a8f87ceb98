import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import type { Demo } from '../../lib/contract/Demo';
import {
  exampleDefaults,
  exampleDemo,
  exampleHubDefaults,
  FakeBackend,
} from '../../testing/fakeBackend';

import { wording } from '../../lib/wording.svelte';

import { SignIn } from './signIn.svelte';
import SignInDialog from './SignInDialog.svelte';

let backend: FakeBackend;
const onsignedin = vi.fn();
const onclose = vi.fn();

beforeEach(() => {
  backend = new FakeBackend();
  onsignedin.mockClear();
  onclose.mockClear();
});

async function open(demo: Demo | null = null) {
  render(SignInDialog, { backend, demo, onsignedin, onclose });
  await screen.findByLabelText('Personal access token');
  return userEvent.setup();
}

/** Chooses the hub. */
async function openHub(demo: Demo | null = null) {
  const user = await open(demo);
  await user.click(screen.getByRole('radio', { name: /^DAMDA hub/u }));
  return user;
}

async function fillIn(user: ReturnType<typeof userEvent.setup>) {
  await user.type(screen.getByLabelText('LG account'), 'me@example.com');
  await user.type(screen.getByLabelText('Password'), 'secret');
}

const submit = () => screen.getByRole('button', { name: 'Sign in' });
const field = (name: string) => screen.getByLabelText(name);

/** Accessible description of the field. */
function descriptionOf(element: HTMLElement): string {
  const ids = element.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
}

test('what was typed is sent, and the new status is handed on', async () => {
  const user = await openHub();
  await fillIn(user);

  await user.click(submit());

  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(backend.requests('signIn')[0]?.form).toEqual({
    provider: 'hub',
    hubUrl: 'http://192.168.0.10:5010',
    callbackUrl: 'wss://callback.example.com/websocket',
    account: 'me@example.com',
    password: 'secret',
    passwordForm: 'sha512',
    empClientId: '',
    connectClientId: '',
  });
});

test.each([
  ['wrongSignIn', 'Password', 'The LG account or the password is not right.'],
  ['accountLocked', 'Password', 'LG has locked this account.'],
  ['hubUnreachable', 'Hub address', 'The hub cannot be reached.'],
  ['invalidCallbackAddress', 'Callback address', 'This is not a callback address.'],
  ['keysRefused', 'EMP client ID', 'LG does not accept the client keys.'],
] as const)('%s is said beside “%s”, which takes the focus', async (code, label, words) => {
  const user = await openHub();
  await fillIn(user);
  backend.failing.set('signIn', { code });

  await user.click(submit());

  await waitFor(() => expect(field(label).getAttribute('aria-invalid')).toBe('true'));
  expect(descriptionOf(field(label))).toContain(words);
  expect(document.activeElement).toBe(field(label));
  expect(onsignedin).not.toHaveBeenCalled();
});

test('a problem of no field is said above the button', async () => {
  const user = await openHub();
  await fillIn(user);
  backend.failing.set('signIn', { code: 'terms' });

  await user.click(submit());

  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('Open the ThinQ app');
});

test('empty fields are said without asking LG, until they are filled in', async () => {
  const user = await openHub();

  await user.click(submit());

  expect(descriptionOf(field('LG account'))).toContain('The LG account is empty.');
  expect(descriptionOf(field('Password'))).toContain('The password is empty.');
  expect(document.activeElement).toBe(field('LG account'));
  expect(backend.requests('signIn')).toEqual([]);

  await user.keyboard('me');
  expect(descriptionOf(field('LG account'))).not.toContain('empty');
});

test('while LG is asked the button says so and nothing is asked twice', async () => {
  const user = await openHub();
  await fillIn(user);
  backend.silent.add('signIn');

  await user.click(submit());
  await user.click(await screen.findByRole('button', { name: 'Signing in…' }));

  expect(backend.requests('signIn')).toHaveLength(1);
});

test('closing while LG is asked stops waiting', async () => {
  const user = await openHub();
  await fillIn(user);
  backend.silent.add('signIn');
  await user.click(submit());

  await user.keyboard('{Escape}');

  expect(onclose).toHaveBeenCalledOnce();
});

test('an address that others can read along is warned of, in the terms of the password', async () => {
  backend.defaults = exampleDefaults({
    hub: exampleHubDefaults({ hubUrl: 'http://hub.example.com:5010' }),
  });
  const user = await openHub();

  expect(descriptionOf(field('Hub address'))).toContain('a hash of your password');

  await user.click(field('As plain text'));
  expect(descriptionOf(field('Hub address'))).toContain('your account, your password');
});

test('the password can be looked at', async () => {
  const user = await openHub();

  await user.click(screen.getByRole('button', { name: 'Show password' }));

  expect(field('Password').getAttribute('type')).toBe('text');
});

test('a kept secret is not shown, but said', async () => {
  backend.defaults = exampleDefaults({ hub: exampleHubDefaults({ hasEmpClientSecret: true }) });
  await openHub();

  expect(field('EMP client secret').getAttribute('placeholder')).toContain('Kept');
  expect((field('EMP client secret') as HTMLInputElement).value).toBe('');
});

test('in the demo everything is filled in and one key signs in', async () => {
  const user = await open(exampleDemo());
  await waitFor(() => expect(document.activeElement).toBe(submit()));

  await user.keyboard('{Enter}');

  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(screen.getByRole('dialog').textContent).toContain('simulated home');
});

test('without the resident program the dialog says so and can try again', async () => {
  backend.linkState = 'lost';
  render(SignInDialog, { backend, demo: null, onsignedin, onclose });
  const again = await screen.findByRole('button', { name: 'Try again' });

  backend.linkState = 'connected';
  await userEvent.click(again);

  expect(await screen.findByLabelText('Personal access token')).toBeTruthy();
});

const TOKEN = 'Personal access token';
const COUNTRY = 'Country of your LG account';

const country = () => screen.getByRole<HTMLInputElement>('combobox', { name: COUNTRY });
// Without a layout the list is never placed, and so stays invisible.
const options = () =>
  screen.queryAllByRole('option', { hidden: true }).map((option) => option.textContent.trim());

test('the way for everybody comes first and is chosen, the hub is one step away', async () => {
  await open();

  const [first, second] = screen.getAllByRole<HTMLInputElement>('radio');
  expect(first?.value).toBe('connect');
  expect(first?.checked).toBe(true);
  expect(second?.value).toBe('hub');
  expect(screen.getAllByRole('listitem')).toHaveLength(3);
  expect(screen.getByText(/personal, non-commercial use/u)).toBeTruthy();
});

test('after a sign-in through a hub, the hub is chosen', async () => {
  backend.defaults = exampleDefaults({ provider: 'hub' });
  render(SignInDialog, { backend, demo: null, onsignedin, onclose });

  const account = await screen.findByLabelText('LG account');
  await waitFor(() => expect(document.activeElement).toBe(account));
});

test('a pasted token is sent with the country, without what surrounds it', async () => {
  const user = await open();
  await user.click(field(TOKEN));
  await user.paste('  thinqpat_abc123 \r\n');
  expect((field(TOKEN) as HTMLInputElement).value).toBe('thinqpat_abc123');

  await user.click(submit());

  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(backend.requests('signIn')[0]?.form).toEqual({
    provider: 'connect',
    token: 'thinqpat_abc123',
    country: 'KR',
  });
});

test('the token is hidden until it is looked at', async () => {
  const user = await open();
  expect(field(TOKEN).getAttribute('type')).toBe('password');

  await user.click(screen.getByRole('button', { name: 'Show token' }));
  expect(field(TOKEN).getAttribute('type')).toBe('text');

  await user.click(screen.getByRole('button', { name: 'Hide token' }));
  expect(field(TOKEN).getAttribute('type')).toBe('password');
});

test.each([
  [{ code: 'personalTokenRefused' }, TOKEN, 'LG does not accept the personal access token.'],
  [{ code: 'invalidToken' }, TOKEN, 'This is not a personal access token.'],
  [
    { code: 'featureMissing', feature: 'devices' },
    TOKEN,
    'does not allow this: list of appliances',
  ],
  [{ code: 'countryRefused' }, COUNTRY, 'LG does not know this account in this country.'],
  [{ code: 'invalidCountry' }, COUNTRY, 'No country that LG serves is chosen.'],
] as const)('%j is said beside “%s”, which takes the focus', async (problem, label, words) => {
  const user = await open();
  await user.type(field(TOKEN), 'abc');
  backend.failing.set('signIn', problem);

  await user.click(submit());

  await waitFor(() => expect(field(label).getAttribute('aria-invalid')).toBe('true'));
  expect(descriptionOf(field(label))).toContain(words);
  expect(document.activeElement).toBe(field(label));
  expect(backend.requests('signIn')).toHaveLength(1);
});

test.each(['connectUnreachable', 'connectTimedOut', 'connectUnknown', 'tooManyCalls'] as const)(
  '%s is said above the button',
  async (code) => {
    const user = await open();
    await user.type(field(TOKEN), 'abc');
    backend.failing.set('signIn', { code });

    await user.click(submit());

    expect((await screen.findByRole('alert')).textContent).not.toBe('');
    expect(document.activeElement).toBe(submit());
  },
);

test('a token and a country that are missing are said without asking LG', async () => {
  backend.defaults = exampleDefaults({ country: '' });
  const user = await open();

  await user.click(submit());

  expect(descriptionOf(field(TOKEN))).toContain('The personal access token is empty.');
  expect(descriptionOf(country())).toContain('No country that LG serves is chosen.');
  expect(document.activeElement).toBe(field(TOKEN));
  expect(backend.requests('signIn')).toEqual([]);
});

test('a switch between the providers keeps what was typed, and closing forgets it', async () => {
  const user = await open();
  await user.type(field(TOKEN), 'abc');
  await user.click(screen.getByRole('radio', { name: /^DAMDA hub/u }));
  await user.type(field('Password'), 'secret');

  await user.click(screen.getByRole('radio', { name: /^LG ThinQ/u }));
  expect((field(TOKEN) as HTMLInputElement).value).toBe('abc');
  await user.click(screen.getByRole('radio', { name: /^DAMDA hub/u }));
  expect((field('Password') as HTMLInputElement).value).toBe('secret');
});

test('closing clears the secrets of both providers', async () => {
  const signIn = new SignIn(backend, exampleDemo());
  await signIn.load();
  expect(signIn.fields.connect.token).toBe(exampleDemo().token);

  signIn.close();

  expect(signIn.fields.connect.token).toBe('');
  expect(signIn.fields.hub.password).toBe('');
});

test('an error of one provider does not stand at the other', async () => {
  const user = await open();
  await user.click(submit());
  expect(descriptionOf(field(TOKEN))).toContain('The personal access token is empty.');

  await user.click(screen.getByRole('radio', { name: /^DAMDA hub/u }));
  await user.click(screen.getByRole('radio', { name: /^LG ThinQ/u }));

  expect(descriptionOf(field(TOKEN))).not.toContain('empty');
});

test('LG’s page is opened by the resident program, and the token comes next', async () => {
  const user = await open();
  const button = screen.getByRole('button', { name: "Open LG's token page" });
  await waitFor(() => expect(document.activeElement).toBe(button));

  await user.keyboard('{Enter}');

  await waitFor(() => expect(document.activeElement).toBe(field(TOKEN)));
  expect(backend.requests('tokenPageOpen')).toHaveLength(1);
  expect(screen.getByText('Opened in your browser')).toBeTruthy();
});

test('where no browser opens, the address can be copied', async () => {
  const user = await open();
  backend.failing.set('tokenPageOpen', { code: 'browserMissing' });

  await user.click(screen.getByRole('button', { name: "Open LG's token page" }));

  expect((await screen.findByRole('alert')).textContent).toContain('No browser could be opened.');
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  await screen.findByText('Copied');
  expect(await navigator.clipboard.readText()).toBe('https://connect-pat.lgthinq.com');
});

test('the country of the system is chosen and shown by its name', async () => {
  await open();

  expect(country().value).toBe('South Korea');
  expect(country().getAttribute('aria-expanded')).toBe('false');
});

test.each([
  ['germ', 'Germany'],
  ['de', 'Germany'],
  ['UK', 'United Kingdom'],
  ['cote', 'Côte d’Ivoire'],
  ['zealand', 'New Zealand'],
])('searched for %j, %s is the first that is found, and Enter takes it', async (typed, name) => {
  const user = await open();
  await user.clear(country());

  await user.type(country(), typed);
  await waitFor(() => expect(options()[0]).toBe(name));
  expect(country().getAttribute('aria-expanded')).toBe('true');
  await user.keyboard('{Enter}');

  expect(country().value).toBe(name);
  expect(country().getAttribute('aria-expanded')).toBe('false');
  expect(backend.requests('signIn')).toEqual([]);
});

test('the list is walked with the arrow keys and told to screen readers', async () => {
  const user = await open();
  await user.click(country());
  await waitFor(() => expect(options().length).toBe(backend.defaults.countries.length));

  await user.keyboard('{ArrowDown}');
  const active = country().getAttribute('aria-activedescendant') ?? '';
  expect(document.getElementById(active)?.textContent).toContain('Spain');
  await user.keyboard('{Enter}');

  expect(country().value).toBe('Spain');
});

test('what no country is called is said, and is not sent', async () => {
  const user = await open();
  await user.type(field(TOKEN), 'abc');
  await user.clear(country());
  await user.type(country(), 'Atlantis');

  expect(screen.getAllByText(/no country named “Atlantis”/u).length).toBeGreaterThan(0);
  expect(options()).toEqual([]);
  await user.click(submit());

  expect(descriptionOf(country())).toContain('No country that LG serves is chosen.');
  expect(backend.requests('signIn')).toEqual([]);
});

test('leaving the field takes the only country that was found', async () => {
  const user = await open();
  await user.type(field(TOKEN), 'abc');
  await user.clear(country());
  await user.type(country(), 'kazakh');
  await user.tab();

  expect(country().value).toBe('Kazakhstan');
  await user.click(submit());
  await waitFor(() => expect(backend.requests('signIn')[0]?.form).toMatchObject({ country: 'KZ' }));
});

test('Escape closes the list and not the dialog', async () => {
  const user = await open();
  await user.click(country());
  await waitFor(() => expect(options()).not.toEqual([]));

  await user.keyboard('{Escape}');
  await waitFor(() => expect(options()).toEqual([]));
  expect(onclose).not.toHaveBeenCalled();

  await user.keyboard('{Escape}');
  expect(onclose).toHaveBeenCalledOnce();
});

test('in Korean the countries have Korean names and are found by English ones', async () => {
  await wording.speak('ko');
  render(SignInDialog, { backend, demo: null, onsignedin, onclose });
  const list = await screen.findByRole<HTMLInputElement>('combobox', { name: 'LG 계정의 국가' });
  const user = userEvent.setup();
  expect(list.value).toBe('대한민국');

  await user.clear(list);
  await user.type(list, 'germany');
  await waitFor(() => expect(options()).toEqual(['독일']));
  await user.clear(list);
  await user.type(list, '오스트레');
  await waitFor(() => expect(options()).toEqual(['오스트레일리아']));
});
