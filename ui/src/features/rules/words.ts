// Catalogue ids for rules: a value without text does not compile.

import type { Category } from '$lib/contract/Category';
import type { Device } from '$lib/contract/Device';
import type { Rules } from '$lib/contract/Rules';
import type { Severity } from '$lib/contract/Severity';
import type { Treatment } from '$lib/contract/Treatment';
import { text, wording } from '$lib/wording.svelte';

import { SEVERITIES, treatmentOf, type Kind } from './rules';

const CATEGORY_IDS: Record<Category, string> = {
  finished: 'window-category-finished',
  failed: 'window-category-failed',
  safety: 'window-category-safety',
  maintenance: 'window-category-maintenance',
  reminder: 'window-category-reminder',
  status: 'window-category-status',
};

const SEVERITY_IDS: Record<Severity, string> = {
  info: 'window-severity-info',
  attention: 'window-severity-attention',
  error: 'window-severity-error',
};

const TREATMENT_IDS: Record<Treatment | 'byImportance', string> = {
  show: 'window-treatment-show',
  showSilently: 'window-treatment-show-silently',
  historyOnly: 'window-treatment-history-only',
  ignore: 'window-treatment-ignore',
  byImportance: 'window-treatment-by-importance',
};

export function categoryName(category: Category): string {
  return text(CATEGORY_IDS[category]);
}

export function severityName(severity: Severity): string {
  return text(SEVERITY_IDS[severity]);
}

export function treatmentName(treatment: Treatment | 'byImportance'): string {
  return text(TREATMENT_IDS[treatment]);
}

/** Treatment of each severity, in one line. */
export function severitiesLine(rules: Rules, kind: Kind): string {
  return SEVERITIES.map((severity) =>
    text('window-rules-severity', {
      severity: severityName(severity),
      treatment: treatmentName(treatmentOf(rules, { ...kind, severity })),
    }),
  ).join(' · ');
}

export function deviceName({ name, deviceType }: Pick<Device, 'name' | 'deviceType'>): string {
  return name === '' ? wording.words.deviceTypeName(deviceType) : name;
}
