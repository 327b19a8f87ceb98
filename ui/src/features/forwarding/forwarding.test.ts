import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';

import { Session } from '$lib/session.svelte';

import { FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleState, exampleTarget } from '../../testing/fakeForwarding';
import { CATEGORIES } from '../rules/rules';

import {
  choosesNothing,
  emptyForm,
  errorsBefore,
  fieldOf,
  formOf,
  hoursOffered,
  isPlain,
  placeOf,
  targetOf,
  toggled,
  withDevice,
} from './forwarding';
import ForwardingCard from './ForwardingCard.svelte';

describe('a form', () => {
  test.each([
    exampleTarget(),
    exampleTarget({ categories: null, severities: [], devices: ['a'] }),
    exampleTarget({
      kind: 'mqtt',
      url: 'mqtt://broker.local',
      user: 'me',
      topic: 'home',
      isHomeAssistant: false,
      allowsPlain: true,
    }),
    exampleTarget({ kind: 'webhook', url: 'https://a.example/?b', signing: 'hmac' }),
    exampleTarget({ kind: 'command', program: '/bin/say', arguments: ['-v', '', 'two\nlines'] }),
  ])('of $kind is the target again', (target) => {
    const again = targetOf(formOf(target));

    expect(target).toMatchObject(again);
    expect(formOf(again)).toEqual(formOf(target));
  });

  test('of a new target leaves out what changes all day', () => {
    const target = targetOf(emptyForm());

    expect(target.categories).toEqual(CATEGORIES.filter((category) => category !== 'status'));
    expect(target.severities).toBeNull();
    expect(target.devices).toBeNull();
  });

  test('that chooses everything chooses what is added later, too', () => {
    const all = { ...emptyForm(), categories: CATEGORIES };

    expect(targetOf(all).categories).toBeNull();
    expect(targetOf({ ...all, categories: [] }).categories).toEqual([]);
    expect(choosesNothing({ ...all, categories: [] })).toBe(true);
    expect(choosesNothing({ ...all, devices: [] })).toBe(true);
    expect(choosesNothing(all)).toBe(false);
  });

  test('keeps the appliances that are gone', () => {
    const form = { ...emptyForm(), devices: ['gone', 'a'] };

    expect(withDevice(form, ['a', 'b'], 'b', true)).toEqual(['gone', 'a', 'b']);
    expect(withDevice(emptyForm(), ['a', 'b'], 'b', false)).toEqual(['a']);
    expect(withDevice({ ...emptyForm(), devices: ['a'] }, ['a', 'b'], 'b', true)).toBeNull();
    expect(toggled(['a'], 'a', false)).toEqual([]);
  });

  test('permits no encryption only where there is none', () => {
    const form = { ...emptyForm(), url: 'https://a.example/b', allowsPlain: true };

    expect(targetOf(form)).toMatchObject({ allowsPlain: false });
    expect(targetOf({ ...form, url: 'http://a.example/b' })).toMatchObject({ allowsPlain: true });
    expect([isPlain(' HTTP://a'), isPlain('mqtt://a'), isPlain('mqtts://a')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('says what is missing beside its field', () => {
    const form = { ...emptyForm(), hasToken: true };

    expect(errorsBefore(form, false)).toEqual({
      name: 'targetName',
      url: 'invalidTarget',
      secret: 'targetSecretMissing',
    });
    const command = { ...form, kind: 'command' as const, name: 'a' };
    expect(errorsBefore(command, false)).toEqual({ program: 'invalidTarget' });
    const kept = { ...form, name: 'a', url: 'https://a.example/b' };
    expect(errorsBefore(kept, true)).toEqual({});
    expect(fieldOf('targetPlain', 'mqtt')).toBe('url');
    expect(fieldOf('commandMissing', 'command')).toBe('program');
    expect(fieldOf('targetUnreachable', 'mqtt')).toBeNull();
  });

  test('shows the host of an address and not its secret path', () => {
    expect(placeOf(exampleTarget())).toBe('ntfy.example.com');
    const broker = exampleTarget({ kind: 'mqtt', url: 'mqtts://broker.local:8884' });
    expect(placeOf(broker)).toBe('broker.local:8884');
  });

  test('offers a time that was set in the file', () => {
    expect(hoursOffered(5)).toEqual([1, 5, 6, 24, 72, 168]);
  });
});

describe('the card', () => {
  let backend: FakeBackend;

  beforeEach(() => {
    backend = new FakeBackend();
  });

  function open() {
    const session = new Session(backend);
    session.status = backend.status;
    const present = { nowMs: NOW_MS, timeZone: 'UTC' };
    render(ForwardingCard, { session, present, isWanted: false });
    return userEvent.setup();
  }

  async function addPhone(user: ReturnType<typeof open>) {
    await user.click(await screen.findByRole('button', { name: 'Add target' }));
    await user.type(screen.getByLabelText('Name'), 'Phone');
    await user.type(screen.getByLabelText('Address'), 'https://ntfy.example.com/topic');
  }

  const save = () => screen.getByRole('button', { name: 'Save' });

  test('adds a target with its secret, which is shown nowhere', async () => {
    const user = open();
    await addPhone(user);
    await user.click(screen.getByRole('switch', { name: 'Send an access token' }));
    await user.click(save());
    const secret = screen.getByLabelText('Access token');
    expect(secret.getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(secret);

    await user.type(secret, 't0ken');
    await user.click(save());

    await screen.findByRole('switch', { name: 'Phone' });
    expect(backend.forwarding.secrets.get('Phone')).toBe('t0ken');
    expect(document.body.innerHTML).not.toContain('t0ken');
    expect(document.body.textContent).toContain('ntfy.example.com');
    expect(document.body.textContent).not.toContain('/topic');
  });

  test('keeps the secret of a target that is edited', async () => {
    backend.forwarding.states = [exampleState()];
    const user = open();
    await user.click(await screen.findByRole('button', { name: 'Edit “Phone”' }));
    await user.click(screen.getByRole('checkbox', { name: 'Maintenance' }));
    await user.click(save());

    await waitFor(() => expect(backend.requests('forwardSave')).toHaveLength(1));
    const [request] = backend.requests('forwardSave');
    expect(request?.secret).toBeUndefined();
    expect(request?.isNew).toBe(false);
    expect(request?.target.categories).toContain('maintenance');
  });

  test('says at the field why a target is refused', async () => {
    backend.failing.set('forwardSave', { code: 'targetName' });
    const user = open();
    await addPhone(user);
    await user.click(save());

    const name = screen.getByLabelText('Name');
    await waitFor(() => expect(name.getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByRole('dialog')).toBeTruthy();
  });

  test('tests a form before it is saved, and says what was answered', async () => {
    const user = open();
    await addPhone(user);
    await user.click(screen.getByRole('button', { name: 'Send a test' }));

    await screen.findByText('HTTP 200: thank you');
    expect(backend.requests('forwardSave')).toEqual([]);
  });

  test('tests a target, and shows the failure with the answer as text', async () => {
    backend.forwarding.states = [exampleState()];
    backend.forwarding.test = {
      answer: 'forwardTest',
      said: '',
      failure: { problem: { code: 'targetFailed' }, detail: 'HTTP 500: <b>no</b>' },
    };
    const user = open();
    await user.click(await screen.findByRole('button', { name: 'Test “Phone”' }));

    await screen.findByText('HTTP 500: <b>no</b>');
    await screen.findByText('The target answered with an error.');
  });

  test('removes a target only when that is confirmed, and says what is lost', async () => {
    backend.forwarding.states = [exampleState({ waiting: 2 })];
    const user = open();
    const remove = await screen.findByRole('button', { name: 'Remove “Phone”' });
    await user.click(remove);
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog.textContent).toContain('2 events that wait for it');
    await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    expect(backend.requests('forwardRemove')).toEqual([]);

    await user.click(remove);
    const again = await screen.findByRole('alertdialog');
    await user.click(within(again).getByRole('button', { name: 'Remove' }));

    await screen.findByText('Nothing is forwarded');
  });

  test('switches a target off', async () => {
    backend.forwarding.states = [exampleState()];
    const user = open();
    const phone = await screen.findByRole('switch', { name: 'Phone' });
    await user.click(phone);

    await waitFor(() => expect(phone.getAttribute('aria-checked')).toBe('false'));
    expect(backend.forwarding.states[0]?.target.isOn).toBe(false);
  });

  test('asks before a changed form is closed', async () => {
    const user = open();
    await addPhone(user);
    await user.keyboard('{Escape}');
    const question = await screen.findByRole('alertdialog');
    await user.click(within(question).getByRole('button', { name: 'Cancel' }));
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('Phone');

    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    await user.click(
      within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Discard' }),
    );

    await waitFor(() => expect(screen.queryByLabelText('Name')).toBeNull());
  });

  test('shows what changed elsewhere, and a failed read with a way on', async () => {
    backend.failing.set('forwarding', { code: 'notRunning' });
    const user = open();
    const again = await screen.findByRole('button', { name: 'Try again' });
    backend.failing.delete('forwarding');
    await user.click(again);
    await screen.findByText('Nothing is forwarded');

    backend.forwarding.states = [
      exampleState({ waiting: 1, failure: { problem: { code: 'targetTimedOut' }, detail: '' } }),
    ];
    backend.tell({ told: 'forwardingChanged' });

    await screen.findByText(/1 event waits/u);
    await screen.findByText('The target did not answer in time.');
  });
});
