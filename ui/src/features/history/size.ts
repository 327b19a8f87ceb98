// Human-readable file sizes. Pure.

import type { Language } from '$lib/words';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
const STEP = 1000;

export function sizeText(bytes: number, language: Language): string {
  const power = Math.min(
    bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / Math.log10(STEP)),
    UNITS.length - 1,
  );
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    unitDisplay: 'short',
    maximumSignificantDigits: 3,
  }).format(bytes / STEP ** power);
}
