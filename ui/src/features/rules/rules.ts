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

/** Treatment of a whole category: one for all severities, inherited, or one for each severity. */
export type Choice = Treatment | 'asAll' | 'byImportance';

/** Category of events, of one device or with `null` of all. */
export type Kind = Pick<Rule, 'deviceId'> & { category: Category };

/** Treatment for a row and a device; the most specific rule applies. */
export function treatmentOf(rules: Rules, scope: Scope): Treatment {
  return mostExact(rules.rules, scope) ?? mostExact(rules.defaults, scope) ?? 'show';
}

/** Rule for exactly this scope, if any. */
export function chosen(rules: Rules, scope: Scope): Treatment | null {
  return rules.rules.find((rule) => isSame(rule, scope))?.treatment ?? null;
}

/** The choice made for a category; without one, a device inherits and all devices have the default. */
export function choiceOf(rules: Rules, kind: Kind): Choice {
  const own = rules.rules.filter(({ deviceId }) => deviceId === kind.deviceId);
  const bySeverity = own.filter(({ severity }) => severity !== null);
  if (bySeverity.some(({ category }) => category === kind.category)) return 'byImportance';
  const whole = chosen(rules, { ...kind, severity: null });
  if (whole !== null) return whole;
  if (kind.deviceId === null) return uniform(rules, kind) ?? 'byImportance';
  return bySeverity.some(({ category }) => category === null) ? 'byImportance' : 'asAll';
}

/** What applies to a category when nothing is chosen for it. */
export function inheritedBy(rules: Rules, kind: Kind): Treatment | 'byImportance' {
  const without = kind.deviceId === null ? { ...rules, rules: [] } : withoutKind(rules, kind);
  return uniform(without, kind) ?? 'byImportance';
}

/** Choosing `byImportance` alone stores nothing: severities differ once one of them is changed. */
export function withChoice(rules: Rules, kind: Kind, choice: Choice): Rules {
  const without = withoutKind(rules, kind);
  if (choice === 'asAll') return without;
  if (choice === 'byImportance') {
    const isKept = kind.deviceId === null && uniform(without, kind) !== null;
    return isKept ? rules : without;
  }
  return withTreatment(without, { ...kind, severity: null }, choice);
}

/** Whether anything is chosen for exactly this category. */
export function isChanged(rules: Rules, kind: Kind): boolean {
  return rules.rules.some((rule) => isOf(rule, kind));
}

/** Whether any severity is treated differently from the default. */
export function differsFromDefault(rules: Rules, kind: Kind): boolean {
  const defaults = { ...rules, rules: [] };
  return SEVERITIES.some(
    (severity) =>
      treatmentOf(rules, { ...kind, severity }) !== treatmentOf(defaults, { ...kind, severity }),
  );
}

export function withoutKind(rules: Rules, kind: Kind): Rules {
  return { ...rules, rules: rules.rules.filter((rule) => !isOf(rule, kind)) };
}

/**
 * With `null`, the scope inherits from the less specific rule. For all devices, a rule equal to
 * the default is omitted, so that the default is not stored as a choice.
 */
export function withTreatment(rules: Rules, scope: Scope, treatment: Treatment | null): Rules {
  const without = { ...rules, rules: rules.rules.filter((rule) => !isSame(rule, scope)) };
  const usual = scope.severity === null ? uniform(without, scope) : treatmentOf(without, scope);
  const isSaidAnyway = scope.deviceId === null && usual === treatment;
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

/** Common treatment of all severities; `null` if they differ. */
function uniform(rules: Rules, scope: Omit<Scope, 'severity'>): Treatment | null {
  const [first, ...others] = SEVERITIES.map((severity) =>
    treatmentOf(rules, { ...scope, severity }),
  );
  return first !== undefined && others.every((each) => each === first) ? first : null;
}

function isOf(rule: Rule, { deviceId, category }: Kind): boolean {
  return rule.deviceId === deviceId && rule.category === category;
}

function mostExact(rules: readonly Rule[], scope: Scope): Treatment | undefined {
  const fitting = rules.filter((rule) => fits(rule, scope));
  return fitting.reduce<Rule | undefined>(
    (best, rule) => (best === undefined || exactness(rule) >= exactness(best) ? rule : best),
    undefined,
  )?.treatment;
}

/** A scope without a severity is only asked for where severities do not differ. */
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
