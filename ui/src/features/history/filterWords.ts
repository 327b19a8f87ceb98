// Catalogue ids for the parts of a filter: a choice without text does not compile.

import type { Category } from '$lib/contract/Category';
import type { Severity } from '$lib/contract/Severity';

import type { Part, Period } from './filter';

export const CATEGORY_IDS: Record<Category, string> = {
  finished: 'window-category-finished',
  failed: 'window-category-failed',
  maintenance: 'window-category-maintenance',
  safety: 'window-category-safety',
  reminder: 'window-category-reminder',
  status: 'window-category-status',
};

export const SEVERITY_IDS: Record<Severity, string> = {
  info: 'window-severity-info',
  attention: 'window-severity-attention',
  error: 'window-severity-error',
};

export const PERIOD_IDS: Record<Period['of'], string> = {
  always: 'window-history-period-always',
  today: 'window-history-period-today',
  week: 'window-history-period-week',
  month: 'window-history-period-month',
  own: 'window-history-period-own',
};

/** Label of the button that removes this part of the filter. */
export const LOOSEN_IDS: Record<Part, string> = {
  text: 'window-history-loosen-text',
  devices: 'window-history-loosen-devices',
  categories: 'window-history-loosen-categories',
  severities: 'window-history-loosen-severities',
  unread: 'window-history-loosen-unread',
  period: 'window-history-loosen-period',
};
