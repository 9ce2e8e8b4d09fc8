// The suite every event log passes, and a log for other packages' tests. For tests only: not part of the index.
import { describe } from '@jest/globals';
import { appendingContract } from './contract/appending.ts';
import { followingContract } from './contract/following.ts';
import type { OpenLog } from './contract/log-under-test.ts';
import { modelContract } from './contract/model.ts';
import { producersContract } from './contract/producers.ts';
import { readingContract } from './contract/reading.ts';

export type { LogUnderTest, OpenLog } from './contract/log-under-test.ts';
export { openTemporaryEventLog } from './temporary-event-log.ts';

/** Declares the suite for one adapter. `open` gives a new, empty log each time; it assumes nothing but the port. */
export function eventLogContract(name: string, open: OpenLog): void {
  describe(`${name} keeps the contract of an event log`, () => {
    appendingContract(open);
    producersContract(open);
    readingContract(open);
    followingContract(open);
    modelContract(open);
  });
}
