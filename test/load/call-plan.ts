// What the clients of a load run are going to do, drawn from a seed.
import { oneOf, type Random, wholeBetween } from './random.ts';

export const dialects = ['openai', 'anthropic', 'plain', 'grpc'] as const;
/** Those that a mixed load is made of, and the others that stream. */
export const streamedDialects = [...dialects, 'responses', 'completions'] as const;
export type ClientDialect = (typeof streamedDialects)[number];

export interface CallPlan {
  readonly dialect: ClientDialect;
  readonly model: string;
  readonly stream: boolean;
  readonly prompt: string;
  readonly maxTokens: number;
  /** The client hangs up after so many pieces of a stream, or so many milliseconds of waiting. */
  readonly leavesAfter?: { readonly pieces: number } | { readonly ms: number };
  /** Over gRPC the client gives the call so much time, milliseconds; default a minute. */
  readonly deadlineMs?: number;
}

export interface PlanOptions {
  readonly models: readonly string[];
  /** Of all calls, from 0 to 1. */
  readonly leavingShare: number;
}

const words = 'tides follow the moon and the sun twice a day along every open coast of the sea'.split(' ');

/** One call, as they come mixed: any dialect, any model, streamed or not. */
export function drawPlan(random: Random, { models, leavingShare }: PlanOptions): CallPlan {
  const stream = random() < 0.5;
  const plan = {
    dialect: oneOf(random, dialects),
    model: oneOf(random, models),
    stream,
    prompt: promptOf(random, wholeBetween(random, 3, 60)),
    maxTokens: wholeBetween(random, 5, 120),
  };
  if (random() >= leavingShare) return plan;
  const leavesAfter = stream ? { pieces: wholeBetween(random, 0, 12) } : { ms: wholeBetween(random, 1, 40) };
  return { ...plan, leavesAfter };
}

function promptOf(random: Random, count: number): string {
  return Array.from({ length: count }, () => oneOf(random, words)).join(' ');
}
