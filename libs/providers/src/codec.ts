// What every provider's codec is: pure translation between the canonical call and one vendor's wire.
import type { Call, ReplyPart, Usage, Warning } from '@waybill/contracts';
import type { Micros, Secret } from '@waybill/kernel';
import type { BatchWire } from './batch/wire.ts';
import type { Capability } from './capability.ts';
import type { ProviderFault, ProviderResult } from './provider-fault.ts';

/** Header names in lower case. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** The endpoints by which providers of OpenAI's family can be asked for text. */
export type Wire = 'chat' | 'responses' | 'completions';

/** One attempt, as a codec has to see it. */
export interface UpstreamRequest {
  /** Seeds the ids of tool calls where the wire has none. */
  readonly attemptId: string;
  readonly call: Call;
  /** The provider's own name of the model. */
  readonly upstreamModel: string;
  /**
   * The cap to send, in tokens, reasoning included; 0 sends none where the wire allows that. What goes out is never
   * above the larger of this and the codec's `leastOutputTokens`.
   */
  readonly maxOutputTokens: number;
  /** Whether the provider is asked to stream; `chat.stream` of the call is not looked at. */
  readonly stream: boolean;
  /** The wire that the model is configured for; without one the codec chooses. Other families do not look at it. */
  readonly wire?: Wire | undefined;
}

/** Where a request goes, below the provider's base URL. */
export interface Endpoint {
  readonly method: 'POST';
  /** Begins with a slash, already percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** A request ready to be sent, apart from its credential. */
export interface EncodedRequest {
  /** JSON text. */
  readonly body: string;
  readonly headers: HttpHeaders;
  /** What was asked for and could not be sent, or was sent otherwise. */
  readonly warnings: readonly Warning[];
}

/** A whole answer, as parts. Fold them with `foldReply`. */
export interface DecodedReply {
  /** Ends with the usage (if any) and then the finish. */
  readonly parts: readonly ReplyPart[];
  readonly usage: Usage | undefined;
  /** The usage block exactly as it came, JSON text; undefined when none came. */
  readonly rawUsage: string | undefined;
}

/** A complete HTTP answer. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
}

/** One frame of a stream: an SSE event, or a line of NDJSON as `data`. */
export interface StreamFrame {
  readonly event?: string | undefined;
  readonly data: string;
}

/** What one frame brought. */
export interface StreamStep {
  readonly parts: readonly ReplyPart[];
  /** The terminator came: nothing that follows matters, and the connection need not be waited for. */
  readonly done: boolean;
  /** The stream is broken; parts before it stand. Frames after it bring nothing. */
  readonly fault?: ProviderFault | undefined;
}

/** What is known once a stream is over, for whatever reason. */
export interface StreamEnd {
  /** Parts that waited for the end. A `finish` is among all parts of a stream only if the answer is complete. */
  readonly parts: readonly ReplyPart[];
  /** Present unless the answer is complete; of kind `upstream` when only the terminator is missing. */
  readonly fault?: ProviderFault | undefined;
  /** The last snapshot, also of a broken stream; undefined when the provider sent none that can be read. */
  readonly usage: Usage | undefined;
  /** The usage block exactly as it came, JSON text; a JSON array of blocks where the wire spreads it over several. */
  readonly rawUsage: string | undefined;
}

/** Reads a stream frame by frame. The state belongs to the decoder, which may mutate it. */
export interface StreamDecoder<State> {
  initial(request: UpstreamRequest, headers: HttpHeaders): State;
  /** Never throws, whatever the frame holds. */
  step(state: State, frame: StreamFrame): StreamStep;
  /** Call it once: after `done`, after a fault, or when the connection ended or was given up. */
  end(state: State): StreamEnd;
}

/** How a provider is asked how many tokens a prompt has. Pure, and throws for nothing, as the codec itself. */
export interface TokenCounter {
  endpoint(request: UpstreamRequest): Endpoint;
  encode(request: UpstreamRequest): ProviderResult<EncodedRequest>;
  /** Undefined when the answer holds no count. */
  decode(response: UpstreamResponse): number | undefined;
}

/**
 * One vendor's wire. All members are pure; none throws for anything a vendor sends.
 * Methods take the state as `unknown` outside of the codec's own folder.
 */
export interface ProviderCodec<State = unknown> {
  /** The `kind` or vendor of the configuration. */
  readonly id: string;
  /** The dialect it speaks: openai, anthropic, gemini, ollama or cohere. */
  readonly family: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly framing: 'sse' | 'ndjson';
  /** Its list of models does not tell which names can be asked, as Azure's has no deployments. */
  readonly hidesModels?: true | undefined;
  /** The most texts that one request for embeddings takes; undefined where no bound is known. */
  readonly mostEmbeddingInputs?: number | undefined;
  /** Undefined where the configuration has to name one. */
  readonly defaultBaseUrl: string | undefined;
  endpoint(request: UpstreamRequest): Endpoint;
  /** The least cap that goes out: a lower one is raised to it, with a warning, and what is held has to cover it. */
  leastOutputTokens(request: UpstreamRequest): number;
  /** Headers that hold the credential in plain text: for the socket only. `now` is for tokens made per request. */
  authorize(credential: Secret | undefined, now: Micros): HttpHeaders;
  /** A fault of kind `invalid` when the provider cannot do this kind of call at all. */
  encode(request: UpstreamRequest): ProviderResult<EncodedRequest>;
  /** Reads a whole answer with a 2xx status; an error in disguise, HTML or nothing is a fault. */
  decode(request: UpstreamRequest, response: UpstreamResponse): ProviderResult<DecodedReply>;
  readonly decoder: StreamDecoder<State>;
  /** Where the provider counts for nothing. */
  readonly counter?: TokenCounter;
  /** Undefined where the provider takes no batches. */
  readonly batches?: BatchWire;
  /** Reads an answer that is no success. */
  classify(response: UpstreamResponse, now: Micros): ProviderFault;
}
