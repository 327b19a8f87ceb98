// Forms of forwarding targets. Pure.

import type { Category } from '$lib/contract/Category';
import type { Destination } from '$lib/contract/Destination';
import type { ForwardTarget } from '$lib/contract/ForwardTarget';
import type { ProblemCode } from '$lib/contract/ProblemCode';
import type { Severity } from '$lib/contract/Severity';
import type { Signing } from '$lib/contract/Signing';

import { CATEGORIES } from '../rules/rules';

export type Kind = Destination['kind'];

/** The usual one first. */
export const KINDS: readonly Kind[] = ['ntfy', 'mqtt', 'webhook', 'command'];
export const SEVERITIES: readonly Severity[] = ['info', 'attention', 'error'];
export const SIGNINGS: readonly Signing[] = ['none', 'bearer', 'hmac'];
export const LONGEST_NAME = 40;
const KEEP_HOURS = [1, 6, 24, 72, 168];
const DEFAULT_KEEP_HOURS = 24;
const DEFAULT_TOPIC = 'thinq-tray';

/** Fields that an error can concern. */
export type Field = 'name' | 'url' | 'topic' | 'program' | 'secret';

/** A target as it is filled in: the fields of all kinds, so that a change of the kind loses none. */
export interface TargetForm {
  kind: Kind;
  name: string;
  isOn: boolean;
  url: string;
  allowsPlain: boolean;
  user: string;
  topic: string;
  isHomeAssistant: boolean;
  hasToken: boolean;
  signing: Signing;
  program: string;
  /** One per line. */
  arguments: string;
  /** As stored: an argument may be empty or have lines itself. */
  storedArguments: readonly string[];
  /** Empty keeps the stored one. */
  secret: string;
  categories: readonly Category[];
  severities: readonly Severity[];
  /** `null` for all of them. */
  devices: readonly string[] | null;
  waitsInQuietHours: boolean;
  keepHours: number;
}

export function emptyForm(): TargetForm {
  return {
    kind: 'ntfy',
    name: '',
    isOn: true,
    url: '',
    allowsPlain: false,
    user: '',
    topic: DEFAULT_TOPIC,
    isHomeAssistant: true,
    hasToken: false,
    signing: 'none',
    program: '',
    arguments: '',
    storedArguments: [],
    secret: '',
    // Not each state that changes.
    categories: CATEGORIES.filter((category) => category !== 'status'),
    severities: SEVERITIES,
    devices: null,
    waitsInQuietHours: false,
    keepHours: DEFAULT_KEEP_HOURS,
  };
}

export function formOf(target: ForwardTarget): TargetForm {
  const form: TargetForm = {
    ...emptyForm(),
    kind: target.kind,
    name: target.name,
    isOn: target.isOn,
    categories: target.categories ?? CATEGORIES,
    severities: target.severities ?? SEVERITIES,
    devices: target.devices,
    waitsInQuietHours: target.waitsInQuietHours,
    keepHours: target.keepHours,
  };
  switch (target.kind) {
    case 'mqtt': {
      const { url, user, topic, isHomeAssistant, allowsPlain } = target;
      return { ...form, url, user, topic, isHomeAssistant, allowsPlain };
    }
    case 'ntfy':
      return {
        ...form,
        url: target.url,
        hasToken: target.hasToken,
        allowsPlain: target.allowsPlain,
      };
    case 'webhook':
      return { ...form, url: target.url, signing: target.signing, allowsPlain: target.allowsPlain };
    case 'command':
      return {
        ...form,
        program: target.program,
        arguments: target.arguments.join('\n'),
        storedArguments: target.arguments,
      };
  }
}

export function targetOf(form: TargetForm): ForwardTarget {
  const common = {
    name: form.name.trim(),
    isOn: form.isOn,
    categories: allOr(form.categories, CATEGORIES),
    severities: allOr(form.severities, SEVERITIES),
    devices: form.devices === null ? null : [...form.devices],
    waitsInQuietHours: form.waitsInQuietHours,
    keepHours: form.keepHours,
  };
  return { ...common, ...destinationOf(form) };
}

