// One wire of the OpenAI dialect.
import type { Capability } from '../capability.ts';
import type { DecodedReply, EncodedRequest, StreamDecoder, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import type { ProviderResult } from '../provider-fault.ts';

/** What the codec of a vendor puts together: one endpoint, and how to write and read it. */
export interface WireCodec {
  readonly path: string;
  /** 1 where it takes any cap. */
  readonly leastOutputTokens: number;
  readonly capabilities: ReadonlySet<Capability>;
  encode(request: UpstreamRequest): ProviderResult<EncodedRequest>;
  decode(request: UpstreamRequest, response: UpstreamResponse): ProviderResult<DecodedReply>;
  readonly decoder: StreamDecoder<unknown>;
}
