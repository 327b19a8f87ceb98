import { createRawSnippet } from 'svelte';

import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import Chip from './Chip.svelte';
import ConfirmDialog from './ConfirmDialog.svelte';
import ProgressBar from './ProgressBar.svelte';
import Select from './Select.svelte';
import Switch from './Switch.svelte';
import Tabs from './Tabs.svelte';

const words = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

test('a switch says what it is and leaves the decision to the caller', async () => {
  const onchange = vi.fn();
  render(Switch, { id: 'quiet', label: 'Quiet hours', hint: 'At night', isOn: false, onchange });
  const user = userEvent.setup();

  const control = screen.getByRole('switch', { name: 'Quiet hours', description: 'At night' });
  await user.click(screen.getByText('Quiet hours'));
  control.focus();
  await user.keyboard(' ');

  expect(onchange.mock.calls).toEqual([[true], [true]]);
  expect(control.getAttribute('aria-checked')).toBe('false');
});

test('a list shows what the caller has taken', async () => {
  const onchange = vi.fn();
  const options = [
    { value: 'show', label: 'Show' },
    { value: 'ignore', label: 'Ignore' },
  ] as const;
  const { rerender } = render(Select, {
    id: 'rule',
    label: 'Rule',
    value: 'show',
    options,
    onchange,
  });
  const user = userEvent.setup();
  const list = screen.getByRole<HTMLSelectElement>('combobox', { name: 'Rule' });

  await user.selectOptions(list, 'Ignore');
  expect(onchange).toHaveBeenCalledWith('ignore');
  expect(list.value).toBe('show');

  await rerender({ value: 'ignore' });
  expect(list.value).toBe('ignore');
});

test('a confirmation is asked for, and Escape changes nothing', async () => {
  const opener = document.body.appendChild(document.createElement('button'));
  opener.focus();
  const onconfirm = vi.fn();
  const oncancel = vi.fn();
  const { unmount } = render(ConfirmDialog, {
    title: 'Start?',
    description: 'The washer starts.',
    confirm: 'Start',
    onconfirm,
    oncancel,
  });
  const user = userEvent.setup();

  await screen.findByRole('alertdialog', { name: 'Start?', description: 'The washer starts.' });
  await user.keyboard('{Escape}');
  expect(oncancel).toHaveBeenCalledOnce();
  expect(onconfirm).not.toHaveBeenCalled();

  await user.click(screen.getByRole('button', { name: 'Start' }));
  expect(onconfirm).toHaveBeenCalledOnce();

  unmount();
  await waitFor(() => expect(document.activeElement).toBe(opener));
});

test('progress is read out with its own words, and says nothing exact when nobody knows', async () => {
  const { rerender } = render(ProgressBar, { label: 'Washer', percent: 41.6, valueText: '23 min' });
  const bar = screen.getByRole('progressbar', { name: 'Washer' });

  expect(bar.getAttribute('aria-valuenow')).toBe('42');
  expect(bar.getAttribute('aria-valuetext')).toBe('23 min');

  await rerender({ percent: null });
  expect(bar.hasAttribute('aria-valuenow')).toBe(false);
});

test('a chip with something to do is pressed or not', async () => {
  const onclick = vi.fn();
  render(Chip, { isPressed: true, onclick, children: words('Unread') });

  await userEvent.setup().click(screen.getByRole('button', { name: 'Unread', pressed: true }));

  expect(onclick).toHaveBeenCalledOnce();
});

test('arrow keys go from tab to tab', async () => {
  const onchange = vi.fn();
  render(Tabs, {
    label: 'Sides',
    tabs: [
      { value: 'list', label: 'List' },
      { value: 'overview', label: 'Overview' },
    ],
    value: 'list',
    onchange,
    panel: words('Panel'),
  });
  const user = userEvent.setup();

  screen.getByRole('tab', { name: 'List', selected: true }).focus();
  await user.keyboard('{ArrowRight}');

  expect(onchange).toHaveBeenCalledWith('overview');
  expect(screen.getByRole('tabpanel', { name: 'List' }).textContent).toContain('Panel');
});
