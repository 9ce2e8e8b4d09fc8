// One attempt at one provider: encode, send, decode, and always a result at the end.
import type { AttemptRequest, AttemptResponse, ReplyPart } from '@waybill/contracts';
import { type Clock, type Fault, fault } from '@waybill/kernel';
import type { UpstreamRequest } from '@waybill/providers';
import { inBatches } from '../core/batches.ts';
import { type AttemptFault, faultOfFinish, isErrorFinish, transportFault, unsentFault } from '../core/outcome.ts';
import { noProgress, note, type Progress } from '../core/progress.ts';
import { withoutSecret } from '../core/without-secret.ts';
import type { AnswerBody } from '../engine/body.ts';
import { answerLimits } from '../engine/limits.ts';
import { peerName } from '../engine/peer.ts';
import { AnswerBroken, readError, readFrames, readWhole } from '../engine/read.ts';
import type { IncomingAnswer } from '../engine/send.ts';
import { type AnswerPace, startWatch, type Watch } from '../engine/watch.ts';
import type { Target } from '../ports.ts';
import { type AttemptEnd, resultOf, type Standing } from './attempt-result.ts';

export interface AttemptWorld {
  readonly target: Target;
  readonly clock: Clock;
  /** Aborts when the caller no longer wants the answer. */
  readonly signal: AbortSignal;
  /** Told once how it went, undefined when its reader has left before the end; says how its model stands then. */
  over(end: AttemptEnd | undefined): Standing;
}

/** Parts as they come, and last the result; never throws for anything a provider does. */
export async function* makeAttempt(request: AttemptRequest, world: AttemptWorld): AsyncGenerator<AttemptResponse> {
  const { target, signal } = world;
  const peer = peerName(target.providerId, target.server);
  const watch = startWatch(timeoutsOf(request, target), signal, { pace: paceOf(request), peer });
  const attempt = beginAttempt(request, world, watch);
  let end: AttemptEnd | undefined;
  try {
    const batches = conduct(attempt);
    let batch = await batches.next();
    for (; !batch.done; batch = await batches.next()) {
      // Warnings of our own come before the answer does.
      if (attempt.body !== undefined) attempt.firstPartMs ??= attempt.elapsedMs();
      for (const part of batch.value) note(attempt.progress, part);
      if (attempt.progress.outputBytes > 0) watch.begun();
      const parts = batch.value.filter((part) => !isErrorFinish(part));
      if (parts.length > 0) yield { update: { $case: 'parts', value: { parts } } };
    }
    const ended = batch.value ?? faultOfFinish(attempt.progress.finish);
    const failed = ended && withoutSecret(ended, target.credential);
    const versionLabel = target.versionLabel?.(attempt.nowMicros());
    const { tenantKeyId } = target;
    end = { ...attempt, fault: failed, totalMs: attempt.elapsedMs(), versionLabel, tenantKeyId };
    yield { update: { $case: 'result', value: resultOf(end, world.over(end)) } };
  } finally {
    watch.stop();
    attempt.body?.destroy();
    if (end === undefined) world.over(undefined);
  }
}

interface RunningAttempt {
  readonly request: AttemptRequest;
  readonly upstream: UpstreamRequest;
  readonly target: Target;
  readonly watch: Watch;
  readonly progress: Progress;
  answered: AttemptEnd['answered'];
  firstByteMs: number;
  firstPartMs: number | undefined;
  rawUsage: string;
  /** Of the answer, once there is one. */
  body: AnswerBody | undefined;
  /** Since it arrived. */
  elapsedMs(): number;
  nowMicros(): bigint;
}

function beginAttempt(request: AttemptRequest, { target, clock }: AttemptWorld, watch: Watch): RunningAttempt {
  const startedAtMs = clock.monotonicMs();
  return {
    request,
    upstream: upstreamRequest(request, target),
    target,
    watch,
    progress: noProgress(),
    answered: { status: 0, headers: {} },
    firstByteMs: 0,
    firstPartMs: undefined,
    rawUsage: '',
    body: undefined,
    elapsedMs: () => Math.round(clock.monotonicMs() - startedAtMs),
    nowMicros: clock.nowMicros,
  };
}

/** The parts that came together, together. */
type Parts = AsyncGenerator<readonly ReplyPart[], AttemptFault | undefined>;

async function* conduct(attempt: RunningAttempt): Parts {
  const { request, target, upstream, watch } = attempt;
  if (!mayGo(attempt)) return admissionExpired;
  const encoded = target.codec.encode(upstream);
  if (!encoded.ok) return encoded.fault;
  const warnings = encoded.value.warnings.map((value): ReplyPart => ({ part: { $case: 'warning', value } }));
  if (warnings.length > 0) yield warnings;
  const nowMicros = attempt.nowMicros();
  const sent = await target.connection.send({
    path: pathOf(target, upstream),
    headers: {
      'content-type': 'application/json',
      ...encoded.value.headers,
      ...target.extraHeaders(request.attemptId),
      ...target.codec.authorize(target.credential, nowMicros),
    },
    body: encoded.value.body,
    signal: watch.signal,
    upstream,
    mayGo: () => mayGo(attempt),
  });
  if (!sent.ok && sent.withheld) return sent.because ? notSent(sent.because) : admissionExpired;
  if (!sent.ok && sent.refused) return sent.refused;
  if (!sent.ok && sent.waitedInVain) return waitedInVain(watch.reason(), sent.fault);
  if (!sent.ok) return transportFault(watch.reason() ?? sent.fault, sent.mayHaveArrived);
  const { answer } = sent;
  attempt.answered = answer;
  attempt.body = answer.body;
  attempt.firstByteMs = attempt.elapsedMs();
  if (answer.recordedAt !== undefined) yield [replayedPart(answer.recordedAt)];
  if (answer.status < 200 || answer.status > 299) {
    const body = await readError(answer, watch);
    return target.codec.classify({ status: answer.status, headers: answer.headers, body }, nowMicros);
  }
  const streamed = upstream.stream && isStream(answer, target.codec.framing);
  return yield* streamed ? readStream(attempt, answer) : readAnswer(attempt, answer);
}

