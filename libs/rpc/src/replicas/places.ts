// Where the replicas of a service are now: fixed places, and all addresses of names.
import { type Fault, fault } from '@waybill/kernel';
import type { Place } from '../connection.ts';
import { addressOf, type Target } from './address.ts';
import type { LookUp } from './names.ts';

export interface PlacesSettings {
  readonly targets: readonly Target[];
  readonly lookUp: LookUp;
  /** Told all places, by their addresses, after each look-up. */
  readonly onFound: (places: ReadonlyMap<string, Place>) => void;
}

export interface Places {
  /** What stands in the way of looking a name up, as of the last time. */
  readonly fault: Fault | undefined;
  /** Looks the names up again, unless that was done a moment ago. */
  refresh(): Promise<void>;
  close(): void;
}

type Name = Extract<Target, { is: 'name' }>;

const refreshMs = 10_000;
const leastRefreshMs = 1_000;

/** Looks the names up, and again from time to time. A look-up that fails, or finds nothing, changes nothing. */
export function watchPlaces({ targets, lookUp, onFound }: PlacesSettings): Places {
  const fixed = targets.flatMap((target): Place[] => (target.is === 'place' ? [{ address: target.address }] : []));
  const names = targets.filter((target): target is Name => target.is === 'name');
  const found = new Map<Name, readonly Place[]>();
  const last = { atMs: performance.now(), done: Promise.resolve(), fault: undefined as Fault | undefined };

  async function lookUpOne(name: Name): Promise<Fault | undefined> {
    try {
      const addresses = await lookUp(name.host);
      if (addresses.length === 0) return fault('unavailable', `the name ${name.host} has no addresses`);
      found.set(
        name,
        addresses.map((address) => ({ address: addressOf(address, name.port), name: name.host })),
      );
      return undefined;
    } catch (cause) {
      return fault('unavailable', `the name ${name.host} cannot be looked up`, { cause });
    }
  }

  async function lookUpAll(): Promise<void> {
    const failures = await Promise.all(names.map(lookUpOne));
    last.fault = failures.find((failure) => failure !== undefined);
    const places = [...fixed, ...[...found.values()].flat()];
    if (!isClosed) onFound(new Map(places.map((place) => [place.address, place])));
  }

  function begin(): void {
    last.atMs = performance.now();
    last.done = lookUpAll();
  }

  let isClosed = false;
  const timer = names.length > 0 ? setInterval(begin, refreshMs).unref() : undefined;
  begin();
  return {
    get fault() {
      return last.fault;
    },
    refresh() {
      if (names.length > 0 && performance.now() - last.atMs >= leastRefreshMs) begin();
      return last.done;
    },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
