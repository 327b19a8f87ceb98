import { describe, expect, test } from 'vitest';

import type { Category } from '$lib/contract/Category';
import type { Rule } from '$lib/contract/Rule';
import type { Treatment } from '$lib/contract/Treatment';

import { exampleRules } from '../../testing/fakeSettings';

import { isEndless, isOverMidnight, minuteOf, stepped, timeFrom, withWeekday } from './quietHours';
import {
  changesOf,
  choiceOf,
  differsFromDefault,
  inheritedBy,
  isChanged,
  isMuted,
  mutedUntilMs,
  strangersOf,
  treatmentOf,
  withChoice,
  withMuted,
  withoutDevice,
  withoutKind,
  withoutMute,
  withTreatment,
  type Scope,
} from './rules';

const WASHER = 'washer-1';

function rule(treatment: Treatment, scope: Partial<Scope>): Rule {
  return { deviceId: null, category: null, severity: null, treatment, ...scope };
}

describe('the most exact rule counts', () => {
  const rules = exampleRules({
    rules: [
      rule('showSilently', {}),
      rule('ignore', { severity: 'info' }),
      rule('historyOnly', { category: 'finished' }),
      rule('show', { category: 'finished', severity: 'error' }),
      rule('ignore', { deviceId: WASHER }),
      rule('show', { deviceId: WASHER, category: 'failed' }),
    ],
  });

  test.each([
    ['fridge-1', 'failed', 'error', 'showSilently'],
    ['fridge-1', 'failed', 'info', 'ignore'],
    ['fridge-1', 'finished', 'info', 'historyOnly'],
    ['fridge-1', 'finished', 'error', 'show'],
    [WASHER, 'finished', 'error', 'ignore'],
    [WASHER, 'failed', 'error', 'show'],
  ] as const)('%s, %s, %s: %s', (deviceId, category, severity, expected) => {
    expect(treatmentOf(rules, { deviceId, category, severity })).toBe(expected);
  });

  test('without a rule the default counts', () => {
    const scope = { deviceId: WASHER, category: 'status' } as const;

    expect(treatmentOf(exampleRules(), { ...scope, severity: 'info' })).toBe('historyOnly');
    expect(treatmentOf(exampleRules(), { ...scope, severity: 'attention' })).toBe('showSilently');
    expect(treatmentOf(exampleRules(), { ...scope, severity: 'error' })).toBe('show');
  });
});

describe('a kind is treated by importance where importances differ', () => {
  const kind = (category: Category, deviceId: string | null = null) => ({ category, deviceId });

  test('by default, or by a rule for an importance', () => {
    expect(choiceOf(exampleRules(), kind('finished'))).toBe('show');
    expect(choiceOf(exampleRules(), kind('status'))).toBe('byImportance');
    expect(differsFromDefault(exampleRules(), kind('status'))).toBe(false);

    const exact = rule('ignore', { category: 'finished', severity: 'error' });
    const chosen = exampleRules({ rules: [exact] });
    expect(choiceOf(chosen, kind('finished'))).toBe('byImportance');
    expect(differsFromDefault(chosen, kind('finished'))).toBe(true);
    expect(choiceOf(chosen, kind('finished', WASHER))).toBe('asAll');
    expect(inheritedBy(chosen, kind('finished', WASHER))).toBe('byImportance');
  });

  test('a rule of the file for an importance of all kinds counts, below a rule for the kind', () => {
    const wide = rule('ignore', { severity: 'error' });

    expect(choiceOf(exampleRules({ rules: [wide] }), kind('finished'))).toBe('byImportance');
    const both = exampleRules({ rules: [wide, rule('showSilently', { category: 'finished' })] });
    expect(choiceOf(both, kind('finished'))).toBe('showSilently');

    const own = exampleRules({ rules: [{ ...wide, deviceId: WASHER }] });
    expect(choiceOf(own, kind('finished', WASHER))).toBe('byImportance');
    expect(choiceOf(own, kind('finished', 'fridge-1'))).toBe('asAll');
  });

  test.each(['show', 'historyOnly'] as const)('one choice, %s, replaces them all', (treatment) => {
    const exact = rule('ignore', { category: 'status', severity: 'error' });
    const other = rule('ignore', { category: 'failed', severity: 'error' });

    const whole = withChoice(exampleRules({ rules: [exact, other] }), kind('status'), treatment);

    expect(whole.rules).toEqual([other, rule(treatment, { category: 'status' })]);
    expect(choiceOf(whole, kind('status'))).toBe(treatment);
    for (const severity of ['info', 'attention', 'error'] as const) {
      expect(treatmentOf(whole, { ...kind('status'), severity })).toBe(treatment);
    }
  });

  test('importance alone is no rule, and brings a default that differs back', () => {
    const silent = exampleRules({ rules: [rule('showSilently', { category: 'finished' })] });
    expect(withChoice(silent, kind('finished'), 'byImportance')).toEqual(silent);

    const shown = exampleRules({ rules: [rule('show', { category: 'status' })] });
    expect(withChoice(shown, kind('status'), 'byImportance').rules).toEqual([]);

    const own = exampleRules({ rules: [rule('show', { category: 'failed', deviceId: WASHER })] });
    expect(withChoice(own, kind('failed', WASHER), 'byImportance').rules).toEqual([]);
  });

  test('a reset of a kind leaves the other kinds and devices', () => {
    const others = [rule('ignore', { category: 'failed' }), rule('show', { deviceId: WASHER })];
    const rules = exampleRules({
      rules: [...others, rule('ignore', { category: 'status', severity: 'error' })],
    });

    expect(isChanged(rules, kind('status'))).toBe(true);
    expect(isChanged(rules, kind('finished'))).toBe(false);
    expect(withoutKind(rules, kind('status')).rules).toEqual(others);
  });
});

