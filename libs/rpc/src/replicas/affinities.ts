/** Which replica the calls of each affinity went to last, by its address. */
export interface Affinities {
  get(affinity: string): string | undefined;
  remember(affinity: string, address: string): void;
  forget(affinity: string): void;
}

const rememberedMax = 10_000;

/** Remembers the last ten thousand: one that was forgotten costs a redirect. */
export function createAffinities(): Affinities {
  const addresses = new Map<string, string>();
  return {
    get: (affinity) => addresses.get(affinity),
    remember(affinity, address) {
      addresses.delete(affinity);
      addresses.set(affinity, address);
      if (addresses.size <= rememberedMax) return;
      for (const oldest of addresses.keys()) return void addresses.delete(oldest);
    },
    forget(affinity) {
      addresses.delete(affinity);
    },
  };
}
