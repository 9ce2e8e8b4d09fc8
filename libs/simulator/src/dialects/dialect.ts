// What one vendor's wire format is made of. A new one is a folder with a value of this type, and a line in `index.ts`.
import type { Batch, EntryResult, NewBatch } from '../batches/book.ts';
import type { ModelPrice } from '../bill/prices.ts';
import type { Json, JsonRecord } from '../json.ts';
import type { Answer } from '../model/answer.ts';
import type { CacheUse, Prompt } from '../model/prompt.ts';
import type { Framing } from './framing.ts';
import type { HttpReply, Refusal } from './refusal.ts';

/** A request as it came in: path without mount and query, header names in lower case. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a path asks for; `model` where the path names it. */
export type Operation =
  | { readonly kind: 'generate'; readonly model?: string; readonly streamForm?: string }
  | { readonly kind: 'embed'; readonly model?: string; readonly form?: 'single' }
  | { readonly kind: 'count'; readonly model?: string }
  | { readonly kind: 'models'; readonly model?: string }
  | { readonly kind: 'token' }
  | { readonly kind: 'batch'; readonly batch: BatchOperation }
  | { readonly kind: 'file'; readonly file: FileOperation };

/** What is asked of files. */
export type FileOperation =
  | { readonly action: 'upload' }
  | { readonly action: 'show' | 'content'; readonly id: string };

/** What is asked of batches. */
export type BatchOperation =
  | { readonly action: 'create' }
  | { readonly action: 'list' }
  | { readonly action: 'show' | 'cancel' | 'results'; readonly id: string };

/** How a dialect takes batches and tells of them. */
export interface BatchDialect {
  readonly idPrefix: string;
  /** `fileText` is what a file of the same key holds. */
  read(body: JsonRecord, fileText: (id: string) => string | undefined): Pick<NewBatch, 'entries' | 'kept'> | Refusal;
  /** The origin is for addresses in it. */
  show(batch: Batch, origin: string): JsonRecord;
  page(batches: readonly Batch[], received: Received): JsonRecord;
  line(result: EntryResult): JsonRecord;
  /** Where results are files: the lines of one, if it is the batch's. */
  fileOf?(batch: Batch, fileId: string): readonly JsonRecord[] | undefined;
  /** The dialect of the entries, where it is another than that of the batch. */
  entryDialect?(batch: Batch): Dialect;
}

/** Tokens of one call; caches are part of the input, reasoning is part of the output. */
export interface TokenCounts {
  readonly input: number;
  readonly cache: CacheUse;
  readonly output: number;
  readonly reasoning: number;
}

/** Everything a dialect needs to write an answer down. */
export interface Reply {
  /** Unique per call, letters and digits: the tail of all ids in the answer. */
  readonly id: string;
  readonly requestId: string;
  /** The model's name as the answer gives it. */
  readonly model: string;
  readonly createdAt: Date;
  readonly prompt: Prompt;
  readonly answer: Answer;
  readonly counts: TokenCounts;
  /** The usage block to send for so much; undefined where a fault leaves it out. */
  usageFor(counts: TokenCounts): Json | undefined;
}

/** One write of a stream. */
export interface Frame {
  readonly text: string;
  /** Tokens that were generated for it. */
  readonly tokens: number;
  readonly part: 'start' | 'delta' | 'finish' | 'end';
  /** Set on the frame that tells the final usage. */
  readonly tellsUsage?: true;
}

export interface EmbeddingRequest {
  readonly model: string;
  /** One entry per vector. */
  readonly texts: readonly string[];
  readonly dimensions?: number;
  readonly encoding: 'float' | 'base64';
  /** Set where one text was asked for in the form that answers with one vector. */
  readonly form?: 'single';
}

export interface EmbeddingReply {
  /** Unique per call, letters and digits. */
  readonly id: string;
  readonly model: string;
  readonly vectors: readonly Float32Array[];
  readonly encoding: 'float' | 'base64';
  readonly form?: 'single';
  readonly inputTokens: number;
  readonly usage: Json | undefined;
}

export interface Dialect {
  readonly id: string;
  /** Path prefixes it is served under. */
  readonly mounts: readonly string[];
  readonly keyPolicy: 'required' | 'optional';
  /** Set where a request without `stream` is streamed. */
  readonly streamsByDefault?: true;
  /** The API key of a request. */
  credential(received: Received): string | undefined;
  /** The answer to a key that is wrong, where it differs from that to a missing one. */
  readonly badKey?: Refusal;
  /** The part of the dialect that serves a path, where its endpoints differ in more than their names. */
  surface?(received: Received): Dialect;
  operation(received: Received): Operation | undefined;

  readPrompt(body: JsonRecord, operation: Operation, received: Received): Prompt | Refusal;
  /** The dated snapshot that serves a model's name, where the answer names that. */
  servedModel?(model: string): string;
  /** The usage block of the wire format. */
  usage(counts: TokenCounts, prompt: Prompt): JsonRecord;
  /** What a usage block costs. Reads only the block, as a customer with the price list would. */
  amountPicoUsd(usage: JsonRecord, price: ModelPrice, prompt: Pick<Prompt, 'serviceTier' | 'speed' | 'region'>): bigint;
  reply(reply: Reply): JsonRecord;
  frames(reply: Reply, framing: Framing): Frame[];
  framing(form: string): Framing;

  readEmbedding?(body: JsonRecord, operation: Operation): EmbeddingRequest | Refusal;
  embeddingUsage?(inputTokens: number): JsonRecord;
  /** Whether the answer to a call for embeddings says what it used; all do where this is left out. */
  tellsEmbeddingUsage?(model: string): boolean;
  embeddingReply?(reply: EmbeddingReply): JsonRecord;
  readonly batches?: BatchDialect;
  countReply?(inputTokens: number): JsonRecord;
  /** Where the key is exchanged for a token of the provider's own. */
  tokenReply?(received: Received, nowMs: number): JsonRecord | Refusal;
  modelsReply(names: readonly string[]): JsonRecord;
  modelReply(name: string): JsonRecord;

  /** Headers of an answer with status 200, without content type and length. */
  headers(requestId: string): Record<string, string>;
  refuse(refusal: Refusal, requestId: string, now: Date): HttpReply;
  /** The same error in the middle of a stream. */
  errorFrame(refusal: Refusal, requestId: string, framing: Framing): string;
}