test('choosing the default for all devices is no rule, choosing another is one', () => {
  const scope = { deviceId: null, category: 'finished', severity: null } as const;

  const silent = withTreatment(exampleRules(), scope, 'showSilently');
  expect(silent.rules).toEqual([{ ...scope, treatment: 'showSilently' }]);
  expect(changesOf(silent, null)).toBe(1);

  expect(withTreatment(silent, scope, 'show').rules).toEqual([]);
});

test('a device keeps what was chosen for it, also where it is what all devices do', () => {
  const scope = { deviceId: WASHER, category: 'finished', severity: null } as const;

  const pinned = withTreatment(exampleRules(), scope, 'show');

  expect(changesOf(pinned, WASHER)).toBe(1);
  expect(withTreatment(pinned, scope, null).rules).toEqual([]);
});

test('a muted device still warns of danger, and loses its other rules', () => {
  const rules = exampleRules({
    rules: [rule('show', { deviceId: WASHER, category: 'finished' }), rule('ignore', {})],
  });

  const muted = withMuted(rules, WASHER, true);

  expect(isMuted(muted, WASHER)).toBe(true);
  const scope = { deviceId: WASHER, severity: 'error' } as const;
  expect(treatmentOf(muted, { ...scope, category: 'finished' })).toBe('historyOnly');
  expect(treatmentOf(muted, { ...scope, category: 'safety' })).toBe('show');
  expect(withMuted(muted, WASHER, false).rules).toEqual([rule('ignore', {})]);
});

test('a device that a notification muted is muted until then', () => {
  const rules = exampleRules({ muted: [{ deviceId: WASHER, untilMs: 2_000 }] });

  expect(mutedUntilMs(rules, WASHER, 1_000)).toBe(2_000);
  expect(mutedUntilMs(rules, WASHER, 3_000)).toBeNull();
  expect(mutedUntilMs(rules, 'fridge-1', 1_000)).toBeNull();
  expect(withoutMute(rules, WASHER).muted).toEqual([]);
});

test('a reset touches only what it is about', () => {
  const rules = exampleRules({ rules: [rule('ignore', { deviceId: WASHER }), rule('show', {})] });

  expect(withoutDevice(rules, WASHER).rules).toEqual([rule('show', {})]);
  expect(withoutDevice(rules, null).rules).toEqual([rule('ignore', { deviceId: WASHER })]);
});

test('devices that left the home are known by their rules', () => {
  const rules = exampleRules({
    rules: [rule('ignore', { deviceId: WASHER }), rule('ignore', { deviceId: 'gone' })],
  });

  expect(strangersOf(rules, [WASHER])).toEqual(['gone']);
});

test.each([
  ['22:00', 1320],
  ['7:05', 425],
  ['0705', 425],
  ['7', 420],
  ['00:00', 0],
  ['23:59', 1439],
  ['705', 425],
  ['10:30 PM', 1350],
  ['10:30\u202fpm', 1350],
  ['7 a.m.', 420],
  ['12:00 am', 0],
  ['12 pm', 720],
  ['22:15 pm', 1335],
  ['오후 10:30', 1350],
  ['오전 0시', 0],
  ['오후10시 5분', 1325],
  ['22시', 1320],
  ['13 am', null],
  ['오후', null],
  ['24:00', null],
  ['12:60', null],
  ['', null],
  ['noon', null],
])('the time of day %j is the minute %j', (time, minute) => {
  expect(minuteOf(time)).toBe(minute);
});

test.each([
  [425, 'en', 'h24', '07:05'],
  [0, 'en', 'h24', '00:00'],
  [1325, 'en', 'h12', '10:05 PM'],
  [1325, 'ko', 'h24', '22:05'],
  [1325, 'ko', 'h12', '오후 10:05'],
  [5, 'ko', 'h12', '오전 12:05'],
] as const)(
  'the minute %d is written as the reader’s clock has it',
  (minute, language, hours, written) => {
    expect(timeFrom(minute, language, hours).replaceAll('\u202f', ' ')).toBe(written);
    expect(minuteOf(timeFrom(minute, language, hours))).toBe(minute);
  },
);

test.each([
  [425, 1, 435],
  [420, 1, 435],
  [425, -1, 420],
  [1439, 1, 0],
  [0, -1, 1425],
] as const)('from %d an arrow key goes by %d quarter to %d', (minute, direction, expected) => {
  expect(stepped(minute, direction)).toBe(expected);
});

test('quiet hours that end when they begin, or earlier, end on the next day', () => {
  const { quietHours } = exampleRules();

  expect(isOverMidnight(quietHours)).toBe(true);
  expect(isOverMidnight({ ...quietHours, fromMinute: 60 })).toBe(false);
  expect(isOverMidnight({ ...quietHours, untilMinute: quietHours.fromMinute })).toBe(true);
});

test('weekdays stay in the order of the week', () => {
  expect(withWeekday(['friday'], 'monday', true)).toEqual(['monday', 'friday']);
  expect(withWeekday(['friday'], 'friday', false)).toEqual([]);
});

test('a pause without an end is told from one with', () => {
  expect(isEndless(Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(isEndless(Date.UTC(2026, 11, 1))).toBe(false);
});
