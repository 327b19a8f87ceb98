// Typed requests to the resident program and what it tells; the one place that talks to Tauri.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { ExportFormat } from './contract/ExportFormat';
import type { HistoryFilter } from './contract/HistoryFilter';
import type { Problem } from './contract/Problem';
import type { Request } from './contract/Request';
import type { Response } from './contract/Response';
import type { Told } from './contract/Told';
import type { View } from './contract/View';

/** Whether the resident program is there. The window program reconnects by itself. */
export type Link = 'connected' | 'lost';

export type Stop = () => void;

export interface Backend {
  /** Rejects with {@link LinkLost} while the resident program is away. */
  ask(request: Request): Promise<Response>;
  onTold(listener: (told: Told) => void): Promise<Stop>;
  onLink(listener: (link: Link) => void): Promise<Stop>;
  link(): Promise<Link>;
  initialView(): Promise<View>;
  /** The first picture is on the page: the window may appear. */
  painted(): Promise<void>;
  /** Asks the user for a file and writes the problem report there; false when they asked for none. */
  saveReport(text: string): Promise<boolean>;
  /**
   * Lets the user choose a file and begins to write what the filter shows; false when they changed
   * their mind. How far it is comes as `jobChanged`. Rejects with {@link Refused} or {@link LinkLost}.
   */
  exportHistory(filter: HistoryFilter, format: ExportFormat): Promise<boolean>;
  /** As {@link exportHistory}, for an exported JSON file to read. */
  importHistory(): Promise<boolean>;
  /** Closes the window; the resident program goes on. */
  close(): Promise<void>;
}

export class LinkLost extends Error {
  constructor(cause?: unknown) {
    super('the resident program does not answer', { cause });
  }
}

/** The resident program answered that it could not. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`the answer was \`${problem.code}\``);
    this.problem = problem;
  }
}

/** The answer of the expected kind; throws {@link Refused} or {@link LinkLost}. */
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

/** What the user chose a file for, has begun; `null` when they chose none. */
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
  onTold: (listener) => listen<Told>('told', ({ payload }) => listener(payload)),
  onLink: (listener) => listen<Link>('link', ({ payload }) => listener(payload)),
  link: () => invoke<Link>('link'),
  initialView: () => invoke<View>('initial_view'),
  painted: () => invoke('painted'),
  saveReport: (text) => invoke<boolean>('report_save', { text }),
  exportHistory: (filter, format) => begun('history_export', { filter, format }),
  importHistory: () => begun('history_import', {}),
  close: () => invoke('close'),
};
