import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { exampleDefaults, FakeBackend } from '../../testing/fakeBackend';

import SignInDialog from './SignInDialog.svelte';

let backend: FakeBackend;
const onsignedin = vi.fn();
const onclose = vi.fn();

beforeEach(() => {
  backend = new FakeBackend();
  onsignedin.mockClear();
  onclose.mockClear();
});

async function open(demo: { account: string; password: string } | null = null) {
  render(SignInDialog, { backend, demo, onsignedin, onclose });
  await screen.findByLabelText('Hub address');
  return userEvent.setup();
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
  const user = await open();
  await fillIn(user);

  await user.click(submit());

  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(backend.requests('signIn')[0]?.form).toEqual({
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
  const user = await open();
  await fillIn(user);
  backend.failing.set('signIn', { code });

  await user.click(submit());

  await waitFor(() => expect(field(label).getAttribute('aria-invalid')).toBe('true'));
  expect(descriptionOf(field(label))).toContain(words);
  expect(document.activeElement).toBe(field(label));
  expect(onsignedin).not.toHaveBeenCalled();
});

test('a problem of no field is said above the button', async () => {
  const user = await open();
  await fillIn(user);
  backend.failing.set('signIn', { code: 'terms' });

  await user.click(submit());

  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('Open the ThinQ app');
});

test('empty fields are said without asking LG, until they are filled in', async () => {
  const user = await open();

  await user.click(submit());

  expect(descriptionOf(field('LG account'))).toContain('The LG account is empty.');
  expect(descriptionOf(field('Password'))).toContain('The password is empty.');
  expect(document.activeElement).toBe(field('LG account'));
  expect(backend.requests('signIn')).toEqual([]);

  await user.keyboard('me');
  expect(descriptionOf(field('LG account'))).not.toContain('empty');
});

test('while LG is asked the button says so and nothing is asked twice', async () => {
  const user = await open();
  await fillIn(user);
  backend.silent.add('signIn');

  await user.click(submit());
  await user.click(await screen.findByRole('button', { name: 'Signing in…' }));

  expect(backend.requests('signIn')).toHaveLength(1);
});

test('closing while LG is asked stops waiting', async () => {
  const user = await open();
  await fillIn(user);
  backend.silent.add('signIn');
  await user.click(submit());

  await user.keyboard('{Escape}');

  expect(onclose).toHaveBeenCalledOnce();
});

test('an address that others can read along is warned of, in the terms of the password', async () => {
  backend.defaults = exampleDefaults({ hubUrl: 'http://hub.example.com:5010' });
  const user = await open();

  expect(descriptionOf(field('Hub address'))).toContain('a hash of your password');

  await user.click(field('As plain text'));
  expect(descriptionOf(field('Hub address'))).toContain('your account, your password');
});

test('the password can be looked at', async () => {
  const user = await open();

  await user.click(screen.getByRole('button', { name: 'Show password' }));

  expect(field('Password').getAttribute('type')).toBe('text');
});

test('a kept secret is not shown, but said', async () => {
  backend.defaults = exampleDefaults({ hasEmpClientSecret: true });
  await open();

  expect(field('EMP client secret').getAttribute('placeholder')).toContain('Kept');
  expect((field('EMP client secret') as HTMLInputElement).value).toBe('');
});

test('in the demo everything is filled in and one key signs in', async () => {
  const user = await open({ account: 'home@example.com', password: 'laundry-day' });
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

  expect(await screen.findByLabelText('Hub address')).toBeTruthy();
});
