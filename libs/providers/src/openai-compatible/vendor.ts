// What tells one vendor of the OpenAI dialect from another: data and a few hooks.
import type { Capability } from '../capability.ts';
import type { UpstreamRequest } from '../codec.ts';
import type { Support } from '../encoding/support.ts';
import type { UsageReader } from '../usage/count.ts';
import { compatibleCapabilities } from './capabilities.ts';
import { openAiConvention, usageReader } from './usage.ts';

export type WireBody = Record<string, unknown>;

/** One vendor. */
export interface Vendor {
  readonly id: string;
  readonly defaultBaseUrl: string | undefined;
  readonly capabilities: ReadonlySet<Capability>;
  /** What this model does not take although the vendor's wire has it. */
  refuses(model: string): readonly Capability[];
  /** The name of the field that caps the answer. */
  capField(model: string): 'max_tokens' | 'max_completion_tokens';
  /** The name of the field for the caller's end user. */
  readonly endUserField: 'user' | 'safety_identifier';
  /** One answer comes in several choices, such as its text in one and its tool calls in another. */
  readonly joinsChoices?: true;
  readonly readUsage: UsageReader;
  /** The last word on the body of a chat, in place. */
  amend(body: WireBody, request: UpstreamRequest, support: Support): void;
}

/** A server that speaks the dialect and of which nothing more is known. */
export const genericVendor: Vendor = {
  id: 'openai-compatible',
  defaultBaseUrl: undefined,
  capabilities: compatibleCapabilities,
  refuses: () => [],
  capField: () => 'max_tokens',
  endUserField: 'user',
  readUsage: usageReader(openAiConvention),
  amend: () => {},
};
