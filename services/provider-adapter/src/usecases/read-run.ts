// The calls of a run as the books know them, and what became of each.
import { type AttemptEnded, AttemptOutcome } from '@waybill/contracts';
import { type EventReader, events } from '@waybill/event-log';

/** A run in the books. */
export interface RecordedRun {
  /** Attempts that completed a call of the run, in the order in which the calls began. */
  readonly answers: readonly AttemptEnded[];
  /** Calls of the run that came to no complete answer. */
  readonly unanswered: readonly string[];
}

export async function readRun(reader: Pick<EventReader, 'read'>, run: string): Promise<RecordedRun> {
  const seen = new Map<string, AttemptEnded | undefined>();
  const { callAdmitted, attemptEnded } = events;
  for await (const batch of reader.read(0n, { types: [callAdmitted.type, attemptEnded.type] })) {
    for (const { envelope } of batch) {
      if (envelope.type === callAdmitted.type) {
        const { callId, attribution } = callAdmitted.decode(envelope);
        if (attribution?.runId === run) seen.set(callId, undefined);
      } else {
        const ended = attemptEnded.decode(envelope);
        if (seen.has(ended.callId) && ended.outcome === AttemptOutcome.COMPLETED) seen.set(ended.callId, ended);
      }
    }
  }
  return {
    answers: [...seen.values()].filter((ended) => ended !== undefined),
    unanswered: [...seen].flatMap(([callId, ended]) => (ended ? [] : [callId])),
  };
}
