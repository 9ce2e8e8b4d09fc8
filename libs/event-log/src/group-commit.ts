// Group commit without a timer: what is added while a commit runs goes into the next one.
import { setImmediate } from 'node:timers/promises';

export interface GroupCommit<Item> {
  add(item: Item): void;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

/** Commits run one after the other; `commit` never rejects. */
export function createGroupCommit<Item>(commit: (items: readonly Item[]) => Promise<void>): GroupCommit<Item> {
  const waiting: Item[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // Everything added in this turn of the event loop comes along.
    await setImmediate();
    while (waiting.length > 0) {
      await commit(waiting.splice(0));
      await setImmediate();
    }
    running = undefined;
  }

  return {
    add(item) {
      waiting.push(item);
      running ??= run();
    },
    drained: () => running ?? Promise.resolve(),
  };
}
