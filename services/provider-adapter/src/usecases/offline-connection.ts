// Stands between an attempt and its provider: keeps what comes, or gives what was kept.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, type Fault, fault, faultOf } from '@waybill/kernel';
import type { UpstreamRequest } from '@waybill/providers';
import type { Recording } from '../core/recording.ts';
import type { AnswerBody } from '../engine/body.ts';
import type { IncomingAnswer, OutgoingRequest, SendResult } from '../engine/send.ts';
import type { OfflineMode, Recordings, Target } from '../ports.ts';
import type { Exchange, Exchanges } from './exchanges.ts';
import { requestKey } from './request-key.ts';

export interface OfflineWorld {
  readonly mode: Exclude<OfflineMode, 'off'>;
  readonly timing: 'exact' | 'none';
  readonly recordings: Recordings;
  readonly exchanges: Exchanges;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** The target with its connection recorded or played back. */
export function offlineTarget(target: Target, world: OfflineWorld): Target {
  const { connection } = target;
  return {
    ...target,
    connection: { send: (request) => send(target, request, world), close: () => connection.close() },
  };
}

async function send(target: Target, request: OutgoingRequest, world: OfflineWorld): Promise<SendResult> {
  const { upstream } = request;
  if (upstream === undefined)
    return world.mode === 'replay' ? withheld(nobodyIsAsked) : target.connection.send(request);
  const key = requestKey(target.codec, upstream);
  if (key === undefined) return target.connection.send(request);
  if (world.mode !== 'record') {
    const found = await load(world.recordings, key);
    if ('kind' in found) return withheld(found);
    if (found.recording) return playBack(found.recording, request, world);
    if (world.mode === 'replay') return withheld(noRecording(key, upstream, world.recordings));
  }
  return record(target, request, { ...world, upstream, key });
}

function withheld(because: Fault): SendResult {
  return { ok: false, withheld: true, because };
}

const nobodyIsAsked = fault('unavailable', 'no provider is asked for anything: offline.mode is replay', {
  details: { reason: 'offline' },
});

function noRecording(key: string, { upstreamModel }: UpstreamRequest, { place }: Recordings): Fault {
  const message = `no recording of this request to ${upstreamModel} is in ${place} (${key}); record it with offline.mode record, or ask with replay-or-record`;
  return fault('not_found', message, { details: { reason: 'no_recording', recording: key } });
}

async function load(recordings: Recordings, key: string): Promise<Fault | { recording: Recording | undefined }> {
  return recordings.load(key).then(
    (recording) => ({ recording }),
    (thrown: unknown) => faultOf(thrown),
  );
}

interface Recorded extends OfflineWorld {
  readonly upstream: UpstreamRequest;
  readonly key: string;
}

async function record(target: Target, request: OutgoingRequest, { exchanges, clock, upstream, key }: Recorded) {
  const sentAtMs = clock.monotonicMs();
  const elapsedMs = () => Math.round(clock.monotonicMs() - sentAtMs);
  const sent = await target.connection.send(request);
  if (!sent.ok) return sent;
  const exchange: Exchange = {
    ...{ key, upstream, dialect: target.codec.id, path: request.path, body: request.body ?? '' },
    ...{ status: sent.answer.status, headers: sent.answer.headers, firstByteMs: elapsedMs() },
    ...{ pieces: [], endMs: undefined, credential: target.credential },
  };
  exchanges.begin(upstream.attemptId, exchange);
  return { ...sent, answer: { ...sent.answer, body: noted(sent.answer.body, exchange, elapsedMs) } };
}

/** The body, with each piece noted as it is read. */
function noted(body: AnswerBody, exchange: Exchange, elapsedMs: () => number): AnswerBody {
  return {
    async next() {
      const piece = await body.next();
      if (piece) exchange.pieces.push({ atMs: elapsedMs(), bytes: Buffer.from(piece) });
      else exchange.endMs ??= elapsedMs();
      return piece;
    },
    dismiss() {
      exchange.endMs ??= elapsedMs();
      body.dismiss();
    },
    destroy: () => body.destroy(),
  };
}

async function playBack(
  { answer, recordedAt, key }: Recording,
  { signal, upstream }: OutgoingRequest,
  { timing, exchanges, clock }: OfflineWorld,
): Promise<SendResult> {
  const startedAtMs = clock.monotonicMs();
  const until = async (atMs: number) => {
    const waitMs = timing === 'none' ? 0 : atMs - (clock.monotonicMs() - startedAtMs);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    signal.throwIfAborted();
  };
  try {
    await until(answer.firstByteMs);
  } catch (thrown) {
    return { ok: false, withheld: true, because: faultOf(thrown) };
  }
  if (upstream) exchanges.noteReplay(upstream.attemptId, key);
  const incoming: IncomingAnswer = {
    status: answer.status,
    headers: answer.headers,
    body: playedBody(answer, until),
    recordedAt,
  };
  return { ok: true, answer: incoming };
}

function playedBody({ pieces, endMs }: Recording['answer'], until: (atMs: number) => Promise<void>): AnswerBody {
  let next = 0;
  return {
    async next() {
      const piece = pieces[next];
      await until(piece?.atMs ?? endMs);
      next += 1;
      return piece && Buffer.from(piece.base64, 'base64');
    },
    dismiss: () => undefined,
    destroy: () => undefined,
  };
}
