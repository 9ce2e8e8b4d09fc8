// Asks a provider how many tokens a prompt has.
import type { CountTokensRequest } from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import type { TokenCounter, UpstreamRequest } from '@waybill/providers';
import { withoutSecret } from '../core/without-secret.ts';
import { answerLimits } from '../engine/limits.ts';
import { peerName } from '../engine/peer.ts';
import { readError, readWhole } from '../engine/read.ts';
import type { IncomingAnswer } from '../engine/send.ts';
import { startWatch, type Watch } from '../engine/watch.ts';
import type { Target } from '../ports.ts';

export interface Counting {
  readonly target: Target;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Undefined where the provider has nothing to be asked. Throws a FaultError when it gives no count. */
export async function countTokens(request: CountTokensRequest, counting: Counting): Promise<number | undefined> {
  const { target, signal } = counting;
  const { counter } = target.codec;
  if (counter === undefined) return undefined;
  const watch = startWatch(target.timeouts, signal, { peer: peerName(target.providerId, target.server) });
  try {
    return await count(counter, upstreamRequest(request), { ...counting, watch });
  } finally {
    watch.stop();
  }
}

async function count(
  counter: TokenCounter,
  upstream: UpstreamRequest,
  { target, clock, watch }: Counting & { readonly watch: Watch },
): Promise<number> {
  const encoded = counter.encode(upstream);
  if (!encoded.ok) throw new FaultError(encoded.fault);
  const nowMicros = clock.nowMicros();
  const sent = await target.connection.send({
    path: `${target.basePath}${counter.endpoint(upstream).path}`,
    headers: { ...encoded.value.headers, ...target.codec.authorize(target.credential, nowMicros) },
    body: encoded.value.body,
    signal: watch.signal,
    mayGo: () => true,
  });
  if (!sent.ok) throw new FaultError(watch.reason() ?? (sent.withheld ? (sent.because ?? noCount) : sent.fault));
  try {
    return await readCount(counter, sent.answer, { target, watch, nowMicros });
  } finally {
    sent.answer.body.destroy();
  }
}

interface Reading {
  readonly target: Target;
  readonly watch: Watch;
  readonly nowMicros: bigint;
}

async function readCount(counter: TokenCounter, answer: IncomingAnswer, { target, watch, nowMicros }: Reading) {
  const { status, headers } = answer;
  if (status < 200 || status > 299) {
    const body = await readError(answer, watch);
    const refused = target.codec.classify({ status, headers, body }, nowMicros);
    throw new FaultError(withoutSecret(refused, target.credential));
  }
  const body = await readWhole(answer, watch, answerLimits.errorBytes);
  const tokens = counter.decode({ status, headers, body });
  if (tokens === undefined) throw new FaultError(noCount);
  return tokens;
}

const noCount = fault('upstream', 'the provider gave no count of tokens');

function upstreamRequest({ call, upstreamModel }: CountTokensRequest): UpstreamRequest {
  if (call === undefined) throw new FaultError(fault('invalid', 'call is missing: it holds the prompt'));
  return { attemptId: '', call, upstreamModel, maxOutputTokens: 0, stream: false };
}