function destinationOf(form: TargetForm): Destination {
  const url = form.url.trim();
  const allowsPlain = form.allowsPlain && isPlain(url);
  switch (form.kind) {
    case 'mqtt': {
      const { isHomeAssistant } = form;
      const [user, topic] = [form.user.trim(), form.topic.trim()];
      return { kind: 'mqtt', url, user, topic, isHomeAssistant, allowsPlain };
    }
    case 'ntfy':
      return { kind: 'ntfy', url, hasToken: form.hasToken, allowsPlain };
    case 'webhook':
      return { kind: 'webhook', url, signing: form.signing, allowsPlain };
    case 'command': {
      const isSame = form.arguments === form.storedArguments.join('\n');
      const lines = form.arguments.split('\n').filter((line) => line !== '');
      const program = form.program.trim();
      return { kind: 'command', program, arguments: isSame ? [...form.storedArguments] : lines };
    }
  }
}

/** `null` for all of them; in the order of `all`. */
function allOr<T>(chosen: readonly T[], all: readonly T[]): T[] | null {
  return chosen.length === all.length ? null : all.filter((each) => chosen.includes(each));
}

export function toggled<T>(chosen: readonly T[], value: T, isOn: boolean): readonly T[] {
  const others = chosen.filter((each) => each !== value);
  return isOn ? [...others, value] : others;
}

/** Devices that are not known any more stay chosen. */
export function withDevice(
  form: TargetForm,
  known: readonly string[],
  id: string,
  isOn: boolean,
): readonly string[] | null {
  const chosen = toggled(form.devices ?? known, id, isOn);
  const isAll = known.every((each) => chosen.includes(each)) && chosen.length === known.length;
  return isAll ? null : chosen;
}

/** Whether the form needs a secret. */
export function wantsSecret(form: TargetForm): boolean {
  switch (form.kind) {
    case 'mqtt':
      return form.user.trim() !== '';
    case 'ntfy':
      return form.hasToken;
    case 'webhook':
      return form.signing !== 'none';
    case 'command':
      return false;
  }
}

export function choosesNothing({ categories, severities, devices }: TargetForm): boolean {
  return categories.length === 0 || severities.length === 0 || devices?.length === 0;
}

/** An address without encryption. */
export function isPlain(url: string): boolean {
  return /^\s*(?:http|mqtt):/iu.test(url);
}

/** Errors that are found before anything is sent, each with its field. */
export function errorsBefore(
  form: TargetForm,
  hasStoredSecret: boolean,
): Partial<Record<Field, ProblemCode>> {
  const errors: Partial<Record<Field, ProblemCode>> = {};
  if (form.name.trim() === '' || Array.from(form.name.trim()).length > LONGEST_NAME) {
    errors.name = 'targetName';
  }
  if (form.kind === 'command') {
    if (form.program.trim() === '') errors.program = 'invalidTarget';
  } else if (!URL.canParse(form.url.trim())) {
    errors.url = 'invalidTarget';
  }
  if (form.kind === 'mqtt' && form.topic.trim() === '') errors.topic = 'invalidTarget';
  if (wantsSecret(form) && form.secret === '' && !hasStoredSecret) {
    errors.secret = 'targetSecretMissing';
  }
  return errors;
}

/** The field that a problem of the resident program concerns. */
export function fieldOf(code: ProblemCode, kind: Kind): Field | null {
  if (code === 'targetName') return 'name';
  if (code === 'targetSecretMissing') return 'secret';
  const isOfAddress = code === 'invalidTarget' || code === 'targetPlain';
  if (!isOfAddress && code !== 'commandMissing') return null;
  return kind === 'command' ? 'program' : 'url';
}

/** What is shown of an address. Topics and paths are as good as passwords. */
export function placeOf(target: ForwardTarget): string {
  if (target.kind === 'command') return target.program;
  // Only special schemes have a host that is parsed.
  const url = target.url.replace(/^mqtt/iu, 'http');
  return URL.canParse(url) ? new URL(url).host : '';
}

/** Hours to choose from; a custom number is among them. */
export function hoursOffered(hours: number): number[] {
  return [...new Set([...KEEP_HOURS, hours])].sort((a, b) => a - b);
}
