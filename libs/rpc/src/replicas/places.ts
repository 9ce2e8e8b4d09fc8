// Where the replicas of a service are now: fixed places, and all addresses of names.
import { type Fault, fault } from '@waybill/kernel';
import { placeOf, type Target } from './address.ts';
import type { LookUp } from './names.ts';

export interface PlacesSettings {
  readonly targets: readonly Target[];
  readonly lookUp: LookUp;
  /** Told all places after each look-up. */
  readonly onFound: (places: ReadonlySet<string>) => void;
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
  const fixed = targets.flatMap((target) => (target.is === 'place' ? [target.address] : []));
  const names = targets.filter((target): target is Name => target.is === 'name');
  const found = new Map<Name, readonly string[]>();
  const last = { atMs: performance.now(), done: Promise.resolve(), fault: undefined as Fault | undefined };

  async function lookUpOne(name: Name): Promise<Fault | undefined> {
    try {
      const addresses = await lookUp(name.host);
      if (addresses.length === 0) return fault('unavailable', `the name ${name.host} has no addresses`);
      found.set(
        name,
        addresses.map((address) => placeOf(address, name.port)),
      );
      return undefined;
    } catch (cause) {
      return fault('unavailable', `the name ${name.host} cannot be looked up`, { cause });
    }
  }

  async function lookUpAll(): Promise<void> {
    const failures = await Promise.all(names.map(lookUpOne));
    last.fault = failures.find((failure) => failure !== undefined);
    if (!isClosed) onFound(new Set([...fixed, ...[...found.values()].flat()]));
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
