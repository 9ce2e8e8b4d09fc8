// How a provider takes many calls at once, to be worked off at leisure and at a lower price. Pure, as the codecs are.
import { Call } from '@waybill/contracts';
import type { DecodedReply, HttpHeaders, UpstreamRequest } from '../codec.ts';
import type { ProviderFault, ProviderResult } from '../provider-fault.ts';

/** One call of a batch. */
export interface BatchItem {
  /** What the provider is told to call it: at most 64 letters, digits, dashes and underscores. */
  readonly callId: string;
  /** Not streamed. */
  readonly request: UpstreamRequest;
}

/** A request about a batch, apart from its credential. */
export interface BatchRequest {
  readonly method: 'GET' | 'POST';
  /** Below the provider's base URL, with its query. */
  readonly path: string;
  readonly headers: HttpHeaders;
  readonly body: string | undefined;
}

/** A batch as its provider describes it. */
export interface BatchState {
  readonly id: string;
  /** Nothing of it is worked off any more. */
  readonly isOver: boolean;
  readonly createdAtMicros: bigint;
  readonly entries: number;
  /** Our own id, where the provider keeps one; empty for a batch that is not ours. Undefined where it keeps none. */
  readonly batchId: string | undefined;
  /** Names of the files that hold its results, where they are files. */
  readonly files: readonly string[];
  /** Set of one that is over because the provider would not begin it: nothing of it was used. */
  readonly refused?: ProviderFault;
}

/** Some of the provider's batches, the newest first. */
export interface BatchPage {
  readonly batches: readonly BatchState[];
  /** Give it to ask for the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** What became of one entry. */
export type BatchLine = { readonly callId: string } & (
  | { readonly outcome: 'succeeded'; readonly reply: ProviderResult<DecodedReply> }
  | { readonly outcome: 'errored'; readonly reply: ProviderResult<never> }
  | { readonly outcome: 'cancelled' | 'expired' }
);

/** One file of entries, for providers that take a batch as a file. */
export interface BatchUpload {
  encode(batchId: string, items: readonly BatchItem[]): ProviderResult<BatchRequest>;
  /** The file's id; undefined when the answer holds none. */
  read(body: Uint8Array): string | undefined;
}

export interface BatchWire {
  /** Goes before the batch is made, which names the file then. */
  readonly upload?: BatchUpload;
  /** A fault of kind `invalid` when one of the calls cannot go into a batch, or not with the others. */
  create(batchId: string, items: readonly BatchItem[], fileId: string): ProviderResult<BatchRequest>;
  get(id: string): BatchRequest;
  cancel(id: string): BatchRequest;
  list(after: string | undefined): BatchRequest;
  /** Reads the answer to `create`, `get` and `cancel`; undefined when it is no batch. */
  read(body: Uint8Array): BatchState | undefined;
  readPage(body: Uint8Array): BatchPage | undefined;
  /** What its results are asked for by, one request for each file of lines. */
  results(batch: BatchState): readonly BatchRequest[];
  /** Undefined for a line that names no entry. */
  readLine(line: string): BatchLine | undefined;
}

/** The answer as one that is billed as a batch, whatever its usage block says. */
export function billedAsBatch(decoded: ProviderResult<DecodedReply>): ProviderResult<DecodedReply> {
  if (!decoded.ok) return decoded;
  const { parts, usage, rawUsage } = decoded.value;
  const marked = parts.map((each) =>
    each.part?.$case === 'usage' ? { part: { ...each.part, value: { ...each.part.value, batch: true } } } : each,
  );
  return { ok: true, value: { parts: marked, usage: usage && { ...usage, batch: true }, rawUsage } };
}

/** What an answer is read by when the call it belongs to is no longer at hand. */
export function readingOf(callId: string): UpstreamRequest {
  const call = Call.fromPartial({ task: { $case: 'chat', value: {} } });
  return { attemptId: callId, call, upstreamModel: '', maxOutputTokens: 0, stream: false };
}
