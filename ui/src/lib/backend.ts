// Typed requests to the resident program and what it tells; the one place that talks to Tauri.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

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
  close: () => invoke('close'),
};
