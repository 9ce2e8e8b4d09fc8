// Answers wait here to be judged, off the caller's path. The queue is bounded: what does not fit is skipped.
import type { SubmitRequest } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf } from '@waybill/kernel';
import { type Spans, type TraceContext, waybill } from '@waybill/telemetry';
import { scoreOf } from '../core/score.ts';

export interface JudgeQueue {
  /** False when the queue is full and the answer was skipped. */
  submit(request: SubmitRequest): boolean;
  /** Resolves when everything accepted so far is judged and recorded. */
  settled(): Promise<void>;
  /** How many are not judged yet. */
  waiting(): number;
}

/** An answer with the trace of whoever submitted it. */
interface Submitted {
  readonly request: SubmitRequest;
  readonly trace: TraceContext | undefined;
}

export interface JudgeQueueOptions {
  readonly size: number;
  nowMicros(): bigint;
  /** Records scores; a rejection is the recorder's to report. */
  record(drafts: readonly EventDraft[]): Promise<void>;
  /** Called for each answer that was skipped. */
  skipped(): void;
  readonly spans: Spans;
}

const judgedAtOnce = 16;

/** Judges a few answers at a time and lets other work in between. */
export function createJudgeQueue({ size, nowMicros, record, skipped, spans }: JudgeQueueOptions): JudgeQueue {
  const waiting: Submitted[] = [];
  let working: Promise<void> | undefined;
  const work = async () => {
    while (waiting.length > 0) {
      await new Promise(setImmediate);
      const drafts = waiting.splice(0, judgedAtOnce).map(judge);
      await record(drafts);
    }
    working = undefined;
  };
  function judge({ request, trace }: Submitted): EventDraft {
    const { callId, modelId } = request;
    const attributes = { [waybill.model]: modelId };
    const span = spans.open('judge', { kind: 'consumer', attributes, callId, parent: trace && { ...trace } });
    const draft = span.run(() => evaluatedDraft(request, nowMicros()));
    span.ended();
    return { ...draft, trace: span.trace };
  }

  return {
    submit(request) {
      if (waiting.length >= size) {
        skipped();
        return false;
      }
      waiting.push({ request, trace: spans.trace() });
      working ??= spans.outside(work);
      return true;
    },
    waiting: () => waiting.length,
    settled: () => working ?? Promise.resolve(),
  };
}

function evaluatedDraft({ callId, tenantId, modelId, call, reply }: SubmitRequest, nowMicros: bigint): EventDraft {
  return events.answerEvaluated.draft({
    eventId: eventIdOf(callId, 'evaluated'),
    tenantId,
    streamId: `call/${callId}`,
    correlationId: callId,
    causationId: eventIdOf(callId, 'ended'),
    occurredAtMicros: nowMicros,
    payload: { callId, modelId, score: scoreOf(call, reply) },
  });
}
