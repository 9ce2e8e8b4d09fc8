// One replica of a service: dialled, lost, and dialled again.
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { transportClosed } from '../carrier.ts';
import type { Connection, Dial, Place } from '../connection.ts';

export interface Replica {
  readonly address: string;
  /** Undefined unless it takes calls now. */
  readonly connection: Connection | undefined;
  /** Claims that it refused a call a moment ago, or has fallen silent, so that others are better asked first. */
  readonly isShunned: boolean;
  /** How many times in a row it could not be reached, or was lost. */
  readonly failures: number;
  /** Makes the connection, unless that failed a moment ago: then throws what stood in the way. */
  connect(): Promise<Connection>;
  /** Makes another connection in place of the one it has, whose calls under way finish. */
  renew(): void;
  /** It refused a call. */
  refused(): void;
  /** No more calls; those under way finish. */
  retire(): void;
  close(): void;
}

export interface ReplicaSettings {
  readonly dial: Dial;
  /** Told when the connection is lost or could not be made. */
  readonly onDown: (replica: Replica) => void;
}

type State =
  | { readonly is: 'dialling'; readonly connection: Promise<Connection> }
  | { readonly is: 'ready'; readonly connection: Connection; readonly sinceMs: number }
  | { readonly is: 'resting'; readonly fault: Fault; readonly untilMs: number; readonly timer: NodeJS.Timeout }
  | { readonly is: 'closed' };

/** It is dialled again by itself after a rest, which doubles from the first to the last with each failure. */
const firstRestMs = 200;
const lastRestMs = 5_000;
/** A call that finds it resting dials at once, but not sooner than this after it failed. */
const leastRestMs = 100;
/** How long others are asked first after it refused a call. */
const shunnedMs = 1_000;

/** Begins to dial it. */
export function createReplica(place: Place, { dial, onDown }: ReplicaSettings): Replica {
  const { address } = place;
  let state: State = { is: 'closed' };
  let failures = 0;
  let refusedAtMs = 0;

  function begin(): Promise<Connection> {
    if (state.is === 'resting') clearTimeout(state.timer);
    const connection = dial(place, lose);
    state = { is: 'dialling', connection };
    connection.then(arrive, (thrown) => rest(faultOf(thrown), leastRestMs));
    // Whoever waits for it hears of a failure; without anybody waiting it is nobody's concern.
    connection.catch(() => undefined);
    return connection;
  }

  function arrive(connection: Connection): void {
    if (state.is === 'closed') {
      connection.close();
      return;
    }
    failures = 0;
    refusedAtMs = 0;
    state = { is: 'ready', connection, sinceMs: performance.now() };
  }

  function lose(): void {
    if (state.is !== 'ready') return;
    // One that is lost as soon as it was made would else be dialled in a circle.
    const wasStable = performance.now() - state.sinceMs > leastRestMs;
    rest(fault('unavailable', `the connection to ${address} was lost`), wasStable ? 0 : leastRestMs);
  }

  function rest(reason: Fault, leastMs: number): void {
    if (state.is === 'closed') return;
    const restMs = Math.min(lastRestMs, firstRestMs * 2 ** failures) * (0.8 + 0.4 * Math.random());
    failures += 1;
    const timer = setTimeout(begin, restMs);
    timer.unref();
    state = { is: 'resting', fault: reason, untilMs: performance.now() + leastMs, timer };
    onDown(replica);
  }

  function replace(old: Connection, fresh: Connection): void {
    if (state.is === 'ready' && state.connection === old) {
      arrive(fresh);
      old.retire();
    } else {
      fresh.close();
    }
  }

  function leave(end: (connection: Connection) => void): void {
    const last = state;
    state = { is: 'closed' };
    if (last.is === 'resting') clearTimeout(last.timer);
    if (last.is === 'ready') end(last.connection);
  }

  const replica: Replica = {
    address,
    get connection() {
      return state.is === 'ready' ? state.connection : undefined;
    },
    get isShunned() {
      if (state.is === 'ready' && state.connection.isSilent) return true;
      return refusedAtMs > 0 && performance.now() - refusedAtMs < shunnedMs;
    },
    get failures() {
      return failures;
    },
    async connect() {
      if (state.is === 'closed') throw new FaultError(transportClosed());
      if (state.is !== 'resting') return state.connection;
      if (performance.now() < state.untilMs) throw new FaultError(state.fault);
      return begin();
    },
    renew() {
      if (state.is !== 'ready') return;
      const old = state.connection;
      // Where that fails the old one goes on.
      dial(place, lose).then(
        (fresh) => replace(old, fresh),
        () => undefined,
      );
    },
    refused() {
      refusedAtMs = performance.now();
    },
    retire: () => leave((connection) => connection.retire()),
    close: () => leave((connection) => connection.close()),
  };
  begin();
  return replica;
}
