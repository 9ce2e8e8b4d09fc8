// A planted bug: a patch of the product, headed by what it breaks and which tests have to notice.

export interface PlantedBug {
  /** Of the patch file, without `.patch`. */
  name: string;
  /** Test files, from the root of the repository; at least one test of each has to fail. */
  turnsRed: string[];
  /** A unified diff with paths from the root of the repository. */
  diff: string;
}

/**
 * Reads a patch file: prose, then one line `Turns red: <spec> <spec> ...`, then what `git diff` printed.
 * Throws if it names no spec or changes nothing.
 */
export function parsePlantedBug(name: string, text: string): PlantedBug {
  const start = text.search(/^(diff --git|--- )/m);
  if (start < 0) throw new Error(`${name}: no diff in it`);
  const specs = /^Turns red: (.+)$/m.exec(text.slice(0, start))?.[1];
  if (specs === undefined) throw new Error(`${name}: no line "Turns red: <spec>" before the diff`);
  return { name, turnsRed: specs.split(/[\s,]+/).filter((spec) => spec !== ''), diff: text.slice(start) };
}
