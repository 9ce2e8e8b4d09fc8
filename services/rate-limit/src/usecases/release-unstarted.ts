// Releases what was reserved for attempts that never set out, because their gateway died after it was admitted.
import { type EventReader, events } from '@waybill/event-log';
import type { Clock } from '@waybill/kernel';
import { release } from '../core/settle.ts';
import type { Reservation } from '../core/state.ts';
import type { Charge, Charges } from './charges.ts';
import type { Follower } from './follow-log.ts';

export interface UnstartedOptions {
  readonly log: EventReader;
  readonly charges: Charges;
  readonly follower: Follower;
  readonly clock: Clock;
}

/** A start that was sent in time may be on its way to the log for so long after the admission has run out. */
const graceMs = 3_000;

interface Suspect {
  readonly charge: Charge;
  readonly reservation: Reservation;
}

/**
 * The step that is repeated. An attempt is released when two of these in a row, each having read the log to its end
 * after the admission had run out, find no start of it.
 */
export function unstartedReleaser(options: UnstartedOptions): () => Promise<number> {
  const { log, charges, follower, clock } = options;
  let suspectedBefore: ReadonlySet<Reservation> = new Set();
  return async () => {
    const suspects = runOut(charges, clock.monotonicMs() - graceMs);
    if (suspects.length === 0) {
      suspectedBefore = new Set();
      return 0;
    }
    const started = await startedSince(log, follower);
    const unstarted = suspects.filter(({ reservation }) => !reservation.started && !started.has(reservation.attemptId));
    const due = unstarted.filter(({ charge, reservation }) => {
      const isCurrent = charge.state.reservations.get(reservation.attemptId) === reservation;
      return isCurrent && charge.hold.remainingMs() > 0 && suspectedBefore.has(reservation);
    });
    for (const { charge, reservation } of due) release(charge.state, reservation.attemptId);
    suspectedBefore = new Set(unstarted.map(({ reservation }) => reservation));
    return due.length;
  };
}

function runOut(charges: Charges, beforeMs: number): readonly Suspect[] {
  const suspects: Suspect[] = [];
  for (const charge of charges.all()) {
    for (const reservation of charge.state.reservations.values()) {
      if (!reservation.started && reservation.validUntilMs < beforeMs) suspects.push({ charge, reservation });
    }
  }
  return suspects;
}

/** Attempts that have started behind what was heard. */
async function startedSince(log: EventReader, follower: Follower): Promise<ReadonlySet<string>> {
  const heardTo = follower.position() ?? 0n;
  const started = new Set<string>();
  for await (const batch of log.read(heardTo, { types: [events.attemptStarted.type] })) {
    for (const { envelope } of batch) started.add(events.attemptStarted.decode(envelope).attemptId);
  }
  return started;
}
