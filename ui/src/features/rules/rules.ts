// Treatment of events: precedence of rules, rows of the table, and the effect of a choice. Pure.

import type { Category } from '$lib/contract/Category';
import type { Rule } from '$lib/contract/Rule';
import type { Rules } from '$lib/contract/Rules';
import type { Severity } from '$lib/contract/Severity';
import type { Treatment } from '$lib/contract/Treatment';

/** In display order. */
export const CATEGORIES: readonly Category[] = [
  'finished',
  'failed',
  'safety',
  'maintenance',
  'reminder',
  'status',
];
export const SEVERITIES: readonly Severity[] = ['info', 'attention', 'error'];
export const TREATMENTS: readonly Treatment[] = ['show', 'showSilently', 'historyOnly', 'ignore'];

/** Scope of a rule; `null` matches any. */
export type Scope = Omit<Rule, 'treatment'>;

/** Row of the table: a category, or one severity of it if severities are treated differently. */
export interface Line {
  category: Category;
  severity: Severity | null;
}

/** Treatment for a row and a device; the most specific rule applies. */
export function treatmentOf(rules: Rules, scope: Scope): Treatment {
  return mostExact(rules.rules, scope) ?? mostExact(rules.defaults, scope) ?? 'show';
}

/** Rule for exactly this scope, if any. */
export function chosen(rules: Rules, scope: Scope): Treatment | null {
  return rules.rules.find((rule) => isSame(rule, scope))?.treatment ?? null;
}

/** Rows for a device, or with `null` for all devices. */
export function linesOf(rules: Rules, deviceId: string | null): Line[] {
  return CATEGORIES.flatMap((category): Line[] =>
    isSplit(rules, deviceId, category)
      ? SEVERITIES.map((severity) => ({ category, severity }))
      : [{ category, severity: null }],
  );
}

/**
 * With `null`, the scope inherits from the less specific rule. For all devices, a rule equal to
 * the default is omitted, so that the default is not stored as a choice.
 */
export function withTreatment(rules: Rules, scope: Scope, treatment: Treatment | null): Rules {
  const without = { ...rules, rules: rules.rules.filter((rule) => !isSame(rule, scope)) };
  const isSaidAnyway = scope.deviceId === null && treatmentOf(without, scope) === treatment;
  if (treatment === null || isSaidAnyway) return without;
  return { ...without, rules: [...without.rules, { ...scope, treatment }] };
}

/** Whether everything of a device except safety is muted. */
export function isMuted(rules: Rules, deviceId: string): boolean {
  const treatment = chosen(rules, { deviceId, category: null, severity: null });
  return treatment === 'historyOnly' || treatment === 'ignore';
}

/** Safety is never muted together with the other categories. */
export function withMuted(rules: Rules, deviceId: string, muted: boolean): Rules {
  const others = withoutDevice(rules, deviceId);
  if (!muted) return others;
  const scope = { deviceId, severity: null };
  return {
    ...others,
    rules: [
      ...others.rules,
      { ...scope, category: null, treatment: 'historyOnly' },
      { ...scope, category: 'safety', treatment: 'show' },
    ],
  };
}

/** End of a mute set from a notification; `null` if there is none. */
export function mutedUntilMs(rules: Rules, deviceId: string, nowMs: number): number | null {
  const mute = rules.muted?.find((each) => each.deviceId === deviceId);
  return mute !== undefined && mute.untilMs > nowMs ? mute.untilMs : null;
}

export function withoutMute(rules: Rules, deviceId: string): Rules {
  return { ...rules, muted: rules.muted?.filter((mute) => mute.deviceId !== deviceId) ?? [] };
}

/** With `null`, resets the rules for all devices to the defaults. */
export function withoutDevice(rules: Rules, deviceId: string | null): Rules {
  return { ...rules, rules: rules.rules.filter((rule) => rule.deviceId !== deviceId) };
}

/** Number of differing rows: of a device from all devices, or with `null` from the defaults. */
export function changesOf(rules: Rules, deviceId: string | null): number {
  return rules.rules.filter((rule) => rule.deviceId === deviceId).length;
}

/** Devices that left the home but still have rules, which can be removed. */
export function strangersOf(rules: Rules, deviceIds: readonly string[]): string[] {
  const named = rules.rules.flatMap(({ deviceId }) => (deviceId === null ? [] : [deviceId]));
  return [...new Set(named)].filter((id) => !deviceIds.includes(id));
}

function isSplit(rules: Rules, deviceId: string | null, category: Category): boolean {
  const defaults = SEVERITIES.map((severity) =>
    mostExact(rules.defaults, { deviceId: null, category, severity }),
  );
  if (new Set(defaults).size > 1) return true;
  return rules.rules.some(
    (rule) =>
      rule.severity !== null &&
      (rule.category === null || rule.category === category) &&
      (rule.deviceId === null || rule.deviceId === deviceId),
  );
}

function mostExact(rules: readonly Rule[], scope: Scope): Treatment | undefined {
  const fitting = rules.filter((rule) => fits(rule, scope));
  return fitting.reduce<Rule | undefined>(
    (best, rule) => (best === undefined || exactness(rule) >= exactness(best) ? rule : best),
    undefined,
  )?.treatment;
}

/** A row without a severity has no severity-specific rules, so any severity gives the result. */
function fits(rule: Rule, { deviceId, category, severity }: Scope): boolean {
  return (
    (rule.deviceId === null || rule.deviceId === deviceId) &&
    (rule.category === null || rule.category === category) &&
    (rule.severity === null || rule.severity === (severity ?? 'info'))
  );
}

function exactness({ deviceId, category, severity }: Scope): number {
  return Number(deviceId !== null) * 4 + Number(category !== null) * 2 + Number(severity !== null);
}

function isSame(a: Scope, b: Scope): boolean {
  return a.deviceId === b.deviceId && a.category === b.category && a.severity === b.severity;
}