/** Whether the admission still holds: by the time since the attempt arrived, where it came with one. */
function mayGo({ request, elapsedMs, nowMicros }: RunningAttempt): boolean {
  const { validForMs, notAfterMicros } = request;
  if (validForMs > 0) return elapsedMs() < validForMs;
  return notAfterMicros === 0n || nowMicros() <= notAfterMicros;
}

async function* readAnswer(attempt: RunningAttempt, answer: IncomingAnswer): Parts {
  const { codec } = attempt.target;
  let body: Uint8Array;
  try {
    body = await readWhole(answer, attempt.watch, answerLimits.bodyBytes);
  } catch (thrown) {
    return brokenAnswer(attempt, thrown);
  }
  const decoded = codec.decode(attempt.upstream, { status: answer.status, headers: answer.headers, body });
  if (!decoded.ok) {
    attempt.progress.unreadBytes += body.length;
    return { ...decoded.fault, mayHaveBilled: true };
  }
  attempt.rawUsage = decoded.value.rawUsage ?? '';
  yield* inBatches(decoded.value.parts);
  return undefined;
}

async function* readStream(attempt: RunningAttempt, answer: IncomingAnswer): Parts {
  const { decoder, framing } = attempt.target.codec;
  const state = decoder.initial(attempt.upstream, answer.headers);
  let broken: AttemptFault | undefined;
  try {
    for await (const frames of readFrames(answer, attempt.watch, framing)) {
      const parts: ReplyPart[] = [];
      const last = frames.find((frame) => {
        const step = decoder.step(state, frame);
        parts.push(...step.parts);
        if (step.fault) attempt.progress.unreadBytes += Buffer.byteLength(frame.data);
        if (step.done) answer.body.dismiss();
        return step.done || step.fault;
      });
      if (parts.length > 0) yield parts;
      if (last) break;
    }
  } catch (thrown) {
    broken = brokenAnswer(attempt, thrown);
  }
  const end = decoder.end(state);
  attempt.rawUsage = end.rawUsage ?? '';
  attempt.progress.usage = end.usage ?? attempt.progress.usage;
  if (broken !== undefined && end.fault !== undefined) return broken;
  yield end.parts;
  return end.fault && { ...end.fault, mayHaveBilled: true };
}

/** The fault of an answer that had begun and broke off. */
function brokenAnswer({ progress }: RunningAttempt, thrown: unknown): AttemptFault {
  if (!(thrown instanceof AnswerBroken)) throw thrown;
  progress.unreadBytes += thrown.unreadBytes;
  return transportFault(thrown.fault, true);
}

const admissionExpired = unsentFault(
  fault('unavailable', 'the admission ran out before the attempt could be sent', {
    details: { reason: 'admission_expired' },
  }),
  { same: true, other: true },
);

/** Somebody else may have a connection left. */
function waitedInVain(because: Fault | undefined, noConnection: Fault): AttemptFault {
  const cancelled = because?.kind === 'cancelled';
  return unsentFault(cancelled ? because : noConnection, { same: false, other: !cancelled });
}

function notSent(because: Fault): AttemptFault {
  return unsentFault(because, { same: false, other: false });
}

function replayedPart(recordedAt: string): ReplyPart {
  const message = `is a recording of ${recordedAt} that was played back; no provider was asked`;
  return { part: { $case: 'warning', value: { code: 'replayed', subject: 'answer', message } } };
}

function upstreamRequest(request: AttemptRequest, target: Target): UpstreamRequest {
  const { attemptId, call, upstreamModel, maxOutputTokens, modelId } = request;
  if (call === undefined) throw new TypeError(`attempt ${attemptId} carries no call`);
  return { attemptId, call, upstreamModel, maxOutputTokens, stream: isStreamed(request), wire: target.wireOf(modelId) };
}

function isStreamed({ call }: AttemptRequest): boolean {
  return call?.task?.$case === 'chat' && call.task.value.stream;
}

function paceOf(request: AttemptRequest): AnswerPace {
  if (request.call?.task?.$case !== 'chat') return 'at_once';
  return isStreamed(request) ? 'stream' : 'whole';
}

function timeoutsOf(request: AttemptRequest, target: Target): Target['timeouts'] {
  const { timeouts } = target;
  if (request.totalTimeoutMs === 0) return timeouts;
  return { ...timeouts, totalMs: Math.min(timeouts.totalMs, request.totalTimeoutMs) };
}

function pathOf(target: Target, upstream: UpstreamRequest): string {
  const { path, query } = target.codec.endpoint(upstream);
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
  return `${target.basePath}${path}${search}`;
}

const streamTypes = { sse: /^text\/event-stream\b/i, ndjson: /^application\/(x-ndjson|json|jsonl)\b/i };

/** Whether an answer is the stream that was asked for; anything else is read whole, and judged by the codec. */
function isStream(answer: IncomingAnswer, framing: 'sse' | 'ndjson'): boolean {
  return streamTypes[framing].test(answer.headers['content-type'] ?? '');
}
