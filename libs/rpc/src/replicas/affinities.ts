/** Which replica the calls of each affinity went to last, by its place. */
export interface Affinities {
  get(affinity: string): string | undefined;
  remember(affinity: string, place: string): void;
  forget(affinity: string): void;
}

const rememberedMax = 10_000;

/** Remembers the last ten thousand: one that was forgotten costs a redirect. */
export function createAffinities(): Affinities {
  const places = new Map<string, string>();
  return {
    get: (affinity) => places.get(affinity),
    remember(affinity, place) {
      places.delete(affinity);
      places.set(affinity, place);
      if (places.size <= rememberedMax) return;
      for (const oldest of places.keys()) return void places.delete(oldest);
    },
    forget(affinity) {
      places.delete(affinity);
    },
  };
}
