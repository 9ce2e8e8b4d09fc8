// What a dialect understood of a request: all that the simulated model needs to know, in no vendor's words.
import type { JsonRecord } from '../json.ts';

export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly tokens: number;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonRecord;
}

export type ToolChoice =
  | { readonly mode: 'auto' }
  | { readonly mode: 'none' }
  | { readonly mode: 'required' }
  | { readonly mode: 'named'; readonly name: string };

export type AnswerFormat = { readonly kind: 'text' } | { readonly kind: 'json'; readonly schema?: JsonRecord };

/** Tokens of the prompt that a cache held or took in; each is part of the prompt's tokens. */
export interface CacheUse {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly write30m: number;
}

export const noCache: CacheUse = { read: 0, write5m: 0, write1h: 0, write30m: 0 };

export interface Prompt {
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly parallelTools: 'allowed' | 'forbidden';
  /** Tokens of the whole request, tools and caches included. */
  readonly inputTokens: number;
  readonly cache: CacheUse;
  readonly maxOutputTokens?: number;
  /** How long the model thinks before it answers; 0 for not at all. */
  readonly reasoningTokens: number;
  readonly showsReasoning?: true;
  readonly stopSequences: readonly string[];
  readonly format: AnswerFormat;
  readonly delivery: Delivery;
  /** The service tier, speed or region that the request named; what a dialect prices by. */
  readonly serviceTier?: string;
  readonly speed?: string;
  readonly region?: string;
}

/** How the client wants the answer: in one piece, or as a stream in one of its dialect's forms. */
export type Delivery =
  | { readonly kind: 'whole' }
  | { readonly kind: 'stream'; readonly form: string; readonly usage: 'included' | 'left-out' };

export const TOKENS_PER_REQUEST = 3;
export const TOKENS_PER_TURN = 4;
