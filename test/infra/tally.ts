// How many tests passed, failed and were skipped, and the line that says so.

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const passed: Tally = { passed: 1, failed: 0, skipped: 0 };
export const failed: Tally = { passed: 0, failed: 1, skipped: 0 };
export const skipped: Tally = { passed: 0, failed: 0, skipped: 1 };

export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    skipped: tallies.reduce((total, tally) => total + tally.skipped, 0),
  };
}

/** A run succeeds when nothing failed and something passed: a run without tests proves nothing. */
export function succeeds(tally: Tally): boolean {
  return tally.failed === 0 && tally.passed > 0;
}

/** The last line of every test run; continuous integration reads it. */
export function closingLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
}

/** Prints the closing line when this process ends, however it ends; until `close` is called the run counts as failed. */
export function closeWithTally(): { close(tally: Tally): void } {
  let result: Tally = failed;
  process.on('exit', () => console.log(closingLine(result)));
  return {
    close(tally) {
      result = tally;
      process.exitCode = succeeds(tally) ? 0 : 1;
    },
  };
}
