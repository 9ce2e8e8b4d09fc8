// All replicas of a service, as far as this process knows them.
import { FaultError, fault } from '@waybill/kernel';
import type { CallScope } from '../call-scope.ts';
import type { Dial, Place } from '../connection.ts';
import type { Target } from './address.ts';
import type { LookUp } from './names.ts';
import { type Places, watchPlaces } from './places.ts';
import { createReplica, type Replica } from './replica.ts';

export interface ReplicasSettings {
  readonly targets: readonly Target[];
  readonly dial: Dial;
  readonly lookUp: LookUp;
}

export interface Replicas {
  /** The ready replica with the fewest calls under way, in turn where several have as few; undefined when none is. */
  pick(passOver?: ReadonlySet<Replica>): Replica | undefined;
  /** Waits until one is ready, dialling those that are not. Throws `unavailable` when none can be reached. */
  find(scope: CallScope, passOver?: ReadonlySet<Replica>): Promise<Replica>;
  /** The replica at this address, if it is known. */
  known(address: string): Replica | undefined;
  /** The replica at this address, which another one has named; it is dialled if it is not known. */
  at(address: string): Replica;
  /** Makes all connections anew, one beside the other. */
  renew(): void;
  close(): void;
}

/** Replicas that are at no configured place; beyond this many, the one with the least to do is given up. */
const namedMax = 64;
/** A replica that only others have named is forgotten when it cannot be reached this many times, some ten seconds. */
const namedFailuresMax = 6;

/** Nothing is looked up or dialled before the first call. */
export function createReplicas({ targets, dial, lookUp }: ReplicasSettings): Replicas {
  const configured = new Map<string, Replica>();
  const named = new Map<string, Replica>();
  let places: Places | undefined;
  let pick: Replicas['pick'] = () => undefined;

  function onDown(replica: Replica): void {
    places?.refresh();
    if (replica.failures < namedFailuresMax || named.get(replica.address) !== replica) return;
    named.delete(replica.address);
    replica.close();
  }

  function onFound(current: ReadonlyMap<string, Place>): void {
    for (const [address, place] of current) {
      if (configured.has(address)) continue;
      configured.set(address, named.get(address) ?? createReplica(place, { dial, onDown }));
      named.delete(address);
    }
    for (const [address, replica] of configured) {
      if (current.has(address)) continue;
      configured.delete(address);
      replica.retire();
    }
    pick = pickerOf([...configured.values()]);
  }

  async function find(scope: CallScope, passOver?: ReadonlySet<Replica>): Promise<Replica> {
    places ??= watchPlaces({ targets, lookUp, onFound });
    await scope.until(places.refresh());
    const open = [...configured.values()].filter((replica) => !passOver?.has(replica));
    if (open.length === 0) throw new FaultError(places.fault ?? fault('unavailable', 'there is no replica to ask'));
    await scope.until(firstOf(open.map((replica) => replica.connect())));
    // The one that was ready may be lost by now; then its rest ends the search at last.
    return pick(passOver) ?? find(scope, passOver);
  }

  const known = (address: string) => configured.get(address) ?? named.get(address);
  const all = () => [...configured.values(), ...named.values()];

  return {
    pick: (passOver) => pick(passOver),
    find,
    known,
    at(address) {
      const replica = known(address);
      if (replica !== undefined) return replica;
      if (named.size >= namedMax) giveUpOne(named);
      const made = createReplica({ address }, { dial, onDown });
      named.set(address, made);
      return made;
    },
    renew() {
      for (const replica of all()) replica.renew();
    },
    close() {
      places?.close();
      for (const replica of all()) replica.close();
    },
  };
}

/** What counts against a replica that others are better asked before: more than any number of calls. */
const shunnedLoad = 1e9;

function loadOf({ connection, isShunned }: Replica): number {
  if (connection === undefined) return Number.POSITIVE_INFINITY;
  return connection.underWay + (isShunned ? shunnedLoad : 0);
}

function pickerOf(replicas: readonly Replica[]): Replicas['pick'] {
  let turn = 0;
  return (passOver) => {
    turn += 1;
    let [best, bestLoad]: [Replica | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (let step = 0; step < replicas.length; step += 1) {
      const replica = replicas[(turn + step) % replicas.length] as Replica;
      const load = passOver?.has(replica) ? Number.POSITIVE_INFINITY : loadOf(replica);
      if (load < bestLoad) [best, bestLoad] = [replica, load];
    }
    return best;
  };
}

function giveUpOne(replicas: Map<string, Replica>): void {
  const callsOf = ({ connection }: Replica) => connection?.underWay ?? 0;
  const [idlest] = [...replicas.values()].sort((one, other) => callsOf(one) - callsOf(other));
  if (idlest === undefined) return;
  replicas.delete(idlest.address);
  idlest.retire();
}

/** The first that succeeds; when none does, throws what the first of them threw. */
async function firstOf<Value>(attempts: ReadonlyArray<Promise<Value>>): Promise<Value> {
  try {
    return await Promise.any(attempts);
  } catch (thrown) {
    throw (thrown as AggregateError).errors[0];
  }
}
