// Rules, settings and self-check of the fake resident program.

import type { Category } from '$lib/contract/Category';
import type { Check } from '$lib/contract/Check';
import type { NotificationReport } from '$lib/contract/NotificationReport';
import type { Request } from '$lib/contract/Request';
import type { Response } from '$lib/contract/Response';
import type { Rule } from '$lib/contract/Rule';
import type { Rules } from '$lib/contract/Rules';
import type { Settings } from '$lib/contract/Settings';
import type { Severity } from '$lib/contract/Severity';
import type { Treatment } from '$lib/contract/Treatment';

const CATEGORIES: readonly Category[] = [
  'finished',
  'failed',
  'safety',
  'maintenance',
  'reminder',
  'status',
];
const SEVERITIES: readonly Severity[] = ['info', 'attention', 'error'];

function usual(category: Category, severity: Severity): Treatment {
  if (severity === 'info' && (category === 'maintenance' || category === 'status'))
    return 'historyOnly';
  return category === 'status' && severity === 'attention' ? 'showSilently' : 'show';
}

const DEFAULTS: Rule[] = CATEGORIES.flatMap((category) =>
  SEVERITIES.map((severity) => ({
    deviceId: null,
    category,
    severity,
    treatment: usual(category, severity),
  })),
);

export function exampleRules(change: Partial<Rules> = {}): Rules {
  return {
    rules: [],
    defaults: DEFAULTS,
    quietHours: {
      isOn: false,
      fromMinute: 22 * 60,
      untilMinute: 7 * 60,
      weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
    },
    reminders: { finishedWashes: true, otherFinished: false, afterMinutes: 30, atMost: 3 },
    muted: [],
    ...change,
  };
}

export function exampleSettings(change: Partial<Settings> = {}): Settings {
  return {
    language: 'system',
    isAutostarted: false,
    connectUrl: '',
    clientId: 'thinq-tray-8c3f1f0e-5a52-4d0b-9a3e-0d4b1b8f7c21',
    hubUrl: 'http://192.168.0.10:5010/',
    callbackUrl: 'wss://callback.example.com/websocket',
    passwordForm: 'sha512',
    empClientId: '',
    connectClientId: '',
    proxy: '',
    logLevel: 'info',
    retention: CATEGORIES.map((category) => ({ category, days: category === 'status' ? 90 : 365 })),
    isWelcomed: true,
    invalid: [],
    fixed: [],
    path: '/home/me/.config/thinq-tray/settings.toml',
    ...change,
  };
}

export function exampleReport(change: Partial<NotificationReport> = {}): NotificationReport {
  return {
    server: {
      name: 'dunst',
      version: '1.9.0',
      capabilities: ['actions', 'body', 'body-markup', 'icon-static', 'persistence'],
    },
    isTaken: true,
    problem: null,
    ...change,
  };
}

export function exampleCheck(change: Partial<Check> = {}): Check {
  return {
    subject: 'keyring',
    light: 'green',
    finding: 'ready',
    detail: null,
    problem: null,
    remedy: null,
    ...change,
  };
}

const CHECKS: Check[] = [
  exampleCheck(),
  exampleCheck({ subject: 'notificationServer', finding: 'ready', detail: 'dunst 1.9.0' }),
  exampleCheck({ subject: 'trayHost', finding: 'ready' }),
  exampleCheck({ subject: 'hub', finding: 'ready' }),
  exampleCheck({ subject: 'callback', finding: 'listening' }),
  exampleCheck({ subject: 'subscriptions', finding: 'ready', detail: '8' }),
  exampleCheck({ subject: 'clock', finding: 'right' }),
  exampleCheck({ subject: 'database', finding: 'sound', detail: '12 MB' }),
  exampleCheck({ subject: 'autostart', finding: 'off' }),
  exampleCheck({ subject: 'settings', finding: 'fine' }),
];

/** Every possible problem at once. */
export const TROUBLED_CHECKS: Check[] = CHECKS.map((check): Check => {
  if (check.subject === 'notificationServer') {
    return {
      ...check,
      light: 'red',
      finding: 'missing',
      detail: null,
      problem: { code: 'noNotificationServer' },
      remedy: 'testNotification',
    };
  }
  if (check.subject === 'autostart') {
    return { ...check, light: 'amber', finding: 'moved', remedy: 'repairAutostart' };
  }
  if (check.subject === 'callback') {
    return {
      ...check,
      light: 'red',
      finding: 'offline',
      problem: { code: 'callbackUnreachable' },
      remedy: 'reconnect',
    };
  }
  return check;
});

export class FakeSettings {
  rules = exampleRules();
  settings = exampleSettings();
  checks = CHECKS;
  report = exampleReport();
  problemReport = 'ThinQ Tray 0.1.0\nLinux x86_64, X11\n\nkeyring: available\n';

  /** The response, if the request is handled here. */
  answer(request: Request): Response | undefined {
    if (request.ask === 'rules') return { answer: 'rules', rules: this.rules };
    if (request.ask === 'rulesChange') {
      this.rules = { ...request.rules, defaults: this.rules.defaults };
      return { answer: 'rules', rules: this.rules };
    }
    if (request.ask === 'notificationTest') {
      return { answer: 'notificationReport', report: this.report };
    }
    if (request.ask === 'settings') return { answer: 'settings', settings: this.settings };
    if (request.ask === 'settingsChange') {
      const { retention = [], ...rest } = request.settings;
      const kept = this.settings.retention.filter(
        ({ category }) => !retention.some((rule) => rule.category === category),
      );
      this.settings = { ...this.settings, ...rest, retention: [...kept, ...retention] };
      return { answer: 'settings', settings: this.settings };
    }
    if (request.ask === 'settingsSetAside') {
      this.settings = { ...this.settings, invalid: [] };
      return { answer: 'settings', settings: this.settings };
    }
    if (request.ask === 'checkup') return { answer: 'checkup', checkup: { checks: this.checks } };
    if (request.ask === 'autostartRepair') {
      this.checks = this.checks.map((check) =>
        check.subject === 'autostart' ? { ...check, light: 'green', remedy: null } : check,
      );
      return { answer: 'checkup', checkup: { checks: this.checks } };
    }
    if (request.ask === 'problemReport') {
      return { answer: 'problemReport', text: this.problemReport };
    }
    return undefined;
  }
}
