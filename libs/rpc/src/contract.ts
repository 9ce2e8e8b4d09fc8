// What every transport must do, whatever carries the calls.
import { describe } from '@jest/globals';
import { testEndings } from './contract/endings.ts';
import { testFaults } from './contract/faults.ts';
import type { TransportUnderTest } from './contract/harness.ts';
import { testLoad } from './contract/load.ts';
import { testMessages } from './contract/messages-cross.ts';
import { testTurnedAway } from './contract/turned-away.ts';

export type { RunningTransport, StartOptions, TransportUnderTest } from './contract/harness.ts';

/** Runs the whole suite over one transport. */
export function testTransport(subject: TransportUnderTest): void {
  describe(`transport: ${subject.name}`, () => {
    testMessages(subject);
    testFaults(subject);
    testEndings(subject);
    testTurnedAway(subject);
    testLoad(subject);
  });
}
