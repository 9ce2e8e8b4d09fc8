// The client that programs hold.
import { ChannelCredentials } from '@grpc/grpc-js';
import {
  Call,
  type CallSummary,
  type EstimateCostResponse,
  GenerationServiceDefinition,
  type ReplyPart,
} from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { type Client, createGrpcTransport, type HealthCheckResponse, HealthServiceDefinition } from '@waybill/rpc';
import type { CallInput } from './call-input.ts';
import type { Answer, CallOptions, EstimateOptions, TlsOptions, WaybillClientOptions } from './options.ts';
import { createTries, type Tries } from './tries.ts';

/** A piece of a streamed answer, or, last, how the call went. */
export type StreamUpdate =
  | { readonly $case: 'part'; readonly value: ReplyPart }
  | { readonly $case: 'summary'; readonly value: CallSummary };

/**
 * Calls throw a FaultError, whose `fault` has a kind to act on, a message for people and details. Every call has a
 * deadline. A call is made again only when nobody began it (see pauseBeforeRetryMs), and a streamed one never after its
 * first update.
 */
export interface WaybillClient {
  /** Answers when the answer is complete. */
  generate(call: CallInput, options?: CallOptions): Promise<Answer>;
  /**
   * The answer as it comes; the last update is the summary. An answer that ends without one was cut, and ends with
   * `unavailable`. The call begins when the first update is asked for; leaving the loop cancels it.
   */
  stream(call: CallInput, options?: CallOptions): AsyncIterableIterator<StreamUpdate, undefined>;
  /** Turns texts into vectors: `reply.embeddings`, one for each text, in their order. */
  embed(call: CallInput, options?: CallOptions): Promise<Answer>;
  /** What a call would cost at each model that could serve it, and the cheapest; the call is not made. */
  estimateCost(call: CallInput, options?: EstimateOptions): Promise<EstimateCostResponse>;
  /** What the gateway says of itself; throws `unavailable` when it cannot be reached. */
  health(options?: Pick<CallOptions, 'signal' | 'timeoutMs'>): Promise<HealthCheckResponse['status']>;
  /** Ends the calls under way as `unavailable`. */
  close(): Promise<void>;
}

const healthTimeoutMs = 5_000;

/** The gateway is dialled by the first call. Throws `invalid` for an address off this machine without TLS. */
export function createWaybillClient(options: WaybillClientOptions): WaybillClient {
  const addresses = typeof options.address === 'string' ? [options.address] : options.address;
  const services = [GenerationServiceDefinition.fullName, HealthServiceDefinition.fullName];
  const transport = createGrpcTransport({
    addresses: Object.fromEntries(services.map((service) => [service, addresses])),
    multiplexed: false,
    credentials: options.tls && credentialsOf(options.tls),
  });
  const gateway = transport.client(GenerationServiceDefinition);
  const health = transport.client(HealthServiceDefinition);
  return {
    generate: (call, callOptions = {}) => answered(gateway.generate, call, createTries(options, callOptions)),
    embed: (call, callOptions = {}) => answered(gateway.embed, call, createTries(options, callOptions)),
    stream: (call, callOptions = {}) => stream(gateway, call, createTries(options, callOptions)),
    async estimateCost(call, { expectedOutputTokens, ...callOptions } = {}) {
      const request = { call: Call.fromPartial(call), expectedOutputTokens };
      return tried(createTries(options, callOptions), (each) => gateway.estimateCost(request, each));
    },
    async health({ signal, timeoutMs = healthTimeoutMs } = {}) {
      return (await health.check({ service: '' }, { signal, timeoutMs })).status;
    },
    close: () => transport.close(),
  };
}

function credentialsOf({ ca, certificate, key }: TlsOptions): ChannelCredentials {
  const [authority, own, secret] = [ca, certificate, key].map((pem) => (pem === undefined ? null : Buffer.from(pem)));
  return ChannelCredentials.createSsl(authority, secret, own);
}

type Gateway = Client<typeof GenerationServiceDefinition>;

/** One of the methods that answer with a whole reply. */
type Ask = Gateway['generate'] | Gateway['embed'];

function answered(ask: Ask, call: CallInput, tries: Tries): Promise<Answer> {
  const request = { call: Call.fromPartial(call) };
  return tried(tries, async (each) => {
    const { reply, summary } = await ask(request, each);
    if (reply === undefined || summary === undefined) throw cut();
    return { reply, summary };
  });
}

async function tried<Answered>(
  tries: Tries,
  ask: (each: ReturnType<Tries['next']>) => Promise<Answered>,
): Promise<Answered> {
  for (;;) {
    try {
      return await ask(tries.next());
    } catch (thrown) {
      await tries.again(thrown);
    }
  }
}

async function* stream(gateway: Gateway, call: CallInput, tries: Tries): AsyncGenerator<StreamUpdate, undefined> {
  const request = { call: Call.fromPartial(call) };
  let last: StreamUpdate | undefined;
  for (;;) {
    try {
      for await (const { update } of gateway.generateStream(request, tries.next())) {
        if (update === undefined) continue;
        last = update;
        yield update;
      }
      break;
    } catch (thrown) {
      if (last !== undefined) throw thrown;
      await tries.again(thrown);
    }
  }
  if (last?.$case !== 'summary') throw cut();
  return undefined;
}

function cut(): FaultError {
  return new FaultError(fault('unavailable', 'the answer was cut: it ended without its summary'));
}
