import { choice, section, text } from '../reading/fields.ts';

/** Recording what providers answer, and playing it back. */
export interface OfflineConfiguration {
  /**
   * `off` (default); `record`: every complete answer is kept; `replay`: answers come from recordings alone;
   * `replay-or-record`: from a recording where there is one, else from the provider, and is kept.
   */
  readonly mode: 'off' | 'record' | 'replay' | 'replay-or-record';
  /** Absolute path of the recordings; undefined: `recordings` in the data folder. */
  readonly folder: string | undefined;
  /** Whether a recording takes the time it took (`exact`, default) or none. */
  readonly timing: 'exact' | 'none';
}

export const offlineSection = section({
  mode: choice(['off', 'record', 'replay', 'replay-or-record']).default('off'),
  folder: text.optional(),
  timing: choice(['exact', 'none']).default('exact'),
}).transform((given): OfflineConfiguration => ({ mode: given.mode, folder: given.folder, timing: given.timing }));
