/** The most that one Set is given; V8 ends at 2^24. */
const idsPerSet = 8_000_000;

/** A question that says whether an id comes up for the first time. Takes about 100 bytes of memory an id. */
export function uniqueIds(): (id: string) => boolean {
  const sets: Set<string>[] = [new Set()];
  return (id) => {
    if (sets.some((set) => set.has(id))) return false;
    const last = sets.at(-1)!;
    if (last.size < idsPerSet) last.add(id);
    else sets.push(new Set([id]));
    return true;
  };
}
