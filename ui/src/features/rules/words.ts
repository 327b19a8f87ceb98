// Catalogue ids for rules: a value without text does not compile.

import type { Category } from '$lib/contract/Category';
import type { Device } from '$lib/contract/Device';
import type { Severity } from '$lib/contract/Severity';
import type { Treatment } from '$lib/contract/Treatment';
import { text, wording } from '$lib/wording.svelte';

import type { Line } from './rules';

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

const TREATMENT_IDS: Record<Treatment, string> = {
  show: 'window-treatment-show',
  showSilently: 'window-treatment-show-silently',
  historyOnly: 'window-treatment-history-only',
  ignore: 'window-treatment-ignore',
};

export function categoryName(category: Category): string {
  return text(CATEGORY_IDS[category]);
}

export function treatmentName(treatment: Treatment): string {
  return text(TREATMENT_IDS[treatment]);
}

export function lineName({ category, severity }: Line): string {
  if (severity === null) return categoryName(category);
  return text('window-category-severity', {
    category: categoryName(category),
    severity: text(SEVERITY_IDS[severity]),
  });
}

export function deviceName({ name, deviceType }: Pick<Device, 'name' | 'deviceType'>): string {
  return name === '' ? wording.words.deviceTypeName(deviceType) : name;
}
