// What tells one vendor of the OpenAI dialect from another: data and a few hooks.
import type { Micros, Secret } from '@waybill/kernel';
import type { Capability } from '../capability.ts';
import type { Endpoint, HttpHeaders, UpstreamRequest, Wire } from '../codec.ts';
import { bearer } from '../encoding/authorization.ts';
import type { Support } from '../encoding/support.ts';
import type { UsageReader } from '../usage/count.ts';
import { compatibleCapabilities } from './capabilities.ts';
import { openAiConvention, usageReader } from './usage.ts';

export type WireBody = Record<string, unknown>;

/** One vendor. */
export interface Vendor {
  readonly id: string;
  readonly defaultBaseUrl: string | undefined;
  /** What its chat completions and embeddings take; the other wires derive theirs from it. */
  readonly capabilities: ReadonlySet<Capability>;
  /** The ways to ask its models for text; the first is the usual one, whose capabilities are the codec's. */
  readonly wires: readonly [Wire, ...Wire[]];
  /** The wire for a model whose configuration names none. */
  defaultWire(request: UpstreamRequest): Wire;
  /** Where a path of the dialect, such as `/chat/completions`, is served. */
  endpoint(path: string, request: UpstreamRequest): Endpoint;
  authorize(credential: Secret | undefined, now: Micros): HttpHeaders;
  /** What is not taken for this model, or in this call, although the vendor's wire has it. */
  refuses(request: UpstreamRequest): readonly Capability[];
  /** Whether a model is known to reason, so that responses can be asked for its encrypted reasoning. */
  isReasoner(model: string): boolean;
  /** The name of the field that caps the answer on chat completions. */
  readonly capField: 'max_tokens' | 'max_completion_tokens';
  /** The name of the field for the caller's end user. */
  readonly endUserField: 'user' | 'safety_identifier';
  /** One answer comes in several choices, such as its text in one and its tool calls in another. */
  readonly joinsChoices?: true;
  /** Its list of models does not tell which names can be asked. */
  readonly hidesModels?: true;
  readonly readUsage: UsageReader;
  /** The last word on a body, in place: of a chat, a response (then `request.wire` says so) or embeddings. */
  amend(body: WireBody, request: UpstreamRequest, support: Support): void;
}

/** A server that speaks the dialect and of which nothing more is known. */
export const genericVendor: Vendor = {
  id: 'openai-compatible',
  defaultBaseUrl: undefined,
  capabilities: compatibleCapabilities,
  wires: ['chat', 'responses', 'completions'],
  defaultWire: () => 'chat',
  endpoint: (path) => ({ method: 'POST', path }),
  authorize: bearer,
  refuses: () => [],
  isReasoner: () => false,
  capField: 'max_tokens',
  endUserField: 'user',
  readUsage: usageReader(openAiConvention),
  amend: () => {},
};
