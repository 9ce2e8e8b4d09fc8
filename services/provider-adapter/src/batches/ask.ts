// Requests about batches: sent once, by the key that the batch belongs to.
import { type Clock, type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { BatchRequest, BatchWire } from '@waybill/providers';
import { answerLimits } from '../engine/limits.ts';
import { peerName } from '../engine/peer.ts';
import { AnswerBroken, readError, readWhole } from '../engine/read.ts';
import type { IncomingAnswer, SendResult } from '../engine/send.ts';
import { startWatch, type Watch } from '../engine/watch.ts';
import type { Target, TargetKey } from '../ports.ts';

export interface BatchWorld {
  readonly target: Target;
  readonly wire: BatchWire;
  readonly key: TargetKey;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Asked before the first byte of a request leaves; default: it may. */
  mayGo?(): boolean;
}

/** Something went wrong; whether the provider may have done what it was asked for all the same. */
export class NotDone extends FaultError {
  readonly mayBeDone: boolean;

  constructor(because: Fault, mayBeDone: boolean) {
    super(because);
    this.mayBeDone = mayBeDone;
  }
}

/** The whole answer. Throws a NotDone. */
export function ask(world: BatchWorld, request: BatchRequest): Promise<Uint8Array> {
  return asking(world, request, (answer, watch) => readWhole(answer, watch, answerLimits.bodyBytes));
}

/** Hands a successful answer to `read`, and closes it afterwards. Throws a NotDone. */
export async function asking<Value>(
  world: BatchWorld,
  request: BatchRequest,
  read: (answer: IncomingAnswer, watch: Watch) => Promise<Value>,
): Promise<Value> {
  const { target, signal } = world;
  const watch = startWatch(target.timeouts, signal, { peer: peerName(target.providerId, target.server) });
  try {
    const answer = await send(world, request, watch);
    try {
      return await read(answer, watch);
    } finally {
      answer.body.destroy();
    }
  } catch (thrown) {
    if (thrown instanceof NotDone) throw thrown;
    throw new NotDone(thrown instanceof AnswerBroken ? thrown.fault : faultOf(thrown), true);
  } finally {
    watch.stop();
  }
}

async function send(world: BatchWorld, request: BatchRequest, watch: Watch): Promise<IncomingAnswer> {
  const { target, key, clock } = world;
  const nowMicros = clock.nowMicros();
  const sent = await target.connection.send({
    method: request.method,
    path: `${target.basePath}${request.path}`,
    headers: { ...request.headers, ...target.codec.authorize(key.secret, nowMicros) },
    body: request.body,
    signal: watch.signal,
    mayGo: () => world.mayGo?.() ?? true,
  });
  if (!sent.ok) throw new NotDone(reasonOf(sent, watch), !sent.withheld && sent.mayHaveArrived);
  const { status, headers } = sent.answer;
  if (status >= 200 && status <= 299) return sent.answer;
  const body = await readError(sent.answer, watch);
  const because = target.codec.classify({ status, headers, body }, nowMicros);
  throw new NotDone(because, because.mayHaveBilled);
}

const tooLate = fault('unavailable', 'the time in which the batch could be sent ran out', {
  details: { reason: 'admission_expired' },
});

function reasonOf(sent: Extract<SendResult, { ok: false }>, watch: Watch): Fault {
  return watch.reason() ?? (sent.withheld ? (sent.because ?? tooLate) : sent.fault);
}

export const noBatch = fault('upstream', 'the provider answered with something that is no batch');
