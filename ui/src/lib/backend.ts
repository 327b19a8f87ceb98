// Typed requests to the resident program and its updates; the only module that uses Tauri.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { ExportFormat } from './contract/ExportFormat';
import type { HistoryFilter } from './contract/HistoryFilter';
import type { Problem } from './contract/Problem';
import type { Request } from './contract/Request';
import type { Response } from './contract/Response';
import type { Update } from './contract/Update';
import type { View } from './contract/View';

/** Whether the resident program is connected. The window program reconnects by itself. */
export type Link = 'connected' | 'lost';

export type Stop = () => void;

export interface Backend {
  /** Rejects with {@link LinkLost} while disconnected from the resident program. */
  ask(request: Request): Promise<Response>;
  onTold(listener: (told: Update) => void): Promise<Stop>;
  onLink(listener: (link: Link) => void): Promise<Stop>;
  link(): Promise<Link>;
  initialView(): Promise<View>;
  /** The first paint is done: the window may be shown. */
  painted(): Promise<void>;
  /** Asks the user for a file and writes the problem report to it; false if cancelled. */
  saveReport(text: string): Promise<boolean>;
  /**
   * Lets the user choose a file and starts an export of the matching events; false if cancelled.
   * Progress arrives as `jobChanged`. Rejects with {@link Refused} or {@link LinkLost}.
   */
  exportHistory(filter: HistoryFilter, format: ExportFormat): Promise<boolean>;
  /** Like {@link exportHistory}, for importing an exported JSON file. */
  importHistory(): Promise<boolean>;
  /** Closes the window; the resident program keeps running. */
  close(): Promise<void>;
}

export class LinkLost extends Error {
  constructor(cause?: unknown) {
    super('the resident program does not answer', { cause });
  }
}

/** The resident program answered with a failure. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`the answer was \`${problem.code}\``);
    this.problem = problem;
  }
}

/** Returns the response of the expected kind; throws {@link Refused} or {@link LinkLost}. */
export async function answerTo<A extends Response['answer']>(
  backend: Backend,
  request: Request,
  expected: A,
): Promise<Extract<Response, { answer: A }>> {
  const response = await backend.ask(request);
  if (response.answer === 'failed') throw new Refused(response.problem);
  if (!isAnswer(response, expected)) throw new Refused({ code: 'internal' });
  return response;
}

function isAnswer<A extends Response['answer']>(
  response: Response,
  expected: A,
): response is Extract<Response, { answer: A }> {
  return response.answer === expected;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  return { code: error instanceof LinkLost ? 'notRunning' : 'internal' };
}

/** Job started for the chosen file; `null` if cancelled. */
async function begun(command: string, given: Record<string, unknown>): Promise<boolean> {
  let response;
  try {
    response = await invoke<Response | null>(command, given);
  } catch (error) {
    throw new LinkLost(error);
  }
  if (response?.answer === 'failed') throw new Refused(response.problem);
  return response !== null;
}

export const tauriBackend: Backend = {
  async ask(request) {
    try {
      return await invoke<Response>('ask', { request });
    } catch (error) {
      throw new LinkLost(error);
    }
  },
  onTold: (listener) => listen<Update>('told', ({ payload }) => listener(payload)),
  onLink: (listener) => listen<Link>('link', ({ payload }) => listener(payload)),
  link: () => invoke<Link>('link'),
  initialView: () => invoke<View>('initial_view'),
  painted: () => invoke('painted'),
  saveReport: (text) => invoke<boolean>('report_save', { text }),
  exportHistory: (filter, format) => begun('history_export', { filter, format }),
  importHistory: () => begun('history_import', {}),
  close: () => invoke('close'),
};
